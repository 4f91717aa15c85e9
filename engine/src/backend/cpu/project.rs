//! Products of packed weight rows with activation rows.
//!
//! Every output is one dot product in one order: lane i of eight adds up the products at i, i + 8, i + 16, …, then the
//! lanes are added. Neither the number of activation rows nor the tiles change it, so that a batch gives the bits that
//! its rows give alone.

use super::lanes::{LANES, Lanes, mul_add, sum};
use super::simd::prefetch;
use super::unpack::{F16, F32, GROUP, Packing, Q4_0, Q4_1, Q8_0};
use crate::gguf::BlockFormat;

/// Weight rows that are unpacked and multiplied together: as many chains of additions as hide an addition's latency.
pub(super) const TILE: usize = 4;

/// Activation rows that meet a tile at once. 4 · 3 sums, 3 activations and a weight fill the 16 registers of AVX2.
const WIDE: usize = if cfg!(target_arch = "wasm32") { 1 } else { 3 };

/// How far ahead weights are asked for. Four short streams that all end with the row defeat the processor's own
/// prefetching: without this, weights that do not fit the cache are multiplied at a quarter (Q8_0) to half (Q4_1) of
/// the speed. 2 KiB is too near, 8 KiB no better.
const AHEAD: usize = 4096;

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
        // An incomplete tile repeats its last row, and drops the products.
        let rows = bytes.len() / row;
        let weights = std::array::from_fn(|i| &bytes[i.min(rows - 1) * row..][..row]);
        one_tile::<P, FMA>(weights, input, rows, &mut output, tile);
        output.at += rows * output.step;
    }
}

/// The products of a tile with every activation row; the first `rows` of it go to `output`. The first activation row is
/// multiplied while the weights are unpacked, which is all there is to do in single decoding; the others read the
/// unpacked tile.
#[inline(always)]
fn one_tile<P: Packing, const FMA: bool>(
    weights: [&[u8]; TILE],
    input: Input<'_>,
    rows: usize,
    output: &mut Output<'_>,
    tile: &mut [f32],
) {
    let (at, step) = (output.at, output.step);
    let store = |out: &mut [f32], products: [f32; TILE]| {
        for (i, product) in products.iter().enumerate().take(rows) {
            out[at + i * step] = *product;
        }
    };
    let (first, rest) = input.values.split_at(input.stride);
    let mut outs = output.values.chunks_exact_mut(output.width);
    let mut next = || outs.next().expect("invariant: as many output rows as activation rows");
    if rest.is_empty() {
        return store(next(), unpack_dot::<P, FMA, false>(weights, first, tile));
    }
    store(next(), unpack_dot::<P, FMA, true>(weights, first, tile));
    let wide = rest.chunks_exact(WIDE * input.stride);
    let narrow = wide.remainder().chunks_exact(input.stride);
    for rows in wide {
        for products in tile_dot::<FMA, WIDE>(tile, rows, input.stride) {
            store(next(), products);
        }
    }
    for row in narrow {
        let [products] = tile_dot::<FMA, 1>(tile, row, input.stride);
        store(next(), products);
    }
}

