//! GGUF model files: a bounded reader, a writer, and the block formats of their tensors.
//!
//! A file is hostile input: every length, count, offset, alignment and product is checked before anything is
//! allocated, so a short file can never make the reader allocate more than a small multiple of its own size.

mod cursor;
mod describe;
mod error;
mod format;
mod matrix;
mod metadata;
mod quantize;
mod read;
mod tensor;
mod value;
mod write;

pub use describe::{Description, MetadataLine, TensorLine, TypeLine};
pub use error::GgufError;
pub use format::{BlockFormat, FormatError};
pub use matrix::Matrix;
pub use metadata::Metadata;
pub use read::{DEFAULT_ALIGNMENT, Gguf, MAX_ALIGNMENT, MAX_DIMENSIONS, MAX_KEY_BYTES, MAX_NAME_BYTES};
pub use tensor::TensorInfo;
pub use value::{Array, Value, ValueType};
pub use write::write;
