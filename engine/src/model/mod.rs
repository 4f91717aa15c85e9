//! The transformer: a pre-norm decoder with rotary positions, grouped-query attention and a gated feed-forward layer,
//! written once over the operations of a [`Backend`].

mod config;

pub use config::Config;

use crate::backend::{Backend, Register, Stacking};
use crate::gguf::{Gguf, Matrix};
use crate::runtime::RuntimeError;

/// The loaded weights of a model.
pub struct Model<B: Backend> {
    config: Config,
    embedding: B::Linear,      // (v, d)
    layers: Vec<Layer<B>>,     // (layers)
    norm: B::Vector,           // (d)
    output: Option<B::Linear>, // (v, d); absent when tied to the embedding
    parameters: u64,
    weight_bytes: u64,
}

struct Layer<B: Backend> {
    attention_norm: B::Vector,    // (d)
    qkv: B::Linear,               // (h·e + 2·k·e, d)
    qkv_bias: Option<B::Vector>,  // (h·e + 2·k·e)
    attention_output: B::Linear,  // (d, h·e)
    feed_forward_norm: B::Vector, // (d)
    gate_up: B::Linear,           // (2·f, d) interleaved
    down: B::Linear,              // (d, f)
}

impl<B: Backend> Model<B> {
    /// Loads every weight onto the backend. `progress` is told (tensors loaded, tensors in all).
    ///
    /// # Errors
    /// [`RuntimeError::Model`] naming the tensor that is missing or has the wrong shape, or the backend's error.
    pub fn load(file: &Gguf, backend: &mut B, progress: &mut dyn FnMut(usize, usize)) -> Result<Self, RuntimeError> {
        let config = Config::from_gguf(file)?;
        let mut loader =
            Loader { file, backend, progress, total: file.tensors().len(), loaded: 0, parameters: 0, bytes: 0 };
        let shape = config.shape.clone();
        let embedding = loader.linear(&[("token_embd.weight", shape.vocab, shape.width)], Stacking::Concatenated)?;
        let layers = (0..shape.layers).map(|layer| loader.layer(layer, &config)).collect::<Result<_, _>>()?;
        let norm = loader.vector("output_norm.weight", shape.width)?;
        let output = match file.has_tensor("output.weight") {
            true => Some(loader.linear(&[("output.weight", shape.vocab, shape.width)], Stacking::Concatenated)?),
            false => None,
        };
        let (parameters, weight_bytes) = (loader.parameters, loader.bytes);
        Ok(Self { config, embedding, layers, norm, output, parameters, weight_bytes })
    }

    /// The numbers it was loaded with.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Weights in all.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.parameters
    }

    /// Bytes of the packed weights.
    #[must_use]
    pub fn weight_bytes(&self) -> u64 {
        self.weight_bytes
    }

    /// One pass over the batch that [`Backend::begin`] was given: tokens in, logits of the logit rows out, every
    /// row's keys and values in the cache.
    pub fn forward(&self, backend: &mut B, wants_logits: bool) {
        backend.embed(&self.embedding);
        for (index, layer) in self.layers.iter().enumerate() {
            // x += O · attention(rope(Q·norm(x)), rope(K·norm(x)), V·norm(x))
            backend.qkv(index, &layer.attention_norm, &layer.qkv, layer.qkv_bias.as_ref());
            backend.attention(index);
            backend.add_projection(Register::Attended, &layer.attention_output);
            // x += D · (silu(G·norm(x)) ⊙ U·norm(x))
            backend.gate_up(&layer.feed_forward_norm, &layer.gate_up);
            backend.add_projection(Register::Hidden, &layer.down);
        }
        if wants_logits {
            backend.logits(&self.norm, self.output.as_ref().unwrap_or(&self.embedding));
        }
    }
}

/// Brings tensors from the file to the backend, by the names that GGUF gives them.
struct Loader<'a, B: Backend> {
    file: &'a Gguf,
    backend: &'a mut B,
    progress: &'a mut dyn FnMut(usize, usize),
    total: usize,
    loaded: usize,
    parameters: u64,
    bytes: u64,
}

