//! A weight matrix as it lies in the file.

use bytes::Bytes;

use super::{BlockFormat, FormatError};

/// A matrix of packed weights, row-major: `rows` outputs of `cols` inputs each. Cloning shares the bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    format: BlockFormat,
    rows: usize,
    cols: usize,
    bytes: Bytes,
}

impl Matrix {
    /// A matrix over packed bytes.
    ///
    /// # Errors
    /// [`FormatError::RowLength`] or [`FormatError::ByteLength`] when bytes and shape disagree.
    pub fn new(format: BlockFormat, rows: usize, cols: usize, bytes: Bytes) -> Result<Self, FormatError> {
        let expected = format.row_bytes(cols)?.saturating_mul(rows);
        if expected != bytes.len() {
            return Err(FormatError::ByteLength { rows, cols, format, expected, actual: bytes.len() });
        }
        Ok(Self { format, rows, cols, bytes })
    }

    /// A matrix from weights (rows, cols), packed by [`BlockFormat::quantize`].
    ///
    /// # Errors
    /// [`FormatError::RowLength`] when `cols` does not divide into blocks, [`FormatError::ByteLength`] when there are
    /// not rows × cols weights (its byte counts are those of the packed weights).
    pub fn quantized(format: BlockFormat, rows: usize, cols: usize, weights: &[f32]) -> Result<Self, FormatError> {
        format.row_bytes(cols)?;
        if Some(weights.len()) != rows.checked_mul(cols) {
            let expected = format.row_bytes(cols)?.saturating_mul(rows);
            let actual = weights.len() / format.block_len() * format.block_bytes();
            return Err(FormatError::ByteLength { rows, cols, format, expected, actual });
        }
        Self::new(format, rows, cols, format.quantize(weights)?.into())
    }

    /// How the weights are packed.
    #[must_use]
    pub fn format(&self) -> BlockFormat {
        self.format
    }

    /// Outputs.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Inputs.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// All packed bytes, row after row.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The packed bytes of one row.
    ///
    /// # Panics
    /// When `row ≥ rows`.
    #[must_use]
    pub fn row(&self, row: usize) -> &[u8] {
        let len = self.bytes.len() / self.rows;
        &self.bytes[row * len..(row + 1) * len]
    }

    /// All weights unpacked: (rows, cols).
    #[must_use]
    pub fn to_f32(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.rows * self.cols];
        if self.cols > 0 {
            self.format.dequantize(&self.bytes, &mut out);
        }
        out
    }
}
