//! Mistakes put into solutions on purpose, by named type (`specs/critique.md` §2.1, RG3).

use super::equation::Equation;
use super::oracle::check;
use super::program::{Op, Operand};
use super::rng::Rng;
use super::{Story, answer_line};
use crate::reason::Verdict;

/// Numbers beyond this are given up: no tiny model writes them.
const MOST: i64 = 9999;
/// Draws of a mistake before it is given up.
const MAX_TRIES: usize = 8;

/// A type of mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MistakeKind {
    /// The result is off by a digit, by ten or by a factor; a carry is missed.
    Calculation,
    /// Another operation.
    Operation,
    /// Another number of the question, of an earlier step, or one digit copied wrongly.
    Operand,
    /// The step is left out.
    MissingStep,
    /// A dozen of ten, a week of five days, 25% taken as 25 or divided by five.
    UnitOrPercentage,
    /// Plus for minus or minus for plus.
    Sign,
    /// "3 times as many" read as "3 more", "half" as "2 fewer", or compared with another count.
    MisreadCondition,
}

impl MistakeKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Calculation,
        Self::Operation,
        Self::Operand,
        Self::MissingStep,
        Self::UnitOrPercentage,
        Self::Sign,
        Self::MisreadCondition,
    ];
}

/// Line `k` (from 0) of the solution with a mistake of this type; none where the type does not apply. A missing step gives
/// the line that follows it, without it.
#[must_use]
pub fn mistaken_step(story: &Story, k: usize, kind: MistakeKind, rng: &mut Rng) -> Option<String> {
    if kind == MistakeKind::MissingStep {
        return flawed_path(story, k, kind, rng)?.into_iter().nth(k);
    }
    let equation = mistake(story, k, kind, rng)?;
    Some(story.program.steps.get(k)?.line(&equation.to_string()))
}

/// The solution with a mistake of this type in line `k` (from 0) and everything behind it computed from the wrong value.
/// Its answer is wrong, and line `k` is the oracle's first error; none where chance or the type gives no such path.
#[must_use]
pub fn flawed_path(story: &Story, k: usize, kind: MistakeKind, rng: &mut Rng) -> Option<Vec<String>> {
    (0..MAX_TRIES).find_map(|_| {
        let path = match kind {
            MistakeKind::MissingStep => without_step(story, k)?,
            _ => continued(story, k, mistake(story, k, kind, rng)?)?,
        };
        let checked = check(story, &path);
        (checked.first_error == Some(k) && checked.answer == Verdict::Wrong).then_some(path)
    })
}

/// The true equation of step `k` made wrong.
fn mistake(story: &Story, k: usize, kind: MistakeKind, rng: &mut Rng) -> Option<Equation> {
    let truth = story.program.equation(k)?;
    let mut candidates = match kind {
        MistakeKind::Calculation => miscalculated(&truth),
        MistakeKind::Operation => Op::ALL.into_iter().filter_map(|op| equation(truth.lhs, op, truth.rhs)).collect(),
        MistakeKind::Sign => match truth.op {
            Op::Add => equation(truth.lhs, Op::Sub, truth.rhs).into_iter().collect(),
            Op::Sub => equation(truth.lhs, Op::Add, truth.rhs).into_iter().collect(),
            Op::Mul | Op::Div => Vec::new(),
        },
        MistakeKind::Operand => miscopied(story, k, &truth),
        MistakeKind::UnitOrPercentage => misconverted(story, k, &truth),
        MistakeKind::MisreadCondition => misread(story, k, &truth),
        MistakeKind::MissingStep => Vec::new(),
    };
    candidates.retain(|candidate| !candidate.same(&truth) && (0..=MOST).contains(&candidate.value));
    rng.one_of(&candidates).copied()
}

/// The equation with its true result, where that is an integer.
fn equation(lhs: i64, op: Op, rhs: i64) -> Option<Equation> {
    Some(Equation { lhs, op, rhs, value: op.apply(lhs, rhs)? })
}

/// Results as tiny models get them wrong.
fn miscalculated(truth: &Equation) -> Vec<Equation> {
    let Equation { lhs, op, rhs, value } = *truth;
    let mut values = vec![value - 1, value + 1, value - 10, value + 10];
    if value >= 10 {
        values.extend([value - 2, value + 2, value % 10 * 10 + value / 10 % 10 + value / 100 * 100]); // digits swapped
    }
    if value >= 100 {
        values.extend([value - 100, value + 100]);
    }
    match op {
        Op::Add if lhs % 10 + rhs % 10 >= 10 => values.extend([value - 10; 3]), // the carry is missed
        Op::Sub if lhs % 10 < rhs % 10 => values.extend([value + 10; 3]),       // the borrow is missed
        Op::Mul => values.extend([value - lhs, value + lhs, value - rhs, value + rhs]),
        _ => {}
    }
    values.retain(|wrong| *wrong > 0);
    values.into_iter().map(|value| Equation { value, ..*truth }).collect()
}

