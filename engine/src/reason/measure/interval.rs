//! How sure a number is.

use serde::{Deserialize, Serialize};

use super::noise::Noise;

/// Where a number lies, in 95 of 100 such experiments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Seeded bootstrap, percentile method, 95 %.
///
/// The statistic is any function of the units: a mean, an F1, a difference of two rates. It may be undefined on a
/// resample (harm without a correct answer); such resamples are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Resamples.
    pub resamples: usize,
    /// Of the resampling.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 2_000, seed: 0 }
    }
}

impl Bootstrap {
    /// Resamples independent units: one per problem. None when there are none, or the statistic is never defined.
    pub fn interval<T>(&self, units: &[T], statistic: impl Fn(&[&T]) -> Option<f64>) -> Option<Interval> {
        let clusters: Vec<[&T; 1]> = units.iter().map(|unit| [unit]).collect();
        self.resample(&clusters, statistic)
    }

    /// Resamples whole problems, each with all its units: samples of one problem are alike, so they are no independent
    /// evidence. None as in [`Self::interval`].
    pub fn clustered<T, K: Ord>(
        &self,
        units: &[T],
        problem: impl Fn(&T) -> K,
        statistic: impl Fn(&[&T]) -> Option<f64>,
    ) -> Option<Interval> {
        let mut clusters = std::collections::BTreeMap::<K, Vec<&T>>::new();
        for unit in units {
            clusters.entry(problem(unit)).or_default().push(unit);
        }
        self.resample(&clusters.into_values().collect::<Vec<_>>(), statistic)
    }

    /// The difference that a change makes, second minus first: the same problems are drawn on both sides, so what makes
    /// them easy or hard cancels. None as in [`Self::interval`].
    pub fn paired<T>(&self, pairs: &[(T, T)], statistic: impl Fn(&[&T]) -> Option<f64>) -> Option<Interval> {
        self.interval(pairs, |pairs| {
            let first: Vec<&T> = pairs.iter().map(|(first, _)| first).collect();
            let second: Vec<&T> = pairs.iter().map(|(_, second)| second).collect();
            Some(statistic(&second)? - statistic(&first)?)
        })
    }

