//! What can be wrong with a tokenizer.

use thiserror::Error;

use crate::gguf::GgufError;

/// A tokenizer that is refused. Messages name the key or token, the value and the limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A key is missing or holds something else.
    #[error(transparent)]
    File(#[from] GgufError),
    /// Another algorithm than byte-level BPE.
    #[error("the tokenizer model {0:?} is not supported (supported: gpt2, byte-level BPE)")]
    Model(String),
    /// Another way of splitting text into words.
    #[error("the pre-tokenizer {0:?} is not supported (supported: smollm, gpt-2, default)")]
    PreTokenizer(String),
    /// A number of things is out of range.
    #[error("{what} is {value}, it must be {rule}")]
    Count {
        /// Which number.
        what: String,
        /// Its value.
        value: usize,
        /// What it must be.
        rule: String,
    },
    /// A token's kind is none of GGUF's.
    #[error("the type of token {token} is {kind}, it must be within 1..=6")]
    Kind {
        /// The token.
        token: usize,
        /// Its type in the file.
        kind: i64,
    },
    /// A special token lies outside the vocabulary.
    #[error("`{key}` is {id}, the vocabulary has {vocab} tokens")]
    Id {
        /// Which special token.
        key: &'static str,
        /// Its id.
        id: u32,
        /// Tokens in the vocabulary.
        vocab: usize,
    },
    /// A merge cannot be applied.
    #[error("merge {index}, {merge:?}: {reason}")]
    Merge {
        /// Which merge, from 0.
        index: usize,
        /// Its text.
        merge: String,
        /// Why.
        reason: &'static str,
    },
}
