//! The operations: each records one dispatch for every chunk of its weights.

use super::GpuBackend;
use super::pass::Params;
use super::registers::block_bytes;
use super::variant::{Fusion, Kernel, tile_tokens};
use super::weights::{Chunk, Linear, Vector, load, load_vector};
use crate::backend::{Backend, BackendError, Batch, Capacity, Counters, Draw, Register, Shape, Stacking};
use crate::gguf::Matrix;

/// Where a linear map reads and writes.
struct LinearIo {
    tokens: usize,
    input: usize,  // words between input rows
    output: usize, // words between output rows
    group: wgpu::BindGroup,
}

impl GpuBackend {
    /// Records a linear map over `io.tokens` rows, from a register to a register.
    fn linear_map(&mut self, fusion: Fusion, weights: &Linear, io: &LinearIo, vector: &Vector) {
        let tile = tile_tokens(io.tokens);
        for chunk in &weights.chunks {
            let kernel = Kernel::Linear { fusion, packing: chunk.run.packing, tokens: tile };
            let plan = kernel.plan(self.device.lanes, &self.shape);
            let params = Params {
                tokens: io.tokens as u32,
                input: io.input as u32,
                output: io.output as u32,
                tiles: chunk.run.rows.div_ceil(4 * plan.each as usize) as u32,
                ..self.chunk_params(weights, chunk)
            };
            let workgroups = plan.workgroups(params.tiles * params.tokens.div_ceil(tile));
            let groups = [&io.group, &chunk.group, &vector.group];
            self.pass.dispatch(&self.device, self.pipelines.get(kernel), &groups, params, workgroups);
        }
    }

    fn chunk_params(&self, weights: &Linear, chunk: &Chunk) -> Params {
        Params {
            rows: chunk.run.rows as u32,
            first: chunk.run.first as u32,
            blocks: Chunk::blocks(weights.cols) as u32,
            stride: chunk.stride as u32,
            width_bits: (weights.cols as f32).to_bits(),
            eps_bits: self.shape.norm_eps.to_bits(),
            ..self.normed_params()
        }
    }

    fn normed_params(&self) -> Params {
        let (normed, squares_at) = (self.registers.normed.stride, self.registers.squares_at);
        Params {
            squares_at: squares_at as u32,
            squares: (normed - squares_at) as u32 / 4,
            normed: normed as u32,
            ..Params::default()
        }
    }

    /// Makes Normed what `norm` makes of Residual: by telling whoever wrote Residual in this submission, so that it costs
    /// no dispatch; by a dispatch of its own otherwise.
    fn normalize(&mut self, norm: &Vector) {
        if self.pass.norm_is(&norm.group) || self.normed_by.as_ref() == Some(&norm.group) {
            self.normed_by = Some(norm.group.clone());
            return;
        }
        self.normed_by = Some(norm.group.clone());
        let plan = Kernel::Prepare.plan(self.device.lanes, &self.shape);
        let params = Params {
            tokens: self.pass.rows as u32,
            tiles: self.shape.width.div_ceil(4) as u32,
            output: self.registers.residual.stride as u32,
            ..self.normed_params()
        };
        let groups = [&self.groups.embed, &self.no_vector.group, &norm.group];
        let workgroups = plan.workgroups(params.tiles * params.tokens);
        self.pass.dispatch(&self.device, self.pipelines.get(Kernel::Prepare), &groups, params, workgroups);
    }

    /// Residual changes from a position on: Normed is whatever the next norm makes of it.
    fn residual_changed(&mut self, first: (u64, usize)) {
        self.pass.wrote_residual(first);
        self.normed_by = None;
    }
}

impl Backend for GpuBackend {
    type Linear = Linear;
    type Vector = Vector;

