//! What the players are told. Structure: `specs/critique.md` §2.6; the wording is our own, short and plain, since the
//! smallest players must follow it.

use super::steps::{split_steps, without_marker};
use super::{Critique, Problem};
use crate::template::{Message, PromptStyle, Turn};

/// What every solution of an instructed actor begins with; "said" for the actor, not generated.
pub const SOLUTION_PREFILL: &str = "Let's break it down step by step:\n\n";

/// What is said for the actor before it solves or refines.
#[must_use]
pub fn solution_prefill(style: PromptStyle) -> &'static str {
    match style {
        PromptStyle::Instructed => SOLUTION_PREFILL,
        PromptStyle::Trained => "",
    }
}

const ACTOR: &str = "You solve word problems. Write one short step per line, with its calculation.";

const ANSWER_REQUEST: &str = "Solve it step by step, one step per line. End with the line \"The answer is [number].\"";

const CRITIC: &str = "You check solutions of word problems. Each line of a solution is a step. For every step, repeat it, \
    say whether it is Correct or Wrong, and explain why. Then judge the final answer.";

const REFINE_REQUEST: &str = "Here is a critique of your solution, step by step. Use it to write a new, complete \
    solution from the start, one step per line. Correct what is wrong. End with the line \"The answer is [number].\"";

/// One worked example for the critic: (question, solution, critique). One step right, one wrong, so that neither
/// word is the habit.
const EXAMPLE: (&str, &str, &str) = (
    "A box holds 6 pens. Mia buys 3 boxes and gives away 4 pens. How many pens are left?",
    "Mia buys 3 * 6 = 18 pens.\n18 - 4 = 15 pens are left.\nThe answer is 15.",
    "Step sentence: Mia buys 3 * 6 = 18 pens.\n\
     Correctness of the step: Correct\n\
     Explanation: 3 boxes with 6 pens each are 18 pens.\n\
     \n\
     Step sentence: 18 - 4 = 15 pens are left.\n\
     Correctness of the step: Wrong\n\
     Explanation: 18 - 4 is 14, not 15.\n\
     \n\
     Step sentence: The answer is 15.\n\
     Correctness of the step: Wrong\n\
     Explanation: It repeats the wrong 15.\n\
     \n\
     Correctness of the final answer: Wrong\n\
     Explanation: 14 pens are left.",
);

/// The chat in which the actor attempts a problem. No worked example: with one, SmolLM2-135M got 2 of 10 small problems
/// right, as without, and read 112 tokens more for each (10 problems, greedy: too few to see a small effect).
#[must_use]
pub fn attempt(style: PromptStyle, problem: &Problem) -> Vec<Message> {
    match style {
        PromptStyle::Instructed => vec![message(Turn::System, ACTOR), message(Turn::User, &question(problem.text()))],
        PromptStyle::Trained => vec![message(Turn::User, problem.text())],
    }
}

/// The chat in which the critic judges a solution: its steps, a line each, without list markers (small critics repeat
/// the marker in place of the step). `thought` is what it answered to [`thought`]; others are shown none.
#[must_use]
pub fn critique(style: PromptStyle, problem: &Problem, thought: &str, solution: &str) -> Vec<Message> {
    let (question, flawed, critique) = EXAMPLE;
    let steps = split_steps(without_prefill(solution));
    let lines: Vec<&str> = steps.iter().map(|step| without_marker(step)).collect();
    let judged = |question: &str, solution: &str| format!("Question:\n{question}\n\nSolution:\n{solution}");
    if style == PromptStyle::Trained {
        let mut messages = attempt(style, problem);
        messages.push(message(Turn::Assistant, thought.trim()));
        messages.push(message(Turn::User, &format!("Solution:\n{}", lines.join("\n"))));
        return messages;
    }
    vec![
        message(Turn::System, CRITIC),
        message(Turn::User, &judged(question, flawed)),
        message(Turn::Assistant, critique),
        message(Turn::User, &judged(problem.text(), &lines.join("\n"))),
    ]
}

/// The chat in which the critic solves the problem by itself, before it sees a solution: comparing is what a small model
/// can do, telling at a glance is not. None for critics that judge without.
#[must_use]
pub fn thought(style: PromptStyle, problem: &Problem) -> Option<Vec<Message>> {
    (style == PromptStyle::Trained).then(|| attempt(style, problem))
}

/// The chat in which the actor refines its attempt, with the critique before it. An unreadable critique is handed over
/// as it stands in `said`.
#[must_use]
pub fn refinement(
    style: PromptStyle,
    problem: &Problem,
    solution: &str,
    critique: &Critique,
    said: &str,
) -> Vec<Message> {
    let readable = critique.to_string();
    let critique = if readable.is_empty() { said } else { &readable };
    if style == PromptStyle::Trained {
        let mut messages = attempt(style, problem);
        messages.push(message(Turn::Assistant, solution.trim()));
        messages.push(message(Turn::User, critique.trim()));
        return messages;
    }
    vec![
        message(Turn::System, ACTOR),
        message(Turn::User, &question(problem.text())),
        message(Turn::Assistant, &format!("{SOLUTION_PREFILL}{}", without_prefill(solution))),
        message(Turn::User, &format!("{REFINE_REQUEST}\n\n{}", critique.trim())),
    ]
}

