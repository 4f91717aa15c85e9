//! A stack of packed matrices as one linear map.

use super::project::{Input, Output, TILE, Weights};
use super::simd::Isa;
use super::unpack::GROUP;
use super::workers::{Scratch, Workers};
use crate::backend::reference::stack_shape;
use crate::backend::{BackendError, Stacking};
use crate::gguf::Matrix;

/// A loaded stack: the file's own bytes.
#[derive(Debug, Clone)]
pub struct Linear {
    stack: Vec<Matrix>,
    stacking: Stacking,
    rows: usize, // outputs
    cols: usize, // inputs
}

/// Products of a linear map with R activation rows, by panels: panel p holds outputs p · panel … of all rows,
/// (R, panel), so that threads write to slices of their own.
#[derive(Debug, Default)]
pub(super) struct Products {
    values: Vec<f32>,
    rows: usize,  // R
    width: usize, // outputs
    panel: usize, // outputs in a panel, but for the last
}

impl Linear {
    pub(super) fn new(stack: &[Matrix], stacking: Stacking) -> Result<Self, BackendError> {
        let (rows, cols) = stack_shape(stack, stacking)?;
        if rows == 0 || cols == 0 {
            return Err(BackendError::Weights(format!("a linear map of {rows} outputs and {cols} inputs")));
        }
        Ok(Self { stack: stack.to_vec(), stacking, rows, cols })
    }

    /// Inputs, rounded up to whole groups.
    pub(super) fn stride(&self) -> usize {
        self.cols.next_multiple_of(GROUP)
    }

    /// Inputs.
    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// Unpacks the weights of one output.
    pub(super) fn unpack_row(&self, output: usize, out: &mut [f32]) {
        let (matrix, row) = match self.stacking {
            Stacking::Interleaved => (&self.stack[output % 2], output / 2),
            Stacking::Concatenated => {
                let (mut matrices, mut row) = (self.stack.iter(), output);
                let matrix = matrices.find(|matrix| {
                    let here = row < matrix.rows();
                    row -= if here { 0 } else { matrix.rows() };
                    here
                });
                (matrix.expect("invariant: the output is below rows"), row)
            }
        };
        matrix.format().dequantize(matrix.row(row), out);
    }

    /// All products with the rows of `input` (R, [`Self::stride`]).
    pub(super) fn project(&self, isa: Isa, input: &[f32], products: &mut Products, workers: &mut Workers) {
        let stride = self.stride();
        let rows = input.len() / stride;
        products.reshape(rows, self.rows, workers.threads());
        let panel = products.panel;
        let pieces = products.values.chunks_mut(rows * panel).enumerate();
        workers.share(rows * self.rows * self.cols, pieces, |scratch, (i, values)| {
            let width = values.len() / rows;
            self.project_panel(isa, i * panel..i * panel + width, Input { values: input, stride }, values, scratch);
        });
    }

    /// The products of some outputs: `values` (R, outputs).
    fn project_panel(
        &self,
        isa: Isa,
        outputs: std::ops::Range<usize>,
        input: Input<'_>,
        values: &mut [f32],
        scratch: &mut Scratch,
    ) {
        scratch.tile.resize(TILE * input.stride, 0.0);
        let mut first = 0; // of the matrix at hand
        for (i, matrix) in self.stack.iter().enumerate() {
            let (rows, at, step) = match self.stacking {
                Stacking::Concatenated => {
                    let rows =
                        outputs.start.max(first) - first..outputs.end.clamp(first, first + matrix.rows()) - first;
                    let at = (first + rows.start).saturating_sub(outputs.start);
                    first += matrix.rows();
                    (rows, at, 1)
                }
                // A panel is even, so it holds as many rows of either matrix.
                Stacking::Interleaved => (outputs.start / 2..outputs.end / 2, i, 2),
            };
            if rows.is_empty() {
                continue;
            }
            let row_bytes = matrix.bytes().len() / matrix.rows();
            let bytes = &matrix.bytes()[rows.start * row_bytes..rows.end * row_bytes];
            let output = Output { values: &mut *values, width: outputs.len(), at, step };
            let weights = Weights { format: matrix.format(), bytes, row_bytes };
            isa.project(weights, input, output, &mut scratch.tile);
        }
    }
}

impl Products {
    fn reshape(&mut self, rows: usize, width: usize, threads: usize) {
        /// Pieces for each thread: enough to even out, few enough that taking them costs nothing.
        const PIECES: usize = 6;
        let panel = width.div_ceil(threads * PIECES).clamp(8, 128).next_multiple_of(2 * TILE);
        (self.rows, self.width, self.panel) = (rows, width, panel);
        self.values.resize(rows * width, 0.0);
    }

    /// Outputs `from..from + out.len()` of one activation row.
    pub(super) fn copy(&self, row: usize, from: usize, out: &mut [f32]) {
        self.pieces(row, from, out.len()).fold(out, |out, piece| {
            let (now, later) = out.split_at_mut(piece.len());
            now.copy_from_slice(piece);
            later
        });
    }

    /// Adds outputs `from..from + out.len()` of one activation row.
    pub(super) fn add(&self, row: usize, from: usize, out: &mut [f32]) {
        self.pieces(row, from, out.len()).fold(out, |out, piece| {
            let (now, later) = out.split_at_mut(piece.len());
            now.iter_mut().zip(piece).for_each(|(out, product)| *out += product);
            later
        });
    }

    /// The contiguous pieces of outputs `from..from + len` of one activation row.
    pub(super) fn pieces(&self, row: usize, from: usize, len: usize) -> impl Iterator<Item = &[f32]> {
        let panels = from / self.panel..(from + len).div_ceil(self.panel);
        panels.map(move |panel| {
            let first = panel * self.panel;
            let width = self.panel.min(self.width - first);
            let (start, end) = (from.max(first) - first, (from + len - first).min(width));
            &self.values[first * self.rows + row * width..][start..end]
        })
    }
}
