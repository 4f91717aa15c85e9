//! Chat templates: messages to the text that a model was trained on.

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

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who says it.
    pub turn: Turn,
    /// What they say.
    pub content: String,
}
