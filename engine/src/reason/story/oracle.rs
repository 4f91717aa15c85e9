//! The exact oracle: every line of a solution against the story's program.

use super::equation::Equation;
use super::program::{Op, Operand};
use super::{Story, answer_line};
use crate::reason::{ANSWER_MARKER, Answer, Verdict, extract_answer};

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Right operation on the right numbers, wrong result.
    Calculation,
    /// Another operation than the question asks for.
    Operation,
    /// Another number than the question or the earlier steps give.
    Operand,
    /// A right step before one that it needs, which comes later.
    Order,
    /// A step that this one needs was left out.
    MissingStep,
    /// The question does not need it, or it was done before.
    ExtraStep,
    /// Plus for minus or minus for plus, or the two sides of a minus swapped.
    Sign,
    /// No equation of two numbers.
    Unreadable,
    /// Not the result that the question asks for, though the steps before it are complete.
    Answer,
}

/// The oracle on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepCheck {
    /// Correct only for a step of the program with the true values, or the gold answer.
    pub verdict: Verdict,
    /// Present exactly when the verdict is Wrong.
    pub fault: Option<Fault>,
    /// The equation that should stand here; none where none is missing.
    pub expected: Option<String>,
    /// The step of the program (from 0) that the line states or tries to; none for an answer and for extra steps.
    pub step: Option<usize>,
}

/// The oracle on a whole path. Every line is judged, also behind the first error; there a line is right only with the
/// true values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// One for each line of the path, that of the answer included.
    pub steps: Vec<StepCheck>,
    /// Whether the path's last answer is the gold answer; Wrong where there is none.
    pub answer: Verdict,
    /// The first line (from 0) that is wrong. None for a path that stops before its answer without a wrong line.
    pub first_error: Option<usize>,
}

/// Judges the lines of a path. Commutative operands and every valid order of the steps are right.
#[must_use]
pub fn check(story: &Story, steps: &[String]) -> Checked {
    let mut oracle = Oracle::new(story, steps);
    let steps: Vec<StepCheck> = (0..steps.len()).map(|index| oracle.judge(index)).collect();
    let first_error = steps.iter().position(|step| step.verdict == Verdict::Wrong);
    Checked { answer: oracle.answer, first_error, steps }
}

struct Oracle<'a> {
    story: &'a Story,
    lines: &'a [String],
    read: Vec<Option<Equation>>,
    truth: Vec<Equation>,
    /// What was stated for each step of the program, right or wrong; none for what is still to come.
    stated: Vec<Option<i64>>,
    gold: Option<Answer>,
    answer: Verdict,
}

impl<'a> Oracle<'a> {
    fn new(story: &'a Story, lines: &'a [String]) -> Self {
        let truth: Vec<Equation> = (0..).map_while(|index| story.program.equation(index)).collect();
        let read = lines.iter().map(|line| Equation::find(line)).collect();
        let gold = extract_answer(&answer_line(story.answer));
        Self { story, lines, read, stated: vec![None; truth.len()], truth, gold, answer: Verdict::Wrong }
    }

    fn judge(&mut self, index: usize) -> StepCheck {
        if is_answer(&self.lines[index]) {
            return self.judge_answer(index);
        }
        let Some(equation) = self.read[index] else {
            return wrong(Fault::Unreadable, self.equation(self.next()), None);
        };
        let open = |step: &usize| self.stated[*step].is_none() && equation.same(&self.truth[*step]);
        let right: Vec<usize> = (0..self.truth.len()).filter(open).collect();
        if let Some(step) = right.iter().copied().find(|step| self.missing(*step).is_none()) {
            self.stated[step] = Some(equation.value);
            return StepCheck { verdict: Verdict::Correct, fault: None, expected: None, step: Some(step) };
        }
        match right.first().copied().or_else(|| self.meant(index, &equation)) {
            Some(step) => self.judge_wrong(index, &equation, step),
            None => wrong(Fault::ExtraStep, self.equation(self.next()), None),
        }
    }

    fn judge_answer(&mut self, index: usize) -> StepCheck {
        let right = self.gold.is_some() && extract_answer(&self.lines[index]) == self.gold;
        self.answer = if right { Verdict::Correct } else { Verdict::Wrong };
        match self.next() {
            _ if right => StepCheck { verdict: Verdict::Correct, fault: None, expected: None, step: None },
            None => wrong(Fault::Answer, None, None),
            missing => wrong(Fault::MissingStep, self.equation(missing), None),
        }
    }

