//! A count out of a count.

use serde::{Deserialize, Serialize};

use super::Interval;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Those that have what is asked.
    pub hits: usize,
    /// Those that were asked.
    pub all: usize,
}

impl Share {
    /// Hits per asked; none when nobody was.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        (self.all > 0).then(|| self.hits as f64 / self.all as f64)
    }

    /// Wilson's 95 % interval: for independent trials. Where a problem has several samples, they are not: use
    /// [`super::Bootstrap::clustered`].
    #[must_use]
    pub fn wilson(self) -> Option<Interval> {
        let (rate, n) = (self.rate()?, self.all as f64);
        let denominator = 1.0 + Z * Z / n;
        let centre = (rate + Z * Z / (2.0 * n)) / denominator;
        let half = Z / denominator * (rate * (1.0 - rate) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At the ends the formula gives exactly 0 and 1, but for rounding.
        let low = if self.hits == 0 { 0.0 } else { centre - half };
        let high = if self.hits == self.all { 1.0 } else { centre + half };
        Some(Interval { low, high })
    }

    /// Counts one more trial.
    pub(super) fn count(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.all += 1;
    }
}

impl FromIterator<bool> for Share {
    fn from_iter<I: IntoIterator<Item = bool>>(trials: I) -> Self {
        let mut share = Self::default();
        trials.into_iter().for_each(|hit| share.count(hit));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_the_textbook_interval() {
        // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
        for (hits, all, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = Share { hits, all }.wilson().expect("trials");
            assert!(
                (interval.low - low).abs() < 5e-5 && (interval.high - high).abs() < 5e-5,
                "{hits}/{all}: {interval:?}"
            );
        }
        assert_eq!(Share { hits: 0, all: 0 }.wilson(), None);
        assert_eq!(Share { hits: 7, all: 7 }.wilson().expect("trials").high, 1.0);
    }

    /// Its ends solve (rate − p)² = z² p (1 − p) / n.
    #[test]
    fn wilson_ends_are_where_the_score_test_rejects() {
        for (hits, all) in [(3, 10), (50, 60), (999, 1000)] {
            let share = Share { hits, all };
            let (rate, interval) = (share.rate().expect("trials"), share.wilson().expect("trials"));
            for p in [interval.low, interval.high] {
                let score = (rate - p) / (p * (1.0 - p) / all as f64).sqrt();
                assert!((score.abs() - Z).abs() < 1e-9, "{hits}/{all}: {score}");
            }
        }
    }
}
