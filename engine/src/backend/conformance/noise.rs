//! Seeded numbers and packed weights for the cases.

use bytes::Bytes;
use half::f16;

use crate::gguf::{BlockFormat, Matrix};

/// A generator of pseudo-random numbers (splitmix64, Steele et al. 2014): small, and equal on every platform.
pub(super) struct Noise(u64);

impl Noise {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (((self.bits() >> 32) * n as u64) >> 32) as usize
    }

    /// Uniform in [low, high).
    pub(super) fn within(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.bits() >> 40) as f32 / 16_777_216.0)
    }

    /// `len` numbers uniform in [−scale, scale).
    pub(super) fn vector(&mut self, len: usize, scale: f32) -> Vec<f32> {
        (0..len).map(|_| self.within(-scale, scale)).collect()
    }

    /// Fisher-Yates.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }

    /// A packed (rows, cols) matrix whose outputs are of the size of its inputs: weights of about ±√(3 / cols).
    ///
    /// The bytes of quantized blocks are drawn as they are, so that every code and sign of scale occurs.
    pub(super) fn matrix(&mut self, format: BlockFormat, rows: usize, cols: usize) -> Matrix {
        let reach = (3.0 / cols as f32).sqrt();
        let row_bytes = format.row_bytes(cols).expect("invariant: the table's widths divide into blocks");
        let mut bytes = Vec::with_capacity(rows * row_bytes);
        for _ in 0..rows * cols / format.block_len() {
            self.block(format, reach, &mut bytes);
        }
        Matrix::new(format, rows, cols, Bytes::from(bytes)).expect("invariant: the bytes are counted from the shape")
    }

    fn block(&mut self, format: BlockFormat, reach: f32, bytes: &mut Vec<u8>) {
        let half = |value: f32| f16::from_f32(value).to_le_bytes();
        let (scale, sign) = (reach * self.within(0.5, 1.0), [1.0, -1.0][self.below(2)]);
        match format {
            BlockFormat::F32 => bytes.extend(self.within(-reach, reach).to_le_bytes()),
            BlockFormat::F16 => bytes.extend(half(self.within(-reach, reach))),
            BlockFormat::Q8_0 => bytes.extend(half(sign * scale / 127.0)),
            BlockFormat::Q4_0 => bytes.extend(half(sign * scale / 8.0)),
            BlockFormat::Q4_1 => {
                bytes.extend(half(sign * scale / 7.5));
                bytes.extend(half(-sign * scale * self.within(0.8, 1.2)));
            }
        }
        let codes = match format {
            BlockFormat::F32 | BlockFormat::F16 => 0,
            BlockFormat::Q4_0 | BlockFormat::Q4_1 => 16,
            BlockFormat::Q8_0 => 32,
        };
        bytes.extend((0..codes).map(|_| self.bits() as u8));
    }
}
