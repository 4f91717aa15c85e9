//! Causal attention with rotary positions, forward and backward, without a tensor of scores in memory for the autograd:
//! the backward pass computes them again.

use std::sync::{Arc, Mutex};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::kernel::{self, COLS, Kernel, View, accumulate_product, dot, exponentials, largest};
use super::{operand, with_values};
use crate::backend::{Rope, RopePairs};

/// How the rows of a batch attend: B sequences of T rows each, h query heads, k KV heads of e components.
#[derive(Debug, Clone)]
pub(crate) struct Heads {
    pub(crate) batch: usize,
    pub(crate) time: usize,
    pub(crate) heads: usize,
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) pairs: RopePairs,
    pub(crate) cos: Arc<[f32]>,       // (T, e/2)
    pub(crate) sin: Arc<[f32]>,       // (T, e/2)
    pub(crate) lengths: Arc<[usize]>, // (B) rows that are no padding; the others' result is zero on the CPU
}

impl Heads {
    /// The cosines and sines of T positions, (T, e/2) each.
    pub(crate) fn angles(time: usize, head_dim: usize, rope: Rope) -> (Arc<[f32]>, Arc<[f32]>) {
        let angle = |t: usize, i: usize| t as f64 * f64::from(rope.base).powf(-2.0 * i as f64 / head_dim as f64);
        let all = || (0..time).flat_map(|t| (0..head_dim / 2).map(move |i| angle(t, i)));
        (all().map(|a| a.cos() as f32).collect(), all().map(|a| a.sin() as f32).collect())
    }

    fn width(&self) -> usize {
        (self.heads + 2 * self.kv_heads) * self.head_dim
    }
}

/// Whether the kernel does heads of this width: it works on whole columns of its tiles.
pub(super) fn fits(heads: &Heads) -> bool {
    heads.head_dim.is_multiple_of(COLS)
}

/// [`super::Operations::attention`].
pub(super) fn attention(qkv: &Tensor, heads: &Heads) -> Result<Tensor> {
    qkv.apply_op1(Attention { heads: heads.clone(), log_sums: Mutex::default() })
}

struct Attention {
    heads: Heads,
    log_sums: Mutex<Vec<f32>>, // (B, h, T) of the forward pass: log Σ exp(score)
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, qkv: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let qkv = operand(qkv, layout)?;
        let Heads { batch, time, heads: h, head_dim: e, .. } = self.heads;
        let mut out = vec![0.0; batch * time * h * e];
        let mut log_sums = vec![0.0; batch * h * time];
        let sequences = qkv.par_chunks(time * self.heads.width()).zip(out.par_chunks_mut(time * h * e));
        let sequences = sequences.zip(log_sums.par_chunks_mut(h * time)).zip(&*self.heads.lengths);
        sequences.for_each(|(((qkv, out), log_sums), length)| {
            for group in 0..self.heads.kv_heads {
                kernel::run(Forward { heads: &self.heads, group, length: *length, qkv, out, log_sums });
            }
        });
        *self.log_sums.lock().expect("invariant: nothing panics while it is held") = log_sums;
        Ok((CpuStorage::F32(out), Shape::from((batch * time, h * e))))
    }

    fn bwd(&self, qkv: &Tensor, out: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let Heads { time, heads: h, head_dim: e, .. } = self.heads;
        let log_sums = self.log_sums.lock().expect("invariant: nothing panics while it is held");
        let mut d = vec![0.0; qkv.elem_count()];
        let (wide, narrow) = (time * self.heads.width(), time * h * e);
        with_values(qkv, |qkv| {
            with_values(out, |out| {
                with_values(grad, |grad| {
                    let inputs = qkv.par_chunks(wide).zip(out.par_chunks(narrow)).zip(grad.par_chunks(narrow));
                    let inputs = inputs.zip(log_sums.par_chunks(h * time)).zip(&*self.heads.lengths);
                    d.par_chunks_mut(wide).zip(inputs).for_each(|(d, ((((qkv, out), grad), log_sums), length))| {
                        for group in 0..self.heads.kv_heads {
                            let (heads, length) = (&self.heads, *length);
                            kernel::run(Backward { heads, group, length, qkv, out, grad, log_sums, d });
                        }
                    });
                })
            })
        })???;
        Ok(Some(Tensor::from_vec(d, qkv.shape(), qkv.device())?))
    }
}

