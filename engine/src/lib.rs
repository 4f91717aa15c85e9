//! The engine that the page and the server share: model files, tokenization, the forward pass on several
//! backends, batched decoding, and two-player reasoning.
//!
//! It does no IO: bytes, clock and randomness come in as arguments (ARCHITECTURE.md, invariant 1), so one crate
//! compiles for `wasm32-unknown-unknown` and natively.
//!
//! Floors, an arrow may only point down: [`reason`] and [`gym`], which do not know each other, → [`runtime`] → [`model`] → [`backend`] → [`gguf`],
//! [`tokenizer`], [`template`].

pub mod backend;
pub mod gguf;
pub mod gym;
#[cfg(feature = "learn")]
pub mod learn;
pub mod model;
pub mod reason;
pub mod runtime;
pub mod template;
pub mod tokenizer;
