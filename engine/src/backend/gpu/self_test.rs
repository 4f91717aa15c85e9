//! A known answer before anything is trusted: drivers exist that compute nonsense without an error.

use bytes::Bytes;

use super::{GpuBackend, GpuDevice};
use crate::backend::reference::Reference;
use crate::backend::{
    Backend, BackendError, Batch, Capacity, Draw, KV_BLOCK, Register, Rope, RopePairs, Row, Shape, Stacking,
};
use crate::gguf::{BlockFormat, Matrix};

/// What a passed self-test found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelfTest {
    /// Largest difference of a logit from the reference, as a fraction of the largest logit.
    pub error: f32,
    /// The token drawn, as by the reference.
    pub token: u32,
}

/// Largest [`SelfTest::error`] that passes: far above rounding, far below any real mistake.
const TOLERANCE: f32 = 1e-3;

const SHAPE: Shape = Shape {
    layers: 1,
    width: 64,
    heads: 4,
    kv_heads: 2,
    head_dim: 16,
    hidden: 96,
    vocab: 97,
    norm_eps: 1e-5,
    rope: Rope { base: 10_000.0, pairs: RopePairs::Halves },
};
const CAPACITY: Capacity = Capacity { rows: 3, logit_rows: 1, kv_blocks: 2, context: 2 * KV_BLOCK };

/// Runs a tiny transformer of one layer through the real kernels and compares it with the plain-Rust reference.
///
/// # Errors
/// [`BackendError::Device`] when the results differ, with what was expected; other errors as the backend's.
pub async fn self_test(device: &GpuDevice) -> Result<SelfTest, BackendError> {
    let mut gpu = GpuBackend::new(device.clone(), SHAPE, CAPACITY)?;
    let (logits, token) = run(&mut gpu).await?;
    let (expected, expected_token) = run(&mut Reference::new(SHAPE, CAPACITY)?).await?;
    let largest = expected.iter().fold(0.0, |largest: f32, logit| largest.max(logit.abs()));
    let mut error = 0.0;
    for (at, (got, expected)) in logits.iter().zip(&expected).enumerate() {
        let difference = (got - expected).abs() / largest;
        if difference.is_nan() || difference > TOLERANCE {
            return Err(wrong(device, &format!("logit {at} is {got}, {expected} is right")));
        }
        error = difference.max(error);
    }
    if logits.len() != expected.len() || token != expected_token {
        return Err(wrong(device, &format!("token {token} was drawn, {expected_token} is right")));
    }
    Ok(SelfTest { error, token })
}

fn wrong(device: &GpuDevice, what: &str) -> BackendError {
    BackendError::Device(format!("`{}` computes wrong results: {what}", device.adapter_name()))
}

/// Logits and greedy token of three rows of one sequence.
async fn run<B: Backend>(backend: &mut B) -> Result<(Vec<f32>, u32), BackendError> {
    let (d, f, v, kv) = (SHAPE.width, SHAPE.hidden, SHAPE.vocab, SHAPE.kv_width());
    let table = backend.linear(&[matrix(BlockFormat::Q8_0, v, d)?], Stacking::Concatenated)?;
    let qkv = [matrix(BlockFormat::Q4_0, d, d)?, matrix(BlockFormat::Q4_1, kv, d)?, matrix(BlockFormat::F16, kv, d)?];
    let qkv = backend.linear(&qkv, Stacking::Concatenated)?;
    let gathered = backend.linear(&[matrix(BlockFormat::Q4_1, d, d)?], Stacking::Concatenated)?;
    let gate_up = [matrix(BlockFormat::Q4_1, f, d)?, matrix(BlockFormat::Q4_1, f, d)?];
    let gate_up = backend.linear(&gate_up, Stacking::Interleaved)?;
    let down = backend.linear(&[matrix(BlockFormat::F32, d, f)?], Stacking::Concatenated)?;
    let norm = backend.vector(&vec![1.0; d])?;

    let rows = [5, 80, 96].iter().zip(0..).map(|(token, position)| Row { token: *token, position, table: 0 });
    let rows: Vec<Row> = rows.collect();
    backend.begin(&Batch { rows: &rows, tables: &[&[1]], logit_rows: &[2] })?;
    backend.embed(&table);
    backend.qkv(0, &norm, &qkv, None);
    backend.attention(0);
    backend.add_projection(Register::Attended, &gathered);
    backend.gate_up(&norm, &gate_up);
    backend.add_projection(Register::Hidden, &down);
    backend.logits(&norm, &table);
    backend.sample(&[Draw { temperature: 0.0, top_k: 0, top_p: 1.0, key: [0, 0] }]);
    let drawn = backend.finish().await?;
    let logits = backend.read(Register::Logits).await?;
    let token = drawn.first().copied().ok_or_else(|| BackendError::Device("no token was drawn".to_owned()))?;
    Ok((logits, token))
}

/// Weights that look random and are the same everywhere: small scales, any quants.
fn matrix(format: BlockFormat, rows: usize, cols: usize) -> Result<Matrix, BackendError> {
    let mut state = (rows * 31 + cols) as u32 + format as u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let half = |x: f32| half::f16::from_f32(x).to_le_bytes();
    let mut bytes = Vec::with_capacity(rows * format.row_bytes(cols)?);
    for _ in 0..rows * cols / format.block_len() {
        match format {
            BlockFormat::F32 => bytes.extend((f32::from(random()) / 1024.0 - 0.125).to_le_bytes()),
            BlockFormat::F16 => bytes.extend(half(f32::from(random()) / 1024.0 - 0.125)),
            BlockFormat::Q4_0 | BlockFormat::Q8_0 => bytes.extend(half(0.01)),
            BlockFormat::Q4_1 => [0.02, -0.15].into_iter().for_each(|x| bytes.extend(half(x))),
        }
        let quants = match format {
            BlockFormat::F32 | BlockFormat::F16 => 0,
            BlockFormat::Q4_0 | BlockFormat::Q4_1 => 16,
            BlockFormat::Q8_0 => 32,
        };
        bytes.extend((0..quants).map(|_| random()));
    }
    Ok(Matrix::new(format, rows, cols, Bytes::from(bytes))?)
}
