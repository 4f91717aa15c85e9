//! What can go wrong with a chat template.

use thiserror::Error;

use crate::gguf::GgufError;

/// A template that is refused, or messages that it cannot render.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A key of the file holds something else.
    #[error(transparent)]
    File(#[from] GgufError),
    /// The source is no Jinja that this engine reads.
    #[error("the chat template cannot be read: {0}")]
    Syntax(String),
    /// The source is too long.
    #[error("the chat template has {bytes} bytes, the limit is {limit}")]
    SourceLength {
        /// Its bytes.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The source has a character that stands for message contents while rendering.
    #[error("the chat template contains U+{0:X}, which is reserved")]
    Reserved(u32),
    /// The template calls something that is not there, or with the wrong arguments.
    #[error("the chat template failed: {0}")]
    Render(String),
    /// The template itself refused the messages, e.g. because of their order.
    #[error("the chat template refuses these messages: {0}")]
    Refused(String),
    /// The template runs for too long.
    #[error("the chat template takes more than {limit} instructions")]
    OutOfFuel {
        /// Instructions that it may take.
        limit: u64,
    },
    /// The prompt is too long.
    #[error("the prompt is longer than {limit} bytes")]
    PromptLength {
        /// Bytes that it may have.
        limit: usize,
    },
    /// The template leaves a message out.
    #[error("the chat template leaves out message {index} ({role})")]
    MessageLost {
        /// Which message, from 0.
        index: usize,
        /// Who says it.
        role: &'static str,
    },
    /// The template cuts up what a message says.
    #[error("the chat template changes the text of a message (near {near:?})")]
    MessageAltered {
        /// The rendered text before the place.
        near: String,
    },
}
