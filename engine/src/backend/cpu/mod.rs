//! Quantized weights on the CPU, vectorized: natively on several threads, in the page on one with simd128.
//!
//! Weights stay the file's bytes and activations f32. Rows are unpacked a tile at a time and meet all activation rows
//! of the batch ([`project`]); every output is summed in one order whatever the batch, so that a sequence decoded
//! beside others, or a prompt prefilled in chunks, gives the same bits as alone and whole.

mod attention;
mod cache;
mod draw;
mod elementwise;
pub(crate) mod lanes;
mod linear;
mod project;
mod simd;
#[cfg(test)]
mod tests;
mod unpack;
mod workers;

pub use linear::Linear;

use self::attention::Attention;
use self::cache::{Layer, Rotations};
use self::linear::Products;
use self::simd::Isa;
use self::unpack::GROUP;
use self::workers::Workers;
use super::{Backend, BackendError, Batch, Capacity, Counters, Draw, KV_BLOCK, Register, Row, Shape, Stacking};
use crate::gguf::Matrix;

/// The CPU backend.
#[derive(Debug)]
pub struct CpuBackend {
    isa: Isa,
    workers: Workers,
    shape: Shape,
    capacity: Capacity,
    rows: Vec<Row>,         // (R)
    tables: Vec<u32>,       // all block tables, one after the other
    table_ends: Vec<usize>, // where each ends
    logit_rows: Vec<u32>,   // (L)
    residual: Vec<f32>,     // (R, d)
    query: Vec<f32>,        // (R, h·e)
    attended: Vec<f32>,     // (R, h·e)
    hidden: Vec<f32>,       // (R, f)
    logits: Vec<f32>,       // (L, v)
    input: Vec<f32>,        // (R, stride) what the next product reads
    products: Products,     // what it wrote
    row: Vec<f32>,          // (h·e + 2·k·e) one row of queries, keys and values
    cache: Vec<Layer>,      // per layer
    rotations: Rotations,
    kept: Vec<f32>,  // scratch of sampling
    drawn: Vec<u32>, // (L)
}

impl CpuBackend {
    /// A backend with an empty cache that works with `threads` threads, the caller's included (in the page always one).
    ///
    /// # Errors
    /// [`BackendError`] for an impossible shape, memory that there is not, or threads that cannot be started.
    pub fn new(shape: Shape, capacity: Capacity, threads: usize) -> Result<Self, BackendError> {
        shape.validate()?;
        Ok(Self {
            isa: Isa::detect(),
            workers: Workers::new(threads)?,
            rows: Vec::new(),
            tables: Vec::new(),
            table_ends: Vec::new(),
            logit_rows: Vec::new(),
            residual: Vec::new(),
            query: Vec::new(),
            attended: Vec::new(),
            hidden: Vec::new(),
            logits: Vec::new(),
            input: Vec::new(),
            products: Products::default(),
            row: vec![0.0; shape.query_width() + 2 * shape.kv_width()],
            cache: cache::layers(&shape, &capacity)?,
            rotations: Rotations::new(&shape),
            kept: Vec::new(),
            drawn: Vec::new(),
            shape,
            capacity,
        })
    }

    fn register(&mut self, register: Register) -> &mut Vec<f32> {
        match register {
            Register::Residual => &mut self.residual,
            Register::Query => &mut self.query,
            Register::Attended => &mut self.attended,
            Register::Hidden => &mut self.hidden,
            Register::Logits => &mut self.logits,
        }
    }

    /// products = W · rmsnorm(residual rows) · norm.
    fn project_normed(&mut self, rows: impl Iterator<Item = usize>, norm: &[f32], weights: &Linear) {
        let (d, stride) = (self.shape.width, weights.stride());
        self.input.clear();
        for row in rows {
            let start = self.input.len();
            self.input.resize(start + stride, 0.0);
            let x = &self.residual[row * d..(row + 1) * d];
            self.isa.rms_norm(x, norm, self.shape.norm_eps, &mut self.input[start..start + d]);
        }
        weights.project(self.isa, &self.input, &mut self.products, &mut self.workers);
    }
}

/// The block table of a row.
fn table_of<'a>(tables: &'a [u32], ends: &[usize], row: Row) -> &'a [u32] {
    let table = row.table as usize;
    let start = table.checked_sub(1).map_or(0, |before| ends[before]);
    &tables[start..ends[table]]
}

impl Backend for CpuBackend {
    type Linear = Linear;
    type Vector = Vec<f32>;

