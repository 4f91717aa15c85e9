//! Weights and vectors in GPU memory.

use std::sync::Arc;

use super::device::{Buffer, GpuDevice};
use super::pack::{BLOCK, Run, runs, source};
use super::pipelines::Pipelines;
use crate::backend::{BackendError, Stacking, reference};
use crate::gguf::Matrix;

/// Upload in pieces of about this many bytes, so that a browser never holds a second copy of a model.
const PIECE_BYTES: usize = 4 << 20;

/// A loaded stack of `cols` inputs, in chunks of one packing that a kernel can be given.
#[derive(Debug)]
pub struct Linear {
    pub(super) cols: usize,
    pub(super) chunks: Vec<Chunk>,
}

/// Rows `first..first + rows` of a [`Linear`].
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) run: Run,
    pub(super) stride: usize, // vec4s in a row
    pub(super) group: wgpu::BindGroup,
    _buffer: Buffer, // (rows, stride) vec4s
}

/// A loaded vector. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Vector {
    pub(super) group: wgpu::BindGroup,
    _buffer: Arc<Buffer>, // (len), padded with zeros to whole blocks
}

impl Linear {
    /// How many buffers the weights were split into: by format, and by what one binding can hold.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }
}

impl Chunk {
    /// Blocks of 32 weights in a row.
    pub(super) fn blocks(cols: usize) -> usize {
        cols.div_ceil(BLOCK)
    }
}

/// Loads a stack. Chunks begin at whole heads (`align` rows, a multiple of 4), so that neither a rotated pair nor a
/// tile of 4 outputs is torn.
pub(super) fn load(
    device: &GpuDevice,
    pipelines: &Pipelines,
    stack: &[Matrix],
    stacking: Stacking,
    align: usize,
) -> Result<Linear, BackendError> {
    let (rows, cols) = reference::stack_shape(stack, stacking)?;
    if rows == 0 || cols == 0 {
        return Err(BackendError::Weights(format!("a stack of {rows} rows of {cols} weights")));
    }
    let mut chunks = Vec::new();
    for run in runs(stack, stacking) {
        let stride = run.packing.stride(cols);
        let most = (device.chunk_bytes / (stride as u64 * 16)) as usize / align * align;
        if most == 0 && run.rows * stride * 16 > device.chunk_bytes as usize {
            let needed = (align * stride * 16) as u64;
            let what = format!("{} rows of {cols} weights", align.min(run.rows));
            return Err(BackendError::Memory { what, needed, limit: device.chunk_bytes });
        }
        let most = if most == 0 { run.rows } else { most };
        for first in (0..run.rows).step_by(most) {
            let part = Run { first: run.first + first, rows: most.min(run.rows - first), ..run };
            chunks.push(upload(device, pipelines, (stack, stacking), part, stride)?);
        }
    }
    // Staging memory is freed by the next submission.
    device.queue.submit([]);
    device.check()?;
    Ok(Linear { cols, chunks })
}

fn upload(
    device: &GpuDevice,
    pipelines: &Pipelines,
    (stack, stacking): (&[Matrix], Stacking),
    run: Run,
    stride: usize,
) -> Result<Chunk, BackendError> {
    let words = stride * 4;
    let label = format!("{} rows of {:?} weights", run.rows, run.packing);
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
    let buffer = device.buffer(&label, (run.rows * words * 4) as u64, usage)?;
    let rows_at_once = (PIECE_BYTES / (words * 4)).clamp(1, run.rows);
    for first in (0..run.rows).step_by(rows_at_once) {
        let mut piece = vec![0; rows_at_once.min(run.rows - first) * words];
        for (i, out) in piece.chunks_mut(words).enumerate() {
            let (matrix, row) = source(stack, stacking, run.first + first + i);
            run.packing.pack(matrix.format(), matrix.row(row), out);
        }
        device.queue.write_buffer(&buffer.buffer, (first * words * 4) as u64, bytemuck::cast_slice(&piece));
    }
    let group = pipelines.one_buffer(&buffer);
    Ok(Chunk { run, stride, group, _buffer: buffer })
}

/// Loads a vector, padded with zeros to whole blocks as the inputs are.
pub(super) fn load_vector(device: &GpuDevice, pipelines: &Pipelines, values: &[f32]) -> Result<Vector, BackendError> {
    let mut padded = values.to_vec();
    padded.resize(values.len().next_multiple_of(BLOCK).max(BLOCK), 0.0);
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
    let buffer = device.buffer("vector", (padded.len() * 4) as u64, usage)?;
    device.queue.write_buffer(&buffer.buffer, 0, bytemuck::cast_slice(&padded));
    let group = pipelines.one_buffer(&buffer);
    // wgpu's buffers may be sent between threads natively, though not on the web.
    #[allow(clippy::arc_with_non_send_sync)]
    Ok(Vector { group, _buffer: Arc::new(buffer) })
}
