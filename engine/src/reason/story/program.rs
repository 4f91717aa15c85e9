//! What a story computes: the exact program that its question determines.

use super::equation::Equation;
use super::rng;

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`, always exact.
    Div,
}

impl Op {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Add, Self::Sub, Self::Mul, Self::Div];

    /// The value on integers; none beyond 64 bits, or where the division is not exact.
    #[must_use]
    pub fn apply(self, lhs: i64, rhs: i64) -> Option<i64> {
        match self {
            Self::Add => lhs.checked_add(rhs),
            Self::Sub => lhs.checked_sub(rhs),
            Self::Mul => lhs.checked_mul(rhs),
            Self::Div => (lhs.checked_rem(rhs)? == 0).then(|| lhs.checked_div(rhs)).flatten(),
        }
    }

    /// Whether the operands may be swapped.
    #[must_use]
    pub fn commutes(self) -> bool {
        matches!(self, Self::Add | Self::Mul)
    }

    /// As it is written in a step.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Add => '+',
            Self::Sub => '-',
            Self::Mul => '*',
            Self::Div => '/',
        }
    }
}

/// Where a number of a step comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operand {
    /// Written in the question.
    Fact(i64),
    /// The result of an earlier step, from 0.
    Step(usize),
    /// Meant by a word of the question: "twice" is 2, "25%" divides by 4, a week has 7 days.
    Implied(i64),
}

/// One step of a program, and the line that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub op: Op,
    /// First number.
    pub lhs: Operand,
    /// Second number.
    pub rhs: Operand,
    /// Its result.
    pub value: i64,
    /// The line's words before the equation, "Mia now has ".
    pub before: String,
    /// The line's words after the equation, " apples.".
    pub after: String,
}

impl Step {
    /// The line with this equation in it.
    #[must_use]
    pub fn line(&self, equation: &str) -> String {
        format!("{}{equation}{}", self.before, self.after)
    }
}

/// The steps that answer a question, in the order of the solution; the last one gives the answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// Each refers to earlier ones only, and all are needed for the last.
    pub steps: Vec<Step>,
}

impl Program {
    /// The true number of an operand; 0 for a step that does not exist.
    #[must_use]
    pub fn value(&self, operand: Operand) -> i64 {
        match operand {
            Operand::Fact(value) | Operand::Implied(value) => value,
            Operand::Step(index) => self.steps.get(index).map_or(0, |step| step.value),
        }
    }

    /// The true equation of a step; none for a step that does not exist.
    #[must_use]
    pub fn equation(&self, index: usize) -> Option<Equation> {
        let step = self.steps.get(index)?;
        Some(Equation { lhs: self.value(step.lhs), op: step.op, rhs: self.value(step.rhs), value: step.value })
    }

    /// One number for all ways to write down the same computation: operations, structure and numbers count, the order of
    /// independent steps, of commutative operands, and the words do not.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut prints: Vec<u64> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let print = fingerprint(step.op, [step.lhs, step.rhs], &prints);
            prints.push(print);
        }
        prints.last().copied().unwrap_or_default()
    }
}

/// The fingerprint of one step over those of the earlier ones.
pub(super) fn fingerprint(op: Op, operands: [Operand; 2], earlier: &[u64]) -> u64 {
    let mut sides = operands.map(|operand| match operand {
        Operand::Fact(value) | Operand::Implied(value) => rng::mix(value as u64),
        Operand::Step(index) => earlier.get(index).copied().unwrap_or_default(),
    });
    if op.commutes() {
        sides.sort_unstable();
    }
    let [lhs, rhs] = sides.map(u64::to_le_bytes);
    rng::hash(&[&[op.sign() as u8], &lhs[..], &rhs[..]].concat())
}
