//! Logits and draws whose winner no rounding can change.

use super::noise::Noise;
use crate::backend::Draw;
use crate::backend::reference::{draw, gumbel, keep_from};

/// One policy of each kind, and the usual mixtures: (temperature, top-k, top-p).
pub(super) const POLICIES: [(f32, u32, f32); 12] = [
    (0.0, 0, 1.0),
    (1.0, 0, 1.0),
    (0.7, 5, 1.0),
    (1.0, 0, 0.9),
    (0.8, 40, 0.95),
    (1.5, 1, 1.0),
    (0.3, 0, 1.0),
    (1.0, 0, 0.01),
    (0.0, 40, 0.9),
    (2.0, 3, 0.5),
    (1.2, 1_000_000, 0.999),
    (0.05, 0, 0.5),
];

/// Logits (v) in steps of 1/32, so that ties occur; some are no numbers when `broken`.
pub(super) fn logits(noise: &mut Noise, vocab: usize, broken: Broken) -> Vec<f32> {
    let mut logits: Vec<f32> = (0..vocab).map(|_| (noise.within(-256.0, 256.0)).round() / 32.0).collect();
    // Two equal peaks: greedy takes the first.
    let (a, b) = (noise.below(vocab), noise.below(vocab));
    (logits[a], logits[b]) = (9.0, 9.0);
    if broken == Broken::Some {
        for _ in 0..vocab.div_ceil(8) {
            logits[noise.below(vocab)] = [f32::NAN, f32::NEG_INFINITY][noise.below(2)];
        }
    }
    logits
}

/// Whether logits contain values that are no numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// They do not.
    None,
    /// They do.
    Some,
}

/// A draw under a policy, with the first key whose winner leads by 1/20 and stays when top-p moves by 1/100.
pub(super) fn stable_draw(logits: &[f32], (temperature, top_k, top_p): (f32, u32, f32), seed: u32) -> Draw {
    let keyed = |key| Draw { temperature, top_k, top_p, key: [seed, key] };
    (0..10_000).map(keyed).find(|how| is_stable(logits, how)).expect("invariant: most keys have a clear winner")
}

fn is_stable(logits: &[f32], how: &Draw) -> bool {
    if how.temperature <= 0.0 {
        return true; // The peaks are equal, and the order of ids decides.
    }
    let winner = draw(logits, how);
    [-0.01, 0.0, 0.01].into_iter().all(|by| {
        let moved = Draw { top_p: if how.top_p < 1.0 { (how.top_p + by).max(0.0) } else { 1.0 }, ..*how };
        draw(logits, &moved) == winner && lead(logits, &moved) > 0.05
    })
}

/// By how much the best score leads the next.
fn lead(logits: &[f32], how: &Draw) -> f32 {
    let floor = keep_from(logits, how);
    let kept = logits.iter().enumerate().filter(|(_, logit)| **logit >= floor);
    let (mut best, mut next) = (f32::NEG_INFINITY, f32::NEG_INFINITY);
    for score in kept.map(|(id, logit)| logit / how.temperature + gumbel(how.key, id as u32)) {
        (best, next) = (best.max(score), next.max(score.min(best)));
    }
    best - next
}
