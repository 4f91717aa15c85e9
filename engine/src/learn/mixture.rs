//! What is learnt from, in an order that depends on a seed alone: any step's batch can be made without the ones before.

use std::ops::Range;

use super::{Batch, LearnError};

/// A tokenized text and the part of it that is to be predicted.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    tokens: Vec<u32>,
    output: Range<usize>,
    weights: Vec<f32>, // one for each token of the output
}

impl Example {
    /// A prompt and what follows it; nothing when either is empty.
    #[must_use]
    pub fn new(prompt: &[u32], output: &[u32]) -> Option<Self> {
        if prompt.is_empty() || output.is_empty() {
            return None;
        }
        let (tokens, weights) = ([prompt, output].concat(), vec![1.0; output.len()]);
        Some(Self { tokens, output: prompt.len()..prompt.len() + output.len(), weights })
    }

    /// With other shares in the loss than 1, one for each token of the output.
    ///
    /// # Panics
    /// Unless there are as many, each above 0.
    #[must_use]
    pub fn weighted(self, weights: Vec<f32>) -> Self {
        assert_eq!(weights.len(), self.output.len(), "a weight for each token of the output");
        assert!(weights.iter().all(|weight| *weight > 0.0 && weight.is_finite()), "weights above 0");
        Self { weights, ..self }
    }

    /// Prompt and output.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The places of the output's tokens.
    #[must_use]
    pub fn output(&self) -> Range<usize> {
        self.output.clone()
    }

    /// What each token of the output counts in the loss.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }
}

/// Where examples come from.
pub trait Source: Send + Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// How many there are; `None` when they never end.
    fn len(&self) -> Option<u64>;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The example with this number, always the same; the number is below [`Self::len`].
    fn example(&self, index: u64) -> Example;
}

/// Sources by weight.
pub struct Mixture {
    sources: Vec<Box<dyn Source>>,
    /// Which source each of the draws of a round takes from, and its how-many-eth of the round it is.
    round: Vec<(usize, u64)>,
    /// Draws from each source in a round.
    counts: Vec<u64>,
    seed: u64,
}

/// Draws after which every source had its share exactly.
const ROUND: u64 = 1000;
/// Batches whose examples are sorted by length together.
pub(crate) const WINDOW: u64 = 16;

impl Mixture {
    /// Sources with their weights, relative to each other.
    ///
    /// # Errors
    /// [`LearnError::Setting`] when there is none, one is empty, or a weight is not positive.
    pub fn new(sources: Vec<(Box<dyn Source>, f64)>, seed: u64) -> Result<Self, LearnError> {
        let total: f64 = sources.iter().map(|(_, weight)| weight).sum();
        for (source, weight) in &sources {
            if !(weight.is_finite() && *weight > 0.0) {
                return Err(LearnError::setting("weight", format!("{weight} (of {})", source.name()), "above 0"));
            }
            if source.is_empty() {
                return Err(LearnError::setting("source", source.name(), "of at least one example"));
            }
        }
        if sources.is_empty() {
            return Err(LearnError::setting("sources", "empty", "at least one"));
        }
        // The draw goes to the source that is furthest behind its share.
        let mut counts = vec![0u64; sources.len()];
        let mut round = Vec::new();
        for draw in 1..=ROUND {
            let behind = |i: usize| sources[i].1 / total * draw as f64 - counts[i] as f64;
            let next = (0..sources.len()).max_by(|a, b| behind(*a).total_cmp(&behind(*b))).unwrap_or(0);
            round.push((next, counts[next]));
            counts[next] += 1;
        }
        Ok(Self { sources: sources.into_iter().map(|(source, _)| source).collect(), round, counts, seed })
    }

    /// The example of the n-th draw. A finite source is gone through in a new order each time.
    ///
    /// # Errors
    /// [`LearnError::Example`] when it has more than `context` + 1 tokens.
    pub fn draw(&self, n: u64, context: usize) -> Result<Example, LearnError> {
        let (which, place) = self.round[(n % ROUND) as usize];
        let source = &self.sources[which];
        let turn = n / ROUND * self.counts[which] + place;
        let index = match source.len() {
            None => turn,
            Some(len) => permuted(turn % len, len, mix(self.seed ^ mix(turn / len + 1) ^ which as u64)),
        };
        let example = source.example(index);
        if example.tokens().len() > context + 1 {
            let problem = format!("has {} tokens, the context has {context}", example.tokens().len());
            return Err(LearnError::Example { source_name: source.name().to_owned(), index, problem });
        }
        Ok(example)
    }

