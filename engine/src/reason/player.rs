//! Who speaks: the seam between two-player reasoning and whatever generates the text.

use std::ops::ControlFlow;

use thiserror::Error;

use super::{Side, Usage};
use crate::runtime::{Delta, Sampling};
use crate::template::{Message, PromptStyle};

/// What a player is asked to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// Which side speaks: a player may use one model for the actor's sides and another for the critic's.
    pub side: Side,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// What the answer begins with: already "said", not generated. May be empty.
    pub prefill: String,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Tokens at most.
    pub max_tokens: usize,
    /// Where to stop.
    pub stop: Vec<String>,
}

/// What a player said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The generated text, without the prefill.
    pub text: String,
    /// Tokens it took.
    pub usage: Usage,
    /// The receiver stopped it.
    pub cancelled: bool,
}

/// Why a player could not speak.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct PlayerError {
    /// What happened, in a sentence.
    pub message: String,
    /// The request was at fault, rather than the model.
    pub callers_fault: bool,
}

/// Anything that can continue a chat: an engine in this process, a queue before one, a remote model.
// One task drives a run (style rule 13), so the futures need not be Send.
#[allow(async_fn_in_trait)]
pub trait Player {
    /// Name of the model that speaks for a side.
    fn model(&self, side: Side) -> String;

    /// Where it runs.
    fn backend(&self) -> String;

    /// How the model of a side wants to be asked.
    fn prompts(&self, _side: Side) -> PromptStyle {
        PromptStyle::Instructed
    }

    /// Continues the chat. `sink` gets the text as it comes and may stop it.
    ///
    /// # Errors
    /// [`PlayerError`] when the prompt does not fit or the model fails.
    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError>;
}
