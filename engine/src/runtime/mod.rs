//! Decoding: sequences that share KV blocks, batched generation, sampling, stop strings, streaming and cancellation.

mod error;
mod request;

pub use error::RuntimeError;
pub use request::{Completion, Delta, FinishReason, GenerateRequest, Limits, Sampling};
