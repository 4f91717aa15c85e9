//! What each kind of sentence does to the counts, and the steps that it costs.

use super::frames::Kind;
use super::plan::{Builder, Event, Focus, Holder, Number, Unit};
use super::program::Op;

const HAS: &str = "{A} has {e} {x}.";
const NOW: &str = "{A} now has {e} {x}.";
const GETS: &str = "{A} gets {e} {x}.";
const GIVES: &str = "{A} gives away {e} {x}.";
const FIRST: &str = "{A} had {e} {x} at first.";
const OTHER: &str = "{B} has {e} {x}.";
const PART: &str = "One part is {e} {x}.";
const EACH: &str = "Each friend gets {e} {x}.";
const EACH_NOW: &str = "Each friend now has {e} {x}.";
const BAG: &str = "Each {h} holds {e} {x}.";
const BAG_NOW: &str = "Each {h} now holds {e} {x}.";
const TAKES: &str = "{B} gets {e} {x}.";
const FRIEND: &str = "{B} now has {e} {x}.";
const BOX: &str = "The {h} holds {e} {x}.";
const BOX_NOW: &str = "The {h} now holds {e} {x}.";
const FILLS: &str = "{A} fills {e} {g}.";
const MONEY: &str = "{A} gets {e} dollars.";
const BUYS: &str = "{A} buys {e} {y}.";

/// Percentages, the number to divide by, and the number to multiply with then.
const PERCENTS: [(i64, i64, i64); 8] =
    [(10, 10, 1), (20, 5, 1), (25, 4, 1), (50, 2, 1), (30, 10, 3), (40, 5, 2), (60, 5, 3), (75, 4, 3)];

/// What may happen next to what holds the things now.
#[rustfmt::skip]
pub(super) fn possible(focus: &Focus) -> &'static [Kind] {
    use Kind::{
        BoxGain, BoxLoss, BoxShare, Buy, Double, EachBagGain, EachGain, EachLoss, Earn, Fewer, FewerThanOther, FriendHad,
        Gain, GainGroups, GainPercent, GainRate, Half, LoseEach, LoseHalf, LosePart, LosePercent, Loss, More,
        MoreThanOther, Pack, Percent, PutTogether, Sell, Share, Spend, Split, TakeBags, Times, TimesOther, Triple, Twice,
    };
    match (focus.holder, focus.unit) {
        (Holder::EachFriend, _) => &[EachGain, EachLoss, FriendHad, FriendHad],
        (Holder::EachBag, _) => &[EachBagGain, TakeBags, TakeBags],
        (Holder::OneBox, _) => &[BoxGain, BoxLoss, BoxShare],
        (Holder::Person(_), _) if focus.first => &[More, Fewer, Times, Twice, Half, Percent],
        (Holder::Person(_), Unit::Money) =>
            &[Earn, Earn, Earn, Spend, Spend, Spend, More, Fewer, MoreThanOther, FewerThanOther, Twice, Half, Times, Buy,
              Buy, Buy, Share],
        (Holder::Person(_), Unit::Containers(_)) => &[Gain, Loss, Sell, Sell, Sell, More, Fewer, Twice],
        (Holder::Person(_), Unit::Things | Unit::Others) =>
            &[Gain, Gain, Gain, Loss, Loss, Loss, Double, Triple, LoseHalf, GainGroups, GainGroups, LoseEach, LoseEach,
              LosePercent, LosePart, GainPercent, GainRate, More, More, Fewer, Fewer, MoreThanOther, FewerThanOther,
              Times, Times, Twice, Half, TimesOther, Percent, Percent, Share, Share, Pack, Pack, Sell, Split, Split,
              PutTogether],
    }
}

/// One thing happens; none where it cannot here.
pub(super) fn happen(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    match kind {
        Kind::Start => begin(b, if b.state.focus.unit == Unit::Money { Kind::StartMoney } else { kind }),
        Kind::More
        | Kind::Fewer
        | Kind::MoreThanOther
        | Kind::FewerThanOther
        | Kind::Times
        | Kind::Twice
        | Kind::Half
        | Kind::TimesOther
        | Kind::Percent => compare(b, kind),
        Kind::Share | Kind::EachGain | Kind::EachLoss | Kind::FriendHad => share(b, kind),
        Kind::Split | Kind::EachBagGain | Kind::TakeBags => split(b, kind),
        Kind::PutTogether | Kind::BoxGain | Kind::BoxLoss | Kind::BoxShare => pool(b, kind),
        Kind::Pack | Kind::Sell | Kind::Buy => trade(b, kind),
        Kind::GainGroups | Kind::LoseEach | Kind::GainRate => change_by_groups(b, kind),
        Kind::LosePercent | Kind::LosePart | Kind::GainPercent => change_by_part(b, kind),
        _ => change(b, kind),
    }
}

