//! Weight rows as the kernels read them; the layout is described in `/shaders/weights.wgsl`.

use half::f16;

use crate::backend::Stacking;
use crate::gguf::{BlockFormat, Matrix};

/// Weights in one block: every format is padded to whole blocks, and so are the inputs.
pub(super) const BLOCK: usize = 32;

/// Turns the nibble n at a word's sign into n − 8, signed.
const SIGN_NIBBLE: u32 = 0x8000_0000;

/// Turns the bytes q of a word into q + 128, but for the one at the sign.
const LOW_BYTES: u32 = 0x0080_8080;

/// How a chunk's rows are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Packing {
    /// 32-bit floats.
    F32,
    /// 16-bit floats.
    F16,
    /// Nibbles with scale and minimum in f16: Q4_1, and Q4_0 with m = −8 d.
    Q4,
    /// Signed bytes with a scale in f32: Q8_0.
    Q8,
}

impl Packing {
    pub(super) const ALL: [Self; 4] = [Self::F32, Self::F16, Self::Q4, Self::Q8];

    /// The name that `/shaders` know it by.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Q4 => "Q4",
            Self::Q8 => "Q8",
        }
    }

    /// vec4s of quants in a block.
    pub(super) fn vecs(self) -> usize {
        match self {
            Self::F32 => 8,
            Self::F16 => 4,
            Self::Q4 => 1,
            Self::Q8 => 2,
        }
    }

    /// Quads (4 weights) in one component of a vec4 of quants, where a component holds any.
    pub(super) fn parts(self) -> usize {
        if self == Self::Q4 { 2 } else { 1 }
    }

    /// Whether a row begins with one scale word for each block.
    pub(super) fn scaled(self) -> bool {
        matches!(self, Self::Q4 | Self::Q8)
    }

    /// vec4s in a packed row of `cols` weights.
    pub(super) fn stride(self, cols: usize) -> usize {
        let blocks = cols.div_ceil(BLOCK);
        blocks * self.vecs() + if self.scaled() { blocks.div_ceil(4) } else { 0 }
    }

    /// How a matrix is packed without changing any weight.
    fn of(matrix: &Matrix) -> Self {
        match matrix.format() {
            BlockFormat::F32 => Self::F32,
            BlockFormat::F16 => Self::F16,
            BlockFormat::Q4_1 => Self::Q4,
            BlockFormat::Q8_0 => Self::Q8,
            BlockFormat::Q4_0 if (matrix.bytes().chunks_exact(18)).all(|block| minus_eight(block).is_some()) => {
                Self::Q4
            }
            BlockFormat::Q4_0 => Self::F32,
        }
    }

    /// Packs one row: `out` (4 · stride) is all zeros.
    pub(super) fn pack(self, format: BlockFormat, row: &[u8], out: &mut [u32]) {
        let blocks = row.len() / format.block_bytes() * format.block_len() / BLOCK;
        let (scales, quants) = out.split_at_mut(if self.scaled() { blocks.div_ceil(4) * 4 } else { 0 });
        match (self, format) {
            (Self::F16, BlockFormat::F16) => {
                let half = |b: &[u8]| b.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
                quants.iter_mut().zip(row.chunks(4)).for_each(|(q, b)| *q = half(b));
            }
            (Self::Q4, BlockFormat::Q4_1) => {
                for ((scale, quants), block) in scales.iter_mut().zip(quants.chunks_mut(4)).zip(row.chunks_exact(20)) {
                    *scale = word(&block[..4]);
                    quants.copy_from_slice(&nibble_words(&block[4..]));
                }
            }
            (Self::Q4, BlockFormat::Q4_0) => {
                for ((scale, quants), block) in scales.iter_mut().zip(quants.chunks_mut(4)).zip(row.chunks_exact(18)) {
                    let m = minus_eight(block).expect("invariant: `of` checked every block");
                    *scale = word(&[block[0], block[1], 0, 0]) | u32::from(m.to_bits()) << 16;
                    quants.copy_from_slice(&nibble_words(&block[2..]));
                }
            }
            (Self::Q8, BlockFormat::Q8_0) => {
                for ((scale, quants), block) in scales.iter_mut().zip(quants.chunks_mut(8)).zip(row.chunks_exact(34)) {
                    *scale = f16::from_le_bytes([block[0], block[1]]).to_f32().to_bits();
                    quants.iter_mut().zip(block[2..].chunks_exact(4)).for_each(|(q, b)| *q = word(b) ^ LOW_BYTES);
                }
            }
            // F32 takes any format: unpacked, every weight is an f32 exactly.
            _ => {
                let mut values = vec![0.0; row.len() / format.block_bytes() * format.block_len()];
                format.dequantize(row, &mut values);
                quants.iter_mut().zip(values).for_each(|(q, value)| *q = value.to_bits());
            }
        }
    }
}

