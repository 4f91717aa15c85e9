//! candle tensors: the CUDA path, and on the CPU an independent check of our own kernels.
//!
//! Simple rather than fast: an operation here is a handful of candle's, attention runs sequence by sequence, and
//! sampling reads the logits back and calls [`reference::draw`]. On CUDA quantized weights stay packed; on the CPU they
//! are unpacked to f32, since candle's packed product there rounds activations to 8 bits and could not tell a
//! near-miss of ours from its own.

mod linear;
mod pass;
#[cfg(test)]
mod tests;

use candle_core::{D, DType, Device, Result, Tensor};

pub use linear::Linear;

use self::linear::Residence;
use self::pass::{Pass, Sequence};
use super::reference::{self, stack_shape};
use super::{Backend, BackendError, Batch, Capacity, Counters, Draw, KV_BLOCK, Register, RopePairs, Shape, Stacking};
use crate::gguf::Matrix;

/// The candle backend.
#[derive(Debug)]
pub struct CandleBackend {
    device: Device,
    residence: Residence,
    shape: Shape,
    capacity: Capacity,
    pass: Option<Pass>,
    residual: Tensor,    // (R, d)
    query: Tensor,       // (R, h·e)
    attended: Tensor,    // (R, h·e)
    hidden: Tensor,      // (R, f)
    logits: Tensor,      // (L, v)
    keys: Vec<Tensor>,   // per layer (slots, k·e)
    values: Vec<Tensor>, // per layer (slots, k·e)
    drawn: Vec<u32>,     // (L)
    failure: Option<BackendError>,
    counters: Counters,
}

fn device_error(error: candle_core::Error) -> BackendError {
    BackendError::Device(error.to_string())
}

impl CandleBackend {
    /// A backend with an empty cache on a candle device.
    ///
    /// # Errors
    /// [`BackendError`] for an impossible shape or a device without the memory.
    pub fn new(device: Device, shape: Shape, capacity: Capacity) -> std::result::Result<Self, BackendError> {
        let residence = if device.is_cpu() { Residence::Unpacked } else { Residence::Packed };
        Self::with_residence(device, shape, capacity, residence)
    }

    fn with_residence(
        device: Device,
        shape: Shape,
        capacity: Capacity,
        residence: Residence,
    ) -> std::result::Result<Self, BackendError> {
        shape.validate()?;
        let slots = capacity.kv_blocks * KV_BLOCK;
        let cache = || Tensor::zeros((slots, shape.kv_width()), DType::F32, &device);
        let caches = || (0..shape.layers).map(|_| cache()).collect::<Result<Vec<Tensor>>>();
        let (keys, values) = (caches().map_err(device_error)?, caches().map_err(device_error)?);
        // Replaced by the first `begin`.
        let none = Tensor::zeros(0, DType::F32, &device).map_err(device_error)?;
        Ok(Self {
            residence,
            pass: None,
            residual: none.clone(),
            query: none.clone(),
            attended: none.clone(),
            hidden: none.clone(),
            logits: none,
            keys,
            values,
            drawn: Vec::new(),
            failure: None,
            counters: Counters::default(),
            device,
            shape,
            capacity,
        })
    }

    /// Runs an operation on the current pass unless one before has failed; the first failure is told by `finish`.
    fn attempt(&mut self, operation: impl FnOnce(&mut Self, &Pass) -> Result<()>) {
        if let (None, Some(pass)) = (&self.failure, self.pass.take()) {
            self.failure = operation(self, &pass).err().map(device_error);
            self.pass = Some(pass);
        }
    }

    fn register(&mut self, register: Register) -> &mut Tensor {
        match register {
            Register::Residual => &mut self.residual,
            Register::Query => &mut self.query,
            Register::Attended => &mut self.attended,
            Register::Hidden => &mut self.hidden,
            Register::Logits => &mut self.logits,
        }
    }

    /// Zeroed registers of the pass' sizes.
    fn reset_registers(&mut self, r: usize, l: usize) -> Result<()> {
        let zeros = |rows, width| Tensor::zeros((rows, width), DType::F32, &self.device);
        let q = self.shape.query_width();
        let [residual, hidden] = [zeros(r, self.shape.width)?, zeros(r, self.shape.hidden)?];
        let [query, attended, logits] = [zeros(r, q)?, zeros(r, q)?, zeros(l, self.shape.vocab)?];
        (self.residual, self.hidden, self.query, self.attended, self.logits) =
            (residual, hidden, query, attended, logits);
        Ok(())
    }

