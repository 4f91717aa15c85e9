//! The stories' own random numbers: equal on every platform, from a seed that comes in as an argument.

/// SplitMix64 (Steele, Lea, Flood 2014): 64 bits of state, no seed is bad.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// Same seed, same numbers.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform in `0..count`; 0 for an empty range.
    pub fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.bits()) * count as u128) >> 64) as usize
    }

    /// Uniform in `low..=high`; none when that is empty.
    pub fn within(&mut self, low: i64, high: i64) -> Option<i64> {
        let count = usize::try_from(high.checked_sub(low)?.checked_add(1)?).ok().filter(|count| *count > 0)?;
        Some(low + self.below(count) as i64)
    }

    /// True in `percent` of 100 cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of the items; none of none.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// The items in random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
pub(super) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// FNV-1a over bytes, finalized: which split owns a text must not change with the compiler's hasher.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let fnv = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    mix(bytes.iter().fold(0xcbf2_9ce4_8422_2325, fnv))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_pinned_and_stay_in_their_range() {
        let mut rng = Rng::new(0);
        assert_eq!([rng.bits(), rng.bits()], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4], "the published sequence");
        assert_eq!(hash(b""), mix(0xcbf2_9ce4_8422_2325));
        let mut seen = [0; 5];
        (0..1000).for_each(|_| seen[(rng.within(-2, 2).expect("not empty") + 2) as usize] += 1);
        assert!(seen.iter().all(|count| (130..270).contains(count)), "{seen:?}");
        assert_eq!((rng.within(3, 2), rng.within(i64::MIN, i64::MAX), rng.below(0)), (None, None, 0));
        let mut items: Vec<usize> = (0..50).collect();
        rng.shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }
}
