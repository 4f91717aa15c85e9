//! One forward pass on its way to the device: the batch, what each dispatch is told, and the dispatches.

use std::collections::HashMap;
use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::device::{Buffer, GpuDevice};
use crate::backend::reference::angle;
use crate::backend::{BackendError, Batch, Capacity, Draw, KV_BLOCK, Shape};

/// The uniforms of a dispatch: `/shaders/params.wgsl`, where each field is described.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Params {
    pub(super) rows: u32,
    pub(super) first: u32,
    pub(super) blocks: u32,
    pub(super) stride: u32,
    pub(super) tokens: u32,
    pub(super) tiles: u32,
    pub(super) input: u32,
    pub(super) output: u32,
    pub(super) squares_at: u32,
    pub(super) squares: u32,
    pub(super) rope_at: u32,
    pub(super) logits_at: u32,
    pub(super) draws_at: u32,
    pub(super) width_bits: u32, // f32
    pub(super) eps_bits: u32,   // f32
    pub(super) normed: u32,
}

/// Bytes of [`Params`].
pub(super) const PARAMS_BYTES: u64 = size_of::<Params>() as u64;

/// Distance of two slots in the arena: what WebGPU guarantees for dynamic offsets.
const SLOT_BYTES: usize = 256;

/// Different [`Params`] in one submission. Equal layers share theirs, so a pass needs about ten.
const SLOTS: usize = 256;

/// Most workgroups in one dimension: what WebGPU guarantees.
const MAX_GROUPS: u32 = 65_535;

/// The bind group of a norm's weights in kernels that write Residual.
const NORM_GROUP: usize = 2;

/// A recorded dispatch.
#[derive(Debug)]
struct Dispatch {
    pipeline: wgpu::ComputePipeline,
    groups: Vec<wgpu::BindGroup>, // group 0 takes the dynamic offset
    offset: u32,
    workgroups: (u32, u32),
}

/// Everything between `begin` and the next submission.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) arena: Buffer, // (SLOTS) Params
    pub(super) batch: Buffer, // see /shaders/params.wgsl
    head_dim: usize,
    rope_base: f32,
    words: Vec<u32>, // what `batch` will hold
    written: usize,  // how many of them it holds already
    pub(super) rows: usize,
    pub(super) logit_rows: usize,
    rope_at: u32,
    logits_at: u32,
    slots: HashMap<Params, u32>,
    slot_bytes: Vec<u8>,
    dispatches: Vec<Dispatch>,
    writers: Range<usize>, // the dispatches that last wrote Residual, and know no norm yet
    copies: Option<wgpu::CommandEncoder>, // copies that come before the dispatches
    pub(super) dispatched: u64,
    pub(super) submits: u64,
}

impl Pass {
    pub(super) fn new(device: &GpuDevice, shape: &Shape, capacity: &Capacity) -> Result<Self, BackendError> {
        let uniform = wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST;
        let storage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
        let row_words = 4 + shape.head_dim + capacity.context.div_ceil(KV_BLOCK);
        let words = capacity.rows * row_words + capacity.logit_rows * 6;
        Ok(Self {
            arena: device.buffer("uniform arena", (SLOTS * SLOT_BYTES) as u64, uniform)?,
            batch: device.buffer("batch", words as u64 * 4, storage)?,
            head_dim: shape.head_dim,
            rope_base: shape.rope.base,
            words: Vec::with_capacity(words),
            written: 0,
            rows: 0,
            logit_rows: 0,
            rope_at: 0,
            logits_at: 0,
            slots: HashMap::new(),
            slot_bytes: Vec::new(),
            dispatches: Vec::new(),
            writers: 0..0,
            copies: None,
            dispatched: 0,
            submits: 0,
        })
    }

    /// Stores a batch that was checked: rows, (cos, sin), logit rows, tables.
    pub(super) fn begin(&mut self, batch: &Batch<'_>) {
        (self.rows, self.logit_rows) = (batch.rows.len(), batch.logit_rows.len());
        self.rope_at = self.rows as u32 * 4;
        self.logits_at = self.rope_at + (self.rows * self.head_dim) as u32;
        let mut table_at = self.logits_at + self.logit_rows as u32;
        let mut tables_at = Vec::with_capacity(batch.tables.len());
        for table in batch.tables {
            tables_at.push(table_at);
            table_at += table.len() as u32;
        }
        self.words.clear();
        self.written = 0;
        for row in batch.rows {
            let (table, position) = (row.table as usize, row.position as usize);
            let block = batch.tables[table][position / KV_BLOCK];
            let slot = block * KV_BLOCK as u32 + (position % KV_BLOCK) as u32;
            self.words.extend([row.token, row.position, slot, tables_at[table]]);
        }
        for row in batch.rows {
            for i in 0..self.head_dim / 2 {
                let (sin, cos) = angle(row.position as usize, i, self.head_dim, self.rope_base).sin_cos();
                self.words.extend([cos.to_bits(), sin.to_bits()]);
            }
        }
        self.words.extend(batch.logit_rows);
        batch.tables.iter().for_each(|table| self.words.extend(*table));
    }

