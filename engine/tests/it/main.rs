//! Tests of the engine as its users call it: real files, whole generations, every backend.

mod decoding;
mod devices;
mod models;
mod smollm2;
