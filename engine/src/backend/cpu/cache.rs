//! Keys, values and the table of rotations.

use crate::backend::reference::angle;
use crate::backend::{BackendError, Capacity, KV_BLOCK, Rope, RopePairs, Shape};

/// The cache of one layer.
#[derive(Debug)]
pub(super) struct Layer {
    /// (kv_blocks, k, e, KV_BLOCK): transposed within a block, see [`super::attention`].
    pub(super) keys: Vec<f32>,
    /// (kv_blocks, k, KV_BLOCK, e)
    pub(super) values: Vec<f32>,
}

/// The caches of all layers, zeroed.
///
/// # Errors
/// [`BackendError::Memory`] when they do not fit.
pub(super) fn layers(shape: &Shape, capacity: &Capacity) -> Result<Vec<Layer>, BackendError> {
    let numbers = [2 * shape.layers, KV_BLOCK, shape.kv_width()]
        .into_iter()
        .try_fold(capacity.kv_blocks, |product, n| product.checked_mul(n))
        .unwrap_or(usize::MAX);
    // Reserving it in one piece first makes a failure an error; allocating zeros without it would abort.
    Vec::<f32>::new().try_reserve_exact(numbers).map_err(|_| BackendError::Memory {
        what: format!("a cache of {} blocks", capacity.kv_blocks),
        needed: (numbers as u64).saturating_mul(4),
        limit: isize::MAX as u64,
    })?;
    let len = numbers / (2 * shape.layers);
    Ok((0..shape.layers).map(|_| Layer { keys: vec![0.0; len], values: vec![0.0; len] }).collect())
}

impl Layer {
    /// Stores one position's keys and values (k·e each).
    pub(super) fn store(&mut self, block: u32, offset: usize, head_dim: usize, keys: &[f32], values: &[f32]) {
        let start = block as usize * keys.len() * KV_BLOCK;
        let cached = &mut self.keys[start..start + keys.len() * KV_BLOCK];
        for (cached, key) in cached.chunks_exact_mut(KV_BLOCK).zip(keys) {
            cached[offset] = *key;
        }
        let cached = &mut self.values[start..start + values.len() * KV_BLOCK];
        for (cached, values) in cached.chunks_exact_mut(head_dim * KV_BLOCK).zip(values.chunks_exact(head_dim)) {
            cached[offset * head_dim..(offset + 1) * head_dim].copy_from_slice(values);
        }
    }

    /// Copies whole blocks of `len` numbers.
    pub(super) fn copy_blocks(&mut self, pairs: &[(u32, u32)], len: usize) {
        for cache in [&mut self.keys, &mut self.values] {
            for (from, to) in pairs {
                let from = *from as usize * len;
                cache.copy_within(from..from + len, *to as usize * len);
            }
        }
    }
}

/// (cos, sin) of every pair at every position that was seen so far.
#[derive(Debug)]
pub(super) struct Rotations {
    rope: Rope,
    head_dim: usize,
    table: Vec<(f32, f32)>, // (positions, e / 2)
}

impl Rotations {
    pub(super) fn new(shape: &Shape) -> Self {
        Self { rope: shape.rope, head_dim: shape.head_dim, table: Vec::new() }
    }

    /// Makes the table reach `positions`, by doubling.
    pub(super) fn reach(&mut self, positions: usize, context: usize) {
        let pairs = self.head_dim / 2;
        let present = self.table.len() / pairs;
        if present < positions {
            let until = positions.max(2 * present).max(64).min(context.max(positions));
            self.table.extend((present * pairs..until * pairs).map(|i| {
                let (sin, cos) = angle(i / pairs, i % pairs, self.head_dim, self.rope.base).sin_cos();
                (cos, sin)
            }));
        }
    }

    /// Rotates whole heads in place.
    pub(super) fn rotate(&self, heads: &mut [f32], position: usize) {
        let pairs = self.head_dim / 2;
        let turns = &self.table[position * pairs..(position + 1) * pairs];
        for head in heads.chunks_exact_mut(self.head_dim) {
            match self.rope.pairs {
                RopePairs::Adjacent => {
                    for (pair, (cos, sin)) in head.chunks_exact_mut(2).zip(turns) {
                        (pair[0], pair[1]) = (pair[0] * cos - pair[1] * sin, pair[0] * sin + pair[1] * cos);
                    }
                }
                RopePairs::Halves => {
                    let (a, b) = head.split_at_mut(pairs);
                    for ((a, b), (cos, sin)) in a.iter_mut().zip(b).zip(turns) {
                        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
                    }
                }
            }
        }
    }
}