/// The minimum that makes a Q4_0 block a Q4_1 block, −8 d, where f16 holds it.
fn minus_eight(block: &[u8]) -> Option<f16> {
    let d = f16::from_le_bytes([block[0], block[1]]).to_f32();
    let m = f16::from_f32(-8.0 * d);
    (m.is_finite() && m.to_f32() == -8.0 * d).then_some(m)
}

fn word(b: &[u8]) -> u32 {
    u32::from_le_bytes([b[0], b[1], b[2], b[3]])
}

/// 16 bytes, weight i in the low and weight i + 16 in the high nibble of byte i → four words, weight i in nibble i, the
/// nibble at a word's sign stored as n − 8.
fn nibble_words(bytes: &[u8]) -> [u32; 4] {
    // Eight nibbles, each at the bottom of its byte, to one word.
    let gather = |bytes: u64| {
        let x = bytes & 0x0f0f_0f0f_0f0f_0f0f;
        let x = (x | x >> 4) & 0x00ff_00ff_00ff_00ff;
        let x = (x | x >> 8) & 0x0000_ffff_0000_ffff;
        (x | x >> 16) as u32 ^ SIGN_NIBBLE
    };
    let half = |at: usize| u64::from(word(&bytes[at..])) | u64::from(word(&bytes[at + 4..])) << 32;
    let (first, second) = (half(0), half(8));
    [gather(first), gather(second), gather(first >> 4), gather(second >> 4)]
}

/// A run of output rows that share a packing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) packing: Packing,
    pub(super) first: usize,
    pub(super) rows: usize,
}

/// The runs of a stack. Kernels take 4 outputs at a time and pair gate with up, so where formats change within such a
/// group everything is unpacked to F32, which loses nothing but memory.
pub(super) fn runs(stack: &[Matrix], stacking: Stacking) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let rows: usize = stack.iter().map(Matrix::rows).sum();
    for matrix in stack {
        let packing = Packing::of(matrix);
        match runs.last_mut() {
            Some(run) if run.packing == packing => run.rows += matrix.rows(),
            Some(Run { first, rows, .. }) => {
                let first = *first + *rows;
                runs.push(Run { packing, first, rows: matrix.rows() });
            }
            None => runs.push(Run { packing, first: 0, rows: matrix.rows() }),
        }
    }
    let torn = runs.len() > 1 && (stacking == Stacking::Interleaved || runs.iter().any(|run| run.first % 4 != 0));
    if torn { vec![Run { packing: Packing::F32, first: 0, rows }] } else { runs }
}

/// Output row `row` of a stack: its matrix and the row in it.
pub(super) fn source(stack: &[Matrix], stacking: Stacking, row: usize) -> (&Matrix, usize) {
    if stacking == Stacking::Interleaved {
        return (&stack[row % 2], row / 2);
    }
    let mut row = row;
    for matrix in stack {
        if row < matrix.rows() {
            return (matrix, row);
        }
        row -= matrix.rows();
    }
    unreachable!("invariant: callers stay below the stack's rows")
}
