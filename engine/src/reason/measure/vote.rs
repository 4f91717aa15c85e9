//! Choosing one answer of many.

use super::noise::Noise;

/// The answer given most often. Missing answers do not vote; of answers given equally often, the one that was sampled
/// first wins.
#[must_use]
pub fn majority<T: PartialEq>(answers: &[Option<T>]) -> Option<&T> {
    elect(answers.iter().map(|answer| (answer.as_ref(), 1.0)))
}

/// The answer with the largest sum of weights (each at least 0, such as a critic's P(correct)). Missing answers do not
/// vote; on a tie the one that was sampled first wins.
#[must_use]
pub fn weighted_vote<T: PartialEq>(answers: &[(Option<T>, f64)]) -> Option<&T> {
    elect(answers.iter().map(|(answer, weight)| (answer.as_ref(), *weight)))
}

fn elect<'a, T: PartialEq>(votes: impl Iterator<Item = (Option<&'a T>, f64)>) -> Option<&'a T> {
    let mut tally: Vec<(&T, f64)> = Vec::new(); // in the order of first votes
    for (answer, weight) in votes.filter_map(|(answer, weight)| Some((answer?, weight))) {
        match tally.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, sum)) => *sum += weight,
            None => tally.push((answer, weight)),
        }
    }
    let first = *tally.first()?;
    let (answer, _) = tally.into_iter().fold(first, |best, next| if next.1 > best.1 { next } else { best });
    Some(answer)
}

/// Which subsets of n samples stand for a budget of k < n.
///
/// All of them where they are at most `most`, which makes k = 1 the plain accuracy; else `most` seeded random ones. The
/// alternative, consecutive disjoint groups, would leave n / k groups: two, for k = 32 of 64. Samples of a subset stay in
/// the order in which they were sampled, so the first-sampled rule holds within it, and as samples are exchangeable the
/// mean is without bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subsets {
    /// Subsets to look at.
    pub most: usize,
    /// Of the choice among more.
    pub seed: u64,
}

impl Default for Subsets {
    fn default() -> Self {
        Self { most: 200, seed: 0 }
    }
}

impl Subsets {
    /// Mean score of subsets of k of n samples, given as ascending indexes. None unless 1 ≤ k ≤ n and `most` ≥ 1.
    pub fn mean(&self, n: usize, k: usize, mut score: impl FnMut(&[usize]) -> f64) -> Option<f64> {
        if k == 0 || k > n || self.most == 0 {
            return None;
        }
        let mut subset: Vec<usize> = (0..k).collect();
        if choose(n, k).is_some_and(|count| count <= self.most) {
            let (mut sum, mut count) = (score(&subset), 1);
            while advance(&mut subset, n) {
                sum += score(&subset);
                count += 1;
            }
            return Some(sum / f64::from(count));
        }
        let mut noise = Noise::new(self.seed);
        let mut order: Vec<usize> = (0..n).collect();
        let mut sum = 0.0;
        for _ in 0..self.most {
            for at in 0..k {
                order.swap(at, at + noise.below(n - at));
            }
            subset.copy_from_slice(&order[..k]);
            subset.sort_unstable();
            sum += score(&subset);
        }
        Some(sum / self.most as f64)
    }
}

/// Expected accuracy of the majority of k samples: Maj@k, from n ≥ k sampled answers. None unless 1 ≤ k ≤ n.
pub fn majority_at_k<T: PartialEq>(
    answers: &[Option<T>],
    k: usize,
    subsets: &Subsets,
    is_right: impl Fn(&T) -> bool,
) -> Option<f64> {
    subsets.mean(answers.len(), k, |subset| {
        let votes = subset.iter().map(|sample| (answers[*sample].as_ref(), 1.0));
        f64::from(u8::from(elect(votes).is_some_and(&is_right)))
    })
}

/// C(n, k), unless it overflows on the way.
fn choose(n: usize, k: usize) -> Option<usize> {
    (0..k.min(n - k)).try_fold(1_usize, |product, i| Some(product.checked_mul(n - i)? / (i + 1)))
}

