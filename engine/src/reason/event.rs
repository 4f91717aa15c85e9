//! What happens while a problem is solved, as typed events: the one protocol that worker, page and server stream.
//!
//! These types are the wire format of `POST /v1/duet/solve` and of recorded runs, hence serde.

use serde::{Deserialize, Serialize};

use super::GateName;

/// What to solve and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SolveRequest {
    /// The word problem, at most 4,000 characters.
    pub problem: String,
    /// Same seed, same run (on one backend).
    #[serde(default)]
    pub seed: u64,
    /// Temperature of attempt and refinement; the critic is always greedy.
    #[serde(default)]
    pub temperature: f32,
    /// Tokens per turn, at most.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: usize,
    /// Refine only what the critic calls wrong (true), or always, as the paper's code does (false).
    #[serde(default = "yes")]
    pub gated: bool,
    /// Which gate decides; absent: what `gated` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateName>,
    /// P(wrong) from which on [`GateName::Probability`] refines; absent: [`Gate::DEFAULT_THRESHOLD`](super::Gate).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The right answer, for [`GateName::Oracle`] alone; no player sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<String>,
}

/// Greedy, gated by the verdict, with 256 tokens per turn; the problem is still to be given.
impl Default for SolveRequest {
    fn default() -> Self {
        let (problem, max_tokens) = (String::new(), default_max_tokens());
        Self { problem, seed: 0, temperature: 0.0, max_tokens, gated: true, gate: None, threshold: None, gold: None }
    }
}

pub(super) fn default_max_tokens() -> usize {
    256
}

fn yes() -> bool {
    true
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The actor's first attempt.
    Attempt,
    /// The critic's critique of it.
    Critique,
    /// The actor's new solution, with the critique before it.
    Refinement,
}

/// A critic's word on a step or on the final answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// "Correct".
    Correct,
    /// "Wrong".
    Wrong,
}

/// The critic on one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// The step as the critic repeated it.
    pub sentence: String,
    /// Its verdict; absent when the text has none.
    pub verdict: Option<Verdict>,
    /// Its words.
    pub explanation: String,
    /// The step of the attempt (from 0) that it speaks of, by text alignment; absent when it matches none.
    pub step: Option<usize>,
}

/// Tokens that a turn cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.prompt_tokens += more.prompt_tokens;
        self.completion_tokens += more.completion_tokens;
    }
}

impl std::iter::Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

/// One thing that happened. The order of a run: `started`, then per turn `turn`, `prefill`*, (`text` | `step` |
/// `judgement`)*, `said`; after the critique one `verdict`; at the end one `done`. A failed run ends with `failed`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SolveEvent {
    /// The run began.
    Started {
        /// What is being solved.
        request: SolveRequest,
        /// The actor's model.
        actor: String,
        /// The critic's model.
        critic: String,
        /// Where they run.
        backend: String,
    },
    /// A turn began.
    Turn {
        /// Whose.
        side: Side,
    },
    /// Prompt tokens processed.
    Prefill {
        /// Whose turn.
        side: Side,
        /// Tokens done.
        done: usize,
        /// Tokens in the prompt.
        total: usize,
    },
    /// New text of the turn.
    Text {
        /// Whose turn.
        side: Side,
        /// The text.
        text: String,
    },
    /// A step of a solution is complete.
    Step {
        /// Attempt or refinement.
        side: Side,
        /// From 0.
        index: usize,
        /// Its line.
        text: String,
    },
    /// The critic finished judging a step.
    Judged(Judgement),
    /// The turn ended.
    Said {
        /// Whose.
        side: Side,
        /// The whole text.
        text: String,
        /// The final answer found in it (solutions only).
        answer: Option<String>,
        /// Tokens of the turn.
        usage: Usage,
    },
    /// The critique as a whole, parsed.
    Verdict {
        /// On the final answer; absent when the critique has none ("unparsable").
        answer: Option<Verdict>,
        /// First step (from 0) judged wrong.
        first_wrong: Option<usize>,
        /// The critic's words on the final answer.
        explanation: String,
        /// Whether the actor refines now, and why or why not, in one sentence.
        refine: bool,
        /// The reason for `refine`.
        reason: String,
        /// The critic's own solution, where it wrote one before it judged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thought: Option<String>,
        /// The critic's P(wrong) of the final answer, from its logits; absent where they do not tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p_wrong: Option<f32>,
        /// The gold answer decided: everything from here on is a bound, not a result.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        oracle: bool,
    },
    /// The run ended.
    Done {
        /// The answer that stands: the refinement's where there is one that has an answer, else the attempt's.
        answer: Option<String>,
        /// Tokens of all turns.
        usage: Usage,
        /// The receiver stopped it before its end.
        cancelled: bool,
    },
    /// The run failed.
    Failed {
        /// What happened, in a sentence for people.
        message: String,
    },
}
