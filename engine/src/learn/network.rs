//! The transformer as it is trained: f32 parameters over candle's autograd. The mathematics is that of
//! [`crate::model`]; a test compares their logits.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use super::op::{self, Heads};
use super::{Batch, LearnError};
use crate::backend::{RopePairs, Shape};

/// A model's parameters by name. Stacked as the forward pass wants them: q, k and v are one matrix, gate and up another.
/// Output and input embedding are one.
#[derive(Debug)]
pub struct Network {
    shape: Shape,
    parameters: BTreeMap<String, Var>,
    device: Device,
}

/// Standard deviation of the first weights of a width of 768; narrower models begin wider.
const INITIAL_DEVIATION: f64 = 0.02;

impl Network {
    /// A network with random weights from a seed.
    ///
    /// # Errors
    /// [`LearnError`] when the shape is impossible, or the device has no room.
    pub fn new(shape: Shape, seed: u64, device: &Device) -> Result<Self, LearnError> {
        let deviation = INITIAL_DEVIATION * (768.0 / shape.width as f64).sqrt();
        // What is added to the residual stream starts smaller the more often that happens.
        let residual = deviation / (2.0 * shape.layers as f64).sqrt();
        let mut noise = Noise { state: seed, spare: None };
        Self::with(shape, device, |name, rows, cols| match name {
            name if name.ends_with("norm.weight") => vec![1.0; cols],
            name if name.contains("attn_output") || name.contains("ffn_down") => noise.normal(rows * cols, residual),
            _ => noise.normal(rows * cols, deviation),
        })
    }

    /// A network whose weights, row by row, come from `values` (name, rows, columns).
    ///
    /// # Errors
    /// [`LearnError`] when the shape is impossible, or the device has no room.
    pub fn with(
        shape: Shape,
        device: &Device,
        mut values: impl FnMut(&str, usize, usize) -> Vec<f32>,
    ) -> Result<Self, LearnError> {
        shape.validate()?;
        if shape.head_dim * shape.heads != shape.width {
            let rule = format!("{} (the number of heads) × `head_dim` {}", shape.heads, shape.head_dim);
            return Err(LearnError::setting("width", shape.width, &rule));
        }
        let mut parameters = BTreeMap::new();
        for (name, rows, cols) in Self::names(&shape) {
            let values = values(&name, rows, cols);
            let tensor = match rows {
                0 => Tensor::from_vec(values, cols, device)?,
                _ => Tensor::from_vec(values, (rows, cols), device)?,
            };
            parameters.insert(name, Var::from_tensor(&tensor)?);
        }
        Ok(Self { shape, parameters, device: device.clone() })
    }

    /// Names and shapes of the parameters, in the order in which they are drawn; vectors have no rows.
    pub(crate) fn names(shape: &Shape) -> Vec<(String, usize, usize)> {
        let (d, f) = (shape.width, shape.hidden);
        let mut names = vec![("token_embd.weight".to_owned(), shape.vocab, d)];
        for layer in 0..shape.layers {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            names.push((name("attn_norm"), 0, d));
            names.push((name("attn_qkv"), shape.query_width() + 2 * shape.kv_width(), d));
            names.push((name("attn_output"), d, shape.query_width()));
            names.push((name("ffn_norm"), 0, d));
            names.push((name("ffn_gate_up"), 2 * f, d));
            names.push((name("ffn_down"), d, f));
        }
        names.push(("output_norm.weight".to_owned(), 0, d));
        names
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Where the parameters are.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The parameters by name.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, Var> {
        &self.parameters
    }

    /// Weights in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parameters.values().map(|parameter| parameter.elem_count()).sum()
    }

    /// Whether there are no weights; there always are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Logits of the batch's target rows, (M, v).
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn logits(&self, batch: &Batch) -> Result<Tensor, LearnError> {
        let eps = self.shape.norm_eps;
        let heads = self.heads(batch);
        let embedding = self.parameter("token_embd.weight");
        let mut x = embedding.index_select(&Tensor::new(batch.tokens(), &self.device)?, 0)?;
        for layer in 0..self.shape.layers {
            let weight = |part: &str| self.parameter(&format!("blk.{layer}.{part}.weight"));
            // x += O · attention(QKV·norm(x))
            let n = op::rms_norm(&x, weight("attn_norm"), eps)?;
            let attended = op::attention(&n.matmul(&weight("attn_qkv").t()?)?, &heads)?;
            x = (x + attended.matmul(&weight("attn_output").t()?)?)?;
            // x += D · (silu(G·norm(x)) ⊙ U·norm(x))
            let n = op::rms_norm(&x, weight("ffn_norm"), eps)?;
            let hidden = op::gate(&n.matmul(&weight("ffn_gate_up").t()?)?)?;
            x = (x + hidden.matmul(&weight("ffn_down").t()?)?)?;
        }
        // Only rows with a target need logits.
        let x = x.index_select(&Tensor::new(batch.target_rows(), &self.device)?, 0)?;
        let n = op::rms_norm(&x, self.parameter("output_norm.weight"), eps)?;
        Ok(n.matmul(&embedding.t()?)?)
    }

    /// Mean cross-entropy over the batch's targets.
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn loss(&self, batch: &Batch) -> Result<Tensor, LearnError> {
        Ok(op::cross_entropy(&self.logits(batch)?, batch.targets())?)
    }

    fn parameter(&self, name: &str) -> &Tensor {
        self.parameters[name].as_tensor()
    }

    fn heads(&self, batch: &Batch) -> Heads {
        let Shape { heads, kv_heads, head_dim, rope, .. } = self.shape;
        let (cos, sin) = Heads::angles(batch.time(), head_dim, rope);
        let (lengths, time) = (batch.lengths().into(), batch.time());
        let pairs: RopePairs = rope.pairs;
        Heads { batch: batch.lengths().len(), time, heads, kv_heads, head_dim, pairs, cos, sin, lengths }
    }
}

/// Normal deviates from a seed (SplitMix64, Box–Muller).
struct Noise {
    state: u64,
    spare: Option<f64>,
}

impl Noise {
    fn normal(&mut self, count: usize, deviation: f64) -> Vec<f32> {
        (0..count).map(|_| (self.one() * deviation) as f32).collect()
    }

    fn one(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sin);
        radius * cos
    }

    /// Within (0, 1].
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((super::mixture::mix(self.state) >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
}
