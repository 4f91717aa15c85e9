//! The same operations composed of candle's own: for devices other than the CPU, and the twins that tests compare with.

use candle_core::{D, DType, Result, Tensor};

use super::Heads;
use crate::backend::RopePairs;

/// [`super::Operations::rms_norm`].
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    let mean = x.sqr()?.mean_keepdim(D::Minus1)?;
    let scale = (mean + f64::from(eps))?.sqrt()?.recip()?;
    x.broadcast_mul(&scale)?.broadcast_mul(weight)
}

/// [`super::Operations::gate`].
pub(super) fn gate(both: &Tensor) -> Result<Tensor> {
    let f = both.dim(D::Minus1)? / 2;
    let (gate, up) = (both.narrow(D::Minus1, 0, f)?, both.narrow(D::Minus1, f, f)?);
    gate.silu()? * up
}

/// [`super::Operations::cross_entropy`].
pub(super) fn cross_entropy(logits: &Tensor, targets: &[u32], shares: &[f32]) -> Result<Tensor> {
    let targets = Tensor::new(targets, logits.device())?.unsqueeze(1)?;
    let most = logits.max_keepdim(D::Minus1)?.detach();
    let shifted = logits.broadcast_sub(&most)?;
    let log_sum = shifted.exp()?.sum_keepdim(D::Minus1)?.log()?;
    let shares = Tensor::new(shares, logits.device())?.unsqueeze(1)?;
    ((log_sum - shifted.gather(&targets, D::Minus1)?)? * shares)?.sum_all()
}

/// [`super::Operations::attention`].
pub(super) fn attention(qkv: &Tensor, heads: &Heads) -> Result<Tensor> {
    let Heads { batch, time, heads: h, kv_heads: k, head_dim: e, .. } = *heads;
    let part = |start: usize, heads: usize| {
        qkv.narrow(1, start * e, heads * e)?.reshape((batch, time, heads, e))?.transpose(1, 2)?.contiguous()
    };
    let (query, key, value) = (rotate(&part(0, h)?, heads)?, rotate(&part(h, k)?, heads)?, part(h + k, k)?);
    let repeat = |x: Tensor| x.unsqueeze(2)?.repeat((1, 1, h / k, 1, 1))?.reshape((batch, h, time, e));
    let (key, value) = (repeat(key)?, repeat(value)?);
    let scores = (query.matmul(&key.t()?)? / (e as f64).sqrt())?;
    let causal = (0..time).flat_map(|i| (0..time).map(move |j| if j > i { f32::NEG_INFINITY } else { 0.0 }));
    let causal = Tensor::from_iter(causal, qkv.device())?.reshape((time, time))?;
    let scores = scores.broadcast_add(&causal)?;
    let most = scores.max_keepdim(D::Minus1)?.detach();
    let powers = scores.broadcast_sub(&most)?.exp()?;
    let weights = powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?;
    weights.matmul(&value)?.transpose(1, 2)?.contiguous()?.reshape((batch * time, h * e))
}

/// Turns the pairs of components of every position; x: (B, heads, T, e).
fn rotate(x: &Tensor, heads: &Heads) -> Result<Tensor> {
    let (batch, count, time, e) = x.dims4()?;
    let table = |values: &[f32]| Tensor::new(values, x.device())?.reshape((heads.time, e / 2))?.to_dtype(DType::F32);
    let (cos, sin) = (table(&heads.cos)?, table(&heads.sin)?);
    let halves = |axis: usize, shape: (usize, usize, usize, usize, usize)| -> Result<Tensor> {
        let x = x.reshape(shape)?;
        let (a, b) = (x.narrow(axis, 0, 1)?.squeeze(axis)?, x.narrow(axis, 1, 1)?.squeeze(axis)?);
        let turned_a = (a.broadcast_mul(&cos)? - b.broadcast_mul(&sin)?)?;
        let turned_b = (a.broadcast_mul(&sin)? + b.broadcast_mul(&cos)?)?;
        Tensor::stack(&[turned_a, turned_b], axis)?.reshape((batch, count, time, e))
    };
    match heads.pairs {
        RopePairs::Adjacent => halves(4, (batch, count, time, e / 2, 2)),
        RopePairs::Halves => halves(3, (batch, count, time, 2, e / 2)),
    }
}
