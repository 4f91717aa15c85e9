//! candle tensors on any of candle's devices: the CUDA path (feature `cuda`), and an independent check of our kernels
//! on the CPU. Simple rather than fast.
//!
//! candle's quantized products round activations to 8 bits per block of 32 on the CPU, so results agree with the reference
//! to about a percent, not to the last bits; F32 and F16 weights stay exact. Sampling reads the logits back and draws on the host.

mod attention;
mod linear;

use candle_core::{D, DType, Device, Result as CandleResult, Tensor};

pub use linear::Linear;

use super::reference::{self, angle, stack_shape};
use super::{
    Backend, BackendError, Batch, Capacity, Counters, Draw, KV_BLOCK, Register, RopePairs, Row, Shape, Stacking,
};
use crate::gguf::Matrix;

/// The candle backend.
pub struct CandleBackend {
    device: Device,
    shape: Shape,
    capacity: Capacity,
    rows: Vec<Row>,         // (R)
    tables: Vec<Vec<u32>>,  // (sequences, blocks)
    logit_rows: Vec<u32>,   // (L)
    residual: Tensor,       // (R, d)
    query: Tensor,          // (R, h·e)
    attended: Tensor,       // (R, h·e)
    hidden: Tensor,         // (R, f)
    logits: Tensor,         // (L, v)
    keys: Vec<Tensor>,      // per layer (kv_blocks · KV_BLOCK, k·e)
    values: Vec<Tensor>,    // per layer (kv_blocks · KV_BLOCK, k·e)
    cos: Tensor,            // (context, e/2)
    sin: Tensor,            // (context, e/2)
    drawn: Vec<u32>,        // (L)
    failed: Option<String>, // the pass's first error, told by `finish`
}

impl CandleBackend {
    /// A backend with an empty cache.
    ///
    /// # Errors
    /// [`BackendError::Shape`] for an impossible shape, [`BackendError::Device`] when the device cannot hold the cache.
    pub fn new(device: Device, shape: Shape, capacity: Capacity) -> Result<Self, BackendError> {
        shape.validate()?;
        Self::allocate(device, shape, capacity).map_err(device_error)
    }

    fn allocate(device: Device, shape: Shape, capacity: Capacity) -> CandleResult<Self> {
        let slots = (capacity.kv_blocks * KV_BLOCK, shape.kv_width());
        let cache =
            || (0..shape.layers).map(|_| Tensor::zeros(slots, DType::F32, &device)).collect::<CandleResult<_>>();
        let (keys, values) = (cache()?, cache()?);
        let half = shape.head_dim / 2;
        let angles = (0..capacity.context).flat_map(|p| (0..half).map(move |i| (p, i)));
        let angles: Vec<f32> = angles.map(|(p, i)| angle(p, i, shape.head_dim, shape.rope.base)).collect();
        let angles = Tensor::from_vec(angles, (capacity.context, half), &device)?;
        let empty = Tensor::zeros((1, 1), DType::F32, &device)?;
        Ok(Self {
            rows: Vec::new(),
            tables: Vec::new(),
            logit_rows: Vec::new(),
            residual: empty.clone(),
            query: empty.clone(),
            attended: empty.clone(),
            hidden: empty.clone(),
            logits: empty,
            keys,
            values,
            cos: angles.cos()?,
            sin: angles.sin()?,
            drawn: Vec::new(),
            failed: None,
            device,
            shape,
            capacity,
        })
    }

    /// Runs one operation unless an earlier one of the pass failed.
    fn run(&mut self, operation: impl FnOnce(&mut Self) -> CandleResult<()>) {
        if self.failed.is_none()
            && let Err(error) = operation(self)
        {
            self.failed = Some(error.to_string());
        }
    }

    /// x / √(mean(x²) + eps) · weight, row by row: (R, d).
    fn norm(&self, x: &Tensor, weight: &Tensor) -> CandleResult<Tensor> {
        let scale = (x.sqr()?.mean_keepdim(D::Minus1)? + f64::from(self.shape.norm_eps))?.sqrt()?;
        x.broadcast_div(&scale)?.broadcast_mul(weight)
    }

    /// Rotates heads (R, n·e) by their rows' positions.
    fn rotate(&self, x: &Tensor) -> CandleResult<Tensor> {
        let (rows, width) = x.dims2()?;
        let (e, half) = (self.shape.head_dim, self.shape.head_dim / 2);
        let positions = self.rows.iter().map(|row| row.position).collect();
        let positions = Tensor::from_vec(positions, rows, &self.device)?;
        let turn = |table: &Tensor| table.index_select(&positions, 0)?.reshape((rows, 1, half));
        let (cos, sin) = (turn(&self.cos)?, turn(&self.sin)?);
        // Pairs lie side by side in a last dimension of two, or in two halves.
        let (a, b) = match self.shape.rope.pairs {
            RopePairs::Adjacent => {
                let x = x.reshape((rows, width / e, half, 2))?;
                (x.narrow(3, 0, 1)?.squeeze(3)?, x.narrow(3, 1, 1)?.squeeze(3)?)
            }
            RopePairs::Halves => {
                let x = x.reshape((rows, width / e, e))?;
                (x.narrow(2, 0, half)?, x.narrow(2, half, half)?)
            }
        };
        let turned_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let turned_b = (a.broadcast_mul(&sin)? + b.broadcast_mul(&cos)?)?;
        let joined = match self.shape.rope.pairs {
            RopePairs::Adjacent => Tensor::stack(&[turned_a, turned_b], 3)?,
            RopePairs::Halves => Tensor::cat(&[turned_a, turned_b], 2)?,
        };
        joined.reshape((rows, width))
    }

