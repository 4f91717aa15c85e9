//! Muon (Jordan 2024): the momentum of a matrix, made nearly orthogonal, is its step.
//!
//! On the small models that are trained here it needs fewer tokens than AdamW; `models/README.md` says how many.

use candle_core::{Result, Tensor};

/// Decay of the momentum.
const MOMENTUM: f64 = 0.95;
/// Newton–Schulz iterations.
const ITERATIONS: usize = 5;
/// Coefficients of the quintic that sends singular values within (0, 1] to about 1 fastest (Jordan 2024).
const QUINTIC: (f64, f64, f64) = (3.4445, -4.7750, 2.0315);

/// The new momentum and the step, to be multiplied with the learning rate and subtracted. `parts` are the rows of the
/// matrices that a stacked parameter consists of; each is made orthogonal by itself.
pub(super) fn step(momentum: &Tensor, gradient: &Tensor, parts: &[usize]) -> Result<(Tensor, Tensor)> {
    let momentum = ((momentum * MOMENTUM)? + gradient)?;
    let ahead = (gradient + (&momentum * MOMENTUM)?)?;
    let mut start = 0;
    let mut steps = Vec::with_capacity(parts.len());
    for rows in parts {
        let part = ahead.narrow(0, start, *rows)?;
        let cols = part.dim(1)?;
        // So that a step changes what the matrix makes of a typical input by about the same, whatever its shape.
        let scale = (*rows as f64 / cols as f64).max(1.0).sqrt();
        steps.push((orthogonal(&part)? * scale)?);
        start += rows;
    }
    Ok((momentum, Tensor::cat(&steps, 0)?))
}

/// A matrix with the singular vectors of `matrix` and singular values near 1.
fn orthogonal(matrix: &Tensor) -> Result<Tensor> {
    let (rows, cols) = matrix.dims2()?;
    // The product of the shorter sides is the cheaper one.
    let turned = rows > cols;
    let mut x = if turned { matrix.t()?.contiguous()? } else { matrix.contiguous()? };
    let norm = x.sqr()?.sum_all()?.to_scalar::<f32>()?.sqrt();
    x = (x / (f64::from(norm) + 1e-7))?;
    let (a, b, c) = QUINTIC;
    for _ in 0..ITERATIONS {
        let square = x.matmul(&x.t()?)?;
        let polynomial = ((&square * b)? + (square.matmul(&square)? * c)?)?;
        x = ((&x * a)? + polynomial.matmul(&x)?)?;
    }
    if turned { x.t()?.contiguous() } else { Ok(x) }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::learn::mixture::mix;

    /// O·Oᵀ is near the identity on the shorter side, and O points the way of the matrix.
    #[test]
    fn steps_are_nearly_orthogonal() {
        for (rows, cols) in [(8, 8), (6, 20), (20, 6)] {
            let values: Vec<f32> = (0..rows * cols).map(|i| (mix(i as u64) >> 40) as f32 / 1e7 - 0.8).collect();
            let matrix = Tensor::from_vec(values, (rows, cols), &Device::Cpu).expect("counted");
            let o = orthogonal(&matrix).expect("computed");
            let gram = if rows < cols { o.matmul(&o.t().expect("turned")) } else { o.t().expect("turned").matmul(&o) };
            let gram = gram.and_then(|gram| gram.to_vec2::<f32>()).expect("numbers");
            for (i, row) in gram.iter().enumerate() {
                for (j, value) in row.iter().enumerate() {
                    let expected = if i == j { 1.0 } else { 0.0 };
                    assert!((value - expected).abs() < 0.55, "{rows}×{cols}: {i}, {j} is {value}");
                }
            }
            let along = (&o * &matrix).and_then(|x| x.sum_all()).and_then(|x| x.to_scalar::<f32>()).expect("a number");
            assert!(along > 0.0);
        }
    }

    #[test]
    fn stacked_matrices_step_apart() {
        let part = |seed: u64| {
            let values: Vec<f32> = (0..32).map(|i| (mix(seed + i) >> 40) as f32 / 1e7 - 0.8).collect();
            Tensor::from_vec(values, (4, 8), &Device::Cpu).expect("counted")
        };
        let (a, b) = (part(1), part(100));
        let zeros = |rows: usize| Tensor::zeros((rows, 8), candle_core::DType::F32, &Device::Cpu).expect("zeros");
        let both = Tensor::cat(&[&a, &b], 0).expect("stacked");
        let (_, stacked) = step(&zeros(8), &both, &[4, 4]).expect("a step");
        let (_, alone) = step(&zeros(4), &b, &[4]).expect("a step");
        let values = |x: &Tensor| x.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers");
        assert_eq!(values(&stacked)[32..], values(&alone)[..]);
    }
}
