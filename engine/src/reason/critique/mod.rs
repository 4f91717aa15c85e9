//! A critique: the critic's word on every step and on the final answer. Text format: `specs/critique.md` §2.3.

mod align;
mod label;
mod parse;

use std::fmt;

pub(super) use align::without_annotations;
pub use parse::CritiqueParser;

use super::{Judgement, Verdict};

/// A whole critique.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Critique {
    /// The judged steps, in the critic's order.
    pub judgements: Vec<Judgement>,
    /// The verdict on the final answer; absent when the text has none ("unparsable").
    pub answer: Option<Verdict>,
    /// The critic's words on the final answer.
    pub explanation: String,
}

impl Critique {
    /// Reads what can be read of a critic's text about a path with these steps. Never fails.
    ///
    /// ```
    /// use duet_engine::reason::{Critique, Verdict};
    /// let steps = ["2 + 2 = 5".to_owned()];
    /// let text = "Step sentence: 2 + 2 = 5\nCorrectness of the step: Wrong\nExplanation: It is 4.\n\n\
    ///             Correctness of the final answer: Wrong\nExplanation: It should be 4.\n";
    /// let critique = Critique::parse(text, &steps);
    /// assert_eq!(critique.answer, Some(Verdict::Wrong));
    /// assert_eq!(critique.first_wrong(), Some(0));
    /// assert_eq!(critique.to_string(), text);
    /// ```
    #[must_use]
    pub fn parse(text: &str, steps: &[String]) -> Self {
        let mut parser = CritiqueParser::new(steps);
        parser.push(text);
        parser.finish();
        parser.into_critique()
    }

    /// The first step of the path (from 0) that is judged wrong.
    #[must_use]
    pub fn first_wrong(&self) -> Option<usize> {
        self.wrong().filter_map(|judgement| judgement.step).min()
    }

    /// The judgements that call something wrong.
    pub fn wrong(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|judgement| judgement.verdict == Some(Verdict::Wrong))
    }
}

/// The text format, every field on one line.
impl fmt::Display for Critique {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Judgement { sentence, verdict, explanation, .. } in &self.judgements {
            writeln!(f, "Step sentence: {}", one_line(sentence))?;
            if let Some(verdict) = verdict {
                writeln!(f, "Correctness of the step: {verdict}")?;
            }
            writeln!(f, "Explanation: {}\n", one_line(explanation))?;
        }
        if let Some(verdict) = self.answer {
            writeln!(f, "Correctness of the final answer: {verdict}")?;
            writeln!(f, "Explanation: {}", one_line(&self.explanation))?;
        }
        Ok(())
    }
}

/// As critics write it.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Correct => "Correct",
            Self::Wrong => "Wrong",
        })
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
