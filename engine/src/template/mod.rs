//! Chat templates: messages to the text that a model was trained on.

mod error;
mod marker;
mod render;

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

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub turn: Turn,
    /// What they say.
    pub content: String,
}
