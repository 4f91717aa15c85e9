//! The operations of the forward pass that are trained, each with a hand-written gradient where the tensors lie on a
//! CPU, and as a composition of candle's own operations elsewhere (CUDA).
//!
//! candle's autograd records every elementwise operation and adds every gradient to a tensor of zeros: on these shapes
//! that left a fifth of PyTorch's speed (specs/machine.md). Fused, a layer records ten nodes.

mod attention;
mod cross_entropy;
mod gate;
mod kernel;
mod norm;
mod plain;
#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};

pub(crate) use attention::Heads;

/// What a network computes with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Operations {
    /// Fused operations with gradients of our own where the tensors lie on a CPU, candle's elsewhere.
    #[default]
    Fused,
    /// candle's operations everywhere: to measure what fusing gains.
    Composed,
}

impl Operations {
    fn fused(self, x: &Tensor) -> bool {
        self == Self::Fused && x.device().is_cpu()
    }

    /// x / √(mean(x²) + eps) · weight over the last dimension; x: (N, d), weight: (d).
    pub(crate) fn rms_norm(self, x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
        if self.fused(x) { norm::rms_norm(x, weight, eps) } else { plain::rms_norm(x, weight, eps) }
    }

    /// silu(gate) · up; `both` is (N, 2f): f gates, then f ups. Returns (N, f).
    pub(crate) fn gate(self, both: &Tensor) -> Result<Tensor> {
        if self.fused(both) { gate::gate(both) } else { plain::gate(both) }
    }

    /// softmax(q·k/√e)·v for every head and every row over the rows up to it; qkv: (B·T, (h + 2k)·e), not yet rotated.
    /// Returns (B·T, h·e).
    pub(crate) fn attention(self, qkv: &Tensor, heads: &Heads) -> Result<Tensor> {
        let fused = self.fused(qkv) && attention::fits(heads);
        if fused { attention::attention(qkv, heads) } else { plain::attention(qkv, heads) }
    }

    /// The weighted mean over the rows of −log softmax(logits)\[target\]; logits: (M, v), one target and weight a row.
    pub(crate) fn cross_entropy(self, logits: &Tensor, targets: &[u32], weights: &[f32]) -> Result<Tensor> {
        let all: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let shares: Vec<f32> = weights.iter().map(|weight| (f64::from(*weight) / all) as f32).collect();
        match self.fused(logits) {
            true => cross_entropy::cross_entropy(logits, targets, &shares),
            false => plain::cross_entropy(logits, targets, &shares),
        }
    }
}

/// The numbers of a contiguous f32 operand of a custom operation.
fn operand<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else { candle_core::bail!("an operand is not contiguous") };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// Hands over the numbers of a tensor on the CPU.
fn with_values<R>(tensor: &Tensor, work: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let Storage::Cpu(storage) = &*storage else { candle_core::bail!("a tensor is not on the CPU") };
    Ok(work(operand(storage, layout)?))
}