/// The rotated keys and the values of one KV head, and the scores of a query head; rows padded to whole tiles.
struct Scratch {
    padded: usize,     // rows, a multiple of COLS
    keys: Vec<f32>,    // (padded, e)
    keys_t: Vec<f32>,  // (e, padded)
    values: Vec<f32>,  // (padded, e)
    queries: Vec<f32>, // (padded, e)
    scores: Vec<f32>,  // (length, padded)
}

impl Scratch {
    #[inline(always)]
    fn new(heads: &Heads, group: usize, length: usize, qkv: &[f32]) -> Self {
        let e = heads.head_dim;
        let padded = length.next_multiple_of(COLS);
        let mut scratch = Self {
            padded,
            keys: vec![0.0; padded * e],
            keys_t: vec![0.0; padded * e],
            values: vec![0.0; padded * e],
            queries: vec![0.0; padded * e],
            scores: vec![0.0; length * padded],
        };
        let (key, value) = (heads.heads + group, heads.heads + heads.kv_heads + group);
        for t in 0..length {
            let row = &qkv[t * heads.width()..][..heads.width()];
            rotate(heads, t, &row[key * e..][..e], &mut scratch.keys[t * e..][..e], 1.0);
            scratch.values[t * e..][..e].copy_from_slice(&row[value * e..][..e]);
        }
        transpose(&scratch.keys, e, padded, &mut scratch.keys_t);
        scratch
    }

    /// Loads a query head and computes its scores, unscaled, up to the tile that holds the diagonal.
    #[inline(always)]
    fn score<const FMA: bool>(&mut self, heads: &Heads, head: usize, length: usize, qkv: &[f32]) {
        let e = heads.head_dim;
        for t in 0..length {
            let row = &qkv[t * heads.width() + head * e..][..e];
            rotate(heads, t, row, &mut self.queries[t * e..][..e], 1.0);
        }
        self.scores.fill(0.0);
        for start in (0..length).step_by(COLS) {
            let end = (start + COLS).min(length);
            let query = View::rows(&self.queries, e);
            let (keys, scores) = ((&self.keys_t[..], self.padded), (&mut self.scores[..], self.padded));
            accumulate_product::<FMA>(start..end, 0..e, start + COLS, query, keys, scores);
        }
    }
}

/// Turns one head's components by their position's angle, times `direction` (−1 undoes it).
#[inline(always)]
fn rotate(heads: &Heads, t: usize, from: &[f32], to: &mut [f32], direction: f32) {
    let half = heads.head_dim / 2;
    let (cos, sin) = (&heads.cos[t * half..][..half], &heads.sin[t * half..][..half]);
    for i in 0..half {
        let (a, b) = match heads.pairs {
            RopePairs::Adjacent => (2 * i, 2 * i + 1),
            RopePairs::Halves => (i, i + half),
        };
        let sin = sin[i] * direction;
        (to[a], to[b]) = (from[a] * cos[i] - from[b] * sin, from[a] * sin + from[b] * cos[i]);
    }
}

#[inline(always)]
fn transpose(from: &[f32], cols: usize, rows: usize, to: &mut [f32]) {
    for r in 0..rows {
        for c in 0..cols {
            to[c * rows + r] = from[r * cols + c];
        }
    }
}

/// One KV head of one sequence and the query heads that read it.
struct Forward<'a> {
    heads: &'a Heads,
    group: usize,
    length: usize,
    qkv: &'a [f32],          // (T, width)
    out: &'a mut [f32],      // (T, h·e)
    log_sums: &'a mut [f32], // (h, T)
}

impl Kernel for Forward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { heads, group, length, qkv, out, log_sums } = self;
        let (e, share) = (heads.head_dim, heads.heads / heads.kv_heads);
        let scale = 1.0 / (e as f32).sqrt();
        let mut scratch = Scratch::new(heads, group, length, qkv);
        let mut attended = vec![0.0; length * e];
        for head in group * share..(group + 1) * share {
            scratch.score::<FMA>(heads, head, length, qkv);
            for t in 0..length {
                let row = &mut scratch.scores[t * scratch.padded..][..scratch.padded];
                let shift = largest(&row[..=t]) * scale;
                let sum = exponentials::<FMA>(&mut row[..=t], scale, shift);
                for weight in &mut row[..=t] {
                    *weight /= sum;
                }
                row[t + 1..].fill(0.0);
                log_sums[head * heads.time + t] = shift + sum.ln();
            }
            attended.fill(0.0);
            for start in (0..length).step_by(4) {
                let end = (start + 4).min(length);
                let weights = View::rows(&scratch.scores, scratch.padded);
                let (values, into) = ((&scratch.values[..], e), (&mut attended[..], e));
                accumulate_product::<FMA>(start..end, 0..end, e, weights, values, into);
            }
            for t in 0..length {
                out[(t * heads.heads + head) * e..][..e].copy_from_slice(&attended[t * e..][..e]);
            }
        }
    }
}

