// y[t][o] = s[t] · Σ_k W[o][k] · x[t][k], and at once what follows it in the forward pass.
//   NORM    x (Normed) is n ∘ Residual, s = 1 / √(mean Residual² + eps); else s = 1
//   QKV     + bias, rotate q and k by the row's position; q → y (Query), k and v → the cache
//   GATE_UP y (Hidden)[j] = silu(gate j) · (up j); their rows alternate
//   ADD     y (Residual) += , and Normed for the norm that comes next
//   LOGITS  y (Logits) = , reading only the rows whose logits are wanted
//
// Bindings: x (R, input) Normed, Attended or Hidden, padded to whole blocks with zeros; y as above; cache
// (slots, 2 · KV_WIDTH) keys then values; normed see normed.wgsl; w see weights.wgsl; bias (outputs).
// Workgroups: one tile of FOURS · 4 outputs × TOKENS rows of the batch takes LANES invocations, which share the blocks
// of a weight row and add up through workgroup memory. LANES = 1 (SOLO) has no barrier and larger tiles: CPU adapters
// pay dearly for barriers and for every load, since they gather a vec4 as 16 scalars.
// Called by Backend::{qkv, gate_up, add_projection, logits}, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"
#include "weights.wgsl"

@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#ifdef QKV
@group(0) @binding(4) var<storage, read_write> cache: array<f32>;
#endif
#ifdef ADD
@group(0) @binding(4) var<storage, read_write> normed: array<f32>;
#endif
@group(2) @binding(0) var<storage, read> vector: array<f32>; // QKV: the bias; ADD: the next norm's weights

#ifndef SOLO
var<workgroup> sums: array<vec4<f32>, SUMS>; // (GROUP, TOKENS, FOURS)
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

#include "normed.wgsl"
#include "epilogue.wgsl"

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * (GROUP / LANES) + local / LANES;
    let lane = local % LANES;
    let four = index % p.tiles * FOURS; // the tile's first 4 outputs, in fours
    let token = index / p.tiles * TOKENS;
#ifdef SOLO
    if (token >= p.tokens) { return; }
#endif
#repeat f FOURS
    let rows$f = min(vec4<u32>(pair_rows(2u * (four + $f)), pair_rows(2u * (four + $f) + 1u)), vec4<u32>(p.rows - 1u)) * p.stride;
#end
#repeat t TOKENS
    let in$t = input_row(token + $t);
#repeat f FOURS
    var acc$f$t = vec4<f32>(0.0);
#end
#end
    for (var block = lane; block < p.blocks; block += LANES) {
#include "block.wgsl"
    }
#include "reduce.wgsl"
}