    /// The line tries this step and is wrong: how?
    fn judge_wrong(&mut self, index: usize, equation: &Equation, step: usize) -> StepCheck {
        self.stated[step] = Some(equation.value);
        let truth = self.truth[step];
        if let Some(missing) = self.missing(step) {
            let later = self.read[index + 1..].iter().flatten().any(|later| later.same(&self.truth[missing]));
            let fault = if later { Fault::Order } else { Fault::MissingStep };
            let expected = self.equation(Some(missing));
            if !later {
                self.skip(step);
            }
            return wrong(fault, expected, Some(step));
        }
        let same = (equation.lhs, equation.rhs) == (truth.lhs, truth.rhs);
        let swapped = (equation.lhs, equation.rhs) == (truth.rhs, truth.lhs);
        let fault = match (equation.op, truth.op) {
            (op, of) if op == of && (same || (swapped && op.commutes())) => Fault::Calculation,
            (Op::Add | Op::Sub, Op::Add | Op::Sub) if same || swapped => Fault::Sign,
            (op, of) if op == of && !swapped => Fault::Operand,
            _ => Fault::Operation,
        };
        let right = Equation { value: truth.value, ..*equation };
        let expected = if fault == Fault::Calculation { right } else { truth };
        wrong(fault, Some(expected.to_string()), Some(step))
    }

    /// What this step needs and nobody stated: the first that can be stated now. None when it can be stated itself.
    fn missing(&self, step: usize) -> Option<usize> {
        self.needs(step).find(|need| self.stated[*need].is_none()).map(|need| self.missing(need).unwrap_or(need))
    }

    fn needs(&self, step: usize) -> impl Iterator<Item = usize> {
        let step = &self.story.program.steps[step];
        [step.lhs, step.rhs].into_iter().filter_map(|operand| match operand {
            Operand::Step(need) => Some(need),
            Operand::Fact(_) | Operand::Implied(_) => None,
        })
    }

    /// Takes what this step needs as done, so that the lines after it are judged by themselves.
    fn skip(&mut self, step: usize) {
        while let Some(missing) = self.missing(step) {
            self.stated[missing] = Some(self.truth[missing].value);
        }
    }

    /// The step of the program that should come now.
    fn next(&self) -> Option<usize> {
        self.stated.iter().position(Option::is_none)
    }

    fn equation(&self, step: Option<usize>) -> Option<String> {
        Some(self.truth.get(step?)?.to_string())
    }

    /// The step that a wrong line most likely tries: by its words, its operation and its numbers.
    fn meant(&self, index: usize, equation: &Equation) -> Option<usize> {
        let line = &self.lines[index];
        let worded = line.contains(char::is_alphabetic);
        let open: Vec<usize> = (0..self.truth.len()).filter(|step| self.stated[*step].is_none()).collect();
        let says = |step: usize| {
            let step = &self.story.program.steps[step];
            line.starts_with(&step.before) && line.ends_with(&step.after)
        };
        // A true equation about something else is no try of a step.
        if worded && equation.holds() && !open.iter().any(|step| says(*step)) {
            return None;
        }
        let score = |step: usize| {
            let words = if says(step) { 4 } else { 0 };
            let ready = i32::from(self.missing(step).is_none());
            (words + ready + self.likeness(step, equation), std::cmp::Reverse(step))
        };
        let best = open.iter().map(|step| (score(*step), *step)).max()?;
        (best.0.0 >= 3).then_some(best.1)
    }

    /// Two points for the operation and for each number, one for the result.
    fn likeness(&self, index: usize, equation: &Equation) -> i32 {
        let step = &self.story.program.steps[index];
        let fits = |operand: Operand, number: i64| {
            let stated = if let Operand::Step(of) = operand { self.stated[of] } else { None };
            stated == Some(number) || self.story.program.value(operand) == number
        };
        let both = |lhs, rhs| i32::from(fits(step.lhs, lhs)) + i32::from(fits(step.rhs, rhs));
        let numbers = both(equation.lhs, equation.rhs).max(both(equation.rhs, equation.lhs));
        2 * numbers + 2 * i32::from(step.op == equation.op) + i32::from(step.value == equation.value)
    }
}

/// Whether a line gives the final answer, in any case of its letters.
fn is_answer(line: &str) -> bool {
    let marker = ANSWER_MARKER.as_bytes();
    line.as_bytes().windows(marker.len()).any(|words| words.eq_ignore_ascii_case(marker))
}

fn wrong(fault: Fault, expected: Option<String>, step: Option<usize>) -> StepCheck {
    StepCheck { verdict: Verdict::Wrong, fault: Some(fault), expected, step }
}
