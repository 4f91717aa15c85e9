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
pub(crate) mod plain;
#[cfg(test)]
mod tests;

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};

pub(crate) use attention::{Heads, attention};
pub(crate) use cross_entropy::cross_entropy;
pub(crate) use gate::gate;
pub(crate) use norm::rms_norm;

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
