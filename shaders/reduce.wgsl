// The end of linear.wgsl's main: adds up the lanes, scales by the norm and hands every row's 4 outputs to `emit`.
#repeat t TOKENS
    var square$t = 0.0;
#ifdef NORM
    for (var i = lane; i < p.squares; i += LANES) {
        let s = x[in$t + p.squares_at / 4u + i];
        square$t += (s.x + s.y) + (s.z + s.w);
    }
#endif
#end
#ifdef SOLO
#repeat t TOKENS
    emit(token + $t, tile, acc$t * norm_scale(square$t));
#end
#else
    let slot = local * TOKENS;
#repeat t TOKENS
    sums[slot + $t] = acc$t;
    squares[slot + $t] = square$t;
#end
    workgroupBarrier();
    // One lane for each row of the batch: TOKENS ≤ LANES.
    if (lane < TOKENS) {
        var sum = vec4<f32>(0.0);
        var square = 0.0;
        for (var other = 0u; other < LANES; other++) {
            let at = (local - lane + other) * TOKENS + lane;
            sum += sums[at];
            square += squares[at];
        }
        emit(token + lane, tile, sum * norm_scale(square));
    }
#endif
