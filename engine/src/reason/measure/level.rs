//! Difficulty by the actor's own pass rate (`specs/critique.md` §4.3).

/// Levels; 1 is easiest.
pub const LEVELS: usize = 5;

/// The level of a problem of whose samples `correct` are right: level ℓ is a rate within (1 − 0.2ℓ, 1.2 − 0.2ℓ], and
/// rate 0 is level 5. None without samples. In whole numbers, so that a rate on an edge is on its right side.
#[must_use]
pub fn level(correct: usize, samples: usize) -> Option<usize> {
    (samples > 0 && correct <= samples).then(|| LEVELS + 1 - (LEVELS * correct).div_ceil(samples).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_harder_level() {
        for (correct, level_of) in
            [(100, 1), (81, 1), (80, 2), (61, 2), (60, 3), (41, 3), (40, 4), (21, 4), (20, 5), (1, 5), (0, 5)]
        {
            assert_eq!(level(correct, 100), Some(level_of), "{correct} of 100");
        }
        assert_eq!([4, 3, 2, 1].map(|correct| level(correct, 5)), [Some(2), Some(3), Some(4), Some(5)]);
        assert_eq!([1, 2, 3].map(|correct| level(correct, 3)), [Some(4), Some(2), Some(1)]);
        assert_eq!([level(0, 0), level(3, 2)], [None, None]);
    }

    /// The definition, in fractions: 1 − 0.2ℓ < c / n ≤ 1.2 − 0.2ℓ, times 5n.
    #[test]
    fn every_rate_lies_in_its_interval() {
        for samples in 1..=60_usize {
            for correct in 1..=samples {
                let l = level(correct, samples).expect("samples");
                assert!(
                    (5 - l) * samples < 5 * correct && 5 * correct <= (6 - l) * samples,
                    "{correct}/{samples}: {l}"
                );
            }
        }
    }
}
