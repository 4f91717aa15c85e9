//! The oracle's word as a critique in the text format of `specs/critique.md` §2.3: the program stands where the paper
//! uses a large model as annotator.

use super::Story;
use super::equation::Equation;
use super::oracle::{Checked, Fault, StepCheck, check};
use crate::reason::{Critique, Judgement, Verdict};

/// Which lines get a label (`specs/critique.md` §2.2: the paper's text says the one, its data does the other).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LabelRule {
    /// All up to the first wrong one.
    StopAtFirstError,
    /// All; behind an error a line is right only with the true values.
    All,
}

/// The critique of a path, from the oracle. It states no result but that of a corrected step.
///
/// ```
/// use duet_engine::reason::story::{LabelRule, Level, Split, Story, annotate};
/// let story = Story::generate(Split::Query, Level::ALL[0], 1);
/// let critique = annotate(&story, &story.steps(), LabelRule::All);
/// assert!(critique.to_string().ends_with("Correctness of the final answer: Correct\nExplanation: All steps are right.\n"));
/// ```
#[must_use]
pub fn annotate(story: &Story, steps: &[String], rule: LabelRule) -> Critique {
    let checked = check(story, steps);
    let labelled = match (rule, checked.first_error) {
        (LabelRule::StopAtFirstError, Some(first)) => first + 1,
        _ => steps.len(),
    };
    let judged = steps.iter().zip(&checked.steps).enumerate().take(labelled);
    let judgements = judged.map(|(index, (line, step))| Judgement {
        sentence: line.clone(),
        verdict: Some(step.verdict),
        explanation: explanation(line, step, checked.first_error.is_some_and(|first| first < index)),
        step: Some(index),
    });
    let judgements = judgements.collect();
    Critique { judgements, answer: Some(checked.answer), explanation: conclusion(&checked) }
}

/// The words on a line; `late` behind the first error.
fn explanation(line: &str, step: &StepCheck, late: bool) -> String {
    let what = match step.fault {
        None => {
            return match Equation::find(line).filter(|_| step.step.is_some()) {
                Some(Equation { lhs, op, rhs, value }) => format!("{lhs} {} {rhs} is {value}.", op.sign()),
                None if late => "It is the right answer.".to_owned(),
                None => "It is the last result.".to_owned(),
            };
        }
        Some(Fault::Calculation) => "The calculation is wrong",
        Some(Fault::Operation) => "The operation is wrong",
        Some(Fault::Sign) => "The sign is wrong",
        Some(Fault::Operand) => "A number is wrong",
        Some(Fault::Order | Fault::MissingStep) => "A step is missing before this",
        Some(Fault::ExtraStep) => "This step is not needed",
        Some(Fault::Unreadable) => "This step has no equation",
        Some(Fault::Answer) if late => "It comes from a wrong step",
        Some(Fault::Answer) => "It is not the last result",
    };
    match &step.expected {
        Some(equation) => format!("{what}, it should be {equation}."),
        None => format!("{what}."),
    }
}

/// The words on the final answer.
fn conclusion(checked: &Checked) -> String {
    match (checked.first_error.map(|first| first + 1), checked.answer) {
        (None, Verdict::Correct) => "All steps are right.".to_owned(),
        (None, Verdict::Wrong) => "The answer is missing.".to_owned(),
        (Some(step), Verdict::Wrong) => format!("Step {step} is wrong."),
        (Some(step), Verdict::Correct) => format!("The answer is right, but step {step} is wrong."),
    }
}