    fn name(&self) -> String {
        format!("gpu: {}", self.device.adapter_name())
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> Result<Linear, BackendError> {
        load(&self.device, &self.pipelines, stack, stacking, self.shape.head_dim)
    }

    fn vector(&mut self, values: &[f32]) -> Result<Vector, BackendError> {
        load_vector(&self.device, &self.pipelines, values)
    }

    fn begin(&mut self, batch: &Batch<'_>) -> Result<(), BackendError> {
        self.shape.check(&self.capacity, batch)?;
        self.device.check()?;
        if self.pass.has_dispatches() {
            self.pass.flush(&self.device);
        }
        self.pass.begin(batch);
        self.normed_by = None;
        self.drawn = 0;
        Ok(())
    }

    fn embed(&mut self, table: &Linear) {
        let first = self.pass.position();
        for chunk in &table.chunks {
            let kernel = Kernel::Embed(chunk.run.packing);
            let plan = kernel.plan(self.device.lanes, &self.shape);
            let tiles = table.cols.div_ceil(4) as u32;
            let (tokens, output) = (self.pass.rows as u32, self.registers.residual.stride as u32);
            let params = Params { tokens, tiles, output, ..self.chunk_params(table, chunk) };
            let groups = [&self.groups.embed, &chunk.group, &self.no_vector.group];
            let workgroups = plan.workgroups(tiles * tokens);
            self.pass.dispatch(&self.device, self.pipelines.get(kernel), &groups, params, workgroups);
        }
        self.residual_changed(first);
    }

    fn qkv(&mut self, layer: usize, norm: &Vector, weights: &Linear, bias: Option<&Vector>) {
        self.normalize(norm);
        let io = LinearIo {
            tokens: self.pass.rows,
            input: self.registers.normed.stride,
            output: self.registers.query.stride,
            group: self.groups.qkv[layer].clone(),
        };
        let none = self.no_vector.clone();
        self.linear_map(Fusion::Qkv, weights, &io, bias.unwrap_or(&none));
    }

    fn attention(&mut self, layer: usize) {
        let plan = Kernel::Attention.plan(self.device.lanes, &self.shape);
        let params = Params {
            tokens: self.pass.rows as u32,
            input: self.registers.query.stride as u32,
            output: self.registers.attended.stride as u32,
            ..Params::default()
        };
        let workgroups = plan.workgroups(params.tokens * self.shape.heads as u32 / plan.each);
        let groups = [&self.groups.attention[layer]];
        self.pass.dispatch(&self.device, self.pipelines.get(Kernel::Attention), &groups, params, workgroups);
    }

    fn add_projection(&mut self, from: Register, weights: &Linear) {
        let group = if from == Register::Hidden { &self.groups.add_hidden } else { &self.groups.add_attended };
        let io = LinearIo {
            tokens: self.pass.rows,
            input: self.registers.get(from).stride,
            output: self.registers.residual.stride,
            group: group.clone(),
        };
        let none = self.no_vector.clone();
        let first = self.pass.position();
        self.linear_map(Fusion::Add, weights, &io, &none);
        self.residual_changed(first);
    }

    fn gate_up(&mut self, norm: &Vector, weights: &Linear) {
        self.normalize(norm);
        let io = LinearIo {
            tokens: self.pass.rows,
            input: self.registers.normed.stride,
            output: self.registers.hidden.stride,
            group: self.groups.gate_up.clone(),
        };
        let none = self.no_vector.clone();
        self.linear_map(Fusion::GateUp, weights, &io, &none);
    }

    fn logits(&mut self, norm: &Vector, weights: &Linear) {
        if self.pass.logit_rows == 0 {
            return;
        }
        self.normalize(norm);
        let io = LinearIo {
            tokens: self.pass.logit_rows,
            input: self.registers.normed.stride,
            output: self.registers.logits.stride,
            group: self.groups.logits.clone(),
        };
        let none = self.no_vector.clone();
        self.linear_map(Fusion::Logits, weights, &io, &none);
    }

    fn sample(&mut self, draws: &[Draw]) {
        if draws.is_empty() {
            return;
        }
        let params = Params {
            rows: self.shape.vocab as u32,
            output: self.registers.logits.stride as u32,
            draws_at: self.pass.draws(draws),
            ..Params::default()
        };
        let groups = [&self.groups.sample];
        let pipeline = self.pipelines.get(Kernel::Sample);
        self.pass.dispatch(&self.device, pipeline, &groups, params, draws.len() as u32);
        self.drawn = draws.len();
    }

    fn copy_blocks(&mut self, pairs: &[(u32, u32)]) {
        if pairs.is_empty() {
            return;
        }
        let bytes = block_bytes(&self.shape);
        let through = &self.registers.block.buffer;
        let encoder = self.pass.copies(&self.device);
        for cache in &self.caches {
            for (from, to) in pairs {
                // WebGPU copies only between different buffers.
                encoder.copy_buffer_to_buffer(&cache.buffer, u64::from(*from) * bytes, through, 0, bytes);
                encoder.copy_buffer_to_buffer(through, 0, &cache.buffer, u64::from(*to) * bytes, bytes);
            }
        }
    }

    async fn finish(&mut self) -> Result<Vec<u32>, BackendError> {
        let bytes = self.drawn as u64 * 4;
        if bytes == 0 {
            self.pass.flush(&self.device);
            self.device.idle().await?;
            return Ok(Vec::new());
        }
        self.drawn = 0;
        let (ids, staging) = (&self.registers.ids.buffer, &self.registers.staging.buffer);
        self.pass.submit(&self.device, |encoder| encoder.copy_buffer_to_buffer(ids, 0, staging, 0, bytes));
        let drawn = self.device.read(staging, bytes).await?;
        self.counters.readback_bytes += bytes;
        Ok(drawn)
    }

    async fn read(&mut self, register: Register) -> Result<Vec<f32>, BackendError> {
        let from = self.registers.get(register);
        let rows = if register == Register::Logits { self.pass.logit_rows } else { self.pass.rows };
        let bytes = (rows * from.stride * 4) as u64;
        if bytes == 0 {
            return Ok(Vec::new());
        }
        let usage = wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ;
        let staging = self.device.buffer("register to read", bytes, usage)?;
        let to = &staging.buffer;
        self.pass.submit(&self.device, |encoder| encoder.copy_buffer_to_buffer(&from.buffer.buffer, 0, to, 0, bytes));
        let words = self.device.read(to, bytes).await?;
        self.counters.readback_bytes += bytes;
        let rows = words.chunks_exact(from.stride).map(|row| &row[..from.width]);
        Ok(rows.flatten().map(|word| f32::from_bits(*word)).collect())
    }

    /// Whole rows only.
    fn write(&mut self, register: Register, values: &[f32]) {
        self.pass.flush(&self.device);
        self.registers.write(&self.device, register, values);
        if register == Register::Residual {
            self.residual_changed(self.pass.position());
        }
    }

    fn take_counters(&mut self) -> Counters {
        let mut counters = std::mem::take(&mut self.counters);
        counters.dispatches += std::mem::take(&mut self.pass.dispatched);
        counters.submits += std::mem::take(&mut self.pass.submits);
        counters
    }
}
