//! Tests of the engine as its users call it: real files, whole generations, every backend. One binary links once.

// A test that skips says so.
#![allow(clippy::print_stdout)]

mod batching;
mod bits_cpu;
mod conformance_candle;
mod conformance_cpu;
mod conformance_reference;
mod decoding;
mod devices;
mod gguf_file;
mod gguf_formats;
mod gpu;
#[cfg(feature = "learn")]
mod learn;
mod models;
mod reason;
mod shaders;
mod smollm2;
mod template;
mod tokenizer;
