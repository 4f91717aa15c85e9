//! Activations and cache in GPU memory.

use super::device::{Buffer, GpuDevice};
use super::pack::BLOCK;
use crate::backend::{BackendError, Capacity, KV_BLOCK, Register, Shape};

/// One register: (rows, stride) f32, of which a row's first `width` are its values.
#[derive(Debug)]
pub(super) struct Activation {
    pub(super) buffer: Buffer,
    pub(super) width: usize,
    pub(super) stride: usize,
}

/// All registers, the drawn ids, and where ids are read back.
#[derive(Debug)]
pub(super) struct Registers {
    pub(super) residual: Activation, // (R, d)
    pub(super) normed: Activation,   // (R, d) and the squares behind each row: see /shaders/normed.wgsl
    pub(super) query: Activation,    // (R, h·e)
    pub(super) attended: Activation, // (R, h·e)
    pub(super) hidden: Activation,   // (R, f)
    pub(super) logits: Activation,   // (L, v)
    pub(super) ids: Buffer,          // (L)
    pub(super) staging: Buffer,      // (L)
    pub(super) block: Buffer,        // one KV block on its way to another place
    pub(super) squares_at: usize,    // word of a normed row at which the partial squares start
}

impl Registers {
    pub(super) fn new(device: &GpuDevice, shape: &Shape, capacity: &Capacity) -> Result<Self, BackendError> {
        use wgpu::BufferUsages as Usage;
        let activation = |label: &str, rows: usize, width: usize, stride: usize| {
            let usage = Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST;
            let buffer = device.buffer(label, rows as u64 * stride as u64 * 4, usage)?;
            Ok::<_, BackendError>(Activation { buffer, width, stride })
        };
        let padded = |width: usize| width.next_multiple_of(BLOCK);
        let squares_at = padded(shape.width);
        let squares = shape.width.div_ceil(4).next_multiple_of(4);
        let (rows, logit_rows) = (capacity.rows, capacity.logit_rows);
        let id_bytes = logit_rows as u64 * 4;
        Ok(Self {
            residual: activation("residual", rows, shape.width, squares_at)?,
            normed: activation("normed", rows, shape.width, squares_at + squares)?,
            query: activation("query", rows, shape.query_width(), padded(shape.query_width()))?,
            attended: activation("attended", rows, shape.query_width(), padded(shape.query_width()))?,
            hidden: activation("hidden", rows, shape.hidden, padded(shape.hidden))?,
            logits: activation("logits", logit_rows, shape.vocab, shape.vocab)?,
            ids: device.buffer("ids", id_bytes, Usage::STORAGE | Usage::COPY_SRC)?,
            staging: device.buffer("ids to read", id_bytes, Usage::COPY_DST | Usage::MAP_READ)?,
            block: device.buffer("block to copy", block_bytes(shape), Usage::COPY_SRC | Usage::COPY_DST)?,
            squares_at,
        })
    }

    pub(super) fn get(&self, register: Register) -> &Activation {
        match register {
            Register::Residual => &self.residual,
            Register::Query => &self.query,
            Register::Attended => &self.attended,
            Register::Hidden => &self.hidden,
            Register::Logits => &self.logits,
        }
    }

    /// Overwrites rows of a register.
    pub(super) fn write(&self, device: &GpuDevice, register: Register, values: &[f32]) {
        let to = self.get(register);
        for (row, values) in values.chunks(to.width).enumerate() {
            let at = (row * to.stride * 4) as u64;
            device.queue.write_buffer(&to.buffer.buffer, at, bytemuck::cast_slice(values));
        }
    }
}

/// The cache of every layer.
pub(super) fn caches(device: &GpuDevice, shape: &Shape, capacity: &Capacity) -> Result<Vec<Buffer>, BackendError> {
    use wgpu::BufferUsages as Usage;
    let bytes = capacity.kv_blocks as u64 * block_bytes(shape);
    let usage = Usage::STORAGE | Usage::COPY_SRC | Usage::COPY_DST;
    (0..shape.layers).map(|_| device.buffer("cache of a layer", bytes, usage)).collect()
}

/// Bytes of one KV block in one layer.
pub(super) fn block_bytes(shape: &Shape) -> u64 {
    (KV_BLOCK * 2 * shape.kv_width() * 4) as u64
}
