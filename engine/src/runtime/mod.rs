//! Decoding: sequences that share KV blocks, batched generation, sampling, stop strings, streaming and cancellation.

mod any;
mod blocks;
mod engine;
mod error;
mod flight;
mod generate;
mod request;
mod sample;
mod stop;

pub use any::{AnyEngine, Device, LoadOptions};
pub use engine::{Engine, EngineInfo};
pub use error::RuntimeError;
pub use request::{Completion, Delta, FinishReason, GenerateRequest, Halt, Limits, Sampling};
