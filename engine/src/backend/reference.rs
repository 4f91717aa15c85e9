//! The plain-Rust twin of every operation: slow, obvious, and what the other backends are tested against.
//!
//! Read it as the definition of the forward pass. Weights are unpacked to f32 at load; nothing is fused, blocked or
//! vectorized by hand.

use super::{
    Backend, BackendError, Batch, Capacity, Counters, Draw, KV_BLOCK, Register, Rope, RopePairs, Row, Shape, Stacking,
};
use crate::gguf::Matrix;

/// A linear map with unpacked weights.
#[derive(Debug, Clone)]
pub struct Linear {
    rows: usize,       // outputs
    cols: usize,       // inputs
    weights: Vec<f32>, // (rows, cols)
}

/// The reference backend.
#[derive(Debug, Clone)]
pub struct Reference {
    shape: Shape,
    capacity: Capacity,
    rows: Vec<Row>,        // (R)
    tables: Vec<Vec<u32>>, // (sequences, blocks)
    logit_rows: Vec<u32>,  // (L)
    residual: Vec<f32>,    // (R, d)
    query: Vec<f32>,       // (R, h·e)
    attended: Vec<f32>,    // (R, h·e)
    hidden: Vec<f32>,      // (R, f)
    logits: Vec<f32>,      // (L, v)
    keys: Vec<Vec<f32>>,   // per layer (kv_blocks · KV_BLOCK, k·e)
    values: Vec<Vec<f32>>, // per layer (kv_blocks · KV_BLOCK, k·e)
    drawn: Vec<u32>,       // (L)
}

