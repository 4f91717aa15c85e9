// ids[l] = the token that reference::draw draws from logits row l: greedy, or argmax of logit/T + Gumbel noise over what
// top-k and top-p keep. Logits compare as integer keys (`key`), so that no fast-math rule for NaN or infinity applies.
//
// Bindings: logits (L, output); ids (L); batch: draws (L, 5) temperature, top_k, top_p, key, key.
// Workgroups: one for each logit row; its LANES invocations take every LANES-th token. The k-th largest logit and the
// top-p cut are found digit by digit: 8 sweeps with a 16-bucket histogram. CPU adapters run the same: a few dozen
// barriers are little beside the sweeps, and lavapipe ends any invocation that loops more than 65,535 times.
// Called by Backend::sample, engine/src/backend/gpu/operations.rs.
#include "params.wgsl"
#include "noise.wgsl"

@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> ids: array<u32>;

var<workgroup> buckets: array<f32, BUCKETS_TIMES_LANES>; // (16, LANES)
var<workgroup> totals: array<f32, 16>;
var<workgroup> winners: array<vec2<u32>, LANES>; // (key, id)

const NEGATIVE_INFINITY: u32 = 0x007fffffu; // its key

// A number that orders like the float; 0, below every float's, for what is not a number. −0 is 0.
fn key(value: f32) -> u32 {
    let bits = bitcast<u32>(value);
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) { return 0u; }
    return select(0x80000000u + magnitude, 0x7fffffffu - magnitude, bits > 0x80000000u);
}

// The best (key, id) of all lanes: the largest key, then the lowest id.
fn best(lane: u32, mine: vec2<u32>) -> vec2<u32> {
    winners[lane] = mine;
    workgroupBarrier();
    for (var half = LANES / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
            let a = winners[lane];
            let b = winners[lane + half];
            if (b.x > a.x || (b.x == a.x && b.y < a.y)) { winners[lane] = b; }
        }
        workgroupBarrier();
    }
    let winner = winners[0];
    workgroupBarrier();
    return winner;
}

// What a token weighs in a histogram: 1 to count, or its probability up to a common factor.
struct Weighing { inverse_t: f32, top: f32, floor: u32, count: bool }

// The sum of `buckets` over the lanes, in `totals`.
fn add_lanes(lane: u32) {
    workgroupBarrier();
    for (var b = lane; b < 16u; b += LANES) {
        var total = 0.0;
        for (var other = 0u; other < LANES; other++) { total += buckets[b * LANES + other]; }
        totals[b] = total;
    }
    workgroupBarrier();
}

// Weights by bucket: of the digit at `shift` among the keys from `how.floor` on that begin with `prefix`.
fn histogram(lane: u32, start: u32, how: Weighing, prefix: u32, shift: u32) {
    for (var b = 0u; b < 16u; b++) { buckets[b * LANES + lane] = 0.0; }
    for (var id = lane; id < p.rows; id += LANES) {
        let logit = logits[start + id];
        let k = key(logit);
        // Two shifts: 32 at once is not defined.
        if (k >= how.floor && ((k >> shift) >> 4u) == prefix) {
            var weight = 1.0;
            if (!how.count) { weight = exp((logit - how.top) * how.inverse_t); }
            buckets[((k >> shift) & 15u) * LANES + lane] += weight;
        }
    }
    add_lanes(lane);
}

// The largest key such that the weights from it on sum to at least `share` (of all, unless counting).
fn cut(lane: u32, start: u32, how: Weighing, share: f32) -> u32 {
    var prefix = 0u;
    var above = 0.0;
    var goal = share;
    for (var step = 0u; step < 8u; step++) {
        histogram(lane, start, how, prefix, 28u - 4u * step);
        if (step == 0u && !how.count) {
            goal = 0.0;
            for (var b = 0u; b < 16u; b++) { goal += totals[b]; }
            goal *= share;
        }
        // Where rounding leaves the goal out of reach, the lowest bucket that holds anything.
        var digit = 0u;
        var sum = above;
        for (var i = 0u; i < 16u; i++) {
            let b = 15u - i;
            if (totals[b] > 0.0) {
                digit = b;
                above = sum;
                sum += totals[b];
                if (sum >= goal) { break; }
            }
        }
        prefix = prefix * 16u + digit;
        workgroupBarrier();
    }
    return prefix;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let start = group.x * p.output;
    let draw = p.draws_at + group.x * 5u;
    let temperature = bitcast<f32>(batch[draw]);
    let top_k = batch[draw + 1u];
    let top_p = bitcast<f32>(batch[draw + 2u]);
    var mine = vec2<u32>(NEGATIVE_INFINITY, 0u);
    for (var id = lane; id < p.rows; id += LANES) {
        let k = key(logits[start + id]);
        if (k > mine.x) { mine = vec2<u32>(k, id); }
    }
    let greedy = best(lane, mine);
    if (temperature <= 0.0) {
        if (lane == 0u) { ids[group.x] = greedy.y; }
        return;
    }
    var floor = 1u; // every number
    if (top_k > 0u && top_k < p.rows) {
        floor = cut(lane, start, Weighing(1.0, 0.0, 1u, true), f32(top_k));
    }
    if (top_p < 1.0) {
        floor = cut(lane, start, Weighing(1.0 / temperature, logits[start + greedy.y], floor, false), top_p);
    }
    let noise = vec2<u32>(batch[draw + 3u], batch[draw + 4u]);
    mine = vec2<u32>(NEGATIVE_INFINITY, 0u);
    for (var id = lane; id < p.rows; id += LANES) {
        let logit = logits[start + id];
        if (key(logit) >= floor) {
            let k = key(logit / temperature + gumbel(noise, id));
            if (k > mine.x) { mine = vec2<u32>(k, id); }
        }
    }
    let winner = best(lane, mine);
    if (lane == 0u) { ids[group.x] = winner.y; }
}
