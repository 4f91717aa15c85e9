//! What a story ends with: the question, and what it does not need.

use super::frames::Kind;
use super::happen::{compare, event};
use super::plan::{Builder, Event, Focus, Holder, Number, Unit};
use super::program::{Op, Operand};

const DIFFERENCE: &str = "The difference is {e} {x}.";
const NEEDS: &str = "{A} needs {e} more {x}.";
const AS_MANY: &str = "{A} has {e} times as many.";
const BOTH: &str = "{A} and {B} have {e} {x}.";
const TOGETHER: &str = "Together they have {e} {x}.";

/// The question, with the steps that it adds; none where it cannot be asked here, or is answered by a known number.
pub(super) fn ask(b: &mut Builder<'_>, ask: Kind) -> Option<Event> {
    let Focus { holder, number, unit, first, .. } = b.state.focus;
    let mut event = event(b, ask);
    match (ask, holder) {
        (Kind::AskPerson, _) => {
            event.kind = match holder {
                Holder::EachFriend => Kind::AskFriend,
                Holder::EachBag => Kind::AskBag,
                Holder::OneBox => Kind::AskBox,
                Holder::Person(_) if first => Kind::AskFirst,
                Holder::Person(_) if unit == Unit::Money => Kind::AskMoney,
                Holder::Person(_) => Kind::AskPerson,
            };
        }
        (_, Holder::Person(_)) if first => return None,
        (Kind::AskNeed, Holder::Person(_)) => {
            let n = number.value + b.draw_number(b.level.most() - number.value)?;
            event.numbers[0] = n;
            b.step(Op::Sub, [Number::fact(n), number], NEEDS, event)?;
        }
        (_, Holder::Person(person)) => {
            let (other, theirs) = b.other(&[person], unit)?;
            event.people = [other, person, 0];
            ask_about_two(b, &mut event, [theirs, number])?;
        }
        _ => return None,
    }
    Some(event)
}

/// Together, the difference, the ratio.
fn ask_about_two(b: &mut Builder<'_>, event: &mut Event, sides: [Number; 2]) -> Option<()> {
    let [lhs, rhs] = sides;
    let larger_first = matches!(event.kind, Kind::AskDifference | Kind::AskTimes) && lhs.value < rhs.value;
    let sides = if larger_first { [rhs, lhs] } else { [lhs, rhs] };
    if larger_first {
        event.people.swap(0, 1);
    }
    // "B has 5 more than A. How many more does B have than A?" asks for what it says.
    let said = |ops: [Op; 2]| derived(b, lhs, rhs, ops) || derived(b, rhs, lhs, ops);
    match event.kind {
        Kind::AskDifference if said([Op::Add, Op::Sub]) => return None,
        Kind::AskTimes if said([Op::Mul, Op::Div]) => return None,
        _ => {}
    }
    match event.kind {
        Kind::AskTogether => b.step(Op::Add, sides, TOGETHER, *event)?,
        Kind::AskDifference => b.step(Op::Sub, sides, DIFFERENCE, *event)?,
        Kind::AskTimes => b.step(Op::Div, sides, AS_MANY, *event)?,
        _ => {
            let (third, theirs) = b.other(&event.people[..2], event.units[0])?;
            event.people[2] = third;
            let both = b.step(Op::Add, sides, BOTH, *event)?;
            b.step(Op::Add, [both, theirs], TOGETHER, *event)?
        }
    };
    Some(())
}

/// Whether one number was made from the other by one of these operations.
fn derived(b: &Builder<'_>, number: Number, from: Number, ops: [Op; 2]) -> bool {
    let Operand::Step(step) = number.operand else { return false };
    b.steps.get(step).is_some_and(|step| ops.contains(&step.op) && step.operands.contains(&from.operand))
}

/// A comparison that the question does not ask for.
pub(super) fn unneeded(b: &mut Builder<'_>) -> Option<()> {
    let all = (0..).zip(b.state.counts).filter_map(|(person, count)| Some((person, count?)));
    let all: Vec<(u8, (Number, Unit))> = all.collect();
    let (person, (number, unit)) = *b.rng.one_of(&all)?;
    b.give(person, number, unit);
    let kind = *b.rng.one_of(&[Kind::More, Kind::Fewer, Kind::Twice, Kind::Half, Kind::Times])?;
    compare(b, kind)
}

/// A fact that nothing depends on.
pub(super) fn distraction(b: &mut Builder<'_>) -> Event {
    let known = usize::from(b.state.people).max(1);
    let person = u8::try_from(b.rng.below(known)).unwrap_or_default();
    let n = b.rng.within(5, 15).unwrap_or(5);
    let units = [Unit::Things; 2];
    Event { kind: Kind::Distractor, people: [person, 0, 0], numbers: [n, 0], units, container: 0, first: false }
}