/// One of the two numbers replaced by another that the reader has seen, or by a digit's slip.
fn miscopied(story: &Story, k: usize, truth: &Equation) -> Vec<Equation> {
    let question = story.question.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok());
    let results = story.program.steps.iter().take(k).map(|step| step.value);
    let seen: Vec<i64> = question.chain(results).collect();
    let slips = |number: i64| [number - 1, number + 1, number + 10, number - 10].into_iter().filter(|slip| *slip > 1);
    let lhs = seen.iter().copied().chain(slips(truth.lhs)).filter_map(|lhs| equation(lhs, truth.op, truth.rhs));
    let rhs = seen.iter().copied().chain(slips(truth.rhs)).filter_map(|rhs| equation(truth.lhs, truth.op, rhs));
    // "12 + 12" is no slip of the eye.
    lhs.chain(rhs).filter(|candidate| candidate.lhs != candidate.rhs).collect()
}

/// A number that a word means, taken for another.
fn misconverted(story: &Story, k: usize, truth: &Equation) -> Vec<Equation> {
    let implied = story.program.steps.get(k).is_some_and(|step| matches!(step.rhs, Operand::Implied(_)));
    if !implied {
        return Vec::new();
    }
    let others = [2, 3, 4, 5, 6, 7, 10, 12].into_iter().filter_map(|rhs| equation(truth.lhs, truth.op, rhs));
    let percent = if truth.op == Op::Div { 100 / truth.rhs.max(1) } else { 0 };
    let taken_as_number = [Op::Sub, Op::Div].into_iter().filter_map(|op| equation(truth.lhs, op, percent));
    others.chain(taken_as_number.filter(|_| percent > 0)).collect()
}

/// A comparison taken for another, or made with another count.
fn misread(story: &Story, k: usize, truth: &Equation) -> Vec<Equation> {
    let op = match truth.op {
        Op::Add => Op::Mul,
        Op::Sub => Op::Div,
        Op::Mul => Op::Add,
        Op::Div => Op::Sub,
    };
    let Some(step) = story.program.steps.get(k) else { return Vec::new() };
    let facts = |of: usize| [story.program.steps[of].lhs, story.program.steps[of].rhs];
    let counts: Vec<i64> = (0..k).flat_map(facts).map(|operand| story.program.value(operand)).collect();
    let replaced = |operand| if matches!(operand, Operand::Step(_)) { counts.clone() } else { Vec::new() };
    let lhs = replaced(step.lhs).into_iter().filter_map(|lhs| equation(lhs, truth.op, truth.rhs));
    let rhs = replaced(step.rhs).into_iter().filter_map(|rhs| equation(truth.lhs, truth.op, rhs));
    lhs.chain(rhs).chain(equation(truth.lhs, op, truth.rhs)).collect()
}

/// The lines up to a mistake in step `k`, and what follows from it.
fn continued(story: &Story, k: usize, wrong: Equation) -> Option<Vec<String>> {
    let mut values: Vec<i64> = story.program.steps.iter().take(k).map(|step| step.value).collect();
    let mut lines: Vec<String> = story.steps().into_iter().take(k).collect();
    lines.push(story.program.steps.get(k)?.line(&wrong.to_string()));
    values.push(wrong.value);
    go_on(story, values, lines)
}

/// The lines with step `k` left out: what it should have changed stays as it was.
fn without_step(story: &Story, k: usize) -> Option<Vec<String>> {
    let step = story.program.steps.get(k)?;
    let kept = if matches!((step.lhs, step.rhs), (Operand::Fact(_), Operand::Step(_))) { step.rhs } else { step.lhs };
    let mut values: Vec<i64> = story.program.steps.iter().take(k).map(|step| step.value).collect();
    values.push(story.program.value(kept));
    go_on(story, values, story.steps().into_iter().take(k).collect())
}

/// Computes the remaining steps from the values so far, down to the answer.
fn go_on(story: &Story, mut values: Vec<i64>, mut lines: Vec<String>) -> Option<Vec<String>> {
    for step in story.program.steps.iter().skip(values.len()) {
        let value = |operand: Operand| match operand {
            Operand::Step(of) => values.get(of).copied(),
            Operand::Fact(value) | Operand::Implied(value) => Some(value),
        };
        let equation = equation(value(step.lhs)?, step.op, value(step.rhs)?)?;
        (0..=MOST).contains(&equation.value).then_some(())?;
        lines.push(step.line(&equation.to_string()));
        values.push(equation.value);
    }
    lines.push(answer_line(*values.last()?));
    Some(lines)
}
