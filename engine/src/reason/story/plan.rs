//! A story before its words: what happens to whom, and the steps that follow from it.

use super::frames::Kind;
use super::program::{self, Op, Operand};
use super::rng::Rng;
use super::{Level, ask, happen};

/// People with counts of their own, containers and events at most; a plan that wants more is thrown away.
pub(super) const MAX_PEOPLE: usize = 6;
pub(super) const MAX_CONTAINERS: usize = 8;
const MAX_TRIES: usize = 60;

/// What is being counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Things,
    Others,
    Money,
    Containers(u8),
}

/// A number and where it comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number {
    pub(super) operand: Operand,
    pub(super) value: i64,
}

impl Number {
    pub(super) fn fact(value: i64) -> Self {
        Self { operand: Operand::Fact(value), value }
    }

    pub(super) fn implied(value: i64) -> Self {
        Self { operand: Operand::Implied(value), value }
    }
}

/// Who or what holds the counted things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Person(u8),
    EachFriend,
    EachBag,
    OneBox,
}

/// The count that the story is at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Focus {
    pub(super) holder: Holder,
    pub(super) number: Number,
    pub(super) unit: Unit,
    /// The count speaks of the past: "at first".
    pub(super) first: bool,
    pub(super) container: u8,
    /// Into how many bags it was split.
    pub(super) parts: i64,
}

/// A sentence to come: meaning and slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) kind: Kind,
    /// People, by number: `{A}`, `{B}`, `{D}`.
    pub(super) people: [u8; 3],
    /// Numbers: `{n}`, `{m}`.
    pub(super) numbers: [i64; 2],
    /// What is counted before and after: `{x}`, `{y}`.
    pub(super) units: [Unit; 2],
    pub(super) container: u8,
    pub(super) first: bool,
}

/// A step to come: its line is filled from its event's slots.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanStep {
    pub(super) op: Op,
    pub(super) operands: [Operand; 2],
    pub(super) value: i64,
    pub(super) line: &'static str,
    pub(super) event: Event,
}

/// Everything but the words.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// In the order of the sentences, the question last.
    pub(super) events: Vec<Event>,
    /// The steps that the question needs.
    pub(super) steps: Vec<PlanStep>,
}

impl Plan {
    /// A plan with as many needed steps as the level asks for; none where chance led nowhere.
    pub(super) fn draw(level: Level, rng: &mut Rng) -> Option<Self> {
        let steps = usize::try_from(rng.within(level.steps().0, level.steps().1)?).ok()?;
        let mut builder = Builder::new(level, rng);
        let question = builder.draw_question();
        let before = steps.checked_sub(ask_steps(question)).filter(|before| *before > 0)?;
        builder.start(before)?;
        let mut tries = 0;
        while builder.steps.len() < before {
            tries += 1;
            if tries > MAX_TRIES {
                return None;
            }
            if let Some(kind) = builder.draw_kind(question) {
                builder.attempt(before, |builder| happen::happen(builder, kind));
            }
        }
        let question = ask::ask(&mut builder, question)?;
        let mut plan = builder.finish(question);
        plan.slice();
        (plan.steps.len() == steps).then_some(plan)
    }

    /// Keeps only the steps that the last needed one depends on.
    fn slice(&mut self) {
        let mut needed = vec![false; self.steps.len()];
        if let Some(last) = needed.last_mut() {
            *last = true;
        }
        for index in (0..self.steps.len()).rev() {
            for operand in self.steps[index].operands {
                if let (true, Operand::Step(of)) = (needed[index], operand) {
                    needed[of] = true;
                }
            }
        }
        let place = |index: usize| needed[..index].iter().filter(|needed| **needed).count();
        let moved = |operand: Operand| match operand {
            Operand::Step(index) => Operand::Step(place(index)),
            given => given,
        };
        let kept = self.steps.iter().enumerate().filter(|(index, _)| needed[*index]);
        self.steps = kept.map(|(_, step)| PlanStep { operands: step.operands.map(moved), ..*step }).collect();
    }

    /// As of the program that it becomes.
    pub(super) fn fingerprint(&self) -> u64 {
        let mut prints: Vec<u64> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            prints.push(program::fingerprint(step.op, step.operands, &prints));
        }
        prints.last().copied().unwrap_or_default()
    }
}

/// Steps that a question adds.
fn ask_steps(ask: Kind) -> usize {
    match ask {
        Kind::AskThree => 2,
        Kind::AskTogether | Kind::AskDifference | Kind::AskTimes | Kind::AskNeed => 1,
        _ => 0,
    }
}

/// What has happened so far.
pub(super) struct Builder<'r> {
    pub(super) rng: &'r mut Rng,
    pub(super) level: Level,
    pub(super) events: Vec<Event>,
    pub(super) steps: Vec<PlanStep>,
    pub(super) state: State,
}

/// What an event that fails must put back.
#[derive(Debug, Clone, Copy)]
pub(super) struct State {
    /// What each person has; none for those who gave it all away, or whose count is not of now.
    pub(super) counts: [Option<(Number, Unit)>; MAX_PEOPLE],
    pub(super) people: u8,
    pub(super) containers: u8,
    pub(super) focus: Focus,
}

impl<'r> Builder<'r> {
    fn new(level: Level, rng: &'r mut Rng) -> Self {
        let focus = Focus {
            holder: Holder::Person(0),
            number: Number::fact(0),
            unit: Unit::Things,
            first: false,
            container: 0,
            parts: 0,
        };
        let state = State { counts: [None; MAX_PEOPLE], people: 0, containers: 0, focus };
        Self { rng, level, events: Vec::with_capacity(16), steps: Vec::with_capacity(12), state }
    }

