//! GGUF model files: a bounded reader, a writer, and the block formats of their tensors.
//!
//! A file is hostile input: every length, count, offset, alignment and product is checked before anything is
//! allocated, so a short file can never make the reader allocate more than a small multiple of its own size.

mod format;
mod matrix;

pub use format::{BlockFormat, FormatError};
pub use matrix::Matrix;
