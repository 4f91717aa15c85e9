//! Drawing tokens: the same ids as [`reference::draw`], without sorting the vocabulary.

use crate::backend::{Draw, reference};

/// More than any [`reference::gumbel`]: −ln(−ln(1 − 2⁻²⁴)) = 16.64.
const LARGEST_NOISE: f32 = 17.0;

/// Terms below e^this times the largest vanish in an f32 sum that contains the largest: e^−17.5 < 2⁻²⁵.
const VANISHING: f32 = -17.5;

/// Draws one token; `kept` is scratch.
pub(super) fn draw(logits: &[f32], how: &Draw, kept: &mut Vec<f32>) -> u32 {
    if how.temperature <= 0.0 {
        return best(logits.iter().copied().enumerate());
    }
    let floor = keep_from(logits, how, kept);
    let scaled = logits.iter().enumerate().filter(|(_, logit)| **logit >= floor);
    let (mut token, mut largest) = (0, f32::NEG_INFINITY);
    for (id, logit) in scaled.map(|(id, logit)| (id, logit / how.temperature)) {
        // Two logarithms for each of 49,152 tokens would take a tenth of a decoding step.
        if logit + LARGEST_NOISE > largest {
            let score = logit + reference::gumbel(how.key, id as u32);
            if score > largest {
                (token, largest) = (id as u32, score);
            }
        }
    }
    token
}

/// The first of the largest; 0 when nothing is larger than −∞.
fn best(scores: impl Iterator<Item = (usize, f32)>) -> u32 {
    let start = (0, f32::NEG_INFINITY);
    let (token, _) = scores.fold(start, |best, score| if score.1 > best.1 { score } else { best });
    token as u32
}

/// The smallest logit that top-k and top-p keep.
fn keep_from(logits: &[f32], how: &Draw, kept: &mut Vec<f32>) -> f32 {
    if how.top_k == 0 && how.top_p >= 1.0 {
        return f32::NEG_INFINITY;
    }
    kept.clear();
    kept.extend(logits.iter().filter(|logit| !logit.is_nan()));
    if let Some(last) = (how.top_k as usize).checked_sub(1).filter(|last| *last < kept.len()) {
        let (_, floor, _) = kept.select_nth_unstable_by(last, |a, b| b.total_cmp(a));
        let floor = *floor;
        kept.retain(|logit| *logit >= floor);
    }
    let smallest = kept.iter().copied().fold(f32::INFINITY, f32::min);
    if how.top_p < 1.0 {
        return nucleus(kept, how).unwrap_or(smallest);
    }
    smallest
}

/// The smallest of the largest logits whose probabilities sum to top-p; nothing when all of them do not.
///
/// The sums are made in the reference's order. Terms that cannot change them are left out, which leaves a few hundred
/// of a real model's 49,152.
fn nucleus(kept: &mut Vec<f32>, how: &Draw) -> Option<f32> {
    let largest = kept.iter().copied().fold(f32::NEG_INFINITY, f32::max) / how.temperature;
    kept.retain(|logit| logit / how.temperature - largest > VANISHING);
    kept.sort_unstable_by(|a, b| b.total_cmp(a));
    let power = |logit: &f32| (logit / how.temperature - largest).exp();
    let total: f32 = kept.iter().map(power).sum();
    let mut sum = 0.0;
    kept.iter().copied().find(|logit| {
        sum += power(logit) / total;
        sum >= how.top_p
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn logit() -> impl Strategy<Value = f32> {
        prop_oneof![
            12 => -40.0..40.0_f32,
            6 => (-6..6_i32).prop_map(|step| step as f32 / 2.0),
            1 => Just(f32::NAN),
            1 => Just(f32::NEG_INFINITY),
            1 => Just(-0.0),
        ]
    }

    fn policy() -> impl Strategy<Value = Draw> {
        let temperature = prop_oneof![Just(0.0_f32), 0.01..3.0_f32];
        let top_k = prop_oneof![Just(0_u32), 1..60_u32];
        let top_p = prop_oneof![Just(1.0_f32), 0.0..1.0_f32, Just(0.999_999_9)];
        (temperature, top_k, top_p, any::<[u32; 2]>()).prop_map(|(temperature, top_k, top_p, key)| Draw {
            temperature,
            top_k,
            top_p,
            key,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn draws_what_the_reference_draws(logits in prop::collection::vec(logit(), 1..300), how in policy()) {
            prop_assert_eq!(draw(&logits, &how, &mut Vec::new()), reference::draw(&logits, &how));
        }
    }

    #[test]
    fn infinite_logits_are_drawn_alike() {
        let logits = [1.0, f32::INFINITY, 3.0, f32::INFINITY, f32::NAN];
        for (top_k, top_p) in [(0, 1.0), (2, 1.0), (0, 0.5), (3, 0.9)] {
            let how = Draw { temperature: 0.7, top_k, top_p, key: [1, 2] };
            assert_eq!(draw(&logits, &how, &mut Vec::new()), reference::draw(&logits, &how), "{how:?}");
        }
    }

    #[test]
    fn the_noise_stays_below_its_bound() {
        // The largest value that 23 bits can give, as `reference::gumbel` computes it.
        let u: f32 = 8_388_607.5 / 8_388_608.0;
        assert!(-(-u.ln()).ln() < LARGEST_NOISE);
    }
}
