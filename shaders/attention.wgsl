// Attended[t][head] = softmax(q · K / √e) · V over positions 0 to the row's own, in one sweep (online softmax).
//
// Bindings: query (R, input) and attended (R, output) in vec4s; cache (slots, 2 · KV_WIDTH) keys then values.
// Workgroups: one row and EACH heads that share a KV head take LANES invocations; each sweeps every LANES-th position
// with its own running maximum m, weight s and sum, which then merge pairwise through workgroup memory. LANES = 1 (SOLO)
// has no barrier, and several heads for each load of the cache.
// Called by Backend::attention, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"

@group(0) @binding(2) var<storage, read> query: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> cache: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> attended: array<vec4<f32>>;

#ifndef SOLO
// What the upper half of the lanes hands to the lower: its sums, m and s.
var<workgroup> shared_sum: array<vec4<f32>, SHARED_VECS>;
var<workgroup> shared_ms: array<vec2<f32>, HALF_LANES>;
#endif

const LOWEST: f32 = -3.0e38; // below every score; finite, so that LOWEST − LOWEST is 0

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
    let index = (group.y * groups.x + group.x) * (GROUP / LANES) + local / LANES;
    let lane = local % LANES;
    let t = min(index / (HEADS / EACH), p.tokens - 1u);
    let head = index % (HEADS / EACH) * EACH;
#ifdef SOLO
    if (index / (HEADS / EACH) >= p.tokens) { return; }
#endif
    let scale = inverseSqrt(f32(HEAD_DIM));
#repeat j EACH
    let start$j = t * (p.input / 4u) + (head + $j) * HEAD_VECS;
    var m$j = LOWEST;
    var s$j = 0.0;
#repeat i HEAD_VECS
    let q$j_$i = query[start$j + $i] * scale;
    var sum$j_$i = vec4<f32>(0.0);
#end
#end
    let last = batch[t * 4u + 1u];
    let table = batch[t * 4u + 3u];
    let key_at = head / (HEADS / KV_HEADS) * HEAD_VECS;
    for (var position = lane; position <= last; position += LANES) {
        let slot = (batch[table + (position >> BLOCK_SHIFT)] << BLOCK_SHIFT) + (position & (KV_BLOCK - 1u));
        let key = slot * (2u * KV_VECS) + key_at;
#repeat j EACH
        var products$j = vec4<f32>(0.0);
#end
#repeat i HEAD_VECS
        let k$i = cache[key + $i];
#repeat j EACH
        products$j += q$j_$i * k$i;
#end
#end
#repeat j EACH
        let score$j = (products$j.x + products$j.y) + (products$j.z + products$j.w);
        if (score$j > m$j) {
            let shrink = exp(m$j - score$j);
            m$j = score$j;
            s$j *= shrink;
#repeat i HEAD_VECS
            sum$j_$i *= shrink;
#end
        }
        let weight$j = exp(score$j - m$j);
        s$j += weight$j;
#end
        let value = key + KV_VECS;
#repeat i HEAD_VECS
        let v$i = cache[value + $i];
#repeat j EACH
        sum$j_$i += weight$j * v$i;
#end
#end
    }
#ifndef SOLO
    for (var half = HALF_LANES; half > 0u; half /= 2u) {
        if (lane >= half && lane < 2u * half) {
            shared_ms[lane - half] = vec2<f32>(m0, s0);
#repeat i HEAD_VECS
            shared_sum[(lane - half) * HEAD_VECS + $i] = sum0_$i;
#end
        }
        workgroupBarrier();
        if (lane < half) {
            let other = shared_ms[lane];
            let top = max(m0, other.x);
            let mine = exp(m0 - top);
            let theirs = exp(other.x - top);
            m0 = top;
            s0 = s0 * mine + other.y * theirs;
#repeat i HEAD_VECS
            sum0_$i = sum0_$i * mine + shared_sum[lane * HEAD_VECS + $i] * theirs;
#end
        }
        workgroupBarrier();
    }
    if (lane > 0u || index / (HEADS / EACH) >= p.tokens) { return; }
#endif
#repeat j EACH
    let to$j = t * (p.output / 4u) + (head + $j) * HEAD_VECS;
#repeat i HEAD_VECS
    attended[to$j + $i] = sum$j_$i / s$j;
#end
#end
}
