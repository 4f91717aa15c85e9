//! Products of packed weight rows with activation rows.
//!
//! Every output is one dot product in one order: lane i of eight adds up the products at i, i + 8, i + 16, …, then the
//! lanes are added. Neither the number of activation rows nor the tiles change it, so that a batch gives the bits that
//! its rows give alone.

use super::lanes::{LANES, Lanes, accumulate, load, sum};
use super::unpack::{F16, F32, GROUP, Packing, Q4_0, Q4_1, Q8_0};
use crate::gguf::BlockFormat;

/// Weight rows that are unpacked and multiplied together: as many chains of additions as hide an addition's latency.
pub(super) const TILE: usize = 4;

/// Activation rows that meet a tile at once. 4 · 3 sums, 3 activations and a weight fill the 16 registers of AVX2.
const WIDE: usize = if cfg!(target_arch = "wasm32") { 1 } else { 3 };

/// Packed rows of one matrix.
pub(super) struct Weights<'a> {
    /// How they are packed.
    pub(super) format: BlockFormat,
    /// (rows, row_bytes)
    pub(super) bytes: &'a [u8],
    /// Bytes of a row.
    pub(super) row_bytes: usize,
}

/// Activation rows.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    /// (R, stride), zeros beyond the matrix' width.
    pub(super) values: &'a [f32],
    /// The matrix' width rounded up to a multiple of [`GROUP`].
    pub(super) stride: usize,
}

/// Where the products go: weight row i and activation row r to `values[r · width + at + i · step]`.
pub(super) struct Output<'a> {
    /// (R, width)
    pub(super) values: &'a mut [f32],
    /// Numbers in a row.
    pub(super) width: usize,
    /// Place of the first weight row.
    pub(super) at: usize,
    /// Distance of weight rows: 2 where two matrices alternate.
    pub(super) step: usize,
}

/// All products; `tile` (TILE · stride) is scratch.
#[inline(always)]
pub(super) fn project<const FMA: bool>(weights: Weights<'_>, input: Input<'_>, output: Output<'_>, tile: &mut [f32]) {
    match weights.format {
        BlockFormat::F32 => tiles::<F32, FMA>(&weights, input, output, tile),
        BlockFormat::F16 => tiles::<F16, FMA>(&weights, input, output, tile),
        BlockFormat::Q4_0 => tiles::<Q4_0, FMA>(&weights, input, output, tile),
        BlockFormat::Q4_1 => tiles::<Q4_1, FMA>(&weights, input, output, tile),
        BlockFormat::Q8_0 => tiles::<Q8_0, FMA>(&weights, input, output, tile),
    }
}

#[inline(always)]
fn tiles<P: Packing, const FMA: bool>(
    weights: &Weights<'_>,
    input: Input<'_>,
    mut output: Output<'_>,
    tile: &mut [f32],
) {
    let row = weights.row_bytes;
    for bytes in weights.bytes.chunks(TILE * row) {
        if bytes.len() == TILE * row {
            let rows: [&[u8]; TILE] = std::array::from_fn(|i| &bytes[i * row..(i + 1) * row]);
            rows_at_once::<P, FMA, TILE>(rows, input, &mut output, tile);
        } else {
            bytes.chunks(row).for_each(|bytes| rows_at_once::<P, FMA, 1>([bytes], input, &mut output, tile));
        }
    }
}

/// W weight rows with every activation row. The first one is multiplied while the weights are unpacked, which is all
/// there is to do in single decoding; the others read the unpacked tile.
#[inline(always)]
fn rows_at_once<P: Packing, const FMA: bool, const W: usize>(
    weights: [&[u8]; W],
    input: Input<'_>,
    output: &mut Output<'_>,
    tile: &mut [f32],
) {
    let (first, rest) = input.values.split_at(input.stride);
    let (first_out, rest_out) = output.values.split_at_mut(output.width);
    let store = |out: &mut [f32], products: [f32; W]| {
        for (i, product) in products.into_iter().enumerate() {
            out[output.at + i * output.step] = product;
        }
    };
    if rest.is_empty() {
        store(first_out, unpack_dot::<P, FMA, W, false>(weights, first, tile));
    } else {
        store(first_out, unpack_dot::<P, FMA, W, true>(weights, first, tile));
        let mut outs = rest_out.chunks_mut(output.width);
        let wide = rest.chunks_exact(WIDE * input.stride);
        for products in wide.clone().map(|rows| tile_dot::<FMA, W, WIDE>(tile, rows, input.stride)) {
            products.into_iter().zip(&mut outs).for_each(|(products, out)| store(out, products));
        }
        for (row, out) in wide.remainder().chunks_exact(input.stride).zip(outs) {
            let [products] = tile_dot::<FMA, W, 1>(tile, row, input.stride);
            store(out, products);
        }
    }
    output.at += W * output.step;
}

/// Unpacks W rows and multiplies them with one activation row; `STORE` also leaves them in `tile` (W, stride).
///
/// The two are one loop for a second reason: LLVM would vectorize a loop that only unpacks across blocks, gathering
/// single bytes, at a third of the speed.
#[inline(always)]
fn unpack_dot<P: Packing, const FMA: bool, const W: usize, const STORE: bool>(
    weights: [&[u8]; W],
    input: &[f32],
    tile: &mut [f32],
) -> [f32; W] {
    let mut acc: [Lanes; W] = [[0.0; LANES]; W];
    for (k, input) in input.chunks_exact(GROUP).enumerate() {
        for (row, weights) in weights.iter().enumerate() {
            let group = match weights.get(k * P::BYTES..(k + 1) * P::BYTES) {
                Some(bytes) => P::unpack::<FMA>(bytes),
                None => P::unpack::<FMA>(&padded::<P>(&weights[k * P::BYTES..])[..P::BYTES]),
            };
            for (j, lanes) in group.iter().enumerate() {
                accumulate::<FMA>(&mut acc[row], lanes, &load(&input[j * LANES..]));
                if STORE {
                    let at = row * (tile.len() / TILE) + k * GROUP + j * LANES;
                    tile[at..at + LANES].copy_from_slice(lanes);
                }
            }
        }
    }
    std::array::from_fn(|row| sum(&acc[row]))
}

/// The last group of an unquantized row whose width is no multiple of [`GROUP`], padded with zeros.
#[cold]
fn padded<P: Packing>(bytes: &[u8]) -> [u8; 4 * GROUP] {
    let mut padded = [0; 4 * GROUP];
    padded[..bytes.len()].copy_from_slice(bytes);
    padded
}

/// W unpacked rows with A activation rows (A, stride).
#[inline(always)]
fn tile_dot<const FMA: bool, const W: usize, const A: usize>(
    tile: &[f32],
    input: &[f32],
    stride: usize,
) -> [[f32; W]; A] {
    let mut acc = [[[0.0; LANES]; W]; A];
    let tile: [&[f32]; W] = std::array::from_fn(|row| &tile[row * (tile.len() / TILE)..][..stride]);
    let input: [&[f32]; A] = std::array::from_fn(|row| &input[row * stride..][..stride]);
    for k in 0..stride / LANES {
        for w in 0..W {
            let weights = load(&tile[w][k * LANES..]);
            for a in 0..A {
                accumulate::<FMA>(&mut acc[a][w], &weights, &load(&input[a][k * LANES..]));
            }
        }
    }
    acc.map(|row| row.map(|lanes| sum(&lanes)))
}
