//! What happens to single rows between the products.

use super::lanes::{LANES, Lanes, accumulate, exp, load, sum};

/// out = x / √(mean(x²) + eps) · weight.
#[inline(always)]
pub(super) fn rms_norm<const FMA: bool>(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let mut squares = [0.0; LANES];
    let lanes = x.chunks_exact(LANES);
    let rest: f32 = lanes.remainder().iter().map(|x| x * x).sum();
    for x in lanes {
        accumulate::<FMA>(&mut squares, &load(x), &load(x));
    }
    let scale = 1.0 / ((sum(&squares) + rest) / x.len() as f32 + eps).sqrt();
    for ((out, x), weight) in out.iter_mut().zip(x).zip(weight) {
        *out = x * scale * weight;
    }
}

/// hidden (n) = silu(gate) · up of `pairs` (2n): gate 0, up 0, gate 1, …
#[inline(always)]
pub(super) fn gate<const FMA: bool>(pairs: &[f32], hidden: &mut [f32]) {
    let whole = hidden.len() / LANES * LANES;
    for (pairs, hidden) in pairs.chunks_exact(2 * LANES).zip(hidden.chunks_exact_mut(LANES)) {
        hidden.copy_from_slice(&gate_lanes::<FMA>(pairs));
    }
    if whole < hidden.len() {
        let mut padded = [0.0; 2 * LANES];
        let rest = &pairs[2 * whole..];
        padded[..rest.len()].copy_from_slice(rest);
        let rest = hidden.len() - whole;
        hidden[whole..].copy_from_slice(&gate_lanes::<FMA>(&padded)[..rest]);
    }
}

#[inline(always)]
fn gate_lanes<const FMA: bool>(pairs: &[f32]) -> Lanes {
    let (mut gates, mut ups) = ([0.0; LANES], [0.0; LANES]);
    for i in 0..LANES {
        (gates[i], ups[i]) = (-pairs[2 * i], pairs[2 * i + 1]);
    }
    let exps = exp::<FMA>(&gates);
    for i in 0..LANES {
        ups[i] *= -gates[i] / (1.0 + exps[i]);
    }
    ups
}
