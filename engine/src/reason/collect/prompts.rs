//! What instructed models are told while critiques are collected; the sources do not have these prompts
//! (`specs/critique.md` §9), the wording is our own.

use super::Case;
use crate::reason::Problem;
use crate::reason::prompts::critique;
use crate::reason::story::MistakeKind;
use crate::template::{Message, PromptStyle, Turn};

/// The chat in which a model writes one step with a mistake.
pub(super) fn mistake(problem: &Problem, before: &[String], kind: MistakeKind) -> Vec<Message> {
    let so_far = if before.is_empty() { "(nothing yet)".to_owned() } else { before.join("\n") };
    let content = format!(
        "Here is a word problem and the beginning of its solution.\n\nProblem:\n{}\n\nSolution so far:\n{so_far}\n\n\
         Write the next line of the solution as a careless student would, with this mistake: {}. Write only that line, \
         with its calculation, and say nothing about the mistake.",
        problem.text(),
        described(kind),
    );
    vec![Message { turn: Turn::User, content }]
}

/// The chat in which a model criticises a path whose truth it is told: the critic's own chat with the reference before its
/// last request. A trained model knows no other chat than the critic's.
pub(super) fn annotation(style: PromptStyle, case: &Case<'_>) -> Vec<Message> {
    let mut messages =
        critique(style, &case.question.problem, &case.question.gold_steps.join("\n"), &case.path.join("\n"));
    if style == PromptStyle::Trained {
        return messages;
    }
    let Some(last) = messages.last_mut() else { return messages };
    let mut known = format!("A reference solution, for your eyes only:\n{}\n", case.question.gold_steps.join("\n"));
    known +=
        if case.correct { "\nThe solution below has the right answer.\n" } else { "\nThe solution below is wrong.\n" };
    if let Some(planned) = case.planned.filter(|_| !case.correct) {
        known += &format!("Its first mistake is likely in step {}", planned + 1);
        known += &case.kind.map_or_else(|| ".\n".to_owned(), |kind| format!(": {}.\n", described(kind)));
    }
    known +=
        "Judge it step by step up to the first wrong one, then its final answer. Do not mention the reference.\n\n";
    last.content.insert_str(0, &known);
    messages
}

fn described(kind: MistakeKind) -> &'static str {
    match kind {
        MistakeKind::Calculation => "the result of the calculation is wrong",
        MistakeKind::Operation => "the wrong operation is used",
        MistakeKind::Operand => "a number is copied wrongly or another number is taken",
        MistakeKind::MissingStep => "a necessary step is left out",
        MistakeKind::UnitOrPercentage => "a unit or a percentage is converted wrongly",
        MistakeKind::Sign => "plus and minus are mixed up",
        MistakeKind::MisreadCondition => "a condition of the problem is misread",
    }
}
