//! What can go wrong in training.

use thiserror::Error;

use crate::backend::BackendError;
use crate::gguf::{FormatError, GgufError};
use crate::tokenizer::TokenizerError;

/// Why training cannot start or go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LearnError {
    /// A setting is out of range.
    #[error("`{name}` is {value}, it must be {rule}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: String,
    },
    /// An example that no batch can hold.
    #[error("example {index} of `{source_name}` {problem}")]
    Example {
        /// Which source.
        source_name: String,
        /// Which example.
        index: u64,
        /// What is wrong with it, with the value and the limit.
        problem: String,
    },
    /// The loss is no number any more.
    #[error("the loss became {loss} at step {step}; a lower learning rate or more warm-up may help")]
    Diverged {
        /// The step.
        step: u64,
        /// The loss.
        loss: f32,
    },
    /// A checkpoint does not belong to this run.
    #[error("the checkpoint does not fit: {0}")]
    Checkpoint(String),
    /// A model file cannot be trained on.
    #[error("the model cannot be trained: {0}")]
    Model(String),
    /// The shape of the model is impossible.
    #[error(transparent)]
    Shape(#[from] BackendError),
    /// Tensors.
    #[error("the tensor library failed: {0}")]
    Tensor(#[from] candle_core::Error),
    /// Packing weights.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Writing or reading the model file.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer could not be trained.
    #[error("training the tokenizer failed: {0}")]
    Bpe(String),
}

impl LearnError {
    pub(crate) fn setting(name: &'static str, value: impl ToString, rule: &str) -> Self {
        Self::Setting { name, value: value.to_string(), rule: rule.to_owned() }
    }
}
