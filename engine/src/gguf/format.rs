//! Block formats: how a run of weights is packed into bytes, and back.
//!
//! Every format packs `block_len` consecutive weights of one row into `block_bytes` bytes (little endian).

use half::f16;
use thiserror::Error;

/// How the weights of one tensor are stored. The numbers are GGML's type ids, as they stand in a GGUF file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum BlockFormat {
    /// One 32-bit float per weight.
    F32 = 0,
    /// One 16-bit float per weight.
    F16 = 1,
    /// 32 weights: f16 scale `d`, 16 bytes of nibbles; `w = d · (q − 8)`.
    Q4_0 = 2,
    /// 32 weights: f16 scale `d`, f16 minimum `m`, 16 bytes of nibbles; `w = d · q + m`.
    Q4_1 = 3,
    /// 32 weights: f16 scale `d`, 32 signed bytes; `w = d · q`.
    Q8_0 = 8,
}

/// A row that does not fit its format.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The type id is none that this engine reads.
    #[error("tensor type {0} is not supported (supported: F32 0, F16 1, Q4_0 2, Q4_1 3, Q8_0 8)")]
    UnknownType(u32),
    /// A row's length is no multiple of the block's.
    #[error("a row of {len} weights does not divide into {format:?} blocks of {block}")]
    RowLength {
        /// Weights in the row.
        len: usize,
        /// The format asked for.
        format: BlockFormat,
        /// Weights in one block.
        block: usize,
    },
    /// The number of bytes differs from what the shape asks for.
    #[error("{rows} rows of {cols} weights in {format:?} take {expected} bytes, got {actual}")]
    ByteLength {
        /// Rows of the matrix.
        rows: usize,
        /// Weights per row.
        cols: usize,
        /// Format of the matrix.
        format: BlockFormat,
        /// Bytes that the shape asks for (`usize::MAX` where the product overflows).
        expected: usize,
        /// Bytes that were given.
        actual: usize,
    },
}

impl BlockFormat {
    /// Every format, in the order of the type ids.
    pub const ALL: [Self; 5] = [Self::F32, Self::F16, Self::Q4_0, Self::Q4_1, Self::Q8_0];

    /// The format of a name like `Q8_0`, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format!("{format:?}").eq_ignore_ascii_case(name))
    }

    /// The format of a GGML type id.
    ///
    /// # Errors
    /// [`FormatError::UnknownType`] for an id that is not in [`Self::ALL`].
    pub fn from_id(id: u32) -> Result<Self, FormatError> {
        Self::ALL.into_iter().find(|format| *format as u32 == id).ok_or(FormatError::UnknownType(id))
    }

    /// Weights in one block.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q8_0 => 32,
        }
    }

    /// Bytes of one block.
    #[must_use]
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q8_0 => 34,
        }
    }

    /// Bytes of a row of `cols` weights.
    ///
    /// # Errors
    /// [`FormatError::RowLength`] when `cols` is no multiple of [`Self::block_len`].
    pub fn row_bytes(self, cols: usize) -> Result<usize, FormatError> {
        let block = self.block_len();
        if !cols.is_multiple_of(block) {
            return Err(FormatError::RowLength { len: cols, format: self, block });
        }
        Ok((cols / block).saturating_mul(self.block_bytes()))
    }

    /// Unpacks one row: `bytes` (row_bytes(out.len())) → `out` (cols).
    ///
    /// # Panics
    /// When `bytes` is shorter than `out` asks for; [`super::Matrix`] upholds this by construction.
    pub fn dequantize(self, bytes: &[u8], out: &mut [f32]) {
        let half = |b: &[u8]| f16::from_le_bytes([b[0], b[1]]).to_f32();
        let blocks = bytes.chunks_exact(self.block_bytes()).zip(out.chunks_exact_mut(self.block_len()));
        match self {
            Self::F32 => blocks.for_each(|(b, o)| o[0] = f32::from_le_bytes([b[0], b[1], b[2], b[3]])),
            Self::F16 => blocks.for_each(|(b, o)| o[0] = half(b)),
            Self::Q8_0 => blocks.for_each(|(b, o)| {
                let d = half(b);
                for (o, q) in o.iter_mut().zip(&b[2..]) {
                    *o = d * f32::from(*q as i8);
                }
            }),
            Self::Q4_0 => blocks.for_each(|(b, o)| {
                let d = half(b);
                for i in 0..16 {
                    o[i] = d * (f32::from(b[2 + i] & 15) - 8.0);
                    o[i + 16] = d * (f32::from(b[2 + i] >> 4) - 8.0);
                }
            }),
            Self::Q4_1 => blocks.for_each(|(b, o)| {
                let (d, m) = (half(b), half(&b[2..]));
                for i in 0..16 {
                    o[i] = d * f32::from(b[4 + i] & 15) + m;
                    o[i + 16] = d * f32::from(b[4 + i] >> 4) + m;
                }
            }),
        }
    }
}
