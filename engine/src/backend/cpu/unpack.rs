//! Packed weights to f32, 32 at a time.

// Into a place, and by loops over indexes: what LLVM is sure to make vectors of.
#![allow(clippy::needless_range_loop)]

use super::lanes::{LANES, Lanes, mul_add};

/// Weights that are unpacked together. Rows are padded with zeros to a multiple.
pub(super) const GROUP: usize = 32;

/// Thirty-two weights.
pub(super) type Group = [Lanes; GROUP / LANES];

/// How 32 weights lie in a row. The twin is [`crate::gguf::BlockFormat::dequantize`].
pub(super) trait Packing {
    /// Bytes of 32 weights.
    const BYTES: usize;

    /// Unpacks `bytes` (BYTES).
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group);
}

/// One 32-bit float per weight.
pub(super) struct F32;

/// One 16-bit float per weight.
pub(super) struct F16;

/// Scale and 16 bytes of nibbles, w = d · (q − 8).
pub(super) struct Q4_0;

/// Scale, minimum and 16 bytes of nibbles, w = d · q + m.
pub(super) struct Q4_1;

/// Scale and 32 signed bytes.
pub(super) struct Q8_0;

/// A 16-bit float in two shifts and a product that LLVM vectorizes; exact but for infinities, which become ±65,536, and
/// NaN, which becomes larger still: no weight is either.
#[inline(always)]
fn half(bytes: [u8; 2]) -> f32 {
    /// 2¹¹²: the difference of the exponents' biases, 127 − 15. Multiplying makes subnormals right too.
    const REBIAS: f32 = f32::from_bits(0x7780_0000);
    let sign_extended = i32::from(i16::from_le_bytes(bytes)) as u32;
    f32::from_bits((sign_extended << 13) & 0x8fff_e000) * REBIAS
}

impl Packing for F32 {
    const BYTES: usize = 128;

    #[inline(always)]
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group) {
        let bytes: &[u8; 128] = bytes.try_into().expect("invariant: cut to BYTES");
        for j in 0..4 {
            for i in 0..LANES {
                let at = 4 * (LANES * j + i);
                group[j][i] = f32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
            }
        }
    }
}

impl Packing for F16 {
    const BYTES: usize = 64;

    #[inline(always)]
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group) {
        let bytes: &[u8; 64] = bytes.try_into().expect("invariant: cut to BYTES");
        for j in 0..4 {
            for i in 0..LANES {
                let at = 2 * (LANES * j + i);
                group[j][i] = half([bytes[at], bytes[at + 1]]);
            }
        }
    }
}

/// Sixteen bytes of nibbles, the low ones first: d · q + m.
#[inline(always)]
fn nibbles<const FMA: bool>(codes: &[u8; 16], d: f32, m: f32, group: &mut Group) {
    for j in 0..2 {
        for i in 0..LANES {
            let code = codes[LANES * j + i];
            group[j][i] = mul_add::<FMA>(d, f32::from(code & 15), m);
            group[2 + j][i] = mul_add::<FMA>(d, f32::from(code >> 4), m);
        }
    }
}

impl Packing for Q4_0 {
    const BYTES: usize = 18;

    #[inline(always)]
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group) {
        let bytes: &[u8; 18] = bytes.try_into().expect("invariant: cut to BYTES");
        let [d0, d1, codes @ ..] = bytes;
        let d = half([*d0, *d1]);
        nibbles::<FMA>(codes, d, -8.0 * d, group)
    }
}

impl Packing for Q4_1 {
    const BYTES: usize = 20;

    #[inline(always)]
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group) {
        let bytes: &[u8; 20] = bytes.try_into().expect("invariant: cut to BYTES");
        let [d0, d1, m0, m1, codes @ ..] = bytes;
        nibbles::<FMA>(codes, half([*d0, *d1]), half([*m0, *m1]), group)
    }
}

impl Packing for Q8_0 {
    const BYTES: usize = 34;

    #[inline(always)]
    fn unpack<const FMA: bool>(bytes: &[u8], group: &mut Group) {
        let bytes: &[u8; 34] = bytes.try_into().expect("invariant: cut to BYTES");
        let [d0, d1, codes @ ..] = bytes;
        let d = half([*d0, *d1]);
        for j in 0..4 {
            for i in 0..LANES {
                group[j][i] = d * f32::from(codes[LANES * j + i] as i8);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::BlockFormat;

    /// Two blocks' worth of bytes with every code, and a scale that is negative or subnormal.
    fn check<P: Packing>(format: BlockFormat) {
        for scale in [[0x11, 0xb5], [0x03, 0x00], [0x00, 0x80], [0xff, 0x7b]] {
            let mut bytes: Vec<u8> = (0..P::BYTES).map(|i| (i * 73 + 11) as u8 & 0x7b).collect();
            bytes[..2].copy_from_slice(&scale);
            let mut expected = [0.0; GROUP];
            format.dequantize(&bytes, &mut expected);
            let mut group = Group::default();
            P::unpack::<false>(&bytes, &mut group);
            for (i, (a, b)) in group.as_flattened().iter().zip(expected).enumerate() {
                let size = expected.iter().fold(f32::MIN_POSITIVE, |size, x| size.max(x.abs()));
                assert!((a - b).abs() <= 3e-7 * size, "{format:?} weight {i}: {a} instead of {b}");
            }
        }
    }

    #[test]
    fn equals_the_twin_in_every_format() {
        check::<F32>(BlockFormat::F32);
        check::<F16>(BlockFormat::F16);
        check::<Q4_0>(BlockFormat::Q4_0);
        check::<Q4_1>(BlockFormat::Q4_1);
        check::<Q8_0>(BlockFormat::Q8_0);
    }

    #[test]
    fn every_finite_half_is_exact() {
        for bits in (0..=u16::MAX).filter(|bits| half::f16::from_bits(*bits).is_finite()) {
            let expected = half::f16::from_bits(bits).to_f32();
            assert_eq!(super::half(bits.to_le_bytes()).to_bits(), expected.to_bits(), "{bits:#06x}");
        }
    }
}