    /// Where a position of a sequence lies in the cache.
    fn slot(&self, table: usize, position: usize) -> usize {
        self.tables[table][position / KV_BLOCK] as usize * KV_BLOCK + position % KV_BLOCK
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
}

fn device_error(error: candle_core::Error) -> BackendError {
    BackendError::Device(error.to_string())
}

impl Backend for CandleBackend {
    type Linear = Linear;
    type Vector = Tensor;

    fn name(&self) -> String {
        match &self.device {
            Device::Cpu => "candle: cpu".to_owned(),
            Device::Cuda(_) => "candle: cuda".to_owned(),
            Device::Metal(_) => "candle: metal".to_owned(),
        }
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> Result<Linear, BackendError> {
        stack_shape(stack, stacking)?;
        Linear::load(stack, &self.device).map_err(device_error)
    }

    fn vector(&mut self, values: &[f32]) -> Result<Tensor, BackendError> {
        Tensor::new(values, &self.device).map_err(device_error)
    }

    fn begin(&mut self, batch: &Batch<'_>) -> Result<(), BackendError> {
        self.shape.check(&self.capacity, batch)?;
        self.rows = batch.rows.to_vec();
        self.tables = batch.tables.iter().map(|table| table.to_vec()).collect();
        self.logit_rows = batch.logit_rows.to_vec();
        self.drawn.clear();
        self.failed = None;
        // Registers get the shape of the batch, so that one can be written before the operation that fills it has run.
        let (rows, shape) = (self.rows.len(), self.shape.clone());
        for (register, rows, width) in [
            (Register::Residual, rows, shape.width),
            (Register::Query, rows, shape.query_width()),
            (Register::Attended, rows, shape.query_width()),
            (Register::Hidden, rows, shape.hidden),
            (Register::Logits, self.logit_rows.len(), shape.vocab),
        ] {
            if rows > 0 {
                *self.register(register) =
                    Tensor::zeros((rows, width), DType::F32, &self.device).map_err(device_error)?;
            }
        }
        Ok(())
    }

    fn embed(&mut self, table: &Linear) {
        self.run(|this| {
            this.residual = table.rows(this.rows.iter().map(|row| row.token), &this.device)?;
            Ok(())
        });
    }

    fn qkv(&mut self, layer: usize, norm: &Tensor, weights: &Linear, bias: Option<&Tensor>) {
        self.run(|this| {
            let mut out = weights.forward(&this.norm(&this.residual, norm)?)?;
            if let Some(bias) = bias {
                out = out.broadcast_add(bias)?;
            }
            let (q, kv) = (this.shape.query_width(), this.shape.kv_width());
            this.query = this.rotate(&out.narrow(1, 0, q)?)?;
            let keys = this.rotate(&out.narrow(1, q, kv)?)?;
            let values = out.narrow(1, q + kv, kv)?.contiguous()?;
            for (index, row) in this.rows.iter().enumerate() {
                let slot = this.slot(row.table as usize, row.position as usize);
                this.keys[layer].slice_set(&keys.narrow(0, index, 1)?.copy()?, 0, slot)?;
                this.values[layer].slice_set(&values.narrow(0, index, 1)?.copy()?, 0, slot)?;
            }
            Ok(())
        });
    }

    fn attention(&mut self, layer: usize) {
        self.run(|this| {
            this.attended = this.attend(layer)?;
            Ok(())
        });
    }

    fn add_projection(&mut self, from: Register, weights: &Linear) {
        self.run(|this| {
            let input = this.register(from).clone();
            this.residual = (&this.residual + weights.forward(&input)?)?;
            Ok(())
        });
    }

    fn gate_up(&mut self, norm: &Tensor, weights: &Linear) {
        self.run(|this| {
            let outputs = weights.each(&this.norm(&this.residual, norm)?)?;
            this.hidden = (outputs[0].silu()? * &outputs[1])?;
            Ok(())
        });
    }

    fn logits(&mut self, norm: &Tensor, weights: &Linear) {
        self.run(|this| {
            let rows = Tensor::new(&this.logit_rows[..], &this.device)?;
            let x = this.residual.index_select(&rows, 0)?;
            this.logits = weights.forward(&this.norm(&x, norm)?)?;
            Ok(())
        });
    }

    fn sample(&mut self, draws: &[Draw]) {
        self.run(|this| {
            let logits = this.logits.to_vec2::<f32>()?;
            this.drawn = logits.iter().zip(draws).map(|(row, how)| reference::draw(row, how)).collect();
            Ok(())
        });
    }

    fn copy_blocks(&mut self, pairs: &[(u32, u32)]) {
        self.run(|this| {
            for cache in this.keys.iter().chain(&this.values) {
                for (from, to) in pairs {
                    let block = cache.narrow(0, *from as usize * KV_BLOCK, KV_BLOCK)?.copy()?;
                    cache.slice_set(&block, 0, *to as usize * KV_BLOCK)?;
                }
            }
            Ok(())
        });
    }

    async fn finish(&mut self) -> Result<Vec<u32>, BackendError> {
        match self.failed.take() {
            Some(error) => Err(BackendError::Device(error)),
            None => Ok(std::mem::take(&mut self.drawn)),
        }
    }

    async fn read(&mut self, register: Register) -> Result<Vec<f32>, BackendError> {
        if let Some(error) = self.failed.take() {
            return Err(BackendError::Device(error));
        }
        let tensor = self.register(register).flatten_all().map_err(device_error)?;
        tensor.to_vec1().map_err(device_error)
    }

    fn write(&mut self, register: Register, values: &[f32]) {
        self.run(|this| {
            let device = this.device.clone();
            let register = this.register(register);
            *register = Tensor::from_slice(values, register.shape(), &device)?;
            Ok(())
        });
    }

    fn take_counters(&mut self) -> Counters {
        Counters::default()
    }
}
