//! What can be wrong with a request, or go wrong while it runs.

use std::fmt::Display;

use thiserror::Error;

use crate::backend::BackendError;

/// A refused request or a failed run. Messages name the value and the limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// A parameter out of range: the caller's fault.
    #[error("`{name}` is {value}, it must be {rule}")]
    Parameter {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: String,
    },
    /// Prompt and completion do not fit the context: the caller's fault.
    #[error("the prompt has {prompt} tokens and asks for {max_tokens} more, the context holds {context}")]
    ContextLength {
        /// Tokens in the prompt.
        prompt: usize,
        /// Tokens asked for.
        max_tokens: usize,
        /// Positions in the context.
        context: usize,
    },
    /// Every KV block is in use.
    #[error("the cache is full: {needed} more blocks needed, {free} of {total} are free")]
    CacheFull {
        /// Blocks needed.
        needed: usize,
        /// Blocks free.
        free: usize,
        /// Blocks in all.
        total: usize,
    },
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The model file, its tokenizer or its template.
    #[error("model: {0}")]
    Model(String),
}

impl RuntimeError {
    /// A parameter out of range.
    pub fn parameter(name: &'static str, value: impl Display, rule: String) -> Self {
        Self::Parameter { name, value: value.to_string(), rule }
    }

    /// Whether the request is at fault, rather than the engine.
    #[must_use]
    pub fn is_callers_fault(&self) -> bool {
        matches!(self, Self::Parameter { .. } | Self::ContextLength { .. })
    }
}