impl Reference {
    /// A reference backend with an empty cache.
    ///
    /// # Errors
    /// [`BackendError::Shape`] for an impossible shape.
    pub fn new(shape: Shape, capacity: Capacity) -> Result<Self, BackendError> {
        shape.validate()?;
        let cache = vec![vec![0.0; capacity.kv_blocks * KV_BLOCK * shape.kv_width()]; shape.layers];
        Ok(Self {
            shape,
            capacity,
            rows: Vec::new(),
            tables: Vec::new(),
            logit_rows: Vec::new(),
            residual: Vec::new(),
            query: Vec::new(),
            attended: Vec::new(),
            hidden: Vec::new(),
            logits: Vec::new(),
            keys: cache.clone(),
            values: cache,
            drawn: Vec::new(),
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

    /// Where a position of a row's sequence lies in the cache, in positions.
    fn slot(&self, row: Row, position: usize) -> usize {
        self.tables[row.table as usize][position / KV_BLOCK] as usize * KV_BLOCK + position % KV_BLOCK
    }
}

impl Backend for Reference {
    type Linear = Linear;
    type Vector = Vec<f32>;

    fn name(&self) -> String {
        "reference".to_owned()
    }

    fn shape(&self) -> &Shape {
        &self.shape
    }

    fn capacity(&self) -> Capacity {
        self.capacity
    }

    fn linear(&mut self, stack: &[Matrix], stacking: Stacking) -> Result<Linear, BackendError> {
        let (rows, cols) = stack_shape(stack, stacking)?;
        let unpacked: Vec<Vec<f32>> = stack.iter().map(Matrix::to_f32).collect();
        let weights = match stacking {
            Stacking::Concatenated => unpacked.concat(),
            Stacking::Interleaved => (unpacked[0].chunks(cols).zip(unpacked[1].chunks(cols)))
                .flat_map(|(gate, up)| gate.iter().chain(up).copied())
                .collect(),
        };
        Ok(Linear { rows, cols, weights })
    }

    fn vector(&mut self, values: &[f32]) -> Result<Vec<f32>, BackendError> {
        Ok(values.to_vec())
    }

    fn begin(&mut self, batch: &Batch<'_>) -> Result<(), BackendError> {
        self.shape.check(&self.capacity, batch)?;
        self.rows = batch.rows.to_vec();
        self.tables = batch.tables.iter().map(|table| table.to_vec()).collect();
        self.logit_rows = batch.logit_rows.to_vec();
        let (r, l) = (self.rows.len(), self.logit_rows.len());
        self.residual.resize(r * self.shape.width, 0.0);
        self.query.resize(r * self.shape.query_width(), 0.0);
        self.attended.resize(r * self.shape.query_width(), 0.0);
        self.hidden.resize(r * self.shape.hidden, 0.0);
        self.logits.resize(l * self.shape.vocab, 0.0);
        self.drawn.clear();
        Ok(())
    }

    fn embed(&mut self, table: &Linear) {
        for (row, x) in self.rows.iter().zip(self.residual.chunks_mut(table.cols)) {
            x.copy_from_slice(&table.weights[row.token as usize * table.cols..][..table.cols]);
        }
    }

    fn qkv(&mut self, layer: usize, norm: &Vec<f32>, weights: &Linear, bias: Option<&Vec<f32>>) {
        let (d, q_width, kv_width, e) =
            (self.shape.width, self.shape.query_width(), self.shape.kv_width(), self.shape.head_dim);
        for r in 0..self.rows.len() {
            let n = rms_norm(&self.residual[r * d..][..d], norm, self.shape.norm_eps);
            let mut out = matvec(weights, &n);
            if let Some(bias) = bias {
                out.iter_mut().zip(bias).for_each(|(o, b)| *o += b);
            }
            let position = self.rows[r].position as usize;
            for head in out[..q_width + kv_width].chunks_mut(e) {
                rotate(head, position, &self.shape.rope);
            }
            let slot = self.slot(self.rows[r], position);
            self.query[r * q_width..][..q_width].copy_from_slice(&out[..q_width]);
            self.keys[layer][slot * kv_width..][..kv_width].copy_from_slice(&out[q_width..][..kv_width]);
            self.values[layer][slot * kv_width..][..kv_width].copy_from_slice(&out[q_width + kv_width..]);
        }
    }

    fn attention(&mut self, layer: usize) {
        let (e, kv_width, q_width) = (self.shape.head_dim, self.shape.kv_width(), self.shape.query_width());
        let group = self.shape.heads / self.shape.kv_heads;
        for r in 0..self.rows.len() {
            let row = self.rows[r];
            for head in 0..self.shape.heads {
                let at = |position: usize| self.slot(row, position) * kv_width + head / group * e;
                let q = &self.query[r * q_width + head * e..][..e];
                let scores: Vec<f32> = (0..=row.position as usize)
                    .map(|p| dot(q, &self.keys[layer][at(p)..][..e]) / (e as f32).sqrt())
                    .collect();
                let mut gathered = vec![0.0; e];
                for (p, weight) in softmax(&scores).into_iter().enumerate() {
                    for (o, v) in gathered.iter_mut().zip(&self.values[layer][at(p)..][..e]) {
                        *o += weight * v;
                    }
                }
                self.attended[r * q_width + head * e..][..e].copy_from_slice(&gathered);
            }
        }
    }

    fn add_projection(&mut self, from: Register, weights: &Linear) {
        let input = self.register(from).clone();
        for (x, input) in self.residual.chunks_mut(weights.rows).zip(input.chunks(weights.cols)) {
            x.iter_mut().zip(matvec(weights, input)).for_each(|(x, y)| *x += y);
        }
    }

    fn gate_up(&mut self, norm: &Vec<f32>, weights: &Linear) {
        for (x, h) in self.residual.chunks(weights.cols).zip(self.hidden.chunks_mut(weights.rows / 2)) {
            let out = matvec(weights, &rms_norm(x, norm, self.shape.norm_eps));
            h.iter_mut().zip(out.chunks(2)).for_each(|(h, pair)| *h = silu(pair[0]) * pair[1]);
        }
    }

    fn logits(&mut self, norm: &Vec<f32>, weights: &Linear) {
        for (row, out) in self.logit_rows.iter().zip(self.logits.chunks_mut(weights.rows)) {
            let x = &self.residual[*row as usize * weights.cols..][..weights.cols];
            out.copy_from_slice(&matvec(weights, &rms_norm(x, norm, self.shape.norm_eps)));
        }
    }

    fn sample(&mut self, draws: &[Draw]) {
        self.drawn = self.logits.chunks(self.shape.vocab).zip(draws).map(|(row, how)| draw(row, how)).collect();
    }

    fn copy_blocks(&mut self, pairs: &[(u32, u32)]) {
        let len = KV_BLOCK * self.shape.kv_width();
        for cache in self.keys.iter_mut().chain(&mut self.values) {
            for (from, to) in pairs {
                cache.copy_within(*from as usize * len..(*from as usize + 1) * len, *to as usize * len);
            }
        }
    }

    async fn finish(&mut self) -> Result<Vec<u32>, BackendError> {
        Ok(std::mem::take(&mut self.drawn))
    }

    async fn read(&mut self, register: Register) -> Result<Vec<f32>, BackendError> {
        Ok(self.register(register).clone())
    }

    fn write(&mut self, register: Register, values: &[f32]) {
        let register = self.register(register);
        register[..values.len()].copy_from_slice(values);
    }

    fn take_counters(&mut self) -> Counters {
        Counters::default()
    }
}

/// The (rows, cols) of a stack, once its matrices are known to fit together.
///
/// # Errors
/// [`BackendError::Weights`] when they do not.
pub fn stack_shape(stack: &[Matrix], stacking: Stacking) -> Result<(usize, usize), BackendError> {
    let first = stack.first().ok_or_else(|| BackendError::Weights("a stack of no matrices".to_owned()))?;
    if let Some(odd) = stack.iter().find(|matrix| matrix.cols() != first.cols()) {
        return Err(BackendError::Weights(format!("stacked widths {} and {} differ", first.cols(), odd.cols())));
    }
    if stacking == Stacking::Interleaved && (stack.len() != 2 || stack[0].rows() != stack[1].rows()) {
        let rows: Vec<usize> = stack.iter().map(Matrix::rows).collect();
        return Err(BackendError::Weights(format!("interleaving takes two matrices of equal rows, got rows {rows:?}")));
    }
    Ok((stack.iter().map(Matrix::rows).sum(), first.cols()))
}

fn matvec(weights: &Linear, input: &[f32]) -> Vec<f32> {
    weights.weights.chunks(weights.cols).map(|row| dot(row, input)).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// x / √(mean(x²) + eps) · weight.
#[must_use]
pub fn rms_norm(x: &[f32], weight: &[f32], eps: f32) -> Vec<f32> {
    let scale = 1.0 / (dot(x, x) / x.len() as f32 + eps).sqrt();
    x.iter().zip(weight).map(|(x, w)| x * scale * w).collect()
}

/// x · sigmoid(x).
#[must_use]
pub fn silu(x: f32) -> f32 {
    x / (1.0 + (-x).exp())
}

/// Rotates one head (e) in place for its position.
pub fn rotate(head: &mut [f32], position: usize, rope: &Rope) {
    let e = head.len();
    for i in 0..e / 2 {
        let (a, b) = match rope.pairs {
            RopePairs::Adjacent => (2 * i, 2 * i + 1),
            RopePairs::Halves => (i, i + e / 2),
        };
        let (sin, cos) = angle(position, i, e, rope.base).sin_cos();
        (head[a], head[b]) = (head[a] * cos - head[b] * sin, head[a] * sin + head[b] * cos);
    }
}

/// The angle of pair `i` at a position. In f64, since f32 loses the fraction of large angles: backends with only f32
/// read a table of (cos, sin) made from this.
#[must_use]
pub fn angle(position: usize, i: usize, head_dim: usize, base: f32) -> f32 {
    let angle = position as f64 * f64::from(base).powf(-2.0 * i as f64 / head_dim as f64);
    (angle % std::f64::consts::TAU) as f32
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let max = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exps: Vec<f32> = scores.iter().map(|s| (s - max).exp()).collect();
    let sum: f32 = exps.iter().sum();
    exps.iter().map(|e| e / sum).collect()
}

/// Draws a token from logits (v). Defines sampling for every backend; see [`Draw`]. Logits that are not numbers never win.
///
/// The noise is Gumbel's: argmax(logit/T + gumbel) is distributed as softmax(logit/T), needs no sum over the
/// vocabulary, and lets every token be handled by its own GPU thread.
#[must_use]
pub fn draw(logits: &[f32], how: &Draw) -> u32 {
    let best = |score: &dyn Fn(usize) -> f32| {
        let (mut token, mut best) = (0, f32::NEG_INFINITY);
        for id in 0..logits.len() {
            let score = score(id);
            if score > best {
                (token, best) = (id, score);
            }
        }
        token as u32
    };
    if how.temperature <= 0.0 {
        return best(&|id| logits[id]);
    }
    let floor = keep_from(logits, how);
    best(&|id| match logits[id] >= floor {
        true => logits[id] / how.temperature + gumbel(how.key, id as u32),
        false => f32::NEG_INFINITY,
    })
}

/// The smallest logit that top-k and top-p keep.
pub(super) fn keep_from(logits: &[f32], how: &Draw) -> f32 {
    let mut sorted: Vec<f32> = logits.iter().copied().filter(|l| !l.is_nan()).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    if let Some(kth) = (how.top_k as usize).checked_sub(1).and_then(|k| sorted.get(k)).copied() {
        sorted.retain(|l| *l >= kth);
    }
    if how.top_p < 1.0 {
        let scaled: Vec<f32> = sorted.iter().map(|l| l / how.temperature).collect();
        let mut sum = 0.0;
        for (logit, p) in sorted.iter().zip(softmax(&scaled)) {
            sum += p;
            if sum >= how.top_p {
                return *logit;
            }
        }
    }
    sorted.last().copied().unwrap_or(f32::NEG_INFINITY)
}

/// Gumbel noise of a token: −ln(−ln u), u uniform in (0, 1) from 23 bits of [`hash`]. With 24 bits the largest u would
/// round to 1 and its noise be infinite: one draw in 340 from 49,152 tokens would go to a token at random.
#[must_use]
pub fn gumbel(key: [u32; 2], token: u32) -> f32 {
    let u = ((hash(key, token) >> 9) as f32 + 0.5) / 8_388_608.0;
    -(-u.ln()).ln()
}

/// A 32-bit hash of (key, token) in operations that WGSL has: two rounds of a multiply-xorshift finalizer.
#[must_use]
pub fn hash(key: [u32; 2], token: u32) -> u32 {
    let round = |x: u32| {
        let x = (x ^ (x >> 16)).wrapping_mul(0x21f0_aaad);
        let x = (x ^ (x >> 15)).wrapping_mul(0x735a_2d97);
        x ^ (x >> 15)
    };
    round(round(token ^ key[0]).wrapping_add(key[1]))
}
