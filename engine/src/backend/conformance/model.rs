//! A case's weights, loaded into any backend.

use super::cases::{Bias, Case};
use super::noise::Noise;
use crate::backend::{Backend, BackendError, Shape, Stacking};
use crate::gguf::Matrix;

/// The packed weights of a case.
pub(super) struct RawModel {
    embedding: Matrix,
    head: Option<Matrix>,
    norm: Vec<f32>,
    layers: Vec<RawLayer>,
}

struct RawLayer {
    attention_norm: Vec<f32>,
    qkv: [Matrix; 3],
    bias: Option<Vec<f32>>,
    output: Matrix,
    hidden_norm: Vec<f32>,
    gate_up: [Matrix; 2],
    down: Matrix,
}

/// The same weights in a backend.
pub(super) struct Model<B: Backend> {
    pub(super) embedding: B::Linear,
    head: Option<B::Linear>,
    pub(super) norm: B::Vector,
    pub(super) layers: Vec<Layer<B>>,
}

/// One layer of [`Model`].
pub(super) struct Layer<B: Backend> {
    pub(super) attention_norm: B::Vector,
    pub(super) qkv: B::Linear,
    pub(super) bias: Option<B::Vector>,
    pub(super) output: B::Linear,
    pub(super) hidden_norm: B::Vector,
    pub(super) gate_up: B::Linear,
    pub(super) down: B::Linear,
}

impl RawModel {
    pub(super) fn new(case: &Case, noise: &mut Noise) -> Self {
        let (shape, formats) = (&case.shape, &case.formats);
        Self {
            embedding: noise.matrix(formats.embedding, shape.vocab, shape.width),
            head: formats.head.map(|format| noise.matrix(format, shape.vocab, shape.width)),
            norm: norm(shape, noise),
            layers: (0..shape.layers).map(|_| RawLayer::new(case, noise)).collect(),
        }
    }

    pub(super) fn load<B: Backend>(&self, backend: &mut B) -> Result<Model<B>, BackendError> {
        let one =
            |backend: &mut B, matrix: &Matrix| backend.linear(std::slice::from_ref(matrix), Stacking::Concatenated);
        Ok(Model {
            embedding: one(backend, &self.embedding)?,
            head: self.head.as_ref().map(|head| one(backend, head)).transpose()?,
            norm: backend.vector(&self.norm)?,
            layers: self.layers.iter().map(|layer| layer.load(backend)).collect::<Result<_, _>>()?,
        })
    }
}

impl RawLayer {
    fn new(case: &Case, noise: &mut Noise) -> Self {
        let (shape, formats) = (&case.shape, &case.formats);
        let (d, q, kv) = (shape.width, shape.query_width(), shape.kv_width());
        let [q_format, k_format, v_format] = formats.qkv;
        let [gate, up] = formats.gate_up;
        Self {
            attention_norm: norm(shape, noise),
            qkv: [noise.matrix(q_format, q, d), noise.matrix(k_format, kv, d), noise.matrix(v_format, kv, d)],
            bias: (case.bias == Bias::Present).then(|| noise.vector(q + 2 * kv, 1.0)),
            output: noise.matrix(formats.output, d, q),
            hidden_norm: norm(shape, noise),
            gate_up: [noise.matrix(gate, shape.hidden, d), noise.matrix(up, shape.hidden, d)],
            down: noise.matrix(formats.down, d, shape.hidden),
        }
    }

    fn load<B: Backend>(&self, backend: &mut B) -> Result<Layer<B>, BackendError> {
        Ok(Layer {
            attention_norm: backend.vector(&self.attention_norm)?,
            qkv: backend.linear(&self.qkv, Stacking::Concatenated)?,
            bias: self.bias.as_ref().map(|bias| backend.vector(bias)).transpose()?,
            output: backend.linear(std::slice::from_ref(&self.output), Stacking::Concatenated)?,
            hidden_norm: backend.vector(&self.hidden_norm)?,
            gate_up: backend.linear(&self.gate_up, Stacking::Interleaved)?,
            down: backend.linear(std::slice::from_ref(&self.down), Stacking::Concatenated)?,
        })
    }
}

fn norm(shape: &Shape, noise: &mut Noise) -> Vec<f32> {
    (0..shape.width).map(|_| noise.within(0.5, 1.5)).collect()
}

impl<B: Backend> Model<B> {
    pub(super) fn head(&self) -> &B::Linear {
        self.head.as_ref().unwrap_or(&self.embedding)
    }
}