impl<B: Backend> Loader<'_, B> {
    fn layer(&mut self, index: usize, config: &Config) -> Result<Layer<B>, RuntimeError> {
        let shape = &config.shape;
        let (d, f, q, kv) = (shape.width, shape.hidden, shape.query_width(), shape.kv_width());
        let name = |part: &str| format!("blk.{index}.{part}");
        let (wq, wk, wv) = (name("attn_q.weight"), name("attn_k.weight"), name("attn_v.weight"));
        let (gate, up) = (name("ffn_gate.weight"), name("ffn_up.weight"));
        Ok(Layer {
            attention_norm: self.vector(&name("attn_norm.weight"), d)?,
            qkv: self.linear(&[(&wq, q, d), (&wk, kv, d), (&wv, kv, d)], Stacking::Concatenated)?,
            qkv_bias: self.qkv_bias(index, q, kv)?,
            attention_output: self.linear(&[(&name("attn_output.weight"), d, q)], Stacking::Concatenated)?,
            feed_forward_norm: self.vector(&name("ffn_norm.weight"), d)?,
            gate_up: self.linear(&[(&gate, f, d), (&up, f, d)], Stacking::Interleaved)?,
            down: self.linear(&[(&name("ffn_down.weight"), d, f)], Stacking::Concatenated)?,
        })
    }

    fn linear(&mut self, stack: &[(&str, usize, usize)], stacking: Stacking) -> Result<B::Linear, RuntimeError> {
        let matrices = stack.iter().map(|(name, rows, cols)| {
            let matrix = self.file.matrix(name).map_err(|error| RuntimeError::Model(error.to_string()))?;
            expect_shape(name, (matrix.rows(), matrix.cols()), (*rows, *cols))?;
            self.count(rows * cols, matrix.bytes().len());
            Ok(matrix)
        });
        let matrices: Vec<Matrix> = matrices.collect::<Result<_, RuntimeError>>()?;
        Ok(self.backend.linear(&matrices, stacking)?)
    }

    fn vector(&mut self, name: &str, len: usize) -> Result<B::Vector, RuntimeError> {
        let values = self.values(name, len)?;
        Ok(self.backend.vector(&values)?)
    }

    /// The three biases as one vector, where the model has them (Qwen2); a file with some of them is refused.
    fn qkv_bias(&mut self, index: usize, q: usize, kv: usize) -> Result<Option<B::Vector>, RuntimeError> {
        let names = ["q", "k", "v"].map(|part| format!("blk.{index}.attn_{part}.bias"));
        if !names.iter().any(|name| self.file.has_tensor(name)) {
            return Ok(None);
        }
        let mut bias = self.values(&names[0], q)?;
        bias.extend(self.values(&names[1], kv)?);
        bias.extend(self.values(&names[2], kv)?);
        Ok(Some(self.backend.vector(&bias)?))
    }

    fn values(&mut self, name: &str, len: usize) -> Result<Vec<f32>, RuntimeError> {
        let values = self.file.vector(name).map_err(|error| RuntimeError::Model(error.to_string()))?;
        expect_shape(name, (1, values.len()), (1, len))?;
        self.count(len, len * size_of::<f32>());
        Ok(values)
    }

    fn count(&mut self, weights: usize, bytes: usize) {
        self.parameters += weights as u64;
        self.bytes += bytes as u64;
        self.loaded += 1;
        (self.progress)(self.loaded, self.total);
    }
}

fn expect_shape(name: &str, found: (usize, usize), expected: (usize, usize)) -> Result<(), RuntimeError> {
    if found == expected {
        return Ok(());
    }
    let ((r, c), (er, ec)) = (found, expected);
    Err(RuntimeError::Model(format!("tensor `{name}` is {r} × {c}, its metadata asks for {er} × {ec}")))
}
