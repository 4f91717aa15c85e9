//! Seeded random numbers: SplitMix64, the same everywhere.

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Noise(u64);

impl Noise {
    /// The stream of a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Uniform below `limit`, but for a bias of limit / 2⁶⁴.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_splitmix64() {
        // The first numbers of seed 1234567, as published with the algorithm's reference implementation.
        let mut noise = Noise::new(1_234_567);
        let first: [u64; 3] = std::array::from_fn(|_| noise.next());
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn all_numbers_below_the_limit_come_alike() {
        let mut noise = Noise::new(3);
        let mut seen = [0; 6];
        (0..60_000).for_each(|_| seen[noise.below(6)] += 1);
        // Five standard deviations: √(60,000 · 1/6 · 5/6) = 91.
        assert!(seen.iter().all(|count: &i32| (count - 10_000).abs() < 456), "{seen:?}");
    }
}
