//! What can go wrong in a backend.

use thiserror::Error;

use crate::gguf::FormatError;

/// A batch, weight or device that a backend cannot work with. Messages name the value and the limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BackendError {
    /// A number in the model's shape is out of range.
    #[error("model shape: {field} is {value}, {rule}")]
    Shape {
        /// Which number.
        field: &'static str,
        /// Its value.
        value: u64,
        /// What it must be.
        rule: String,
    },
    /// A number in the batch is out of range.
    #[error("batch: {field} is {value}, the limit is {limit}")]
    Batch {
        /// Which number.
        field: &'static str,
        /// Its value.
        value: u64,
        /// The largest value allowed.
        limit: u64,
    },
    /// The matrices of a stack do not fit together or the shape.
    #[error("weights: {0}")]
    Weights(String),
    /// Packed bytes and shape disagree.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// There is no device to run on.
    #[error("no device: {0}")]
    NoDevice(String),
    /// Memory that the device does not have.
    #[error("{what} needs {needed} bytes, the device allows {limit}")]
    Memory {
        /// What needs it.
        what: String,
        /// Bytes needed.
        needed: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The device failed or was lost.
    #[error("device: {0}")]
    Device(String),
}
