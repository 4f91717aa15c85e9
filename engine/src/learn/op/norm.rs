//! RMS norm with its gradient.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::kernel::{self, Kernel, dot, mul_add};
use super::{operand, with_values};

/// Rows whose weight gradients are summed together. Fixed, so that the sum does not depend on the threads.
const CHUNK: usize = 64;

/// [`super::Operations::rms_norm`].
pub(super) fn rms_norm(x: &Tensor, weight: &Tensor, eps: f32) -> Result<Tensor> {
    x.apply_op2(weight, RmsNorm { eps })
}

struct RmsNorm {
    eps: f32,
}

impl CustomOp2 for RmsNorm {
    fn name(&self) -> &'static str {
        "rms-norm"
    }

    fn cpu_fwd(&self, x: &CpuStorage, xl: &Layout, w: &CpuStorage, wl: &Layout) -> Result<(CpuStorage, Shape)> {
        let (x, weight) = (operand(x, xl)?, operand(w, wl)?);
        let mut out = vec![0.0; x.len()];
        let span = CHUNK * weight.len();
        out.par_chunks_mut(span).zip(x.par_chunks(span)).for_each(|(out, x)| {
            kernel::run(Forward { x, weight, eps: self.eps, out });
        });
        Ok((CpuStorage::F32(out), xl.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, w: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let width = w.elem_count();
        let mut dx = vec![0.0; x.elem_count()];
        let span = CHUNK * width;
        let parts = with_values(x, |x| {
            with_values(w, |weight| {
                with_values(grad, |grad| {
                    let chunks = dx.par_chunks_mut(span).zip(x.par_chunks(span)).zip(grad.par_chunks(span));
                    chunks
                        .map(|((dx, x), grad)| {
                            let mut dw = vec![0.0; width];
                            kernel::run(Backward { x, weight, grad, eps: self.eps, dx, dw: &mut dw });
                            dw
                        })
                        .collect::<Vec<_>>()
                })
            })
        })???;
        let mut dw = vec![0.0_f32; width];
        for part in &parts {
            dw.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
        Ok((Some(Tensor::from_vec(dx, x.shape(), x.device())?), Some(Tensor::from_vec(dw, w.shape(), w.device())?)))
    }
}

struct Forward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    eps: f32,
    out: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let d = self.weight.len();
        for (x, out) in self.x.chunks_exact(d).zip(self.out.chunks_exact_mut(d)) {
            let scale = 1.0 / (dot::<FMA>(x, x) / d as f32 + self.eps).sqrt();
            for i in 0..d {
                out[i] = x[i] * scale * self.weight[i];
            }
        }
    }
}

struct Backward<'a> {
    x: &'a [f32],
    weight: &'a [f32],
    grad: &'a [f32],
    eps: f32,
    dx: &'a mut [f32],
    dw: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let d = self.weight.len();
        let (weight, dw) = (self.weight, self.dw);
        let mut scaled = vec![0.0_f32; d];
        for ((x, grad), dx) in self.x.chunks_exact(d).zip(self.grad.chunks_exact(d)).zip(self.dx.chunks_exact_mut(d)) {
            // y = w x r with r = (mean(x²) + eps)^-½: dx = r (w g − x r² mean(x w g)), dw = Σ g x r.
            let r = 1.0 / (dot::<FMA>(x, x) / d as f32 + self.eps).sqrt();
            for i in 0..d {
                scaled[i] = weight[i] * grad[i];
            }
            let pull = dot::<FMA>(x, &scaled) * r * r / d as f32;
            for i in 0..d {
                dx[i] = r * mul_add::<FMA>(-x[i], pull, scaled[i]);
                dw[i] = mul_add::<FMA>(grad[i], x[i] * r, dw[i]);
            }
        }
    }
}
