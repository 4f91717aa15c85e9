//! CPython's `random.Random`: MT19937 (Matsumoto and Nishimura 1998) with its seeding by an integer, so that what the
//! original environments draw is drawn again here.

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// A generator, to be cloned with the state that it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct PythonRandom {
    words: [u32; WORDS],
    next: usize, // WORDS: all are used
}

impl std::fmt::Debug for PythonRandom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PythonRandom").field("next", &self.next).finish_non_exhaustive()
    }
}

impl PythonRandom {
    /// `random.Random(seed)` for an integer of at least 0.
    ///
    /// ```
    /// use duet_engine::gym::PythonRandom;
    /// // python3 -c 'import random; print(random.Random(42).getrandbits(32))'
    /// assert_eq!(PythonRandom::new(42).bits(32), 2_746_317_213);
    /// ```
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let (low, high) = (seed as u32, (seed >> 32) as u32);
        let key: &[u32] = if high == 0 { &[low] } else { &[low, high] };
        let mut words = first_words();
        let (mut i, mut j) = (1, 0);
        for _ in 0..WORDS.max(key.len()) {
            let before = words[i - 1] ^ (words[i - 1] >> 30);
            words[i] = (words[i] ^ before.wrapping_mul(1_664_525)).wrapping_add(key[j]).wrapping_add(j as u32);
            (i, j) = (i + 1, (j + 1) % key.len());
            if i == WORDS {
                (words[0], i) = (words[WORDS - 1], 1);
            }
        }
        for _ in 1..WORDS {
            let before = words[i - 1] ^ (words[i - 1] >> 30);
            words[i] = (words[i] ^ before.wrapping_mul(1_566_083_941)).wrapping_sub(i as u32);
            i += 1;
            if i == WORDS {
                (words[0], i) = (words[WORDS - 1], 1);
            }
        }
        words[0] = 1 << 31;
        Self { words, next: WORDS }
    }

    fn twist(&mut self) {
        for i in 0..WORDS {
            let joined = (self.words[i] & 1 << 31) | (self.words[(i + 1) % WORDS] & !(1 << 31));
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[i] = self.words[(i + MIDDLE) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut y = self.words[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// `getrandbits(count)` for 1 to 32 bits; 0 for none.
    pub fn bits(&mut self, count: u32) -> u32 {
        match count {
            0 => 0,
            count => self.word() >> (32 - count.min(32)),
        }
    }

    /// `random()`: 53 bits, within 0..1.
    pub fn unit(&mut self) -> f64 {
        let (high, low) = (self.word() >> 5, self.word() >> 6);
        (f64::from(high) * 67_108_864.0 + f64::from(low)) / 9_007_199_254_740_992.0
    }

    /// `_randbelow(count)`, which `choice`, `shuffle` and `randrange` draw with; 0 for none.
    pub fn below(&mut self, count: usize) -> usize {
        let bits = usize::BITS - count.leading_zeros();
        loop {
            let drawn = self.bits(bits) as usize;
            if drawn < count || count == 0 {
                return drawn;
            }
        }
    }

    /// `choice(items)`; none of none.
    pub fn choice<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        (!items.is_empty()).then(|| &items[self.below(items.len())])
    }

    /// `shuffle(items)`.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// `init_genrand(19650218)`, from which seeding by a key starts.
fn first_words() -> [u32; WORDS] {
    let mut words = [0; WORDS];
    words[0] = 19_650_218_u32;
    for i in 1..WORDS {
        let before = words[i - 1] ^ (words[i - 1] >> 30);
        words[i] = before.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    // Printed by CPython 3.11: `r = random.Random(SEED); [r.choice(range(40)) …]`, `r.shuffle(x)`, `r.random()`.
    #[test]
    fn draws_are_those_of_cpython() {
        let cases: [(u64, [usize; 8], [usize; 9], f64); 4] = [
            (0, [24, 26, 2, 16, 32, 31, 25, 19], [2, 0, 3, 8, 6, 1, 4, 5, 7], 0.7558042041572239),
            (1, [8, 36, 4, 16, 7, 31, 28, 30], [2, 4, 1, 5, 8, 7, 0, 3, 6], 0.6958328667684435),
            (7, [20, 9, 25, 3, 4, 34, 6, 23], [1, 2, 5, 4, 7, 6, 8, 3, 0], 0.09071301334386506),
            (4_294_967_301, [10, 31, 18, 38, 0, 22, 10, 31], [0, 6, 7, 4, 1, 8, 2, 3, 5], 0.8185893429688457),
        ];
        for (seed, chosen, shuffled, unit) in cases {
            let mut random = PythonRandom::new(seed);
            assert_eq!([(); 8].map(|()| random.below(40)), chosen, "{seed}");
            let mut items = [0, 1, 2, 3, 4, 5, 6, 7, 8];
            random.shuffle(&mut items);
            assert_eq!(items, shuffled, "{seed}");
            assert_eq!(random.unit(), unit, "{seed}");
        }
        // Past one block of words.
        let mut random = PythonRandom::new(3);
        let last = (0..2_000).map(|_| random.bits(32)).last();
        assert_eq!(last, Some(3_607_542_163));
    }
}
