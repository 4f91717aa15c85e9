//! Chat templates: messages to the text that a model was trained on.

mod error;
mod marker;
mod render;

use crate::gguf::Gguf;
pub use error::TemplateError;
pub use render::{FUEL, MAX_PROMPT_BYTES, MAX_SOURCE_BYTES, Template};

/// Who says a message of a prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Instructions.
    System,
    /// A person, or the program for one.
    User,
    /// The model.
    Assistant,
}

impl Turn {
    /// What templates call it.
    #[must_use]
    pub fn role(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// How a model wants to be asked to play actor or critic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PromptStyle {
    /// With instructions and an example: a general chat model.
    #[default]
    Instructed,
    /// With the problem, the solution and the critique alone: a model that was trained on this very format.
    Trained,
}

impl PromptStyle {
    /// The metadata key that says it, in files of our own.
    pub const KEY: &str = "duet.prompts";
    /// The key's value for [`Self::Trained`].
    pub const TRAINED: &str = "trained";

    /// The style that a file asks for; files that say nothing want instructions.
    #[must_use]
    pub fn from_gguf(file: &Gguf) -> Self {
        match file.optional_str(Self::KEY) {
            Ok(Some(Self::TRAINED)) => Self::Trained,
            _ => Self::Instructed,
        }
    }
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub turn: Turn,
    /// What they say.
    pub content: String,
}