/// What the critique of these steps begins with, so that a weak critic starts in format and with the first step. No
/// space at its end: tokenizers join it to the word that follows.
#[must_use]
pub fn critique_prefill(style: PromptStyle, steps: &[String]) -> String {
    match steps.first() {
        _ if style == PromptStyle::Trained => String::new(),
        Some(first) => format!("Step sentence: {}\nCorrectness of the step:", without_marker(first)),
        None => "Step sentence:".to_owned(),
    }
}

/// Where to stop although the model does not: at the marker of a next turn or problem, at the start of a line only. The
/// bare word "Human" must not stop a solution that speaks of humans (§2.6).
#[must_use]
pub fn stops() -> Vec<String> {
    ["Human:", "User:", "Assistant:", "Question:", "Problem:", "Solution:"].map(|marker| format!("\n{marker}")).to_vec()
}

/// A solution without the words that every solution begins with.
fn without_prefill(solution: &str) -> &str {
    let solution = solution.trim();
    solution.strip_prefix(SOLUTION_PREFILL.trim_end()).unwrap_or(solution).trim_start()
}

fn question(problem: &str) -> String {
    format!("{problem}\n\n{ANSWER_REQUEST}")
}

fn message(turn: Turn, content: &str) -> Message {
    Message { turn, content: content.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Verdict;

    const I: PromptStyle = PromptStyle::Instructed;
    const T: PromptStyle = PromptStyle::Trained;

    fn problem() -> Problem {
        Problem::new("How many eggs?").expect("short")
    }

    #[test]
    fn the_example_is_in_the_format_and_judges_every_step() {
        let (_, solution, text) = EXAMPLE;
        let critique = Critique::parse(text, &split_steps(solution));
        assert_eq!(critique.to_string().trim_end(), text);
        assert!(text.starts_with(&critique_prefill(I, &split_steps(solution))));
        assert_eq!(
            critique_prefill(I, &split_steps("1. 2 + 2 = 4\n")),
            "Step sentence: 2 + 2 = 4\nCorrectness of the step:"
        );
        assert_eq!(critique_prefill(I, &[]), "Step sentence:");
        assert_eq!((critique.answer, critique.first_wrong()), (Some(Verdict::Wrong), Some(1)));
        let placed: Vec<_> = critique.judgements.iter().map(|judgement| judgement.step).collect();
        assert_eq!(placed, [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn the_critic_sees_the_question_and_the_solution_without_the_prefill() {
        let messages = critique(I, &problem(), "", &format!("{SOLUTION_PREFILL}1. 2 + 2 = 4 eggs.\n\n2. So 4.\n"));
        let last = messages.last().expect("messages");
        assert_eq!(last.turn, Turn::User);
        assert_eq!(last.content, "Question:\nHow many eggs?\n\nSolution:\n2 + 2 = 4 eggs.\nSo 4.");
    }

    #[test]
    fn the_refinement_holds_problem_attempt_request_and_critique() {
        let steps = ["2 + 2 = 5".to_owned()];
        let said = "Well.\nStep sentence: 2 + 2 = 5\nCorrectness of the step: Wrong\nExplanation: It is 4.";
        let read = Critique::parse(said, &steps);
        let messages = refinement(I, &problem(), "2 + 2 = 5\n", &read, said);
        let turns: Vec<Turn> = messages.iter().map(|message| message.turn).collect();
        assert_eq!(turns, [Turn::System, Turn::User, Turn::Assistant, Turn::User]);
        assert!(messages[1].content.starts_with("How many eggs?"));
        assert_eq!(messages[2].content, "Let's break it down step by step:\n\n2 + 2 = 5");
        assert!(
            messages[3]
                .content
                .ends_with("\n\nStep sentence: 2 + 2 = 5\nCorrectness of the step: Wrong\nExplanation: It is 4.")
        );
        let unread = refinement(I, &problem(), "2 + 2 = 5", &Critique::default(), "Looks odd.");
        assert!(unread[3].content.ends_with("\n\nLooks odd."));
    }

    #[test]
    fn a_trained_model_reads_the_bare_texts() {
        let said = |messages: Vec<Message>| -> Vec<(Turn, String)> {
            messages.into_iter().map(|message| (message.turn, message.content)).collect()
        };
        let (user, assistant) = (Turn::User, Turn::Assistant);
        assert_eq!(said(attempt(T, &problem())), [(user, "How many eggs?".to_owned())]);
        let messages = critique(T, &problem(), "2 + 2 = 4\n", "2 + 2 = 5\n");
        let texts = ["How many eggs?", "2 + 2 = 4", "Solution:\n2 + 2 = 5"].map(str::to_owned);
        assert_eq!(said(messages), [user, assistant, user].into_iter().zip(texts).collect::<Vec<_>>());
        let refined = said(refinement(T, &problem(), "2 + 2 = 5\n", &Critique::default(), "Wrong.\n"));
        let texts = ["How many eggs?", "2 + 2 = 5", "Wrong."].map(str::to_owned);
        assert_eq!(refined, [user, assistant, user].into_iter().zip(texts).collect::<Vec<_>>());
        assert_eq!((solution_prefill(T), critique_prefill(T, &["2 + 2 = 5".to_owned()]).as_str()), ("", ""));
    }

    #[test]
    fn a_human_in_a_solution_stops_nothing() {
        assert!(stops().iter().all(|stop| stop.starts_with('\n') && stop.ends_with(':')));
        assert!(!stops().iter().any(|stop| "\nHuman beings: 5\nThe User has 3".contains(stop.as_str())));
    }
}