struct Backward<'a> {
    heads: &'a Heads,
    group: usize,
    length: usize,
    qkv: &'a [f32],      // (T, width)
    out: &'a [f32],      // (T, h·e)
    grad: &'a [f32],     // (T, h·e)
    log_sums: &'a [f32], // (h, T)
    d: &'a mut [f32],    // (T, width)
}

impl Kernel for Backward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Self { heads, group, length, qkv, out, grad, log_sums, d } = self;
        let (e, share) = (heads.head_dim, heads.heads / heads.kv_heads);
        let scale = 1.0 / (e as f32).sqrt();
        let mut scratch = Scratch::new(heads, group, length, qkv);
        let padded = scratch.padded;
        let mut values_t = vec![0.0; padded * e];
        transpose(&scratch.values, e, padded, &mut values_t);
        let (mut d_keys, mut d_values) = (vec![0.0; length * e], vec![0.0; length * e]);
        let (mut d_queries, mut grads) = (vec![0.0; length * e], vec![0.0; length * e]);
        let mut d_scores = vec![0.0; length * padded];
        for head in group * share..(group + 1) * share {
            scratch.score::<FMA>(heads, head, length, qkv);
            for t in 0..length {
                grads[t * e..][..e].copy_from_slice(&grad[(t * heads.heads + head) * e..][..e]);
            }
            // dP = dO·Vᵀ
            d_scores.fill(0.0);
            for start in (0..length).step_by(COLS) {
                let end = (start + COLS).min(length);
                let (values, into) = ((&values_t[..], padded), (&mut d_scores[..], padded));
                accumulate_product::<FMA>(start..end, 0..e, start + COLS, View::rows(&grads, e), values, into);
            }
            // P from the stored log-sum; dS = P (dP − dO·O) / √e
            for t in 0..length {
                let weights = &mut scratch.scores[t * padded..][..padded];
                exponentials::<FMA>(&mut weights[..=t], scale, log_sums[head * heads.time + t]);
                weights[t + 1..].fill(0.0);
                let out = &out[(t * heads.heads + head) * e..][..e];
                let delta = dot::<FMA>(&grads[t * e..][..e], out);
                let d_scores = &mut d_scores[t * padded..][..padded];
                for j in 0..padded {
                    d_scores[j] = weights[j] * (d_scores[j] - delta) * scale;
                }
            }
            // dQ = dS·K
            d_queries.fill(0.0);
            for start in (0..length).step_by(4) {
                let end = (start + 4).min(length);
                let (keys, into) = ((&scratch.keys[..], e), (&mut d_queries[..], e));
                accumulate_product::<FMA>(start..end, 0..end, e, View::rows(&d_scores, padded), keys, into);
            }
            // dK += dSᵀ·Q and dV += Pᵀ·dO, from the diagonal down
            for start in (0..length).step_by(4) {
                let end = (start + 4).min(length);
                let (turned, queries) = (View::rows(&d_scores, padded).turned(), (&scratch.queries[..], e));
                accumulate_product::<FMA>(start..end, start..length, e, turned, queries, (&mut d_keys[..], e));
                let (turned, grads) = (View::rows(&scratch.scores, padded).turned(), (&grads[..], e));
                accumulate_product::<FMA>(start..end, start..length, e, turned, grads, (&mut d_values[..], e));
            }
            for t in 0..length {
                let into = &mut d[t * heads.width() + head * e..][..e];
                rotate(heads, t, &d_queries[t * e..][..e], into, -1.0);
            }
        }
        let (key, value) = (heads.heads + group, heads.heads + heads.kv_heads + group);
        for t in 0..length {
            let row = &mut d[t * heads.width()..][..heads.width()];
            rotate(heads, t, &d_keys[t * e..][..e], &mut row[key * e..][..e], -1.0);
            row[value * e..][..e].copy_from_slice(&d_values[t * e..][..e]);
        }
    }
}
