//! Cross-entropy with its gradient.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::kernel::{self, Kernel, exponentials, largest};
use super::{operand, plain, with_values};

/// The mean over the rows of −log softmax(logits)\[target\]; logits: (M, v), one target a row.
pub(crate) fn cross_entropy(logits: &Tensor, targets: &[u32]) -> Result<Tensor> {
    match logits.device().is_cpu() {
        true => logits.apply_op1(CrossEntropy { targets: targets.into() }),
        false => plain::cross_entropy(logits, targets),
    }
}

struct CrossEntropy {
    targets: Arc<[u32]>, // (M)
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross-entropy"
    }

    fn cpu_fwd(&self, logits: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let logits = operand(logits, layout)?;
        let (rows, vocab) = layout.shape().dims2()?;
        let losses = logits.par_chunks(vocab).zip(&*self.targets).map(|(logits, target)| {
            let mut scratch = logits.to_vec();
            let most = largest(logits);
            let mut sum = 0.0;
            kernel::run(Exponentials { values: &mut scratch, shift: most, sum: &mut sum });
            sum.ln() + most - logits[*target as usize]
        });
        // Collected first: the order of the sum is that of the rows.
        let losses: Vec<f32> = losses.collect();
        let mean = losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / rows as f64;
        Ok((CpuStorage::F32(vec![mean as f32]), Shape::from(())))
    }

    fn bwd(&self, logits: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (rows, vocab) = logits.dims2()?;
        let scale = grad.to_scalar::<f32>()? / rows as f32;
        let mut d = with_values(logits, <[f32]>::to_vec)?;
        d.par_chunks_mut(vocab).zip(&*self.targets).for_each(|(d, target)| {
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