/// The next subset in lexicographic order, if there is one.
fn advance(subset: &mut [usize], n: usize) -> bool {
    let k = subset.len();
    let Some(at) = (0..k).rev().find(|at| subset[*at] < n - k + at) else { return false };
    subset[at] += 1;
    for i in at + 1..k {
        subset[i] = subset[i - 1] + 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reason::{Answer, extract_answer};

    fn answers(digits: &str) -> Vec<Option<char>> {
        digits.chars().map(|c| (c != '-').then_some(c)).collect()
    }

    #[test]
    fn the_first_sampled_wins_a_tie() {
        for (sampled, winner) in
            [("7", '7'), ("1221", '1'), ("2112", '2'), ("-3-", '3'), ("123321", '1'), ("1223-", '2'), ("54433", '4')]
        {
            assert_eq!(majority(&answers(sampled)), Some(&winner), "{sampled}");
        }
        assert_eq!(majority(&answers("--")), None);
        assert_eq!(majority(&answers("")), None);
    }

    #[test]
    fn equal_answers_vote_together_however_they_are_written() {
        let written = ["The answer is 3.", "The answer is 1/2.", "The answer is $0.50.", "no"];
        let answers: Vec<Option<Answer>> = written.iter().map(|text| extract_answer(text)).collect();
        assert_eq!(majority(&answers).map(ToString::to_string).as_deref(), Some("0.5"));
    }

    #[test]
    fn weights_decide() {
        let votes = [(Some('a'), 0.2), (Some('b'), 0.9), (Some('a'), 0.6), (None, 5.0), (Some('a'), 0.2)];
        assert_eq!(weighted_vote(&votes), Some(&'a'));
        assert_eq!(weighted_vote(&votes[..4]), Some(&'b'));
        assert_eq!(weighted_vote(&[(Some('x'), 0.0), (Some('y'), 0.0)]), Some(&'x'));
    }

    /// Every subset as a bit mask, voted by counting.
    fn enumerated(answers: &[Option<char>], k: usize, right: char) -> f64 {
        let (mut all, mut good) = (0, 0);
        for set in (0..1u32 << answers.len()).filter(|set| set.count_ones() as usize == k) {
            let votes: Vec<char> =
                (0..answers.len()).filter(|i| set >> i & 1 == 1).filter_map(|i| answers[i]).collect();
            let count = |c: char| votes.iter().filter(|vote| **vote == c).count();
            let most = votes.iter().map(|c| count(*c)).max().unwrap_or(0);
            all += 1;
            good += u32::from(votes.iter().find(|c| count(**c) == most) == Some(&right));
        }
        f64::from(good) / f64::from(all)
    }

    #[test]
    fn random_subsets_come_near_the_mean_of_all() {
        let sampled = answers("1213-21131221-21");
        for k in [5, 8, 11] {
            let exact = enumerated(&sampled, k, '1');
            let at = |subsets| majority_at_k(&sampled, k, &subsets, |c| *c == '1').expect("k ≤ n");
            assert!((at(Subsets { most: 20_000, seed: 5 }) - exact).abs() < 1e-12, "all {k}-subsets");
            let few = Subsets { most: 1_000, seed: 5 };
            // Four standard errors at most.
            assert!((at(few) - exact).abs() < 0.064, "k {k}: {} for {exact}", at(few));
            assert_eq!(at(few), at(few), "seeded");
            assert_ne!(at(few), exact, "fewer than all");
        }
        assert_eq!(majority_at_k(&sampled, 0, &Subsets::default(), |_| true), None);
        assert_eq!(majority_at_k(&sampled, 17, &Subsets::default(), |_| true), None);
    }

    #[test]
    fn subsets_are_counted_without_overflow() {
        assert_eq!([choose(5, 2), choose(5, 0), choose(64, 63), choose(52, 5)], [10, 1, 64, 2_598_960].map(Some));
        assert_eq!(choose(10_000, 5_000), None);
    }

    proptest! {
        #[test]
        fn one_sample_is_accuracy_and_all_are_the_vote(sampled in "[123-]{1,40}") {
            let sampled = answers(&sampled);
            let n = sampled.len();
            let right = |c: &char| *c == '2';
            let hits = sampled.iter().flatten().filter(|c| right(c)).count();
            let at = |k| majority_at_k(&sampled, k, &Subsets::default(), right).expect("1 ≤ k ≤ n");
            prop_assert!((at(1) - hits as f64 / n as f64).abs() < 1e-12);
            prop_assert_eq!(at(n), f64::from(u8::from(majority(&sampled).is_some_and(right))));
        }

        #[test]
        fn few_samples_are_enumerated(sampled in "[123-]{1,8}", k in 1..8usize) {
            let sampled = answers(&sampled);
            prop_assume!(k <= sampled.len());
            let mean = majority_at_k(&sampled, k, &Subsets::default(), |c| *c == '1').expect("1 ≤ k ≤ n");
            prop_assert!((mean - enumerated(&sampled, k, '1')).abs() < 1e-12);
        }
    }
}
