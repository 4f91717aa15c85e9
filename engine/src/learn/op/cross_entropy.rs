//! Cross-entropy with its gradient.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::kernel::{self, Kernel, exponentials, largest};
use super::{operand, with_values};

/// [`super::Operations::cross_entropy`]; `shares` are 1 together.
pub(super) fn cross_entropy(logits: &Tensor, targets: &[u32], shares: &[f32]) -> Result<Tensor> {
    logits.apply_op1(CrossEntropy { targets: targets.into(), shares: shares.into() })
}

struct CrossEntropy {
    targets: Arc<[u32]>, // (M)
    shares: Arc<[f32]>,  // (M), 1 together
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let logits = operand(logits, layout)?;
        let (_, vocab) = layout.shape().dims2()?;
        let losses = logits.par_chunks(vocab).zip(&*self.targets).map(|(logits, target)| {
            let mut scratch = logits.to_vec();
            let most = largest(logits);
            let mut sum = 0.0;
            kernel::run(Exponentials { values: &mut scratch, shift: most, sum: &mut sum });
            sum.ln() + most - logits[*target as usize]
        });
        // Collected first: the order of the sum is that of the rows.
        let losses: Vec<f32> = losses.collect();
        let shared = losses.iter().zip(&*self.shares).map(|(loss, share)| f64::from(*loss) * f64::from(*share));
        let mean: f64 = shared.sum();
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, vocab) = logits.dims2()?;
        let grad = grad.to_scalar::<f32>()?;
        let mut d = with_values(logits, <[f32]>::to_vec)?;
        d.par_chunks_mut(vocab).zip(&*self.targets).zip(&*self.shares).for_each(|((d, target), share)| {
            let scale = grad * share;
            let shift = largest(d);
            let mut sum = 0.0;
            kernel::run(Exponentials { values: d, shift, sum: &mut sum });
            let scale_by = scale / sum;
            d.iter_mut().for_each(|p| *p *= scale_by);
            d[*target as usize] -= scale;
        });
        Ok(Some(Tensor::from_vec(d, logits.shape(), logits.device())?))
    }
}

struct Exponentials<'a> {
    values: &'a mut [f32],
    shift: f32,
    sum: &'a mut f32,
}

impl Kernel for Exponentials<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        *self.sum = exponentials::<FMA>(self.values, 1.0, self.shift);
    }
}