/// The event with what the story is at in its slots.
pub(super) fn event(b: &Builder<'_>, kind: Kind) -> Event {
    let Focus { holder, unit, first, container, .. } = b.state.focus;
    let person = if let Holder::Person(person) = holder { person } else { 0 };
    Event { kind, people: [person, 0, 0], numbers: [0; 2], units: [unit; 2], container, first }
}

/// A person's count out of nothing.
pub(super) fn begin(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let money = kind == Kind::StartMoney;
    let unit = if money { Unit::Money } else { Unit::Things };
    let person = b.new_person()?;
    let draw = |b: &mut Builder<'_>| b.draw_number(b.level.most());
    let [n, m] = match kind {
        Kind::StartGroups | Kind::StartRate => [b.rng.within(2, b.level.factor())?, draw(b)?],
        Kind::StartDozen => [b.rng.within(2, 12)?, 0],
        _ => [draw(b)?, draw(b)?],
    };
    let [n, m] = if kind == Kind::StartRate { [m, n] } else { [n, m] };
    let mut event = Event { people: [person, 0, 0], numbers: [n, m], units: [unit; 2], first: false, ..event(b, kind) };
    let facts = [Number::fact(n), Number::fact(m)];
    let number = match kind {
        Kind::Start | Kind::StartMoney => facts[0],
        Kind::StartWeek => b.step(Op::Mul, [facts[0], Number::implied(7)], HAS, event)?,
        Kind::StartDozen => b.step(Op::Mul, [facts[0], Number::implied(12)], HAS, event)?,
        Kind::StartTwo => b.step(Op::Add, facts, HAS, event)?,
        Kind::BeforeLoss => b.step(Op::Add, [facts[1], facts[0]], FIRST, event)?,
        Kind::BeforeGain => b.step(Op::Sub, [facts[1], facts[0]], FIRST, event)?,
        Kind::BeforeDouble => b.step(Op::Div, [facts[1], Number::implied(2)], FIRST, event)?,
        Kind::StartGroups => {
            event.container = b.new_container()?;
            b.step(Op::Mul, facts, HAS, event)?
        }
        _ => b.step(Op::Mul, facts, HAS, event)?,
    };
    b.give(person, number, unit);
    if matches!(kind, Kind::BeforeLoss | Kind::BeforeGain | Kind::BeforeDouble) {
        b.state.counts[usize::from(person)] = None; // what there is now is another number
        b.state.focus.first = true;
    }
    b.events.push(event);
    Some(())
}

/// A person gets or loses a number, or a multiple, of what there is.
fn change(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, .. } = b.state.focus;
    let gains = matches!(kind, Kind::Gain | Kind::Earn);
    let n = if gains { b.draw_number(b.level.most() - number.value)? } else { b.draw_number(number.value - 2)? };
    let event = Event { numbers: [n, 0], ..event(b, kind) };
    let (op, other) = match kind {
        Kind::Gain | Kind::Earn => (Op::Add, Number::fact(n)),
        Kind::Loss | Kind::Spend => (Op::Sub, Number::fact(n)),
        Kind::Double => (Op::Mul, Number::implied(2)),
        Kind::Triple => (Op::Mul, Number::implied(3)),
        Kind::LoseHalf => (Op::Div, Number::implied(2)),
        _ => return None,
    };
    let number = b.step(op, [number, other], NOW, event)?;
    let Holder::Person(person) = holder else { return None };
    b.give(person, number, unit);
    b.events.push(event);
    Some(())
}

