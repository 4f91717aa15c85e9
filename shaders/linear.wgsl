// y[t][o] = s[t] · Σ_k W[o][k] · n[k] · x[t][k], and at once what follows it in the forward pass.
//   NORM    s = 1 / √(mean x² + eps) and n the norm's weights; else both are 1
//   QKV     + bias, rotate q and k by the row's position; q → y (Query), k and v → the cache
//   GATE_UP y (Hidden)[j] = silu(gate j) · (up j); their rows alternate
//   ADD     y (Residual) += , and the new squares, summed over 4 outputs, behind the row
//   LOGITS  y (Logits) = , reading only the rows whose logits are wanted
//
// Bindings: x (R, input) Residual, Attended or Hidden, padded to whole blocks with zeros; y as above;
// cache (slots, 2 · KV_WIDTH) keys then values; w see weights.wgsl; norm (d) padded; bias (outputs).
// Workgroups: one tile of 4 outputs (two pairs) × TOKENS rows of the batch takes LANES invocations, which share the
// blocks of a row and add up through workgroup memory. LANES = 1 (SOLO) has no barrier: CPU adapters pay dearly for one.
// Called by Backend::{qkv, gate_up, add_projection, logits}, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"
#include "weights.wgsl"

@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#ifdef QKV
@group(0) @binding(4) var<storage, read_write> cache: array<f32>;
#endif
@group(2) @binding(0) var<storage, read> norm: array<vec4<f32>>;
@group(3) @binding(0) var<storage, read> bias: array<f32>;

#ifndef SOLO
var<workgroup> sums: array<vec4<f32>, GROUP_TIMES_TOKENS>;
var<workgroup> squares: array<f32, GROUP_TIMES_TOKENS>;
#endif

// The vec4 at which input row t starts; rows past the end read the last one and are dropped in `emit`.
fn input_row(t: u32) -> u32 {
#ifdef LOGITS
    return batch[p.logits_at + min(t, p.tokens - 1u)] * (p.input / 4u);
#else
    return min(t, p.tokens - 1u) * (p.input / 4u);
#endif
}

// The two outputs of a pair, within the chunk. Rotation pairs them, so with HALVES they lie e/2 apart in a head.
fn pair_rows(pair: u32) -> vec2<u32> {
#ifdef HALVES
    let first = pair / (HEAD_DIM / 2u) * HEAD_DIM + pair % (HEAD_DIM / 2u);
    return vec2<u32>(first, first + HEAD_DIM / 2u);
#else
    return vec2<u32>(2u * pair, 2u * pair + 1u);
#endif
}

#include "epilogue.wgsl"

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * (GROUP / LANES) + local / LANES;
    let lane = local % LANES;
    let tile = index % p.tiles;
    let token = index / p.tiles * TOKENS;
#ifdef SOLO
    if (token >= p.tokens) { return; }
#endif
    let rows = min(vec4<u32>(pair_rows(2u * tile), pair_rows(2u * tile + 1u)), vec4<u32>(p.rows - 1u)) * p.stride;
#repeat t TOKENS
    let in$t = input_row(token + $t);
    var acc$t = vec4<f32>(0.0); // of the tile's 4 outputs
#end
    for (var block = lane; block < p.blocks; block += LANES) {
#ifdef SCALED
        let quants = rows + (p.blocks + 3u) / 4u + block * VECS;
#repeat t TOKENS
        var sum$t = vec4<f32>(0.0);
#end
#else
        let quants = rows + block * VECS;
#endif
#ifdef Q4
#repeat t TOKENS
        var total$t = 0.0; // Σ x: what the minimum is multiplied by
#end
#endif
#repeat v VECS
        {
            let q0 = w[quants.x + $v];
            let q1 = w[quants.y + $v];
            let q2 = w[quants.z + $v];
            let q3 = w[quants.w + $v];
#repeat g QUADS
            {
                let k = block * 8u + $v * QUADS + $g;
#ifdef Q4
                let s = $g % 2u * 16u;
                let weights = mat4x4<f32>(nibbles(q0[$g / 2] >> s), nibbles(q1[$g / 2] >> s),
                                          nibbles(q2[$g / 2] >> s), nibbles(q3[$g / 2] >> s));
#endif
#ifdef Q8
                let weights = mat4x4<f32>(signed_bytes(q0[$g]), signed_bytes(q1[$g]),
                                          signed_bytes(q2[$g]), signed_bytes(q3[$g]));
#endif
#ifdef F16
                let weights = mat4x4<f32>(halves(vec2<i32>(q0[2 * $g], q0[2 * $g + 1])), halves(vec2<i32>(q1[2 * $g], q1[2 * $g + 1])),
                                          halves(vec2<i32>(q2[2 * $g], q2[2 * $g + 1])), halves(vec2<i32>(q3[2 * $g], q3[2 * $g + 1])));
#endif
#ifdef F32
                let weights = mat4x4<f32>(bitcast<vec4<f32>>(q0), bitcast<vec4<f32>>(q1),
                                          bitcast<vec4<f32>>(q2), bitcast<vec4<f32>>(q3));
#endif
#ifdef NORM
                let n = norm[k];
#endif
#repeat t TOKENS
#ifdef NORM
                let x$t = x[in$t + k] * n;
#else
                let x$t = x[in$t + k];
#endif
#ifdef Q4
                total$t += (x$t.x + x$t.y) + (x$t.z + x$t.w);
                sum$t += (x$t * NIBBLE_SCALE) * weights;
#endif
#ifdef Q8
                sum$t += x$t * weights;
#endif
#ifndef SCALED
                acc$t += x$t * weights;
#endif
#end
            }
#end
        }
#end
#ifdef Q4
        let s0 = unpack2x16float(bitcast<u32>(scale_word(rows.x, block)));
        let s1 = unpack2x16float(bitcast<u32>(scale_word(rows.y, block)));
        let s2 = unpack2x16float(bitcast<u32>(scale_word(rows.z, block)));
        let s3 = unpack2x16float(bitcast<u32>(scale_word(rows.w, block)));
        let d = vec4<f32>(s0.x, s1.x, s2.x, s3.x);
        let m = vec4<f32>(s0.y, s1.y, s2.y, s3.y);
#repeat t TOKENS
        acc$t += sum$t * d + total$t * m;
#end
#endif
#ifdef Q8
        let d = bitcast<vec4<f32>>(vec4<i32>(scale_word(rows.x, block), scale_word(rows.y, block),
                                             scale_word(rows.z, block), scale_word(rows.w, block)));
#repeat t TOKENS
        acc$t += sum$t * d;
#end
#endif
    }
#include "reduce.wgsl"
}
