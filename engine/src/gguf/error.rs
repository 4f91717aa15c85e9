//! What can be wrong with a GGUF file.

use thiserror::Error;

use super::FormatError;

/// A file that is refused, or a key or tensor that is not there. Messages name the field, its value and the limit;
/// names from the file are escaped and clipped, so that a hostile one cannot flood or confuse a log.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GgufError {
    // === The file as a whole ===
    /// The first four bytes are not `GGUF`.
    #[error("not a GGUF file: it begins with {found:02x?}, not with `GGUF`")]
    Magic {
        /// The bytes found, at most four.
        found: Vec<u8>,
    },
    /// A version that this reader does not know.
    #[error("GGUF version {found} is not supported (supported: 2 and 3, little endian)")]
    Version {
        /// The version found. A big-endian file shows as a multiple of 2^24.
        found: u32,
    },
    /// The file ends inside a field.
    #[error("the file ends inside {field}: {needed} bytes needed at byte {at}, {left} left")]
    Truncated {
        /// Which field.
        field: String,
        /// Where it begins.
        at: usize,
        /// Bytes it needs.
        needed: u64,
        /// Bytes there are.
        left: usize,
    },
    /// A number is beyond what is possible or allowed.
    #[error("{field} is {value}, the limit is {limit}")]
    Limit {
        /// Which number.
        field: String,
        /// Its value.
        value: u64,
        /// The largest value allowed.
        limit: u64,
    },
    /// A number breaks a rule of the format.
    #[error("{field} is {value}, it must be {rule}")]
    Rule {
        /// Which number.
        field: String,
        /// Its value.
        value: u64,
        /// What it must be.
        rule: String,
    },
    /// A string is not UTF-8.
    #[error("{field} is not UTF-8 (byte {at} of the string)")]
    Utf8 {
        /// Which string.
        field: String,
        /// The first bad byte.
        at: usize,
    },
    /// A key or tensor name appears twice.
    #[error("the {what} {name:?} appears twice")]
    Duplicate {
        /// `key` or `tensor`.
        what: &'static str,
        /// The name.
        name: String,
    },

    // === Metadata ===
    /// A key that the caller needs is missing.
    #[error("the key {key:?} is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// A key holds a value of another type.
    #[error("the key {key:?} must hold {expected}, it holds {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What the caller needs.
        expected: &'static str,
        /// What the file has.
        found: String,
    },

    // === Tensors ===
    /// A tensor that the caller needs is missing.
    #[error("the tensor {name:?} is missing")]
    MissingTensor {
        /// The tensor.
        name: String,
    },
    /// A tensor has more dimensions than the caller can use.
    #[error("the tensor {name:?} has the shape {dims:?}, it must be a {expected}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its dimensions, the row length first.
        dims: Vec<usize>,
        /// `vector` or `matrix`.
        expected: &'static str,
    },
    /// A tensor's bytes do not lie inside the file.
    #[error("the tensor {name:?} takes {bytes} bytes at byte {at}, the file has {file}")]
    Range {
        /// The tensor.
        name: String,
        /// Where its data would begin.
        at: u64,
        /// Bytes it takes.
        bytes: u64,
        /// Bytes of the file.
        file: usize,
    },
    /// Two tensors share bytes: a small file could pose as a huge model.
    #[error("the tensors {first:?} and {second:?} overlap at byte {at}")]
    Overlap {
        /// The tensor that begins first.
        first: String,
        /// The other.
        second: String,
        /// Where the other begins.
        at: usize,
    },
    /// A tensor's format and shape do not fit, or the format is not supported.
    #[error("the tensor {name:?}: {source}")]
    Format {
        /// The tensor.
        name: String,
        /// Why.
        source: FormatError,
    },
}

/// Characters of a name from the file that an error repeats.
const SHOWN_CHARS: usize = 80;

/// A name from the file, short enough for a message.
pub(crate) fn clip(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