    fn name(&self) -> String {
        format!("cpu: {}, threads: {}", self.isa.name(), self.workers.threads())
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> Result<Linear, BackendError> {
        Linear::new(stack, stacking)
    }

    fn vector(&mut self, values: &[f32]) -> Result<Vec<f32>, BackendError> {
        Ok(values.to_vec())
    }

    fn begin(&mut self, batch: &Batch<'_>) -> Result<(), BackendError> {
        self.shape.check(&self.capacity, batch)?;
        self.rows.clear();
        self.rows.extend_from_slice(batch.rows);
        self.logit_rows.clear();
        self.logit_rows.extend_from_slice(batch.logit_rows);
        self.tables.clear();
        self.table_ends.clear();
        for table in batch.tables {
            self.tables.extend_from_slice(table);
            self.table_ends.push(self.tables.len());
        }
        let (r, l, q) = (batch.rows.len(), batch.logit_rows.len(), self.shape.query_width());
        self.residual.resize(r * self.shape.width, 0.0);
        self.query.resize(r * q, 0.0);
        self.attended.resize(r * q, 0.0);
        self.hidden.resize(r * self.shape.hidden, 0.0);
        self.logits.resize(l * self.shape.vocab, 0.0);
        self.drawn.clear();
        let deepest = batch.rows.iter().map(|row| row.position as usize).max().unwrap_or(0);
        self.rotations.reach(deepest + 1, self.capacity.context);
        Ok(())
    }

    fn embed(&mut self, table: &Linear) {
        for (row, x) in self.rows.iter().zip(self.residual.chunks_mut(self.shape.width)) {
            table.unpack_row(row.token as usize, x);
        }
    }

    fn qkv(&mut self, layer: usize, norm: &Vec<f32>, weights: &Linear, bias: Option<&Vec<f32>>) {
        self.project_normed(0..self.rows.len(), norm, weights);
        let (q, kv, e) = (self.shape.query_width(), self.shape.kv_width(), self.shape.head_dim);
        for (r, row) in self.rows.iter().enumerate() {
            self.products.copy(r, 0, &mut self.row);
            if let Some(bias) = bias {
                self.row.iter_mut().zip(bias).for_each(|(x, bias)| *x += bias);
            }
            let position = row.position as usize;
            self.rotations.rotate(&mut self.row[..q + kv], position);
            self.query[r * q..(r + 1) * q].copy_from_slice(&self.row[..q]);
            let block = table_of(&self.tables, &self.table_ends, *row)[position / KV_BLOCK];
            let (keys, values) = self.row[q..].split_at(kv);
            self.cache[layer].store(block, position % KV_BLOCK, e, keys, values);
        }
    }

    fn attention(&mut self, layer: usize) {
        let (k, e) = (self.shape.kv_heads, self.shape.head_dim);
        let group = self.shape.heads / k * e;
        let scores: usize = self.rows.iter().map(|row| row.position as usize + 1).sum();
        let (isa, rows, cache) = (self.isa, &self.rows, &self.cache[layer]);
        let (tables, ends) = (&self.tables, &self.table_ends);
        let pieces = self.query.chunks(group).zip(self.attended.chunks_mut(group)).enumerate();
        self.workers.share(2 * scores * k * group, pieces, |scratch, (i, (queries, attended))| {
            let row = rows[i / k];
            let of = Attention {
                keys: &cache.keys,
                values: &cache.values,
                table: table_of(tables, ends, row),
                positions: row.position as usize + 1,
                kv_heads: k,
                kv_head: i % k,
                head_dim: e,
            };
            isa.attend(of, queries, &mut scratch.scores, attended);
        });
    }

    fn add_projection(&mut self, from: Register, weights: &Linear) {
        // Taken and put back: the product borrows the registers beside it.
        let values = std::mem::take(self.register(from));
        if weights.cols().is_multiple_of(GROUP) {
            weights.project(self.isa, &values, &mut self.products, &mut self.workers);
        } else {
            self.input.clear();
            for (r, values) in values.chunks(weights.cols()).enumerate() {
                self.input.extend_from_slice(values);
                self.input.resize((r + 1) * weights.stride(), 0.0);
            }
            weights.project(self.isa, &self.input, &mut self.products, &mut self.workers);
        }
        *self.register(from) = values;
        for (r, x) in self.residual.chunks_mut(self.shape.width).enumerate() {
            self.products.add(r, 0, x);
        }
    }

    fn gate_up(&mut self, norm: &Vec<f32>, weights: &Linear) {
        self.project_normed(0..self.rows.len(), norm, weights);
        let f = self.shape.hidden;
        let (isa, products) = (self.isa, &self.products);
        let pieces = self.hidden.chunks_mut(f).enumerate();
        // A gate costs about as much as sixteen multiplications.
        self.workers.share(16 * self.rows.len() * f, pieces, |_, (r, hidden)| {
            products.pieces(r, 0, 2 * f).fold(hidden, |hidden, pairs| {
                let (now, later) = hidden.split_at_mut(pairs.len() / 2);
                isa.gate(pairs, now);
                later
            });
        });
    }

    fn logits(&mut self, norm: &Vec<f32>, weights: &Linear) {
        if self.logit_rows.is_empty() {
            return;
        }
        let rows = std::mem::take(&mut self.logit_rows);
        self.project_normed(rows.iter().map(|row| *row as usize), norm, weights);
        self.logit_rows = rows;
        for (l, logits) in self.logits.chunks_mut(self.shape.vocab).enumerate() {
            self.products.copy(l, 0, logits);
        }
    }

    fn sample(&mut self, draws: &[Draw]) {
        self.drawn.clear();
        for (logits, how) in self.logits.chunks(self.shape.vocab).zip(draws) {
            self.drawn.push(draw::draw(logits, how, &mut self.kept));
        }
    }

    fn copy_blocks(&mut self, pairs: &[(u32, u32)]) {
        let len = KV_BLOCK * self.shape.kv_width();
        self.cache.iter_mut().for_each(|layer| layer.copy_blocks(pairs, len));
    }

    async fn finish(&mut self) -> Result<Vec<u32>, BackendError> {
        Ok(std::mem::take(&mut self.drawn))
    }

    async fn read(&mut self, register: Register) -> Result<Vec<f32>, BackendError> {
        Ok(self.register(register).clone())
    }

    fn write(&mut self, register: Register, values: &[f32]) {
        self.register(register)[..values.len()].copy_from_slice(values);
    }

    fn take_counters(&mut self) -> Counters {
        Counters::default()
    }
}
