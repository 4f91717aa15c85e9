//! How far a critic's P(wrong) can be believed, and where to draw the line.

use serde::{Deserialize, Serialize};

use super::Transitions;

/// Expected calibration error of (P(wrong), response is correct) in bins of equal width: the mean distance between what
/// was said and what was so, weighted by size. None without responses or bins.
#[must_use]
pub fn calibration_error(responses: &[(f64, bool)], bins: usize) -> Option<f64> {
    if responses.is_empty() || bins == 0 {
        return None;
    }
    // Per bin: Σ P(wrong) − number of wrong ones. Its share of the error is the distance of the means times the size.
    let mut excess = vec![0.0; bins];
    for (p_wrong, correct) in responses {
        let bin = ((p_wrong * bins as f64) as usize).min(bins - 1);
        excess[bin] += p_wrong - f64::from(u8::from(!correct));
    }
    Some(excess.iter().map(|excess| excess.abs()).sum::<f64>() / responses.len() as f64)
}

/// Brier score of (P(wrong), response is correct): the mean squared error. None without responses.
#[must_use]
pub fn brier(responses: &[(f64, bool)]) -> Option<f64> {
    let squares = responses.iter().map(|(p_wrong, correct)| (p_wrong - f64::from(u8::from(!correct))).powi(2));
    (!responses.is_empty()).then(|| squares.sum::<f64>() / responses.len() as f64)
}

/// One response of a development set, with the refinement that it would get.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// The critic's P(wrong); NaN when it said nothing, and such a response is never refined.
    pub p_wrong: f64,
    /// Whether the response is correct.
    pub correct: bool,
    /// Whether its refinement is.
    pub refined: bool,
}

/// A threshold and what it does on the set that it was chosen on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Refine when P(wrong) is at least this; none: never.
    pub threshold: Option<f64>,
    /// Responses that it has refined.
    pub refined: usize,
    /// What became of all responses.
    pub transitions: Transitions,
}

/// The threshold with the highest accuracy after gated refinement among those that destroy at most `harm` of the correct
/// answers; of equals, the one that refines least. It is fitted to this set: report its harm on another.
#[must_use]
pub fn choose_gate(development: &[Outcome], harm: f64) -> Gate {
    let mut sure: Vec<&Outcome> = development.iter().filter(|outcome| !outcome.p_wrong.is_nan()).collect();
    sure.sort_by(|a, b| b.p_wrong.total_cmp(&a.p_wrong));
    let transitions = development.iter().map(|outcome| (outcome.correct, outcome.correct)).collect();
    let mut now = Gate { threshold: None, refined: 0, transitions };
    let mut best = now;
    for together in sure.chunk_by(|a, b| a.p_wrong == b.p_wrong) {
        for outcome in together {
            now.refined += 1;
            match (outcome.correct, outcome.refined) {
                (true, false) => {
                    (now.transitions.cc, now.transitions.ci) = (now.transitions.cc - 1, now.transitions.ci + 1)
                }
                (false, true) => {
                    (now.transitions.ii, now.transitions.ic) = (now.transitions.ii - 1, now.transitions.ic + 1)
                }
                _ => {}
            }
        }
        now.threshold = Some(together[0].p_wrong);
        let harmless = now.transitions.harm().rate().is_none_or(|rate| rate <= harm);
        if harmless && now.transitions.after().hits > best.transitions.after().hits {
            best = now;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_those_computed_by_hand() {
        let responses = [(0.1, true), (0.1, false), (0.9, false), (0.8, false), (1.0, true)];
        // Bins [0, 0.5) and [0.5, 1]: |0.2 − 1| and |2.7 − 2|, over five.
        assert!((calibration_error(&responses, 2).expect("responses") - 0.3).abs() < 1e-12);
        // One bin: |2.9 − 3| / 5.
        assert!((calibration_error(&responses, 1).expect("responses") - 0.02).abs() < 1e-12);
        // 0.01 + 0.81 + 0.01 + 0.04 + 1, over five.
        assert!((brier(&responses).expect("responses") - 0.374).abs() < 1e-12);
        assert_eq!((calibration_error(&[], 10), brier(&[]), calibration_error(&responses, 0)), (None, None, None));
    }

    #[test]
    fn a_calibrated_critic_has_no_error() {
        let responses: Vec<(f64, bool)> =
            (0..1_000).map(|i| (f64::from(i % 10) / 10.0, i / 10 % 10 >= i % 10)).collect();
        assert!(calibration_error(&responses, 10).expect("responses") < 1e-9);
        // Σ p (1 − p) / 10 over p = 0, 0.1, …, 0.9.
        assert!((brier(&responses).expect("responses") - 0.165).abs() < 1e-9);
    }

    fn outcome() -> impl Strategy<Value = Outcome> {
        let p_wrong = prop_oneof![9 => (0..8u8).prop_map(|p| f64::from(p) / 8.0), 1 => Just(f64::NAN)];
        (p_wrong, any::<bool>(), any::<bool>()).prop_map(|(p_wrong, correct, refined)| Outcome {
            p_wrong,
            correct,
            refined,
        })
    }

    /// What a threshold does, straight from its meaning.
    fn gated(set: &[Outcome], threshold: Option<f64>) -> Gate {
        let opens = |outcome: &&Outcome| threshold.is_some_and(|t| outcome.p_wrong >= t);
        let after = |outcome: &Outcome| if opens(&outcome) { outcome.refined } else { outcome.correct };
        let transitions = set.iter().map(|outcome| (outcome.correct, after(outcome))).collect();
        Gate { threshold, refined: set.iter().filter(opens).count(), transitions }
    }

    proptest! {
        #[test]
        fn the_gate_is_the_best_of_all_within_the_limit(set in prop::collection::vec(outcome(), 0..40), harm in 0.0..0.5f64) {
            let chosen = choose_gate(&set, harm);
            prop_assert_eq!(chosen, gated(&set, chosen.threshold));
            let allowed = |gate: &Gate| gate.transitions.harm().rate().is_none_or(|rate| rate <= harm);
            prop_assert!(allowed(&chosen));
            for step in 0..=8u8 {
                let other = gated(&set, Some(f64::from(step) / 8.0));
                let (a, b) = (chosen.transitions.after().hits, other.transitions.after().hits);
                prop_assert!(!allowed(&other) || a > b || a == b && chosen.refined <= other.refined, "{:?} beats {:?}", other, chosen);
            }
        }
    }

    #[test]
    fn the_limit_binds() {
        let set = |p_wrong, correct, refined, n| vec![Outcome { p_wrong, correct, refined }; n];
        // 0.9 repairs 30; 0.5 would repair 20 more and destroy 4 of 100; 0.2 would only destroy.
        let development = [
            set(0.9, false, true, 30),
            set(0.5, false, true, 20),
            set(0.5, true, false, 4),
            set(0.2, true, false, 10),
            set(0.1, true, true, 86),
        ]
        .concat();
        let strict = choose_gate(&development, 0.03);
        assert_eq!((strict.threshold, strict.refined), (Some(0.9), 30));
        assert_eq!(strict.transitions, Transitions { cc: 100, ci: 0, ic: 30, ii: 20 });
        let lax = choose_gate(&development, 0.04);
        assert_eq!((lax.threshold, lax.transitions.ci, lax.transitions.ic), (Some(0.5), 4, 50));
        assert_eq!(choose_gate(&set(0.9, true, false, 3), 0.0).threshold, None);
    }
}
