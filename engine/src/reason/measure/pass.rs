//! Coverage.

/// Chance that at least one of k samples is right, estimated without bias from c right ones among n:
/// 1 − C(n−c, k) / C(n, k). None unless c ≤ n and 1 ≤ k ≤ n.
#[must_use]
pub fn pass_at_k(n: usize, c: usize, k: usize) -> Option<f64> {
    if c > n || k == 0 || k > n {
        return None;
    }
    if n - c < k {
        return Some(1.0);
    }
    // C(n−c, k) / C(n, k) = Π (1 − k/i) over i in n−c+1..=n; as logarithms, so that a small result keeps its digits.
    let log: f64 = (n - c + 1..=n).map(|i| (-(k as f64) / i as f64).ln_1p()).sum();
    Some(-log.exp_m1())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts every subset.
    fn enumerated(n: usize, c: usize, k: usize) -> f64 {
        let subsets = (0..1u32 << n).filter(|set| set.count_ones() as usize == k);
        let (mut all, mut passed) = (0, 0);
        for set in subsets {
            all += 1;
            passed += u32::from(set & ((1 << c) - 1) != 0);
        }
        f64::from(passed) / f64::from(all)
    }

    #[test]
    fn is_the_share_of_subsets_with_a_right_one() {
        for n in 1..=9 {
            for c in 0..=n {
                for k in 1..=n {
                    let estimate = pass_at_k(n, c, k).expect("in range");
                    assert!((estimate - enumerated(n, c, k)).abs() < 1e-14, "n {n}, c {c}, k {k}: {estimate}");
                }
            }
        }
    }

    #[test]
    fn is_stable_for_many_samples() {
        // One right: k / n exactly. Two right: 1 − (n−k)(n−k−1) / n(n−1).
        let n = 10_000;
        for k in [1, 2, 77, 5_000, 9_998, 10_000] {
            let (nf, kf) = (n as f64, k as f64);
            let one = pass_at_k(n, 1, k).expect("in range");
            assert!((one / (kf / nf) - 1.0).abs() < 1e-12, "k {k}: {one}");
            let two = pass_at_k(n, 2, k).expect("in range");
            let exact = kf * (2.0 * nf - kf - 1.0) / (nf * (nf - 1.0));
            assert!((two / exact - 1.0).abs() < 1e-12, "k {k}: {two}");
        }
        assert_eq!(pass_at_k(n, 0, n), Some(0.0));
        assert_eq!(pass_at_k(n, n, 1), Some(1.0));
    }

    #[test]
    fn what_cannot_be_estimated_is_none() {
        for (n, c, k) in [(4, 5, 1), (4, 2, 0), (4, 2, 5), (0, 0, 0)] {
            assert_eq!(pass_at_k(n, c, k), None);
        }
    }
}