    /// x / √(mean(x²) + eps) · weight, of rows.
    fn rms_norm(&self, x: &Tensor, weight: &Tensor) -> Result<Tensor> {
        let size = (x.sqr()?.mean_keepdim(D::Minus1)? + f64::from(self.shape.norm_eps))?.sqrt()?;
        x.broadcast_div(&size)?.broadcast_mul(weight)
    }

    /// Rotates heads (R, heads · e).
    fn rotate(&self, heads: &Tensor, [cos, sin]: &[Tensor; 2]) -> Result<Tensor> {
        let (r, width) = heads.dims2()?;
        let (count, pairs) = (width / self.shape.head_dim, self.shape.head_dim / 2);
        let (split, axis) = match self.shape.rope.pairs {
            RopePairs::Adjacent => ((r, count, pairs, 2), 3),
            RopePairs::Halves => ((r, count, 2, pairs), 2),
        };
        let heads = heads.contiguous()?.reshape(split)?;
        let (a, b) = (heads.narrow(axis, 0, 1)?, heads.narrow(axis, 1, 1)?);
        let turned_a = (a.broadcast_mul(cos)? - b.broadcast_mul(sin)?)?;
        let turned_b = (a.broadcast_mul(sin)? + b.broadcast_mul(cos)?)?;
        Tensor::cat(&[turned_a, turned_b], axis)?.reshape((r, width))
    }

    /// Attention of one sequence's rows: (n, h·e).
    fn attend(&self, layer: usize, sequence: &Sequence) -> Result<Tensor> {
        let (k, e) = (self.shape.kv_heads, self.shape.head_dim);
        let group = self.shape.heads / k;
        let (n, p) = (sequence.rows.dim(0)?, sequence.slots.dim(0)?);
        let cached = |cache: &Tensor| {
            cache.index_select(&sequence.slots, 0)?.reshape((p, k, e))?.transpose(0, 1)?.contiguous() // (k, p, e)
        };
        let (keys, values) = (cached(&self.keys[layer])?, cached(&self.values[layer])?);
        let queries = self.query.index_select(&sequence.rows, 0)?.reshape((n, k, group, e))?;
        let queries = queries.permute((1, 2, 0, 3))?.contiguous()?.reshape((k, group * n, e))?;
        let scores = (queries.matmul(&keys.t()?)? / (e as f64).sqrt())?;
        let scores = scores.reshape((k * group, n, p))?.broadcast_add(&sequence.mask)?;
        let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?.reshape((k, group * n, p))?;
        let gathered = weights.matmul(&values)?.reshape((k, group, n, e))?;
        gathered.permute((2, 0, 1, 3))?.contiguous()?.reshape((n, k * group * e))
    }

    fn numbers(&mut self, register: Register) -> Result<Vec<f32>> {
        let numbers = self.register(register).flatten_all()?.to_vec1::<f32>()?;
        self.counters.readback_bytes += 4 * numbers.len() as u64;
        Ok(numbers)
    }

    fn copy_block(&self, from: u32, to: u32) -> Result<()> {
        let block = KV_BLOCK as u32;
        let slots = Tensor::arange(from * block, (from + 1) * block, &self.device)?;
        for cache in self.keys.iter().chain(&self.values) {
            cache.slice_set(&cache.index_select(&slots, 0)?, 0, to as usize * KV_BLOCK)?;
        }
        Ok(())
    }
}

impl Backend for CandleBackend {
    type Linear = Linear;
    type Vector = Tensor;