/// A person gets or loses several times a number: two steps.
fn change_by_groups(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, .. } = b.state.focus;
    let most = if kind == Kind::LoseEach { number.value - 2 } else { b.level.most() - number.value };
    let n = b.rng.within(2, b.level.factor())?;
    let m = b.draw_number(most / n)?;
    let [n, m] = if kind == Kind::GainRate { [m, n] } else { [n, m] };
    let container = b.new_container()?;
    let event = Event { numbers: [n, m], container, ..event(b, kind) };
    let (op, line) = if kind == Kind::LoseEach { (Op::Sub, GIVES) } else { (Op::Add, GETS) };
    let change = b.step(Op::Mul, [Number::fact(n), Number::fact(m)], line, event)?;
    let number = b.step(op, [number, change], NOW, event)?;
    let Holder::Person(person) = holder else { return None };
    b.give(person, number, unit);
    b.events.push(event);
    Some(())
}

/// A person gets or loses a part of what there is: two steps.
fn change_by_part(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, .. } = b.state.focus;
    let (n, divisor) = match kind {
        Kind::LosePart => (0, b.rng.within(3, 5)?),
        _ => b.rng.one_of(&PERCENTS[..4]).map(|(percent, divisor, _)| (*percent, *divisor))?,
    };
    let event = Event { numbers: [n, divisor], ..event(b, kind) };
    let (op, line) = if kind == Kind::GainPercent { (Op::Add, GETS) } else { (Op::Sub, GIVES) };
    let part = b.step(Op::Div, [number, Number::implied(divisor)], line, event)?;
    let number = b.step(op, [number, part], NOW, event)?;
    let Holder::Person(person) = holder else { return None };
    b.give(person, number, unit);
    b.events.push(event);
    Some(())
}

/// Another person's count out of the one that the story is at.
pub(super) fn compare(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, .. } = b.state.focus;
    let most = b.level.most();
    let n = match kind {
        Kind::More | Kind::FewerThanOther => b.draw_number(most - number.value)?,
        Kind::Fewer | Kind::MoreThanOther => b.draw_number(number.value - 2)?,
        Kind::Times | Kind::TimesOther => b.rng.within(3, b.level.factor())?,
        _ => 0,
    };
    let person = b.new_person()?;
    let mut event = Event { numbers: [n, 0], ..event(b, kind) };
    event.people[1] = person;
    let new = match kind {
        Kind::More | Kind::FewerThanOther => b.step(Op::Add, [number, Number::fact(n)], OTHER, event)?,
        Kind::Fewer | Kind::MoreThanOther => b.step(Op::Sub, [number, Number::fact(n)], OTHER, event)?,
        Kind::Times => b.step(Op::Mul, [number, Number::fact(n)], OTHER, event)?,
        Kind::TimesOther => b.step(Op::Div, [number, Number::fact(n)], OTHER, event)?,
        Kind::Twice => b.step(Op::Mul, [number, Number::implied(2)], OTHER, event)?,
        Kind::Half => b.step(Op::Div, [number, Number::implied(2)], OTHER, event)?,
        _ => {
            let (percent, divisor, times) = *b.rng.one_of(&PERCENTS)?;
            event.numbers[0] = percent;
            let line = if times == 1 { OTHER } else { PART };
            let part = b.step(Op::Div, [number, Number::implied(divisor)], line, event)?;
            if times == 1 { part } else { b.step(Op::Mul, [part, Number::implied(times)], OTHER, event)? }
        }
    };
    b.give(person, new, unit);
    b.events.push(event);
    Some(())
}

/// Friends share what a person has.
fn share(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, .. } = b.state.focus;
    let n = match kind {
        Kind::Share => b.rng.within(2, b.level.factor())?,
        Kind::EachLoss => b.draw_number(number.value - 2)?,
        _ => b.draw_number(b.level.most() - number.value)?,
    };
    let mut event = Event { numbers: [n, 0], ..event(b, kind) };
    let sides = [number, Number::fact(n)];
    b.state.focus.number = match kind {
        Kind::Share => {
            let Holder::Person(person) = holder else { return None };
            once(b, &[Kind::Share, Kind::BoxShare])?;
            b.state.counts[usize::from(person)] = None;
            b.state.focus.holder = Holder::EachFriend;
            b.step(Op::Div, sides, EACH, event)?
        }
        Kind::EachGain => b.step(Op::Add, sides, EACH_NOW, event)?,
        Kind::EachLoss => b.step(Op::Sub, sides, EACH_NOW, event)?,
        _ => {
            let person = b.new_person()?;
            event.people[1] = person;
            let number = b.step(Op::Add, sides, FRIEND, event)?;
            b.give(person, number, unit);
            number
        }
    };
    b.events.push(event);
    Some(())
}

