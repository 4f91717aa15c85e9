//! Fused operations against candle's own, values and gradients.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor, Var};

use super::Operations::{Composed, Fused};
use super::{Heads, Operations};
use crate::backend::{Rope, RopePairs};
use crate::learn::mixture::mix;

/// Numbers within ±1.5 from a seed.
fn random(seed: u64, dims: &[usize]) -> Var {
    let count: usize = dims.iter().product();
    let values: Vec<f32> =
        (0..count as u64).map(|i| (mix(seed << 32 | i) >> 40) as f32 / (1 << 24) as f32 * 3.0 - 1.5).collect();
    Var::from_tensor(&Tensor::from_vec(values, dims, &Device::Cpu).expect("counted")).expect("a tensor")
}

/// Compares two ways to compute from the same variables: the result, and the gradients of a random weighting of it.
fn same(vars: &[&Var], fused: impl Fn() -> Result<Tensor>, plain: impl Fn() -> Result<Tensor>) {
    let (a, b) = (fused().expect("fused"), plain().expect("plain"));
    close(&a, &b, "result");
    let weights = random(99, a.dims());
    let gradients = |x: &Tensor| (x * weights.as_tensor()).and_then(|x| x.sum_all()).and_then(|x| x.backward());
    let (a, b) = (gradients(&a).expect("fused"), gradients(&b).expect("plain"));
    for (index, var) in vars.iter().enumerate() {
        let (a, b) = (a.get(var).expect("a gradient"), b.get(var).expect("a gradient"));
        close(a, b, &format!("gradient {index}"));
    }
}

fn close(a: &Tensor, b: &Tensor, what: &str) {
    assert_eq!(a.dims(), b.dims(), "{what}");
    let flat = |x: &Tensor| x.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers");
    for (i, (a, b)) in flat(a).iter().zip(flat(b)).enumerate() {
        assert!((a - b).abs() <= 2e-5 * (1.0 + b.abs()), "{what} at {i}: {a}, plain {b}");
    }
}

#[test]
fn rms_norms_agree() {
    for (rows, width) in [(1, 7), (130, 32), (3, 129)] {
        let (x, weight) = (random(1, &[rows, width]), random(2, &[width]));
        same(&[&x, &weight], || Fused.rms_norm(&x, &weight, 1e-5), || Composed.rms_norm(&x, &weight, 1e-5));
    }
}

#[test]
fn gates_agree() {
    for (rows, width) in [(1, 3), (70, 16), (5, 42)] {
        let both = random(3, &[rows, 2 * width]);
        same(&[&both], || Fused.gate(&both), || Composed.gate(&both));
    }
}

#[test]
fn cross_entropies_agree() {
    for (rows, vocab) in [(1, 2), (33, 100), (4, 13)] {
        let logits = random(4, &[rows, vocab]);
        let targets: Vec<u32> = (0..rows as u64).map(|i| (mix(i) % vocab as u64) as u32).collect();
        let weights: Vec<f32> = (0..rows).map(|i| 1.0 + (i % 3) as f32).collect();
        let entropy = |operations: Operations| operations.cross_entropy(&logits, &targets, &weights);
        same(&[&logits], || entropy(Fused), || entropy(Composed));
    }
}

#[test]
fn attentions_agree() {
    for (batch, time, heads, kv_heads, head_dim, pairs) in [
        (1, 1, 1, 1, 16, RopePairs::Adjacent),
        (2, 5, 2, 2, 32, RopePairs::Adjacent),
        (3, 37, 4, 2, 16, RopePairs::Halves),
        (2, 64, 3, 1, 48, RopePairs::Adjacent),
    ] {
        let rope = Rope { base: 10_000.0, pairs };
        let (cos, sin) = Heads::angles(time, head_dim, rope);
        let lengths = vec![time; batch].into();
        let heads = Heads { batch, time, heads, kv_heads, head_dim, pairs, cos, sin, lengths };
        let qkv = random(5, &[batch * time, (heads.heads + 2 * kv_heads) * head_dim]);
        same(&[&qkv], || Fused.attention(&qkv, &heads), || Composed.attention(&qkv, &heads));
    }
}

#[test]
fn padding_gets_no_attention_and_no_gradient() {
    let (time, head_dim) = (20, 16);
    let rope = Rope { base: 10_000.0, pairs: RopePairs::Adjacent };
    let (cos, sin) = Heads::angles(time, head_dim, rope);
    let lengths: Arc<[usize]> = vec![13, 20].into();
    let pairs = rope.pairs;
    let heads = Heads { batch: 2, time, heads: 1, kv_heads: 1, head_dim, pairs, cos, sin, lengths };
    let qkv = random(6, &[2 * time, 3 * head_dim]);
    let fused = Fused.attention(&qkv, &heads).expect("fused");
    let real = |x: &Tensor| x.narrow(0, 0, 13).expect("rows");
    close(&real(&fused), &real(&Composed.attention(&qkv, &heads).expect("plain")), "real rows");
    let gradients = real(&fused).sum_all().and_then(|x| x.backward()).expect("gradients");
    let padded = gradients.get(&qkv).expect("a gradient").narrow(0, 13, 7).expect("rows");
    let padded = padded.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers");
    assert!(padded.iter().all(|x| *x == 0.0));
}
