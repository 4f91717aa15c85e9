// What linear.wgsl does with 4 outputs of a chunk for row t of the batch.

// 1 / √(mean x² + eps), from Σ x².
fn norm_scale(square: f32) -> f32 {
#ifdef NORM
    return inverseSqrt(square / p.width + p.eps);
#else
    return 1.0;
#endif
}

#ifdef QKV
// One pair of outputs: bias, rotation, and where it goes.
fn emit_pair(t: u32, pair: u32, value: vec2<f32>) {
    let rows = pair_rows(pair);
    if (rows.x >= p.rows) { return; }
    let to = rows + p.first;
    var out = value + vec2<f32>(vector[to.x], vector[to.y]);
    if (to.x < QUERY_WIDTH + KV_WIDTH) {
        let at = p.rope_at + t * HEAD_DIM + pair % (HEAD_DIM / 2u) * 2u;
        let c = bitcast<f32>(batch[at]);
        let s = bitcast<f32>(batch[at + 1u]);
        out = vec2<f32>(out.x * c - out.y * s, out.x * s + out.y * c);
    }
    if (to.x < QUERY_WIDTH) {
        y[t * p.output + to.x] = out.x;
        y[t * p.output + to.y] = out.y;
    } else {
        let slot = batch[t * 4u + 2u] * (2u * KV_WIDTH);
        cache[slot + to.x - QUERY_WIDTH] = out.x;
        cache[slot + to.y - QUERY_WIDTH] = out.y;
    }
}
#endif

#ifdef GATE_UP
// x · sigmoid(x); the clamp keeps exp finite.
fn silu(x: f32) -> f32 {
    return x / (1.0 + exp(min(-x, 80.0)));
}
#endif

// Outputs 4 · four to 4 · four + 3 of the chunk; a tile at the chunk's end has spare ones.
fn emit(t: u32, four: u32, value: vec4<f32>) {
    if (t >= p.tokens || 4u * four >= p.rows) { return; }
#ifdef QKV
    emit_pair(t, 2u * four, value.xy);
    emit_pair(t, 2u * four + 1u, value.zw);
#endif
#ifdef GATE_UP
    let to = t * p.output + p.first / 2u + 2u * four;
    y[to] = silu(value.x) * value.y;
    if (4u * four + 2u < p.rows) { y[to + 1u] = silu(value.z) * value.w; }
#endif
#ifdef ADD
    var sum = vec4<f32>(0.0);
#repeat r 4
    if (4u * four + $r < p.rows) {
        let to = t * p.output + p.first + 4u * four + $r;
        sum[$r] = y[to] + value[$r];
        y[to] = sum[$r];
    }
#end
    store_normed(t, p.first / 4u + four, sum);
#endif
#ifdef LOGITS
    let to = t * p.output + p.first + 4u * four;
#repeat r 4
    if (4u * four + $r < p.rows) { y[to + $r] = value[$r]; }
#end
#endif
}