    fn draw_question(&mut self) -> Kind {
        match self.rng.below(100) {
            0..45 => Kind::AskPerson,
            45..63 => Kind::AskTogether,
            63..77 => Kind::AskDifference,
            77..82 => Kind::AskTimes,
            82..91 => Kind::AskNeed,
            _ => Kind::AskThree,
        }
    }

    /// The first person's first count.
    fn start(&mut self, most: usize) -> Option<()> {
        const STARTS: [Kind; 16] = {
            use Kind::{
                BeforeDouble, BeforeGain, BeforeLoss, Start, StartDozen, StartGroups, StartMoney, StartRate, StartTwo,
                StartWeek,
            };
            [
                Start,
                Start,
                Start,
                Start,
                Start,
                Start,
                StartGroups,
                StartGroups,
                StartRate,
                StartTwo,
                BeforeLoss,
                BeforeGain,
                BeforeDouble,
                StartMoney,
                StartWeek,
                StartDozen,
            ]
        };
        let kind = *self.rng.one_of(&STARTS)?;
        self.attempt(most, |builder| happen::begin(builder, kind)).then_some(())
    }

    /// What may happen next, given who holds what.
    fn draw_kind(&mut self, ask: Kind) -> Option<Kind> {
        let two = matches!(ask, Kind::AskTogether | Kind::AskDifference | Kind::AskTimes | Kind::AskThree);
        let simple = self.state.people < 3 && !self.state.focus.first && self.state.focus.unit != Unit::Others;
        if two && simple && self.rng.chance(20) {
            return Some(Kind::Start);
        }
        let kind = *self.rng.one_of(happen::possible(&self.state.focus))?;
        // The same thing twice in a row is dull.
        let again = self.events.last().is_some_and(|last| last.kind == kind);
        (!again || self.rng.chance(30)).then_some(kind)
    }

    /// Lets something happen; puts everything back where it cannot, or would take more steps than are left.
    pub(super) fn attempt(&mut self, most: usize, happens: impl FnOnce(&mut Self) -> Option<()>) -> bool {
        let (state, events, steps) = (self.state, self.events.len(), self.steps.len());
        let done = happens(self).is_some() && self.steps.len() <= most;
        if !done {
            self.state = state;
            self.events.truncate(events);
            self.steps.truncate(steps);
        }
        done
    }

    /// A step's result, if the level allows it.
    pub(super) fn step(&mut self, op: Op, sides: [Number; 2], line: &'static str, event: Event) -> Option<Number> {
        let [lhs, rhs] = sides;
        let value = op.apply(lhs.value, rhs.value).filter(|value| (2..=self.level.most()).contains(value))?;
        let small = match op {
            Op::Mul => lhs.value.min(rhs.value) <= self.level.factor(),
            Op::Div => rhs.value <= self.level.factor(),
            Op::Add | Op::Sub => true,
        };
        let trivial = lhs.value < 2 || rhs.value < 2;
        (small && !trivial).then_some(())?;
        self.steps.push(PlanStep { op, operands: [lhs.operand, rhs.operand], value, line, event });
        Some(Number { operand: Operand::Step(self.steps.len() - 1), value })
    }

    /// A number for a story: mostly small, often round so that it can be divided.
    pub(super) fn draw_number(&mut self, most: i64) -> Option<i64> {
        let cap = self.level.most();
        let most = most.min([20, cap / 4, cap / 2, cap * 2 / 3][self.rng.below(4)].max(10));
        let round = [1, 1, 1, 2, 4, 5, 10, 12][self.rng.below(8)];
        let round = if round * 2 > most { 1 } else { round };
        Some(round * self.rng.within(if round == 1 { 2 } else { 1 }, most / round)?)
    }

    pub(super) fn new_person(&mut self) -> Option<u8> {
        let person = self.state.people;
        self.state.people += 1;
        (usize::from(person) < MAX_PEOPLE).then_some(person)
    }

    pub(super) fn new_container(&mut self) -> Option<u8> {
        let container = self.state.containers;
        self.state.containers += 1;
        (usize::from(container) < MAX_CONTAINERS).then_some(container)
    }

    /// Makes a person's count the one that the story is at.
    pub(super) fn give(&mut self, person: u8, number: Number, unit: Unit) {
        self.state.counts[usize::from(person)] = Some((number, unit));
        let focus = &mut self.state.focus;
        (focus.holder, focus.number, focus.unit, focus.first) = (Holder::Person(person), number, unit, false);
    }

    /// A person other than this one with a count of the same things.
    pub(super) fn other(&mut self, than: &[u8], unit: Unit) -> Option<(u8, Number)> {
        let all = (0..).zip(self.state.counts).filter_map(|(person, count)| Some((person, count?)));
        let fit = all.filter(|(person, (_, of))| !than.contains(person) && *of == unit);
        let fit: Vec<(u8, Number)> = fit.map(|(person, (number, _))| (person, number)).collect();
        self.rng.one_of(&fit).copied()
    }

    /// Adds what the question does not need: a sentence that follows from the others, and facts.
    fn finish(mut self, question: Event) -> Plan {
        let needed = self.steps.len();
        if self.rng.chance(self.level.unneeded()) {
            self.attempt(needed + 1, ask::unneeded);
        }
        self.steps.truncate(needed); // the sentence stays
        let mut chance = self.level.distracting();
        while self.rng.chance(chance) {
            let event = ask::distraction(&mut self);
            let place = 1 + self.rng.below(self.events.len());
            self.events.insert(place, event);
            chance /= 3;
        }
        self.events.push(question);
        Plan { events: self.events, steps: self.steps }
    }
}