/// Unpacks a tile and multiplies it with one activation row; `STORE` also leaves it in `tile` (TILE, stride).
///
/// The two are one loop for a second reason: LLVM would vectorize a loop that only unpacks across blocks, gathering
/// single bytes, at a third of the speed.
#[inline(always)]
fn unpack_dot<P: Packing, const FMA: bool, const STORE: bool>(
    weights: [&[u8]; TILE],
    input: &[f32],
    tile: &mut [f32],
) -> [f32; TILE] {
    let (input, tile) = (input.as_chunks::<GROUP>().0, tile.as_chunks_mut::<GROUP>().0);
    let (a, rest) = tile.split_at_mut(input.len());
    let (b, rest) = rest.split_at_mut(input.len());
    let (c, d) = rest.split_at_mut(input.len());
    let mut sums = [[0.0; LANES]; TILE];
    let whole = weights[0].len() / P::BYTES;
    for k in 0..whole {
        // The rows follow each other in memory, and the next tile follows them.
        prefetch(weights[0], AHEAD + k * TILE * P::BYTES, TILE * P::BYTES);
        let tiles = [&mut a[k], &mut b[k], &mut c[k], &mut d[k]];
        let [w0, w1, w2, w3] = weights;
        let at = k * P::BYTES..(k + 1) * P::BYTES;
        let weights = [&w0[at.clone()], &w1[at.clone()], &w2[at.clone()], &w3[at]];
        unpack_dot_group::<P, FMA, STORE>(weights, &input[k], &mut sums, tiles);
    }
    if whole < input.len() {
        // An unquantized row whose width is no multiple of GROUP.
        let mut padded = [[0; 4 * GROUP]; TILE];
        for (padded, row) in padded.iter_mut().zip(weights) {
            let rest = &row[whole * P::BYTES..];
            padded[..rest.len()].copy_from_slice(rest);
        }
        let [w0, w1, w2, w3] = &padded;
        let weights = [&w0[..P::BYTES], &w1[..P::BYTES], &w2[..P::BYTES], &w3[..P::BYTES]];
        let tiles = [&mut a[whole], &mut b[whole], &mut c[whole], &mut d[whole]];
        unpack_dot_group::<P, FMA, STORE>(weights, &input[whole], &mut sums, tiles);
    }
    add_lanes(sums)
}

/// One group of each row. Nothing in it can panic, so that LLVM may order the instructions.
#[inline(always)]
fn unpack_dot_group<P: Packing, const FMA: bool, const STORE: bool>(
    weights: [&[u8]; TILE],
    input: &[f32; GROUP],
    sums: &mut [Lanes; TILE],
    tiles: [&mut [f32; GROUP]; TILE],
) {
    for row in 0..TILE {
        let mut group = [[0.0; LANES]; GROUP / LANES];
        P::unpack::<FMA>(weights[row], &mut group);
        for j in 0..GROUP / LANES {
            for i in 0..LANES {
                sums[row][i] = mul_add::<FMA>(group[j][i], input[j * LANES + i], sums[row][i]);
            }
        }
        if STORE {
            for j in 0..GROUP / LANES {
                tiles[row][j * LANES..(j + 1) * LANES].copy_from_slice(&group[j]);
            }
        }
    }
}

/// An unpacked tile with A activation rows (A, stride).
#[inline(always)]
fn tile_dot<const FMA: bool, const A: usize>(tile: &[f32], input: &[f32], stride: usize) -> [[f32; TILE]; A] {
    let n = stride / LANES;
    let (tile, input) = (tile.as_chunks::<LANES>().0, input.as_chunks::<LANES>().0);
    let tile = [&tile[..n], &tile[n..2 * n], &tile[2 * n..3 * n], &tile[3 * n..4 * n]];
    let mut inputs = [&input[..n]; A];
    for a in 1..A {
        inputs[a] = &input[a * n..(a + 1) * n];
    }
    let mut sums = [[[0.0; LANES]; TILE]; A];
    for k in 0..n {
        for w in 0..TILE {
            for a in 0..A {
                for i in 0..LANES {
                    sums[a][w][i] = mul_add::<FMA>(tile[w][k][i], inputs[a][k][i], sums[a][w][i]);
                }
            }
        }
    }
    let mut products = [[0.0; TILE]; A];
    for a in 0..A {
        products[a] = add_lanes(sums[a]);
    }
    products
}

/// Adds the lanes of each sum.
#[inline(always)]
fn add_lanes(sums: [Lanes; TILE]) -> [f32; TILE] {
    // LLVM lays out vectors backwards from here: seeing how the lanes are added, it would make vectors across the rows
    // and transpose inside the loop. What passes through a black box has lanes of its own.
    let [a, b, c, d] = std::hint::black_box(sums);
    [sum(&a), sum(&b), sum(&c), sum(&d)]
}
