//! The operations that a forward pass is made of, and who implements them.
//!
//! A backend is a small register machine. It owns the activations (one [`Register`] each, fixed size, allocated once),
//! the KV cache and the loaded weights; [`crate::model`] calls the operations in the order of the forward pass. Every
//! operation is already fused as far as its data flow allows, so that a GPU backend needs one dispatch for each.
//!
//! Notation: R rows in the batch, L of them with logits, d = `width`, h heads, k KV heads, e = `head_dim`,
//! f = `hidden`, v = `vocab`.

mod error;
mod shape;

pub mod conformance;
pub mod cpu;
pub mod reference;

#[cfg(feature = "candle")]
pub mod candle;
#[cfg(feature = "gpu")]
pub mod gpu;

pub use error::BackendError;
pub use shape::{Capacity, Rope, RopePairs, Shape};

use crate::gguf::Matrix;

/// Positions in one KV block. A sequence's cache is a table of blocks; forks share full blocks.
pub const KV_BLOCK: usize = 16;

/// One row of a forward pass: one token of one sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Token id, below `vocab`.
    pub token: u32,
    /// Position in its sequence, from 0. The row attends to positions `0..=position`.
    pub position: u32,
    /// Index into [`Batch::tables`].
    pub table: u32,
}

/// What one forward pass computes.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// (R) rows; rows of one sequence stand in order of position.
    pub rows: &'a [Row],
    /// Block tables, one per sequence: position p lies in block `table[p / KV_BLOCK]` at offset `p % KV_BLOCK`.
    pub tables: &'a [&'a [u32]],
    /// (L) indexes of the rows whose logits are wanted, ascending. Empty while a prompt is being prefilled.
    pub logit_rows: &'a [u32],
}

/// The activations of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// (R, d) the residual stream, x.
    Residual,
    /// (R, h·e) rotated queries.
    Query,
    /// (R, h·e) what attention gathered.
    Attended,
    /// (R, f) `silu(gate) · up`.
    Hidden,
    /// (L, v) logits.
    Logits,
}

/// How the matrices of a stack become one linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stacking {
    /// Outputs one matrix after the other: q rows, k rows, v rows.
    Concatenated,
    /// Two matrices of equal shape whose rows alternate: gate 0, up 0, gate 1, up 1, …
    Interleaved,
}

/// How the next token of one logit row is drawn. The semantics are those of
/// [`reference::draw`], which every backend reproduces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Draw {
    /// 0 is greedy: the largest logit, the lowest id on a tie. Otherwise logits are divided by it.
    pub temperature: f32,
    /// Keep the `top_k` largest logits (ties with the smallest kept are kept); 0 keeps all.
    pub top_k: u32,
    /// Then keep the smallest set of largest probabilities that sums to at least `top_p` (ties kept); 1 keeps all.
    pub top_p: f32,
    /// Key of the noise: [`reference::gumbel`] of (key, token id).
    pub key: [u32; 2],
}

/// The operations of a forward pass. Calls between [`Backend::begin`] and [`Backend::finish`] belong to one pass.
///
/// Operations validate nothing that [`Backend::begin`] and the loaders have validated: a batch that `begin` accepted
/// runs. Work may be deferred until `finish`.
// The engine is driven by one task that owns the backend (style rule 13), so the futures need not be Send.
#[allow(async_fn_in_trait)]
pub trait Backend {
    /// A loaded stack of weight matrices.
    type Linear;
    /// A loaded vector of f32 (norm weights, biases).
    type Vector;

    /// What the page and the API call this backend, e.g. `cpu` or `gpu: llvmpipe`.
    fn name(&self) -> String;

    /// The shape it was made for.
    fn shape(&self) -> &Shape;

    /// The sizes it was made with.
    fn capacity(&self) -> Capacity;

    /// Loads matrices that share their input width as one linear map.
    ///
    /// # Errors
    /// [`BackendError`] when the matrices disagree in width, or do not fit the device.
    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> Result<Self::Linear, BackendError>;

    /// Loads a vector.
    ///
    /// # Errors
    /// [`BackendError`] when it does not fit the device.
    fn vector(&mut self, values: &[f32]) -> Result<Self::Vector, BackendError>;

    /// Starts a pass: checks the batch against the capacity and stores its rows and tables.
    ///
    /// # Errors
    /// [`BackendError`] naming what is out of range and the limit (see [`Shape::check`]).
    fn begin(&mut self, batch: &Batch<'_>) -> Result<(), BackendError>;

    /// Residual\[r\] = table\[token_r\]; `table` is (v, d).
    fn embed(&mut self, table: &Self::Linear);

    /// n = rmsnorm(Residual) · norm; q, k, v = W n + bias, W concatenated (h·e + 2·k·e, d); q and k are rotated by the
    /// row's position; q → Query, k and v → the cache of `layer` at the row's position.
    fn qkv(&mut self, layer: usize, norm: &Self::Vector, weights: &Self::Linear, bias: Option<&Self::Vector>);

    /// Attended = softmax(q·K / √e) · V over the row's positions, head i reading KV head i / (h / k).
    fn attention(&mut self, layer: usize);

    /// Residual += W · `from`; `from` is Attended (W: (d, h·e)) or Hidden (W: (d, f)).
    fn add_projection(&mut self, from: Register, weights: &Self::Linear);

    /// n = rmsnorm(Residual) · norm; Hidden = silu(G n) · (U n), weights interleaved (2·f, d).
    fn gate_up(&mut self, norm: &Self::Vector, weights: &Self::Linear);

    /// n = rmsnorm(Residual of the logit rows) · norm; Logits = W n, W: (v, d).
    fn logits(&mut self, norm: &Self::Vector, weights: &Self::Linear);

    /// Draws one token for each logit row. `draws` has length L.
    fn sample(&mut self, draws: &[Draw]);

    /// Copies whole KV blocks in every layer, `(from, to)`: a fork's first write into a shared block. Call before `begin`.
    fn copy_blocks(&mut self, pairs: &[(u32, u32)]);

    /// Runs what is pending and returns the drawn ids (L), or nothing when the pass did not sample.
    ///
    /// # Errors
    /// [`BackendError`] when the device fails.
    async fn finish(&mut self) -> Result<Vec<u32>, BackendError>;

    /// Reads a register's rows of the current batch (after pending work): for tests, inspection and probabilities.
    ///
    /// # Errors
    /// [`BackendError`] when the device fails.
    async fn read(&mut self, register: Register) -> Result<Vec<f32>, BackendError>;

    /// Overwrites a register's rows of the current batch: for tests of single operations.
    fn write(&mut self, register: Register, values: &[f32]);

    /// Work counted since the last call: machine-independent figures for the bench.
    fn take_counters(&mut self) -> Counters;
}

/// Work that a backend did, counted rather than timed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Kernel dispatches (0 on a CPU).
    pub dispatches: u64,
    /// Queue submissions.
    pub submits: u64,
    /// Bytes read back from the device.
    pub readback_bytes: u64,
}
