//! Eight numbers that LLVM keeps in one register (AVX2) or two (SSE, NEON, simd128).

/// Numbers that are worked on together.
pub(crate) const LANES: usize = 8;

/// Eight numbers.
pub(crate) type Lanes = [f32; LANES];

/// a · b + c, in one rounding when the instruction exists.
#[inline(always)]
pub(super) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The eight numbers at the start of a slice.
#[inline(always)]
pub(super) fn load(from: &[f32]) -> Lanes {
    from[..LANES].try_into().expect("invariant: the slice was cut to the length")
}

/// acc + a · b.
#[inline(always)]
pub(super) fn accumulate<const FMA: bool>(acc: &mut Lanes, a: &Lanes, b: &Lanes) {
    for i in 0..LANES {
        acc[i] = mul_add::<FMA>(a[i], b[i], acc[i]);
    }
}

/// The sum, always in the same order.
#[inline(always)]
pub(super) fn sum(lanes: &Lanes) -> f32 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// eˣ to two units in the last place; 0 becomes exactly 1, what lies beyond ±87 its bound, and a NaN stays one.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2; eʳ by its Taylor polynomial of degree 7 (error below 6e-9), 2ⁿ by the exponent's
/// bits.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: &Lanes) -> Lanes {
    /// 1.5 · 2²³: adding it leaves the nearest whole number in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const TAYLOR: [f32; 7] = [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    // ln 2 in two parts: the first has few bits, so that n times it is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    // Loops, since the closures of an iterator may be compiled without FMA, and `mul_add` become a call.
    let mut powers = [0.0; LANES];
    for i in 0..LANES {
        let x = x[i].clamp(-87.0, 87.0);
        let shifted = mul_add::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
        let n = shifted - ROUND;
        let r = mul_add::<FMA>(n, -LN_2[1], mul_add::<FMA>(n, -LN_2[0], x));
        let mut power = 1.0 / 5040.0;
        for c in TAYLOR {
            power = mul_add::<FMA>(power, r, c);
        }
        powers[i] = power * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits()));
    }
    powers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_library_s() {
        let worst = (-870_000..870_000)
            .map(|i| i as f32 / 10_000.0)
            .map(|x| f64::from(exp::<false>(&[x; LANES])[3]) / f64::from(x).exp() - 1.0)
            .fold(0.0, |worst: f64, apart| worst.max(apart.abs()));
        assert!(worst < 2.4e-7, "{worst}");
    }

    #[test]
    fn exp_at_its_edges() {
        let [zero, low, high, nan, ..] = exp::<false>(&[0.0, f32::NEG_INFINITY, 1e30, f32::NAN, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(zero, 1.0);
        assert!((0.0..1e-37).contains(&low) && high > 1e37 && high.is_finite() && nan.is_nan());
    }
}
