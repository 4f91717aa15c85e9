// Gumbel noise of a token: −ln(−ln u), u uniform in (0, 1) from a hash; twin of reference::{hash, gumbel}.

fn scramble(value: u32) -> u32 {
    var x = value;
    x = (x ^ (x >> 16u)) * 0x21f0aaadu;
    x = (x ^ (x >> 15u)) * 0x735a2d97u;
    return x ^ (x >> 15u);
}

fn gumbel(noise: vec2<u32>, token: u32) -> f32 {
    let h = scramble(scramble(token ^ noise.x) + noise.y) >> 9u;
    let u = (f32(h) + 0.5) / 8388608.0;
    // WGSL promises ln to only 2⁻²¹ near 1, where the winners' noise comes from: there −ln(1 − v) = 2 artanh(v/(2 − v)),
    // as a series.
    let v = (8388607.5 - f32(h)) / 8388608.0;
    let s = v / (2.0 - v);
    let z = s * s;
    let series = 2.0 * s * (1.0 + z * (1.0 / 3.0 + z * (0.2 + z * (1.0 / 7.0 + z * (1.0 / 9.0 + z * (1.0 / 11.0 + z / 13.0))))));
    return -log(select(series, -log(u), u < 0.5));
}
