//! A player's text on its way to the receiver: steps and judgements are announced as they complete.

use super::critique::{Critique, CritiqueParser};
use super::prompts::critique_prefill;
use super::steps::{StepSplitter, split_steps, without_marker};
use super::{ANSWER_MARKER, Side, SolveEvent, extract_answer};
use crate::runtime::Delta;
use crate::template::PromptStyle;

/// Listens to one turn.
#[derive(Debug)]
pub(super) struct Listener {
    side: Side,
    prefix: String, // said for the player, not heard yet
    text: String,
    ears: Ears,
}

#[derive(Debug)]
enum Ears {
    /// For a solution: its steps so far, and whether its answer line came.
    Solution { splitter: StepSplitter, steps: usize, answered: bool },
    /// For a critique.
    Critique(CritiqueParser),
}

impl Listener {
    /// To an attempt or a refinement.
    pub(super) fn to_solution(side: Side) -> Self {
        let ears = Ears::Solution { splitter: StepSplitter::default(), steps: 0, answered: false };
        Self { side, prefix: String::new(), text: String::new(), ears }
    }

    /// To a refinement that goes on behind kept steps, which are heard as its own with its first words.
    pub(super) fn to_branch(kept: &str) -> Self {
        Self { prefix: kept.to_owned(), ..Self::to_solution(Side::Refinement) }
    }

    /// To a critique of these steps. The words that it begins with are part of its format and are heard with the
    /// player's first ones; those of a solution are not part of its steps.
    pub(super) fn to_critique(style: PromptStyle, steps: &[String]) -> Self {
        let ears = Ears::Critique(CritiqueParser::new(steps));
        Self { side: Side::Critique, prefix: critique_prefill(style, steps), text: String::new(), ears }
    }

    /// What there is to announce.
    pub(super) fn hear(&mut self, delta: Delta) -> Vec<SolveEvent> {
        match delta {
            Delta::Prefill { done, total } => vec![SolveEvent::Prefill { side: self.side, done, total }],
            Delta::Text { text, .. } => self.hear_text(&text),
            Delta::Finished { .. } => Vec::new(),
        }
    }

    /// Up to each line end and colon in turn, so that the text ends with what completes it, however it was cut.
    fn hear_text(&mut self, text: &str) -> Vec<SolveEvent> {
        let text = format!("{}{text}", std::mem::take(&mut self.prefix));
        let known = self.text.len();
        let mut events = Vec::new();
        for part in text.split_inclusive(['\n', ':']) {
            if self.is_complete() {
                break;
            }
            self.text.push_str(part);
            match &mut self.ears {
                Ears::Solution { splitter, steps, answered } => {
                    for text in splitter.push(part) {
                        *answered |= is_answer_line(&text);
                        events.push(SolveEvent::Step { side: self.side, index: *steps, text });
                        *steps += 1;
                    }
                }
                Ears::Critique(parser) => events.extend(parser.push(part).into_iter().map(SolveEvent::Judged)),
            }
        }
        if known < self.text.len() {
            events.insert(0, SolveEvent::Text { side: self.side, text: self.text[known..].to_owned() });
        }
        events
    }

    /// Whether the player can stop: small models begin a new problem or a second critique of their own accord.
    pub(super) fn is_complete(&self) -> bool {
        match &self.ears {
            Ears::Solution { answered, .. } => *answered,
            Ears::Critique(parser) => parser.is_over(),
        }
    }

    /// The end of the turn: what the last line completes.
    pub(super) fn end(&mut self) -> Vec<SolveEvent> {
        let side = self.side;
        match &mut self.ears {
            Ears::Solution { splitter, steps, .. } => {
                let last = splitter.finish().map(|text| SolveEvent::Step { side, index: *steps, text });
                last.into_iter().collect()
            }
            Ears::Critique(parser) => parser.finish().into_iter().map(SolveEvent::Judged).collect(),
        }
    }

    /// What is said for the player and is heard as its own words.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The text of the turn, without white space around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The steps of the solution; for a critique, its lines.
    pub(super) fn steps(&self) -> Vec<String> {
        split_steps(&self.text)
    }

    /// The critique, after [`Self::end`]; empty for a solution.
    pub(super) fn into_critique(self) -> Critique {
        match self.ears {
            Ears::Solution { .. } => Critique::default(),
            Ears::Critique(parser) => parser.into_critique(),
        }
    }
}

/// "The answer is 5.": the line that every solution is asked to end with.
fn is_answer_line(step: &str) -> bool {
    let line = without_marker(step).trim_start_matches(['*', '_']);
    let begins = line.get(..ANSWER_MARKER.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(ANSWER_MARKER));
    begins && extract_answer(line).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(parts: &[&str]) -> (String, Vec<String>) {
        let mut listener = Listener::to_solution(Side::Attempt);
        for part in parts {
            listener.hear_text(part);
        }
        (listener.text().to_owned(), listener.steps())
    }

    #[test]
    fn a_solution_ends_with_its_answer_line_however_it_is_cut() {
        let expected = (
            "2 + 2 = 4\n**The answer is 4.**".to_owned(),
            vec!["2 + 2 = 4".to_owned(), "**The answer is 4.**".to_owned()],
        );
        assert_eq!(said(&["2 + 2 = 4\n**The answer is 4.**\nQ: another"]), expected);
        assert_eq!(said(&["2 + 2 = 4\n**The answer", " is 4.**", "\n", "Q: another\nand more\n"]), expected);
    }

    #[test]
    fn words_about_the_answer_end_nothing() {
        for line in ["The answer is unknown yet.", "So the answer is 4?", "Answer: 4"] {
            assert!(!is_answer_line(line), "{line}");
        }
        for line in ["The answer is 4.", "3. the answer is $4", "- The answer is\t\\boxed{4}"] {
            assert!(is_answer_line(line), "{line}");
        }
    }
}
