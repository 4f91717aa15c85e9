// Residual[t] = W[token t], and Normed for the norm that comes next (see normed.wgsl).
//   PREPARE  Residual stays as it is: only Normed, for a norm that no writer of Residual knew of
//
// Bindings: w (v, d) see weights.wgsl, one chunk of the table; residual (R, output); normed (R, normed); vector (d) the
// norm's weights.
// Workgroups: one invocation for each 4 components of each row; rows whose token lies in another chunk do nothing.
// Called by Backend::embed, and before a norm, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"

@group(0) @binding(2) var<storage, read_write> residual: array<f32>;
@group(0) @binding(3) var<storage, read_write> normed: array<f32>;
@group(2) @binding(0) var<storage, read> vector: array<f32>;

#include "normed.wgsl"
#ifndef PREPARE
#include "weights.wgsl"

// Components 4 · four to 4 · four + 3 of the packed row that starts at vec4 `row`.
fn unpack(row: u32, four: u32) -> vec4<f32> {
    let block = four / 8u;
    let g = four % 8u;
#ifdef SCALED
    let at = row + (p.blocks + 3u) / 4u + block * VECS;
#else
    let at = row + block * VECS;
#endif
#ifdef Q4
    let scale = unpack2x16float(bitcast<u32>(scale_word(row, block)));
    let word = w[at][g / 2u];
    let low = nibbles0(word) * SCALE0 + vec4<f32>(0.0, 0.0, 0.0, BIAS0);
    let high = nibbles1(word) * SCALE1 + vec4<f32>(0.0, 0.0, 0.0, BIAS1);
    return select(low, high, g % 2u == 1u) * scale.x + scale.y;
#endif
#ifdef Q8
    let bytes = biased_bytes(w[at + g / 4u][g % 4u]) * BYTE_SCALE - vec4<f32>(128.0, 128.0, 128.0, 0.0);
    return bytes * bitcast<f32>(scale_word(row, block));
#endif
#ifdef F16
    let q = w[at + g / 2u];
    return halves(select(q.xy, q.zw, g % 2u == 1u));
#endif
#ifdef F32
    return bitcast<vec4<f32>>(w[at + g]);
#endif
}
#endif

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * GROUP + local;
    let t = index / p.tiles;
    let four = index % p.tiles;
    if (t >= p.tokens) { return; }
    let to = t * p.output + 4u * four;
#ifdef PREPARE
    let value = vec4<f32>(residual[to], residual[to + 1u], residual[to + 2u], residual[to + 3u]);
#else
    let row = batch[t * 4u] - p.first; // wraps around below the chunk, and is then too large
    if (row >= p.rows) { return; }
    let value = unpack(row * p.stride, four);
    residual[to] = value.x; // the spare components of the last four are zeros, within the row's padding
    residual[to + 1u] = value.y;
    residual[to + 2u] = value.z;
    residual[to + 3u] = value.w;
#endif
    store_normed(t, four, value);
}