    fn name(&self) -> String {
        format!("candle: {:?}", self.device.location())
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> std::result::Result<Linear, BackendError> {
        stack_shape(stack, stacking)?;
        Linear::new(stack, stacking, self.residence, &self.device).map_err(device_error)
    }

    fn vector(&mut self, values: &[f32]) -> std::result::Result<Tensor, BackendError> {
        Tensor::new(values, &self.device).map_err(device_error)
    }

    fn begin(&mut self, batch: &Batch<'_>) -> std::result::Result<(), BackendError> {
        self.shape.check(&self.capacity, batch)?;
        self.drawn.clear();
        self.pass = Some(Pass::new(&self.shape, batch, &self.device).map_err(device_error)?);
        self.reset_registers(batch.rows.len(), batch.logit_rows.len()).map_err(device_error)
    }

    fn embed(&mut self, table: &Linear) {
        self.attempt(|this, pass| {
            this.residual = table.embedding(&pass.tokens)?;
            Ok(())
        });
    }

    fn qkv(&mut self, layer: usize, norm: &Tensor, weights: &Linear, bias: Option<&Tensor>) {
        self.attempt(|this, pass| {
            let mut out = weights.forward(&this.rms_norm(&this.residual, norm)?)?;
            if let Some(bias) = bias {
                out = out.broadcast_add(bias)?;
            }
            let (q, kv) = (this.shape.query_width(), this.shape.kv_width());
            this.query = this.rotate(&out.narrow(1, 0, q)?, &pass.turns)?;
            let keys = this.rotate(&out.narrow(1, q, kv)?, &pass.turns)?;
            this.keys[layer].scatter_set(&pass.slots, &keys, 0)?;
            this.values[layer].scatter_set(&pass.slots, &out.narrow(1, q + kv, kv)?.contiguous()?, 0)
        });
    }

    fn attention(&mut self, layer: usize) {
        self.attempt(|this, pass| {
            let each = pass.sequences.iter().map(|sequence| this.attend(layer, sequence));
            this.attended = Tensor::cat(&each.collect::<Result<Vec<_>>>()?, 0)?.index_select(&pass.order, 0)?;
            Ok(())
        });
    }

    fn add_projection(&mut self, from: Register, weights: &Linear) {
        self.attempt(|this, _| {
            let product = weights.forward(this.register(from))?;
            this.residual = (&this.residual + product)?;
            Ok(())
        });
    }

    fn gate_up(&mut self, norm: &Tensor, weights: &Linear) {
        self.attempt(|this, pass| {
            let pairs = weights.forward(&this.rms_norm(&this.residual, norm)?)?;
            let pairs = pairs.reshape((pass.rows, this.shape.hidden, 2))?;
            let (gate, up) = (pairs.narrow(2, 0, 1)?, pairs.narrow(2, 1, 1)?);
            this.hidden = (gate.contiguous()?.silu()? * up)?.squeeze(2)?;
            Ok(())
        });
    }

    fn logits(&mut self, norm: &Tensor, weights: &Linear) {
        self.attempt(|this, pass| {
            if let Some(rows) = &pass.logit_rows {
                let x = this.residual.index_select(rows, 0)?;
                this.logits = weights.forward(&this.rms_norm(&x, norm)?)?;
            }
            Ok(())
        });
    }

    fn sample(&mut self, draws: &[Draw]) {
        self.attempt(|this, _| {
            let vocab = this.shape.vocab;
            let logits = this.numbers(Register::Logits)?;
            this.drawn = logits.chunks(vocab).zip(draws).map(|(row, how)| reference::draw(row, how)).collect();
            Ok(())
        });
    }

    fn copy_blocks(&mut self, pairs: &[(u32, u32)]) {
        if self.failure.is_none() {
            let copied = pairs.iter().try_for_each(|(from, to)| self.copy_block(*from, *to));
            self.failure = copied.err().map(device_error);
        }
    }

    async fn finish(&mut self) -> std::result::Result<Vec<u32>, BackendError> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(std::mem::take(&mut self.drawn)),
        }
    }

    async fn read(&mut self, register: Register) -> std::result::Result<Vec<f32>, BackendError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.numbers(register).map_err(device_error)
    }

    fn write(&mut self, register: Register, values: &[f32]) {
        self.attempt(|this, _| {
            let dims = this.register(register).dims().to_vec();
            let mut numbers = this.register(register).flatten_all()?.to_vec1::<f32>()?;
            numbers[..values.len()].copy_from_slice(values);
            *this.register(register) = Tensor::from_vec(numbers, dims, &this.device)?;
            Ok(())
        });
    }

    fn take_counters(&mut self) -> Counters {
        std::mem::take(&mut self.counters)
    }
}
