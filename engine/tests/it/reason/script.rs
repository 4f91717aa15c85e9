//! A player that says what it is told to, in pieces of odd sizes.

use std::ops::ControlFlow;

use duet_engine::reason::{Odds, Player, PlayerError, Side, Speech, Spoken, Usage};
use duet_engine::runtime::{Delta, FinishReason};

/// What the sides say, and how.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub attempt: &'static str,
    pub critique: &'static str,
    pub refinement: &'static str,
    /// Characters in the pieces, in turn; the last size goes on.
    pub pieces: &'static [usize],
    /// This side fails instead.
    pub fails: Option<Side>,
    /// This side is stopped from elsewhere after its first piece.
    pub stopped: Option<Side>,
    /// What was asked.
    pub speeches: Vec<Speech>,
}

pub(crate) const ATTEMPT: &str =
    "Tom buys 4 * 2 = 6 apples.\nWith the 3 he had, he has 3 + 6 = 9.\nThe answer is 9.\n\nQ: And";

pub(crate) const CRITIQUE: &str = " Wrong\nExplanation: 4 * 2 is 8.\n\n\
     Step sentence: With the 3 he had, he has 3 + 6 = 9.\nCorrectness of the step: Correct\nExplanation: It follows.\n\n\
     Correctness of the final answer: Wrong\nExplanation: It rests on step 1.\n\nStep sentence: Tom buys again\n";

pub(crate) const REFINEMENT: &str =
    "Tom buys 4 * 2 = 8 apples.\nWith the 3 he had, he has 3 + 8 = 11.\nThe answer is 11.";

pub(crate) const FINE: &str = " Correct\nExplanation: Yes.\n\n\
     Correctness of the final answer: Correct\nExplanation: It is.";

impl Default for Script {
    fn default() -> Self {
        let (attempt, critique, refinement) = (ATTEMPT, CRITIQUE, REFINEMENT);
        let pieces = &[1, 7, 2, 19, 3];
        Self { attempt, critique, refinement, pieces, fails: None, stopped: None, speeches: Vec::new() }
    }
}

impl Player for Script {
    fn model(&self, side: Side) -> String {
        if side == Side::Critique { "scripted critic" } else { "scripted actor" }.to_owned()
    }

    fn backend(&self) -> String {
        "script".to_owned()
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        self.speeches.push(speech.clone());
        if self.fails == Some(speech.side) {
            return Err(PlayerError { message: "the cable is cut".to_owned(), callers_fault: false });
        }
        let script = match speech.side {
            Side::Attempt => self.attempt,
            Side::Critique => self.critique,
            Side::Refinement => self.refinement,
        };
        let mut said = String::new();
        let mut usage = Usage { prompt_tokens: 10, completion_tokens: 0 };
        let cancelled = |text: String, usage| Ok(Spoken { text, usage, cancelled: true, odds: Odds::default() });
        if sink(Delta::Prefill { done: 10, total: 10 }).await.is_break() {
            return cancelled(said, usage);
        }
        for piece in cut(script, self.pieces) {
            said.push_str(&piece);
            usage.completion_tokens += 1;
            let delta = Delta::Text { sample: 0, text: piece, tokens: usage.completion_tokens };
            if sink(delta).await.is_break() || self.stopped == Some(speech.side) {
                return cancelled(said, usage);
            }
        }
        let _ = sink(Delta::Finished { sample: 0, reason: FinishReason::Stop }).await;
        Ok(Spoken { text: said, usage, cancelled: false, odds: Odds::default() })
    }
}

/// The text in pieces of these sizes.
pub(crate) fn cut(text: &str, sizes: &[usize]) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut sizes = sizes.iter().copied().chain(std::iter::repeat(*sizes.last().expect("a size")));
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = chars.len().min(at + sizes.next().expect("endless"));
        pieces.push(chars[at..end].iter().collect());
        at = end;
    }
    pieces
}
