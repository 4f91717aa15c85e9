//! The transformer as it is trained: f32 parameters over candle's autograd. The mathematics is that of
//! [`crate::model`]; a test compares their logits.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use super::op::{Heads, Operations};
use super::{Batch, LearnError};
use crate::backend::{RopePairs, Shape};
use crate::gguf::Gguf;
use crate::model::Config;

/// A model's weights by name. Stacked as the forward pass wants them: q, k and v are one matrix, gate and up another.
/// Without an `output.weight`, output and input embedding are one.
#[derive(Debug)]
pub struct Network {
    shape: Shape,
    parameters: BTreeMap<String, Var>, // what is trained
    frozen: BTreeMap<String, Tensor>,  // what is not
    adapters: Option<Adapters>,
    operations: Operations,
    device: Device,
}

/// Low-rank adapters (Hu et al. 2021) on every matrix of every layer: W + alpha / rank · B·A, where A and B are trained and
/// W is not. B starts at zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adapters {
    /// Rows of A and columns of B.
    pub rank: usize,
    /// Weight of the adapters.
    pub alpha: f32,
}

impl Adapters {
    fn scale(self) -> f64 {
        f64::from(self.alpha) / self.rank as f64
    }
}

const OUTPUT: &str = "output.weight";

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
        Ok(Self {
            shape,
            parameters,
            frozen: BTreeMap::new(),
            adapters: None,
            operations: Operations::default(),
            device: device.clone(),
        })
    }

    /// The network of a model file, its weights unpacked.
    ///
    /// # Errors
    /// [`LearnError::Setting`] for a model with biases, which are not trained here; [`LearnError`] for a file that is not
    /// whole.
    pub fn from_gguf(file: &Gguf, device: &Device) -> Result<Self, LearnError> {
        let config = Config::from_gguf(file).map_err(|error| LearnError::Model(error.to_string()))?;
        if file.has_tensor("blk.0.attn_q.bias") {
            return Err(LearnError::setting("model", "one with biases", "one without, as llama and SmolLM2 are"));
        }
        let mut missing = None;
        let mut network = Self::with(config.shape, device, |name, rows, cols| {
            unpacked(file, name, rows, cols).unwrap_or_else(|error| {
                missing.get_or_insert(error);
                vec![0.0; rows.max(1) * cols]
            })
        })?;
        if let Some(error) = missing {
            return Err(error);
        }
        if file.has_tensor(OUTPUT) {
            let (rows, cols) = (network.shape.vocab, network.shape.width);
            let output = Tensor::from_vec(unpacked(file, OUTPUT, rows, cols)?, (rows, cols), device)?;
            network.parameters.insert(OUTPUT.to_owned(), Var::from_tensor(&output)?);
        }
        Ok(network)
    }

    /// The same network with its weights frozen and adapters to train instead.
    ///
    /// # Errors
    /// [`LearnError::Setting`] for a rank of 0 or above the network's width.
    pub fn with_adapters(mut self, adapters: Adapters, seed: u64) -> Result<Self, LearnError> {
        if !(1..=self.shape.width).contains(&adapters.rank) {
            let rule = format!("within 1..={} (the network's width)", self.shape.width);
            return Err(LearnError::setting("rank", adapters.rank, &rule));
        }
        let mut noise = Noise { state: seed, spare: None };
        for (name, parameter) in std::mem::take(&mut self.parameters) {
            if let Ok((rows, cols)) = parameter.dims2()
                && name.starts_with("blk.")
            {
                let a = noise.normal(adapters.rank * cols, 1.0 / (cols as f64).sqrt());
                let a = Tensor::from_vec(a, (adapters.rank, cols), &self.device)?;
                let b = Tensor::zeros((rows, adapters.rank), candle_core::DType::F32, &self.device)?;
                self.parameters.insert(format!("{name}.lora_a"), Var::from_tensor(&a)?);
                self.parameters.insert(format!("{name}.lora_b"), Var::from_tensor(&b)?);
            }
            self.frozen.insert(name, parameter.as_detached_tensor());
        }
        self.adapters = Some(adapters);
        Ok(self)
    }

    /// All weights by name, adapters merged into their matrices.
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn weights(&self) -> Result<BTreeMap<String, Tensor>, LearnError> {
        let Some(adapters) = self.adapters else {
            let tensors = self.parameters.iter().map(|(name, var)| (name.clone(), var.as_detached_tensor()));
            return Ok(tensors.collect());
        };
        let mut weights = BTreeMap::new();
        for (name, weight) in &self.frozen {
            let merged = match self.adapter(name) {
                Some((a, b)) => (weight + (b.matmul(a)? * adapters.scale())?)?.detach(),
                None => weight.clone(),
            };
            weights.insert(name.clone(), merged);
        }
        Ok(weights)
    }

    fn adapter(&self, name: &str) -> Option<(&Tensor, &Tensor)> {
        let part = |kind: &str| self.parameters.get(&format!("{name}.lora_{kind}")).map(Var::as_tensor);
        Some((part("a")?, part("b")?))
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

    /// What is trained, by name.
    #[must_use]
    pub fn parameters(&self) -> &BTreeMap<String, Var> {
        &self.parameters
    }

    /// Weights that are trained.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parameters.values().map(|parameter| parameter.elem_count()).sum()
    }

    /// Whether none are; some always are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// The rows of the matrices that a parameter of a layer is a stack of; none for vectors, embeddings and adapters.
    pub(crate) fn matrices_of(&self, name: &str) -> Option<Vec<usize>> {
        let shape = &self.shape;
        let parameter = self.parameters.get(name)?;
        let rows = parameter.dims2().ok()?.0;
        match name.strip_prefix("blk.")?.split_once('.')?.1 {
            "attn_qkv.weight" => Some(vec![shape.query_width(), shape.kv_width(), shape.kv_width()]),
            "ffn_gate_up.weight" => Some(vec![shape.hidden, shape.hidden]),
            "attn_output.weight" | "ffn_down.weight" => Some(vec![rows]),
            _ => None,
        }
    }

    /// The network, computing with these operations.
    #[must_use]
    pub fn with_operations(self, operations: Operations) -> Self {
        Self { operations, ..self }
    }

    /// Logits of the batch's target rows, (M, v).
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn logits(&self, batch: &Batch) -> Result<Tensor, LearnError> {
        let eps = self.shape.norm_eps;
        let heads = self.heads(batch);
        let embedding = self.weight("token_embd.weight");
        let mut x = embedding.index_select(&Tensor::new(batch.tokens(), &self.device)?, 0)?;
        for layer in 0..self.shape.layers {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            // x += O · attention(QKV·norm(x))
            let n = self.operations.rms_norm(&x, self.weight(&name("attn_norm")), eps)?;
            let attended = self.operations.attention(&self.linear(&n, &name("attn_qkv"))?, &heads)?;
            x = (x + self.linear(&attended, &name("attn_output"))?)?;
            // x += D · (silu(G·norm(x)) ⊙ U·norm(x))
            let n = self.operations.rms_norm(&x, self.weight(&name("ffn_norm")), eps)?;
            let hidden = self.operations.gate(&self.linear(&n, &name("ffn_gate_up"))?)?;
            x = (x + self.linear(&hidden, &name("ffn_down"))?)?;
        }
        // Only rows with a target need logits.
        let x = x.index_select(&Tensor::new(batch.target_rows(), &self.device)?, 0)?;
        let n = self.operations.rms_norm(&x, self.weight("output_norm.weight"), eps)?;
        let untied = self.parameters.contains_key(OUTPUT) || self.frozen.contains_key(OUTPUT);
        let output = if untied { self.weight(OUTPUT) } else { embedding };
        Ok(n.matmul(&output.t()?)?)
    }

    /// Mean cross-entropy over the batch's targets.
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn loss(&self, batch: &Batch) -> Result<Tensor, LearnError> {
        Ok(self.operations.cross_entropy(&self.logits(batch)?, batch.targets(), batch.weights())?)
    }

    fn weight(&self, name: &str) -> &Tensor {
        self.parameters.get(name).map(Var::as_tensor).unwrap_or_else(|| &self.frozen[name])
    }

    /// x·Wᵀ, with the adapter's share where there is one.
    fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor, LearnError> {
        let y = x.matmul(&self.weight(name).t()?)?;
        match (self.adapters, self.adapter(name)) {
            (Some(adapters), Some((a, b))) => Ok((y + (x.matmul(&a.t()?)?.matmul(&b.t()?)? * adapters.scale())?)?),
            _ => Ok(y),
        }
    }

    fn heads(&self, batch: &Batch) -> Heads {
        let Shape { heads, kv_heads, head_dim, rope, .. } = self.shape;
        let (cos, sin) = Heads::angles(batch.time(), head_dim, rope);
        let (lengths, time) = (batch.lengths().into(), batch.time());
        let pairs: RopePairs = rope.pairs;
        Heads { batch: batch.lengths().len(), time, heads, kv_heads, head_dim, pairs, cos, sin, lengths }
    }
}

/// The weights of a parameter, which may be a stack of several tensors of the file.
fn unpacked(file: &Gguf, name: &str, rows: usize, cols: usize) -> Result<Vec<f32>, LearnError> {
    let parts: &[&str] = match name {
        name if name.contains("attn_qkv") => &["attn_q", "attn_k", "attn_v"],
        name if name.contains("ffn_gate_up") => &["ffn_gate", "ffn_up"],
        _ => &[""],
    };
    let mut values = Vec::with_capacity(rows.max(1) * cols);
    for part in parts {
        let name = name.replace("attn_qkv", part).replace("ffn_gate_up", part);
        match rows {
            0 => values.extend(file.vector(&name)?),
            _ => {
                let matrix = file.matrix(&name)?;
                let start = values.len();
                values.resize(start + matrix.rows() * matrix.cols(), 0.0);
                matrix.format().dequantize(matrix.bytes(), &mut values[start..]);
            }
        }
    }
    if values.len() != rows.max(1) * cols {
        let message = format!("`{name}` has {} weights, {} × {cols} were expected", values.len(), rows.max(1));
        return Err(LearnError::Model(message));
    }
    Ok(values)
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
