// Residual[t] = W[token t], and its squares summed over 4 components behind the row.
//
// Bindings: w (v, d) see weights.wgsl, one chunk of the table; residual (R, output).
// Workgroups: one invocation for each 4 components of each row; rows whose token lies in another chunk do nothing.
// Called by Backend::embed, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"
#include "weights.wgsl"

@group(0) @binding(2) var<storage, read_write> residual: array<f32>;

// Components 4·quad to 4·quad + 3 of the packed row that starts at vec4 `row`.
fn unpack(row: u32, quad: u32) -> vec4<f32> {
    let block = quad / 8u;
    let g = quad % 8u;
#ifdef SCALED
    let at = row + (p.blocks + 3u) / 4u + block * VECS;
#else
    let at = row + block * VECS;
#endif
#ifdef Q4
    let scale = unpack2x16float(bitcast<u32>(scale_word(row, block)));
    return nibbles(w[at][g / 2u] >> (g % 2u * 16u)) * NIBBLE_SCALE * scale.x + scale.y;
#endif
#ifdef Q8
    return signed_bytes(w[at + g / 4u][g % 4u]) * bitcast<f32>(scale_word(row, block));
#endif
#ifdef F16
    let q = w[at + g / 2u];
    return halves(select(q.xy, q.zw, g % 2u == 1u));
#endif
#ifdef F32
    return bitcast<vec4<f32>>(w[at + g]);
#endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * 64u + local;
    let t = index / p.tiles;
    let quad = index % p.tiles;
    if (t >= p.tokens) { return; }
    let row = batch[t * 4u] - p.first; // wraps around below the chunk, and is then too large
    if (row >= p.rows) { return; }
    let value = unpack(row * p.stride, quad);
    let to = t * p.output + 4u * quad;
    residual[to] = value.x; // the last quad's spare components are zeros that stay within the row's padding
    residual[to + 1u] = value.y;
    residual[to + 2u] = value.z;
    residual[to + 3u] = value.w;
    residual[t * p.output + p.squares_at + quad] = dot(value, value);
}
