//! numpy's `default_rng(seed)`: `SeedSequence` (O'Neill 2015), PCG64 with the XSL-RR output (O'Neill 2014) and the
//! bounded integers of Lemire 2019 over a buffer of 32 bits, so that what the original environments draw is drawn again
//! here.

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// A generator, to be cloned with the state that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumpyRandom {
    state: u128,
    increment: u128,
    /// The upper half of a word whose lower half was drawn.
    spare: Option<u32>,
}

impl NumpyRandom {
    /// `Generator(PCG64(SeedSequence(seed)))`.
    ///
    /// ```
    /// use duet_engine::gym::NumpyRandom;
    /// // python3 -c 'import numpy; print(numpy.random.default_rng(0).integers(0, 6))'
    /// assert_eq!(NumpyRandom::new(0).below(6), 5);
    /// ```
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let [a, b, c, d] = seed_words(seed);
        let mut random = Self { state: 0, increment: (joined(c, d) << 1) | 1, spare: None };
        random.advance();
        random.state = random.state.wrapping_add(joined(a, b));
        random.advance();
        random
    }

    fn advance(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    fn word(&mut self) -> u64 {
        self.advance();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    fn half(&mut self) -> u32 {
        if let Some(half) = self.spare.take() {
            return half;
        }
        let word = self.word();
        self.spare = Some((word >> 32) as u32);
        word as u32
    }

    /// `integers(0, count)`: one value is not drawn at all; 0 for none.
    pub fn below(&mut self, count: u32) -> u32 {
        if count <= 1 {
            return 0;
        }
        let mut product = u64::from(self.half()) * u64::from(count);
        if (product as u32) < count {
            let rejected = count.wrapping_neg() % count;
            while (product as u32) < rejected {
                product = u64::from(self.half()) * u64::from(count);
            }
        }
        (product >> 32) as u32
    }

    /// `integers(low, high)`; `low` where there is nothing between.
    pub fn integer(&mut self, low: i32, high: i32) -> i32 {
        let count = i64::from(high) - i64::from(low);
        low.wrapping_add(self.below(u32::try_from(count).unwrap_or(0)) as i32)
    }

    /// `uniform(low, high)`, from 53 bits. Leaves a buffered half word where it is, as numpy does.
    pub fn uniform(&mut self, low: f64, high: f64) -> f64 {
        let unit = (self.word() >> 11) as f64 / 9_007_199_254_740_992.0;
        low + (high - low) * unit
    }
}

fn joined(high: u64, low: u64) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

/// A multiplicative hash whose constant moves on with each value.
struct Hash {
    constant: u32,
    multiplier: u32,
}

impl Hash {
    fn of(&mut self, value: u32) -> u32 {
        let value = value ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        let value = value.wrapping_mul(self.constant);
        value ^ value >> 16
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_words(seed: u64) -> [u64; 4] {
    let mut hash = Hash { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
    let mut pool = [seed as u32, (seed >> 32) as u32, 0, 0].map(|word| hash.of(word));
    for from in 0..pool.len() {
        for to in 0..pool.len() {
            if from != to {
                let hashed = hash.of(pool[from]);
                let mixed = pool[to].wrapping_mul(0xca01_f9dd).wrapping_sub(hashed.wrapping_mul(0x4973_f715));
                pool[to] = mixed ^ mixed >> 16;
            }
        }
    }
    let mut hash = Hash { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
    let halves: [u32; 8] = std::array::from_fn(|i| hash.of(pool[i % pool.len()]));
    std::array::from_fn(|i| u64::from(halves[2 * i + 1]) << 32 | u64::from(halves[2 * i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (u64, [u64; 3], [u32; 7], f64, [i32; 4], [u32; 4], f64);

    // Printed by numpy 2.4: the bit generator's first three words; then, from the start again, integers(0, 6),
    // uniform(0, 1), integers(3, 1000003), integers(0, 3000000000) and uniform(-2, 3) in this order.
    const CASES: [Case; 4] = [
        (
            0,
            [11749869230777074271, 4976686463289251617, 755828109848996024],
            [5, 3, 3, 1, 1, 0, 0],
            0.8132702392002724,
            [16530, 649418, 912758, 503629],
            [1819907326, 1896812393, 1630874973, 1679752336],
            2.079267770607661,
        ),
        (
            1,
            [9441442522235856127, 17532960557476522086, 2659275481604167885],
            [2, 3, 4, 5, 0, 0, 4],
            0.31183145201048545,
            [948652, 869028, 423329, 273172],
            [770976088, 1227597408, 1931486993, 1648781062],
            -1.8622044337846582,
        ),
        (
            22,
            [6757907791168424315, 3676350858405008320, 1633613647134855594],
            [4, 2, 3, 1, 5, 0, 1],
            0.45933704474394677,
            [653194, 147029, 987678, 328453],
            [2554704209, 959973809, 2510883969, 158362830],
            0.7767257768077029,
        ),
        (
            12345678901,
            [15424019608117653474, 5842158649703263007, 1196571772974914250],
            [0, 5, 4, 1, 0, 0, 5],
            0.7988597688937105,
            [339650, 183521, 711111, 140751],
            [412626185, 2566786704, 2813818934, 1238842867],
            -1.8100045310386403,
        ),
    ];

    #[test]
    fn draws_are_those_of_numpy() {
        for (seed, words, dice, unit, wide, wider, last) in CASES {
            let mut random = NumpyRandom::new(seed);
            assert_eq!([(); 3].map(|()| random.word()), words, "{seed}");
            let mut random = NumpyRandom::new(seed);
            assert_eq!([(); 7].map(|()| random.below(6)), dice, "{seed}");
            assert_eq!(random.uniform(0.0, 1.0), unit, "{seed}");
            assert_eq!([(); 4].map(|()| random.integer(3, 1_000_003)), wide, "{seed}");
            assert_eq!(random.integer(5, 6), 5, "nothing is drawn for one value");
            assert_eq!([(); 4].map(|()| random.below(3_000_000_000)), wider, "{seed}");
            assert_eq!(random.uniform(-2.0, 3.0), last, "{seed}");
        }
    }

    /// Every third draw of this range is rejected, so the rejection is exercised some two thousand times.
    #[test]
    fn rejected_draws_are_drawn_again() {
        let mut random = NumpyRandom::new(7);
        let sum =
            (0..5_000_u32).fold(0_u32, |sum, i| sum.wrapping_add(random.below(2_900_000_000).wrapping_mul(i % 7 + 1)));
        assert_eq!((sum, random.uniform(0.0, 1.0)), (2_542_193_389, 0.4320883813321921));
    }
}
