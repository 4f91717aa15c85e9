//! Packing weights, with the rounding of GGML's reference quantizers.

use half::f16;

use super::{BlockFormat, FormatError};

impl BlockFormat {
    /// Packs weights (whole blocks): the inverse of [`BlockFormat::dequantize`] up to rounding.
    ///
    /// ```
    /// use duet_engine::gguf::BlockFormat;
    ///
    /// let weights: Vec<f32> = (0..32).map(|i| i as f32 / 31.0).collect();
    /// let bytes = BlockFormat::Q8_0.quantize(&weights)?;
    /// let mut back = vec![0.0; 32];
    /// BlockFormat::Q8_0.dequantize(&bytes, &mut back);
    /// assert!(weights.iter().zip(&back).all(|(w, b)| (w - b).abs() < 0.5 / 127.0 + 1e-3));
    /// # Ok::<(), duet_engine::gguf::FormatError>(())
    /// ```
    ///
    /// # Errors
    /// [`FormatError::RowLength`] when the number of weights is no multiple of the block.
    pub fn quantize(self, weights: &[f32]) -> Result<Vec<u8>, FormatError> {
        let mut out = Vec::with_capacity(self.row_bytes(weights.len())?);
        match self {
            Self::F32 => weights.iter().for_each(|w| out.extend_from_slice(&w.to_le_bytes())),
            Self::F16 => weights.iter().for_each(|w| put_half(&mut out, *w)),
            Self::Q8_0 => weights.chunks_exact(32).for_each(|block| q8_0(block, &mut out)),
            Self::Q4_0 => weights.chunks_exact(32).for_each(|block| q4_0(block, &mut out)),
            Self::Q4_1 => weights.chunks_exact(32).for_each(|block| q4_1(block, &mut out)),
        }
        Ok(out)
    }
}

fn put_half(out: &mut Vec<u8>, value: f32) {
    out.extend_from_slice(&f16::from_f32(value).to_le_bytes());
}

/// 1 / scale; the quotients use the scale before it is rounded to f16, as GGML does.
fn inverse(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}

fn q8_0(block: &[f32], out: &mut Vec<u8>) {
    let largest = block.iter().fold(0.0f32, |most, w| most.max(w.abs()));
    let scale = largest / 127.0;
    let inverse = inverse(scale);
    put_half(out, scale);
    out.extend(block.iter().map(|w| ((w * inverse).round() as i8) as u8));
}

/// The weight of the largest magnitude becomes −8 exactly, so its sign decides the scale's.
fn q4_0(block: &[f32], out: &mut Vec<u8>) {
    let extreme = block.iter().fold(0.0f32, |most, w| if w.abs() > most.abs() { *w } else { most });
    let scale = extreme / -8.0;
    let inverse = inverse(scale);
    put_half(out, scale);
    put_nibbles(out, block, |w| w * inverse + 8.5);
}

fn q4_1(block: &[f32], out: &mut Vec<u8>) {
    let least = block.iter().fold(f32::INFINITY, |least, w| least.min(*w));
    let most = block.iter().fold(f32::NEG_INFINITY, |most, w| most.max(*w));
    let scale = (most - least) / 15.0;
    let inverse = inverse(scale);
    put_half(out, scale);
    put_half(out, least);
    put_nibbles(out, block, |w| (w - least) * inverse + 0.5);
}

/// Sixteen bytes: weight i in the low nibble, weight i + 16 in the high one. `level` is truncated to 0..=15.
fn put_nibbles(out: &mut Vec<u8>, block: &[f32], level: impl Fn(f32) -> f32) {
    let nibble = |w: f32| (level(w) as u8).min(15);
    out.extend((0..16).map(|i| nibble(block[i]) | nibble(block[i + 16]) << 4));
}