    /// The examples of a window of [`WINDOW`] batches of `size`, as batches of like lengths in random order.
    pub(crate) fn window(&self, window: u64, size: usize, context: usize) -> Result<Vec<Batch>, LearnError> {
        let first = window * WINDOW * size as u64;
        let draws = first..first + WINDOW * size as u64;
        let mut examples = draws.map(|n| self.draw(n, context)).collect::<Result<Vec<_>, _>>()?;
        examples.sort_by_key(|example| example.tokens().len());
        let mut batches: Vec<Batch> = examples.chunks(size).map(Batch::new).collect();
        for i in (1..batches.len()).rev() {
            let j = mix(self.seed ^ mix(window.wrapping_mul(WINDOW) + i as u64)) % (i as u64 + 1);
            batches.swap(i, j as usize);
        }
        Ok(batches)
    }
}

/// Where `index` goes in a random order of 0..len: a Feistel network over the next power of four, walked until it falls
/// inside.
fn permuted(index: u64, len: u64, key: u64) -> u64 {
    let half = (64 - (len - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1u64 << half) - 1;
    let mut x = index;
    loop {
        let (mut left, mut right) = (x >> half, x & mask);
        for round in 0..4 {
            (left, right) = (right, left ^ (mix(right ^ mix(key.wrapping_add(round))) & mask));
        }
        x = left << half | right;
        if x < len {
            return x;
        }
    }
}

/// SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Numbers(&'static str, u32, Option<u64>);

    impl Source for Numbers {
        fn name(&self) -> &str {
            self.0
        }
        fn len(&self) -> Option<u64> {
            self.2
        }
        fn example(&self, index: u64) -> Example {
            Example::new(&vec![self.1; 1 + (index % 5) as usize], &[index as u32]).expect("not empty")
        }
    }

    fn mixture(seed: u64) -> Mixture {
        let few: Box<dyn Source> = Box::new(Numbers("few", 1, Some(7)));
        Mixture::new(vec![(few, 1.0), (Box::new(Numbers("endless", 2, None)), 3.0)], seed).expect("two sources")
    }

    #[test]
    fn shares_are_exact_and_each_epoch_has_every_example_once() {
        let mixture = mixture(3);
        let mut few = Vec::new();
        for n in 0..4000 {
            let example = mixture.draw(n, 10).expect("short");
            if example.tokens()[0] == 1 {
                few.push(example.tokens()[example.output().start]);
            }
        }
        assert_eq!(few.len(), 1000, "a quarter of the draws");
        let epochs: Vec<Vec<u32>> = few.chunks_exact(7).map(<[u32]>::to_vec).collect();
        for epoch in &epochs {
            let mut sorted = epoch.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2, 3, 4, 5, 6]);
        }
        let orders: std::collections::BTreeSet<_> = epochs.iter().collect();
        assert!(orders.len() > 100, "{} orders in {} epochs", orders.len(), epochs.len());
    }

    #[test]
    fn a_window_holds_its_draws_in_batches_of_like_lengths() {
        let mixture = mixture(5);
        let batches = mixture.window(2, 8, 10).expect("short");
        assert_eq!(batches, mixture.window(2, 8, 10).expect("short"), "the same every time");
        let mut drawn = BTreeMap::<u32, usize>::new();
        (2 * 128..3 * 128).for_each(|n| {
            let example = mixture.draw(n, 10).expect("short");
            *drawn.entry(example.tokens()[example.output().start]).or_default() += 1;
        });
        let mut batched = BTreeMap::<u32, usize>::new();
        batches.iter().flat_map(|batch| batch.targets()).for_each(|target| *batched.entry(*target).or_default() += 1);
        assert_eq!(batched, drawn);
        let padding: usize = batches.iter().map(|batch| batch.tokens().len() - batch.real_tokens()).sum();
        assert!(padding <= 4 * 8 * 4, "{padding} of padding: only where the length changes");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let errors: Vec<String> =
            (0..20).filter_map(|n| mixture(1).draw(n, 1).err()).map(|error| error.to_string()).collect();
        assert!(errors[0].contains("tokens, the context has 1"), "{}", errors[0]);
        assert!(Mixture::new(vec![(Box::new(Numbers("none", 1, Some(0))), 1.0)], 0).is_err());
        assert!(Mixture::new(vec![(Box::new(Numbers("some", 1, None)), 0.0)], 0).is_err());
    }
}
