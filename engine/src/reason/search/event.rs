//! What happens while a problem is searched, as typed events: the wire format of `POST /v1/duet/solve` with a `search`.

use serde::{Deserialize, Serialize};

use super::{Review, SearchRequest, Tally};
use crate::reason::{Judgement, Side, Usage};

/// One thing that happened. First `started`, at the end one `done` or `failed`; between them, for each chain, its
/// attempt's `text`, `step` and `said`, its critique's `judged` and `review`, its refinement's `text`, `step` and `said`,
/// those of different chains interleaved; and a `vote` whenever a chain's answer is settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SearchEvent {
    /// The search began.
    Started {
        /// What is searched.
        request: SearchRequest,
        /// The actor's model.
        actor: String,
        /// The critic's model.
        critic: String,
        /// Where they run.
        backend: String,
        /// The gold answer decides what is refined: a bound, not a result.
        oracle: bool,
    },
    /// A chain begins where another is: the next round, or a branch of a tree's node.
    Branch {
        /// The new one.
        chain: usize,
        /// Where it goes on from.
        parent: usize,
        /// Steps of the parent's path that are kept.
        kept: usize,
    },
    /// Prompt tokens processed; samples that share the prompt are told through the first of them.
    Prefill {
        /// Whose turn.
        chain: usize,
        /// Which turn.
        side: Side,
        /// Tokens done.
        done: usize,
        /// Tokens in the prompt.
        total: usize,
    },
    /// New text of a turn.
    Text {
        /// Whose turn.
        chain: usize,
        /// Which turn.
        side: Side,
        /// The text.
        text: String,
    },
    /// A step of a solution is complete.
    Step {
        /// Whose.
        chain: usize,
        /// Attempt or refinement.
        side: Side,
        /// From 0.
        index: usize,
        /// Its line.
        text: String,
    },
    /// The critic finished judging a step.
    Judged {
        /// Whose step.
        chain: usize,
        /// Its words.
        judgement: Judgement,
    },
    /// A solution is complete.
    Said {
        /// Whose.
        chain: usize,
        /// Attempt or refinement.
        side: Side,
        /// The whole text.
        text: String,
        /// The final answer found in it.
        answer: Option<String>,
        /// Tokens of the turn; a shared prompt is the first sample's.
        usage: Usage,
    },
    /// The critique of a chain as a whole, and the gate's decision.
    Review {
        /// Whose.
        chain: usize,
        /// All of it.
        review: Review,
    },
    /// A refinement does not fit the model's context; the attempt stands.
    Dropped {
        /// Whose.
        chain: usize,
        /// The numbers.
        message: String,
    },
    /// The vote as it stands.
    Vote {
        /// Chains whose answer is settled; of a tree, its leaves so far.
        settled: usize,
        /// How they divide.
        tally: Tally,
        /// Who would win now.
        answer: Option<String>,
    },
    /// The search ended.
    Done {
        /// The vote.
        answer: Option<String>,
        /// The last round's answer (sequential search alone).
        last: Option<String>,
        /// Tokens of all turns: shared prompts and critiques of identical paths counted once.
        usage: Usage,
        /// It was stopped before its end.
        cancelled: bool,
        /// The gold answer decided what was refined: a bound, not a result.
        oracle: bool,
        /// Of a tree: the value of each node.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<f32>,
    },
    /// The search failed.
    Failed {
        /// What happened, in a sentence for people.
        message: String,
    },
}
