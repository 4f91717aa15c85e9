//! Attention of one row over its block table.
//!
//! Keys lie transposed within a block: (block, KV head, e, KV_BLOCK), so that sixteen scores are made at once without
//! adding across lanes. Values lie (block, KV head, KV_BLOCK, e).

use super::lanes::{LANES, exp, load, mul_add, sum};
use crate::backend::KV_BLOCK;

/// What the heads of one row that share a KV head look at.
pub(super) struct Attention<'a> {
    /// The layer's keys.
    pub(super) keys: &'a [f32],
    /// The layer's values.
    pub(super) values: &'a [f32],
    /// The sequence's block table.
    pub(super) table: &'a [u32],
    /// Positions attended to.
    pub(super) positions: usize,
    /// KV heads, k.
    pub(super) kv_heads: usize,
    /// Which of them.
    pub(super) kv_head: usize,
    /// Components of a head, e; a multiple of four.
    pub(super) head_dim: usize,
}

/// attended = softmax(q·K / √e) · V for each of `queries` (heads · e); `scores` is scratch.
#[inline(always)]
pub(super) fn attend<const FMA: bool>(of: Attention<'_>, queries: &[f32], scores: &mut Vec<f32>, attended: &mut [f32]) {
    scores.resize(of.positions.next_multiple_of(KV_BLOCK), 0.0);
    for (query, attended) in queries.chunks_exact(of.head_dim).zip(attended.chunks_exact_mut(of.head_dim)) {
        let scores = &mut scores[..];
        score::<FMA>(&of, query, scores);
        let total = soften::<FMA>(&mut scores[..], of.positions);
        gather::<FMA>(&of, scores, 1.0 / total, attended);
    }
}

impl Attention<'_> {
    /// The block's part of a cache that belongs to the KV head: (e · KV_BLOCK).
    #[inline(always)]
    fn part<'a>(&self, cache: &'a [f32], block: u32) -> &'a [f32] {
        let len = self.head_dim * KV_BLOCK;
        &cache[(block as usize * self.kv_heads + self.kv_head) * len..][..len]
    }
}

/// scores = q·K / √e, whole blocks.
#[inline(always)]
fn score<const FMA: bool>(of: &Attention<'_>, query: &[f32], scores: &mut [f32]) {
    /// Chains of additions that hide an addition's latency; divides e.
    const CHAINS: usize = 4;
    let scale = 1.0 / (of.head_dim as f32).sqrt();
    for (block, scores) in of.table.iter().zip(scores.chunks_exact_mut(KV_BLOCK)) {
        let keys = of.part(of.keys, *block);
        let mut acc = [[0.0; KV_BLOCK]; CHAINS];
        for (query, keys) in query.chunks_exact(CHAINS).zip(keys.chunks_exact(CHAINS * KV_BLOCK)) {
            for c in 0..CHAINS {
                for i in 0..KV_BLOCK {
                    acc[c][i] = mul_add::<FMA>(query[c], keys[c * KV_BLOCK + i], acc[c][i]);
                }
            }
        }
        for i in 0..KV_BLOCK {
            scores[i] = ((acc[0][i] + acc[1][i]) + (acc[2][i] + acc[3][i])) * scale;
        }
    }
}

/// scores = exp(scores − their maximum); returns their sum.
#[inline(always)]
fn soften<const FMA: bool>(scores: &mut [f32], positions: usize) -> f32 {
    // What lies beyond the row's position is no score: the softest there is.
    scores[positions..].fill(f32::NEG_INFINITY);
    let mut largest = [f32::NEG_INFINITY; LANES];
    for scores in scores.chunks_exact(LANES) {
        for i in 0..LANES {
            largest[i] = if scores[i] > largest[i] { scores[i] } else { largest[i] };
        }
    }
    let largest = largest.into_iter().fold(f32::NEG_INFINITY, f32::max);
    let mut total = [0.0; LANES];
    for scores in scores.chunks_exact_mut(LANES) {
        let mut lanes = load(scores);
        for score in &mut lanes {
            *score -= largest;
        }
        lanes = exp::<FMA>(&lanes);
        scores.copy_from_slice(&lanes);
        for i in 0..LANES {
            total[i] += lanes[i];
        }
    }
    sum(&total)
}

/// attended = Σ weight · V, times `scale`.
#[inline(always)]
fn gather<const FMA: bool>(of: &Attention<'_>, weights: &[f32], scale: f32, attended: &mut [f32]) {
    const WIDE: usize = 4 * LANES;
    let whole = attended.len() / WIDE * WIDE;
    for at in (0..whole).step_by(WIDE) {
        gather_columns::<FMA, WIDE>(of, weights, scale, at, attended);
    }
    for at in (whole..attended.len()).step_by(4) {
        gather_columns::<FMA, 4>(of, weights, scale, at, attended);
    }
}

/// The N columns from `at`.
#[inline(always)]
fn gather_columns<const FMA: bool, const N: usize>(
    of: &Attention<'_>,
    weights: &[f32],
    scale: f32,
    at: usize,
    attended: &mut [f32],
) {
    let mut acc = [0.0; N];
    for (block, weights) in of.table.iter().zip(weights[..of.positions].chunks(KV_BLOCK)) {
        let values = of.part(of.values, *block);
        for (values, weight) in values.chunks_exact(of.head_dim).zip(weights) {
            let values: &[f32; N] = values[at..at + N].try_into().expect("invariant: cut to N");
            for i in 0..N {
                acc[i] = mul_add::<FMA>(*weight, values[i], acc[i]);
            }
        }
    }
    for i in 0..N {
        attended[at + i] = acc[i] * scale;
    }
}
