//! The gated activation with its gradient.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::kernel::{self, Kernel, exp};
use super::{operand, with_values};

/// [`super::Operations::gate`].
pub(super) fn gate(both: &Tensor) -> Result<Tensor> {
    both.apply_op1(Gate)
}

struct Gate;

impl CustomOp1 for Gate {
    fn name(&self) -> &'static str {
        "gate"
    }

    fn cpu_fwd(&self, both: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let both = operand(both, layout)?;
        let (rows, width) = layout.shape().dims2()?;
        let f = width / 2;
        let mut out = vec![0.0; rows * f];
        out.par_chunks_mut(f).zip(both.par_chunks(width)).with_min_len(64).for_each(|(out, both)| {
            let (gate, up) = both.split_at(f);
            kernel::run(Forward { gate, up, out });
        });
        Ok((CpuStorage::F32(out), Shape::from((rows, f))))
    }

    fn bwd(&self, both: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, width) = both.dims2()?;
        let f = width / 2;
        let mut d = vec![0.0; both.elem_count()];
        with_values(both, |both| {
            with_values(grad, |grad| {
                let rows = d.par_chunks_mut(width).zip(both.par_chunks(width)).zip(grad.par_chunks(f));
                rows.with_min_len(64).for_each(|((d, both), grad)| {
                    let ((gate, up), (d_gate, d_up)) = (both.split_at(f), d.split_at_mut(f));
                    kernel::run(Backward { gate, up, grad, d_gate, d_up });
                });
            })
        })??;
        Ok(Some(Tensor::from_vec(d, both.shape(), both.device())?))
    }
}

/// 1 / (1 + e^-x) of eight values, the last ones repeated where there are fewer.
#[inline(always)]
fn sigmoids<const FMA: bool>(values: &[f32]) -> [f32; 8] {
    let mut lanes = [0.0; 8];
    if let Ok(values) = <&[f32; 8]>::try_from(values) {
        for l in 0..8 {
            lanes[l] = -values[l];
        }
    } else {
        for l in 0..values.len() {
            lanes[l] = -values[l];
        }
    }
    let lanes = exp::<FMA>(&lanes);
    let mut out = [0.0; 8];
    for l in 0..8 {
        out[l] = 1.0 / (1.0 + lanes[l]);
    }
    out
}

struct Forward<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    out: &'a mut [f32],
}

impl Kernel for Forward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for start in (0..self.gate.len()).step_by(8) {
            let end = (start + 8).min(self.gate.len());
            let (gate, up, out) = (&self.gate[start..end], &self.up[start..end], &mut self.out[start..end]);
            let s = sigmoids::<FMA>(gate);
            for l in 0..gate.len() {
                out[l] = gate[l] * s[l] * up[l];
            }
        }
    }
}

struct Backward<'a> {
    gate: &'a [f32],
    up: &'a [f32],
    grad: &'a [f32],
    d_gate: &'a mut [f32],
    d_up: &'a mut [f32],
}

impl Kernel for Backward<'_> {
    #[inline(always)]
    fn run<const FMA: bool>(self) {
        for start in (0..self.gate.len()).step_by(8) {
            let end = (start + 8).min(self.gate.len());
            let (gate, up, grad) = (&self.gate[start..end], &self.up[start..end], &self.grad[start..end]);
            let (d_gate, d_up) = (&mut self.d_gate[start..end], &mut self.d_up[start..end]);
            let s = sigmoids::<FMA>(gate);
            for l in 0..gate.len() {
                // (g s)' = s (1 + g (1 − s))
                d_gate[l] = grad[l] * up[l] * s[l] * (1.0 + gate[l] * (1.0 - s[l]));
                d_up[l] = grad[l] * gate[l] * s[l];
            }
        }
    }
}
