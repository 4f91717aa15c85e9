//! What an engine thread can be asked to do.

use duet_engine::reason::search::{SearchEvent, SearchRequest};
use duet_engine::reason::{SolveEvent, SolveRequest};
use duet_engine::runtime::{FinishReason, Sampling};
use duet_engine::template::Message;
use tokio::sync::mpsc::UnboundedSender;

use crate::ApiError;

// The event channels are unbounded so that a client who reads slowly cannot hold up the engine for the others; what
// they can hold is bounded by the context times the samples of one request.

/// A request on its way to an engine.
#[derive(Debug)]
pub(crate) enum Job {
    /// Continue a chat.
    Chat {
        /// What is asked.
        request: ChatJob,
        /// Where it is answered.
        events: UnboundedSender<ChatEvent>,
    },
    /// Solve, critique, refine.
    Solve {
        /// What is asked.
        request: SolveRequest,
        /// Where it is answered.
        events: UnboundedSender<SolveEvent>,
    },
    /// Solve many times, and vote.
    Search {
        /// What is asked.
        request: SearchRequest,
        /// Where it is answered.
        events: UnboundedSender<SearchEvent>,
    },
}

/// A chat to continue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChatJob {
    /// The chat so far.
    pub(crate) messages: Vec<Message>,
    /// Completions wanted.
    pub(crate) samples: usize,
    /// Tokens per completion; absent: what is left of context and cache, at most [`ChatJob::DEFAULT_TOKENS`].
    pub(crate) max_tokens: Option<usize>,
    /// How tokens are drawn.
    pub(crate) sampling: Sampling,
    /// Where to stop.
    pub(crate) stop: Vec<String>,
}

impl ChatJob {
    /// Tokens of a completion whose request does not say how many it wants.
    pub(crate) const DEFAULT_TOKENS: usize = 512;
}

/// What becomes of a chat request, in this order: `Accepted`, then `Text` and `Finished`, then `Done`; or `Failed` at
/// any point.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ChatEvent {
    /// The prompt fits and work begins.
    Accepted {
        /// Tokens in the prompt.
        prompt_tokens: usize,
    },
    /// New text of one completion.
    Text {
        /// Which.
        sample: usize,
        /// The text; never empty.
        text: String,
    },
    /// One completion ended.
    Finished {
        /// Which.
        sample: usize,
        /// Why.
        reason: FinishReason,
    },
    /// All ended.
    Done {
        /// Tokens drawn for all completions.
        completion_tokens: usize,
    },
    /// Refused or failed.
    Failed(ApiError),
}

impl Job {
    /// Whether nobody waits for the answer any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        match self {
            Self::Chat { events, .. } => events.is_closed(),
            Self::Solve { events, .. } => events.is_closed(),
            Self::Search { events, .. } => events.is_closed(),
        }
    }
}