    fn resample<'a, T: 'a>(
        &self,
        clusters: &[impl AsRef<[&'a T]>],
        statistic: impl Fn(&[&'a T]) -> Option<f64>,
    ) -> Option<Interval> {
        if clusters.is_empty() {
            return None;
        }
        let mut noise = Noise::new(self.seed);
        let mut drawn = Vec::new();
        let values = (0..self.resamples).filter_map(|_| {
            drawn.clear();
            for _ in 0..clusters.len() {
                drawn.extend_from_slice(clusters[noise.below(clusters.len())].as_ref());
            }
            statistic(&drawn)
        });
        let mut values: Vec<f64> = values.collect();
        values.sort_unstable_by(f64::total_cmp);
        Some(Interval { low: quantile(&values, 0.025)?, high: quantile(&values, 0.975)? })
    }
}

/// A quantile of ascending values, interpolated between neighbours.
fn quantile(values: &[f64], q: f64) -> Option<f64> {
    let place = q * values.len().checked_sub(1)? as f64;
    let (below, above) = (values[place.floor() as usize], values[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(units: &[&f64]) -> Option<f64> {
        (!units.is_empty()).then(|| units.iter().copied().sum::<f64>() / units.len() as f64)
    }

    fn uniform(noise: &mut Noise) -> f64 {
        noise.below(1 << 30) as f64 / f64::from(1 << 30)
    }

    #[test]
    fn quantiles_are_interpolated() {
        let values = [1.0, 2.0, 4.0, 8.0, 16.0];
        assert_eq!([0.0, 0.5, 0.6, 1.0].map(|q| quantile(&values, q)), [1.0, 4.0, 5.6, 16.0].map(Some));
        assert_eq!(quantile(&[], 0.5), None);
    }

    /// For a mean the interval is ± 1.96 σ/√n, and the width of a seeded run is near it.
    #[test]
    fn the_interval_of_a_mean_has_the_normal_width() {
        let mut noise = Noise::new(1);
        let values: Vec<f64> = (0..400).map(|_| uniform(&mut noise)).collect();
        let m = values.iter().sum::<f64>() / 400.0;
        let sigma = (values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / 400.0).sqrt();
        let interval = Bootstrap { resamples: 20_000, seed: 2 }.interval(&values, mean).expect("values");
        let half = 1.96 * sigma / 20.0;
        assert!((interval.low - (m - half)).abs() < 0.05 * half, "{interval:?} for {m} ± {half}");
        assert!((interval.high - (m + half)).abs() < 0.05 * half, "{interval:?} for {m} ± {half}");
    }

    /// The truth lies in about 95 of 100 intervals.
    #[test]
    fn it_covers_the_truth_as_often_as_it_says() {
        let mut noise = Noise::new(7);
        let covered = (0..400_u64).filter(|seed| {
            let values: Vec<f64> = (0..80).map(|_| f64::from(u8::from(uniform(&mut noise) < 0.6))).collect();
            let interval = Bootstrap { resamples: 400, seed: *seed }.interval(&values, mean).expect("values");
            (interval.low..=interval.high).contains(&0.6)
        });
        let covered = covered.count();
        assert!((362..=394).contains(&covered), "{covered} of 400");
    }

    /// Ten equal samples of a problem are worth one.
    #[test]
    fn clusters_count_problems_not_samples() {
        let mut noise = Noise::new(3);
        let problems: Vec<f64> = (0..60).map(|_| uniform(&mut noise)).collect();
        let samples: Vec<(usize, f64)> = problems.iter().enumerate().flat_map(|(i, value)| [(i, *value); 10]).collect();
        let value = |units: &[&(usize, f64)]| mean(&units.iter().map(|(_, value)| value).collect::<Vec<_>>());
        let bootstrap = Bootstrap::default();
        let width = |interval: Interval| interval.high - interval.low;
        let plain = width(bootstrap.interval(&problems, mean).expect("values"));
        let clustered = width(bootstrap.clustered(&samples, |(i, _)| *i, value).expect("values"));
        let naive = width(bootstrap.interval(&samples, value).expect("values"));
        assert!((clustered - plain).abs() < 1e-9, "{clustered} and {plain}");
        assert!((naive * 10.0_f64.sqrt() / plain - 1.0).abs() < 0.1, "{naive} and {plain}");
    }

    #[test]
    fn pairs_cancel_what_they_share() {
        let mut noise = Noise::new(4);
        let pairs: Vec<(f64, f64)> = (0..100)
            .map(|_| {
                let hard = 10.0 * uniform(&mut noise);
                (hard, hard + 0.5 + 0.1 * uniform(&mut noise))
            })
            .collect();
        let interval = Bootstrap::default().paired(&pairs, mean).expect("pairs");
        assert!(interval.low > 0.53 && interval.high < 0.57 && interval.low < interval.high, "{interval:?}");
    }

    #[test]
    fn undefined_statistics_are_left_out() {
        let bootstrap = Bootstrap::default();
        assert_eq!(bootstrap.interval::<f64>(&[], mean), None);
        assert_eq!(bootstrap.interval(&[1.0, 2.0], |_| None), None);
        let ones = |units: &[&f64]| mean(&units.iter().copied().filter(|v| **v > 0.0).collect::<Vec<_>>());
        assert_eq!(bootstrap.interval(&[1.0, 0.0], ones), Some(Interval { low: 1.0, high: 1.0 }));
        let again = bootstrap.interval(&[1.0, 5.0, 2.0], mean);
        assert_eq!(again, bootstrap.interval(&[1.0, 5.0, 2.0], mean), "seeded");
    }
}
