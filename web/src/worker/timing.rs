//! A short test of speed: one token through a stack of layers of the default model's size, with weights of zeros.

use bytes::Bytes;
use duet_engine::backend::{Backend, BackendError, Batch, Capacity, Draw, KV_BLOCK, Register, Rope, RopePairs, Row};
use duet_engine::backend::{Shape, Stacking};
use duet_engine::gguf::{BlockFormat, Matrix};

use super::pause::now_ms;

/// Like SmolLM2-135M, with a smaller vocabulary: the choice of backend should not cost a download's time.
const SHAPE: Shape = Shape {
    layers: 30,
    width: 576,
    heads: 9,
    kv_heads: 3,
    head_dim: 64,
    hidden: 1536,
    vocab: 4096,
    norm_eps: 1e-5,
    rope: Rope { base: 10_000.0, pairs: RopePairs::Adjacent },
};
const CAPACITY: Capacity = Capacity { rows: 1, logit_rows: 1, kv_blocks: 1, context: KV_BLOCK };
const REPEATS: usize = 3; // after one that compiles pipelines

/// The weights of the one layer that is run over and over.
struct Weights<B: Backend> {
    table: B::Linear,
    norm: B::Vector,
    qkv: B::Linear,
    gathered: B::Linear,
    gate_up: B::Linear,
    down: B::Linear,
}

/// Milliseconds for one token; the best of a few.
///
/// # Errors
/// The backend cannot be made, or fails.
pub(super) async fn milliseconds_per_token<B: Backend>(
    make: impl FnOnce(Shape, Capacity) -> Result<B, BackendError>,
) -> Result<f64, BackendError> {
    let mut backend = make(SHAPE, CAPACITY)?;
    let weights = weights(&mut backend)?;
    pass(&mut backend, &weights).await?;
    let mut best = f64::INFINITY;
    for _ in 0..REPEATS {
        let started = now_ms();
        pass(&mut backend, &weights).await?;
        best = best.min(now_ms() - started);
    }
    Ok(best)
}

fn weights<B: Backend>(backend: &mut B) -> Result<Weights<B>, BackendError> {
    let Shape { width, hidden, vocab, heads, kv_heads, head_dim, .. } = SHAPE;
    let (query, key) = (heads * head_dim, kv_heads * head_dim);
    let one = Stacking::Concatenated;
    Ok(Weights {
        table: backend.linear(&[zeros(vocab, width)], one)?,
        norm: backend.vector(&vec![1.0; width])?,
        qkv: backend.linear(&[zeros(query, width), zeros(key, width), zeros(key, width)], one)?,
        gathered: backend.linear(&[zeros(width, query)], one)?,
        gate_up: backend.linear(&[zeros(hidden, width), zeros(hidden, width)], Stacking::Interleaved)?,
        down: backend.linear(&[zeros(width, hidden)], one)?,
    })
}

fn zeros(rows: usize, cols: usize) -> Matrix {
    let format = BlockFormat::Q4_1;
    let bytes = rows * format.row_bytes(cols).expect("invariant: the widths above are multiples of 32");
    Matrix::new(format, rows, cols, Bytes::from(vec![0; bytes])).expect("invariant: as many bytes as the shape needs")
}

async fn pass<B: Backend>(backend: &mut B, weights: &Weights<B>) -> Result<(), BackendError> {
    let rows = [Row { token: 1, position: 0, table: 0 }];
    backend.begin(&Batch { rows: &rows, tables: &[&[0]], logit_rows: &[0] })?;
    backend.embed(&weights.table);
    for layer in 0..SHAPE.layers {
        backend.qkv(layer, &weights.norm, &weights.qkv, None);
        backend.attention(layer);
        backend.add_projection(Register::Attended, &weights.gathered);
        backend.gate_up(&weights.norm, &weights.gate_up);
        backend.add_projection(Register::Hidden, &weights.down);
    }
    backend.logits(&weights.norm, &weights.table);
    backend.sample(&[Draw { temperature: 0.0, top_k: 0, top_p: 1.0, key: [0, 0] }]);
    backend.finish().await.map(drop)
}
