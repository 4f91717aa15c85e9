//! What the fused operations are made of: small matrix products and exponentials, compiled for the processor at hand.

// Loops over indices throughout: the closures of an iterator may be compiled without FMA, and `mul_add` become a call.
#![allow(clippy::needless_range_loop, clippy::manual_memcpy)]

use pulp::{Arch, Simd, WithSimd};

/// Columns that a product works on at once; inner widths are multiples of it.
pub(super) const COLS: usize = 16;
/// Rows that a product works on at once.
const ROWS: usize = 4;

/// Work to be run with the widest vectors that this processor has.
pub(super) trait Kernel {
    /// Does the work; `FMA` says whether `mul_add` is one instruction.
    fn run<const FMA: bool>(self);
}

/// Runs a kernel, compiled for this processor.
pub(super) fn run(kernel: impl Kernel) {
    struct Task<K>(K);
    impl<K: Kernel> WithSimd for Task<K> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            // pulp's level for AVX2 has FMA, and so has every processor with NEON.
            if const { size_of::<S::f32s>() >= 32 || cfg!(target_arch = "aarch64") } {
                self.0.run::<true>();
            } else {
                self.0.run::<false>();
            }
        }
    }
    Arch::new().dispatch(Task(kernel));
}

/// A matrix anywhere in a slice: element (r, c) at `r · row + c · col`.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) data: &'a [f32],
    pub(super) row: usize,
    pub(super) col: usize,
}

impl<'a> View<'a> {
    /// Rows one after the other.
    #[inline(always)]
    pub(super) fn rows(data: &'a [f32], width: usize) -> Self {
        Self { data, row: width, col: 1 }
    }

    /// The transpose.
    #[inline(always)]
    pub(super) fn turned(self) -> Self {
        Self { data: self.data, row: self.col, col: self.row }
    }
}

/// c (m rows of `width`) += a (m, k) · b (k, n), with m = `rows`, k = `depth` and n the columns `cols` (multiples of
/// [`COLS`]). `b` and `c` lie row by row, `width` apart each.
#[inline(always)]
pub(super) fn accumulate_product<const FMA: bool>(
    rows: std::ops::Range<usize>,
    depth: std::ops::Range<usize>,
    cols: usize,
    a: View<'_>,
    (b, b_width): (&[f32], usize),
    (c, c_width): (&mut [f32], usize),
) {
    let mut row = rows.start;
    while row + ROWS <= rows.end {
        for col in (0..cols).step_by(COLS) {
            tile::<FMA, ROWS>(row, depth.clone(), col, a, (b, b_width), (c, c_width));
        }
        row += ROWS;
    }
    for row in row..rows.end {
        for col in (0..cols).step_by(COLS) {
            tile::<FMA, 1>(row, depth.clone(), col, a, (b, b_width), (c, c_width));
        }
    }
}

#[inline(always)]
fn tile<const FMA: bool, const R: usize>(
    row: usize,
    depth: std::ops::Range<usize>,
    col: usize,
    a: View<'_>,
    (b, b_width): (&[f32], usize),
    (c, c_width): (&mut [f32], usize),
) {
    let mut sums = [[0.0_f32; COLS]; R];
    for p in depth {
        let b: &[f32; COLS] = b[p * b_width + col..][..COLS].try_into().expect("invariant: cut to the length");
        for r in 0..R {
            let x = a.data[(row + r) * a.row + p * a.col];
            for l in 0..COLS {
                sums[r][l] = mul_add::<FMA>(x, b[l], sums[r][l]);
            }
        }
    }
    for r in 0..R {
        let c = &mut c[(row + r) * c_width + col..][..COLS];
        for l in 0..COLS {
            c[l] += sums[r][l];
        }
    }
}

/// a · b + c, in one rounding when the instruction exists.
#[inline(always)]
pub(super) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The sum of a · b.
#[inline(always)]
pub(super) fn dot<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let whole = a.len() / 8 * 8;
    for i in (0..whole).step_by(8) {
        let (a, b) = (&a[i..i + 8], &b[i..i + 8]);
        for l in 0..8 {
            sums[l] = mul_add::<FMA>(a[l], b[l], sums[l]);
        }
    }
    let mut rest = 0.0;
    for i in whole..a.len() {
        rest = mul_add::<FMA>(a[i], b[i], rest);
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h)) + rest
}

/// The largest value.
#[inline(always)]
pub(super) fn largest(values: &[f32]) -> f32 {
    let mut most = [f32::NEG_INFINITY; 8];
    let whole = values.len() / 8 * 8;
    for i in (0..whole).step_by(8) {
        let values = &values[i..i + 8];
        for l in 0..8 {
            most[l] = if values[l] > most[l] { values[l] } else { most[l] };
        }
    }
    let mut largest = f32::NEG_INFINITY;
    for value in most.iter().chain(&values[whole..]) {
        largest = largest.max(*value);
    }
    largest
}

/// values = e^(scale · value − shift); returns their sum.
#[inline(always)]
pub(super) fn exponentials<const FMA: bool>(values: &mut [f32], scale: f32, shift: f32) -> f32 {
    let mut sums = [0.0_f32; 8];
    let whole = values.len() / 8 * 8;
    for i in (0..whole).step_by(8) {
        let values = &mut values[i..i + 8];
        let mut lanes = [0.0; 8];
        for l in 0..8 {
            lanes[l] = values[l] * scale - shift;
        }
        let lanes = exp::<FMA>(&lanes);
        for l in 0..8 {
            values[l] = lanes[l];
            sums[l] += lanes[l];
        }
    }
    let mut total = sums.iter().sum::<f32>();
    for value in &mut values[whole..] {
        let mut lanes = [0.0; 8];
        lanes[0] = *value * scale - shift;
        *value = exp::<FMA>(&lanes)[0];
        total += *value;
    }
    total
}

pub(super) use crate::backend::cpu::lanes::exp;
