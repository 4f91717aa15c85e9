// Attended[t][head] = softmax(q · K / √e) · V over positions 0 to the row's own, in one sweep (online softmax).
//
// Bindings: query (R, input) and attended (R, output) in vec4s; cache (slots, 2 · KV_WIDTH) keys then values.
// Workgroups: one (row, head) takes LANES invocations; each sweeps every LANES-th position with its own running
// maximum m, weight s and sum, which then merge pairwise through workgroup memory. LANES = 1 (SOLO) has no barrier.
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
    let t = min(index / HEADS, p.tokens - 1u);
    let head = index % HEADS;
#ifdef SOLO
    if (index / HEADS >= p.tokens) { return; }
#endif
    let start = t * (p.input / 4u) + head * HEAD_VECS;
    let scale = inverseSqrt(f32(HEAD_DIM));
    var m = LOWEST;
    var s = 0.0;
#repeat i HEAD_VECS
    let q$i = query[start + $i] * scale;
    var sum$i = vec4<f32>(0.0);
#end
    let last = batch[t * 4u + 1u];
    let table = batch[t * 4u + 3u];
    let key_at = head / (HEADS / KV_HEADS) * HEAD_VECS;
    for (var position = lane; position <= last; position += LANES) {
        let slot = batch[table + position / KV_BLOCK] * KV_BLOCK + position % KV_BLOCK;
        let key = slot * (2u * KV_VECS) + key_at;
        var products = vec4<f32>(0.0);
#repeat i HEAD_VECS
        products += q$i * cache[key + $i];
#end
        let score = (products.x + products.y) + (products.z + products.w);
        if (score > m) {
            let shrink = exp(m - score);
            m = score;
            s *= shrink;
#repeat i HEAD_VECS
            sum$i *= shrink;
#end
        }
        let weight = exp(score - m);
        s += weight;
        let value = key + KV_VECS;
#repeat i HEAD_VECS
        sum$i += weight * cache[value + $i];
#end
    }
#ifndef SOLO
    for (var half = HALF_LANES; half > 0u; half /= 2u) {
        if (lane >= half && lane < 2u * half) {
            shared_ms[lane - half] = vec2<f32>(m, s);
#repeat i HEAD_VECS
            shared_sum[(lane - half) * HEAD_VECS + $i] = sum$i;
#end
        }
        workgroupBarrier();
        if (lane < half) {
            let other = shared_ms[lane];
            let top = max(m, other.x);
            let mine = exp(m - top);
            let theirs = exp(other.x - top);
            m = top;
            s = s * mine + other.y * theirs;
#repeat i HEAD_VECS
            sum$i = sum$i * mine + shared_sum[lane * HEAD_VECS + $i] * theirs;
#end
        }
        workgroupBarrier();
    }
    if (lane > 0u || index / HEADS >= p.tokens) { return; }
#endif
    let to = t * (p.output / 4u) + head * HEAD_VECS;
#repeat i HEAD_VECS
    attended[to + $i] = sum$i / s;
#end
}