    /// Stores how to draw, and says at which word.
    pub(super) fn draws(&mut self, draws: &[Draw]) -> u32 {
        let at = self.words.len() as u32;
        for draw in draws {
            let [key, more_key] = draw.key;
            self.words.extend([draw.temperature.to_bits(), draw.top_k, draw.top_p.to_bits(), key, more_key]);
        }
        at
    }

    /// Records a dispatch of enough workgroups, spread over two dimensions where one is too short.
    pub(super) fn dispatch(
        &mut self,
        device: &GpuDevice,
        pipeline: wgpu::ComputePipeline,
        groups: &[&wgpu::BindGroup],
        params: Params,
        workgroups: u32,
    ) {
        let params = Params { rope_at: self.rope_at, logits_at: self.logits_at, ..params };
        if self.slots.len() == SLOTS && !self.slots.contains_key(&params) {
            // Out of slots, which only a model of very many different layers is: what is recorded goes ahead.
            self.submit(device, |_| {});
        }
        let next = (self.slots.len() * SLOT_BYTES) as u32;
        let offset = *self.slots.entry(params).or_insert(next);
        if offset == next {
            self.slot_bytes.extend_from_slice(bytemuck::bytes_of(&params));
            self.slot_bytes.resize(next as usize + SLOT_BYTES, 0);
        }
        let y = workgroups.div_ceil(MAX_GROUPS);
        let groups = groups.iter().map(|group| (*group).clone()).collect();
        self.dispatches.push(Dispatch { pipeline, groups, offset, workgroups: (workgroups.div_ceil(y), y) });
    }

    /// Where to encode copies that come before everything recorded from now on.
    pub(super) fn copies(&mut self, device: &GpuDevice) -> &mut wgpu::CommandEncoder {
        if !self.dispatches.is_empty() {
            self.submit(device, |_| {});
        }
        self.copies.get_or_insert_with(|| new_encoder(device))
    }

    /// Uploads what the recorded dispatches need and submits them, and what `then` encodes after them.
    pub(super) fn submit(&mut self, device: &GpuDevice, then: impl FnOnce(&mut wgpu::CommandEncoder)) {
        let mut encoder = self.copies.take().unwrap_or_else(|| new_encoder(device));
        if !self.dispatches.is_empty() {
            self.upload(device);
            self.encode(&mut encoder);
        }
        then(&mut encoder);
        device.queue.submit([encoder.finish()]);
        self.submits += 1;
    }

    /// Where the next dispatch will stand: (submission, dispatch).
    pub(super) fn position(&self) -> (u64, usize) {
        (self.submits, self.dispatches.len())
    }

    /// Says that the dispatches from a position on write Residual, and so Normed as soon as its norm is known; it is
    /// too late for those that were submitted meanwhile.
    pub(super) fn wrote_residual(&mut self, (submits, first): (u64, usize)) {
        let end = self.dispatches.len();
        self.writers = if submits == self.submits { first..end } else { end..end };
    }

    /// Tells the last writers of Residual the norm that reads it; false when there are none that wait for it.
    pub(super) fn norm_is(&mut self, norm: &wgpu::BindGroup) -> bool {
        let writers = std::mem::take(&mut self.writers);
        let waiting = !writers.is_empty();
        for dispatch in &mut self.dispatches[writers] {
            dispatch.groups[NORM_GROUP] = norm.clone();
        }
        waiting
    }

    /// Whether operations are recorded, other than copies.
    pub(super) fn has_dispatches(&self) -> bool {
        !self.dispatches.is_empty()
    }

    /// Submits if there is anything to.
    pub(super) fn flush(&mut self, device: &GpuDevice) {
        if self.copies.is_some() || !self.dispatches.is_empty() {
            self.submit(device, |_| {});
        }
    }

    fn upload(&mut self, device: &GpuDevice) {
        if self.written < self.words.len() {
            let bytes = bytemuck::cast_slice(&self.words[self.written..]);
            device.queue.write_buffer(&self.batch.buffer, self.written as u64 * 4, bytes);
            self.written = self.words.len();
        }
        device.queue.write_buffer(&self.arena.buffer, 0, &self.slot_bytes);
        self.slots.clear();
        self.slot_bytes.clear();
    }

    fn encode(&mut self, encoder: &mut wgpu::CommandEncoder) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        for dispatch in &self.dispatches {
            pass.set_pipeline(&dispatch.pipeline);
            for (index, group) in (0..).zip(&dispatch.groups) {
                pass.set_bind_group(
                    index,
                    group,
                    if index == 0 { std::slice::from_ref(&dispatch.offset) } else { &[] },
                );
            }
            pass.dispatch_workgroups(dispatch.workgroups.0, dispatch.workgroups.1, 1);
        }
        drop(pass);
        self.dispatched += self.dispatches.len() as u64;
        self.dispatches.clear();
        self.writers = 0..0;
    }
}

fn new_encoder(device: &GpuDevice) -> wgpu::CommandEncoder {
    device.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("pass") })
}