/// What a person has goes into several containers, some of which somebody else takes.
fn split(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, parts, .. } = b.state.focus;
    let n = match kind {
        Kind::Split => b.rng.within(2, b.level.factor())?,
        Kind::TakeBags => b.rng.within(2, parts - 1)?,
        _ => b.draw_number(b.level.most() - number.value)?,
    };
    if let (Kind::Split, Holder::Person(person)) = (kind, holder) {
        once(b, &[kind])?;
        b.state.counts[usize::from(person)] = None;
        b.state.focus.container = b.new_container()?;
        b.state.focus.parts = n;
    }
    let mut event = Event { numbers: [n, 0], ..event(b, kind) };
    event.people[0] = if kind == Kind::Split { event.people[0] } else { last_person(b) };
    let sides = [number, Number::fact(n)];
    match kind {
        Kind::Split => {
            b.state.focus.holder = Holder::EachBag;
            b.state.focus.number = b.step(Op::Div, sides, BAG, event)?;
        }
        Kind::EachBagGain => b.state.focus.number = b.step(Op::Add, sides, BAG_NOW, event)?,
        _ => {
            let person = b.new_person()?;
            event.people[1] = person;
            let number = b.step(Op::Mul, sides, TAKES, event)?;
            b.give(person, number, unit);
        }
    }
    b.events.push(event);
    Some(())
}

/// Who split the things that are in the bags now.
fn last_person(b: &Builder<'_>) -> u8 {
    b.events.iter().rfind(|event| event.kind == Kind::Split).map_or(0, |event| event.people[0])
}

/// Two people put everything into one container.
fn pool(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, unit, holder, .. } = b.state.focus;
    let n = match kind {
        Kind::BoxLoss => b.draw_number(number.value - 2)?,
        Kind::BoxShare => b.rng.within(2, b.level.factor())?,
        _ => b.draw_number(b.level.most() - number.value)?,
    };
    let mut event = Event { numbers: [n, 0], ..event(b, kind) };
    let sides = [number, Number::fact(n)];
    b.state.focus.number = match (kind, holder) {
        (Kind::PutTogether, Holder::Person(person)) => {
            once(b, &[kind])?;
            let (first, theirs) = b.other(&[person], unit)?;
            event.people = [first, person, 0];
            event.container = b.new_container()?;
            b.state.counts[usize::from(person)] = None;
            b.state.counts[usize::from(first)] = None;
            (b.state.focus.holder, b.state.focus.container) = (Holder::OneBox, event.container);
            b.step(Op::Add, [theirs, number], BOX, event)?
        }
        (Kind::BoxGain, _) => b.step(Op::Add, sides, BOX_NOW, event)?,
        (Kind::BoxLoss, _) => b.step(Op::Sub, sides, BOX_NOW, event)?,
        (Kind::BoxShare, _) => {
            once(b, &[Kind::Share, kind])?;
            b.state.focus.holder = Holder::EachFriend;
            b.step(Op::Div, sides, EACH, event)?
        }
        _ => return None,
    };
    b.events.push(event);
    Some(())
}

/// What is counted changes: things into boxes, things into dollars, dollars into other things.
fn trade(b: &mut Builder<'_>, kind: Kind) -> Option<()> {
    let Focus { number, holder, .. } = b.state.focus;
    let Holder::Person(person) = holder else { return None };
    let n = b.rng.within(2, b.level.factor())?;
    let mut event = Event { numbers: [n, 0], ..event(b, kind) };
    let (op, unit, line) = match kind {
        Kind::Pack => {
            event.container = b.new_container()?;
            (Op::Div, Unit::Containers(event.container), FILLS)
        }
        Kind::Sell => (Op::Mul, Unit::Money, MONEY),
        _ => {
            once(b, &[kind])?;
            (Op::Div, Unit::Others, BUYS)
        }
    };
    event.units[1] = unit;
    let number = b.step(op, [number, Number::fact(n)], line, event)?;
    b.give(person, number, unit);
    b.events.push(event);
    Some(())
}

/// None when one of these has happened: "each friend" would mean two groups of friends.
fn once(b: &Builder<'_>, kinds: &[Kind]) -> Option<()> {
    (!b.events.iter().any(|event| kinds.contains(&event.kind))).then_some(())
}
