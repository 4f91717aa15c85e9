// The end of linear.wgsl's main: adds up the lanes, scales by the norm and hands every row's outputs to `emit`.
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
#repeat f FOURS
    emit(token + $t, four + $f, acc$f$t * norm_scale(square$t));
#end
#end
#else
    let slot = local * TOKENS;
#repeat t TOKENS
    squares[slot + $t] = square$t;
#repeat f FOURS
    sums[(slot + $t) * FOURS + $f] = acc$f$t;
#end
#end
    workgroupBarrier();
    // One lane for each row of the batch: TOKENS ≤ LANES.
    if (lane < TOKENS) {
        var square = 0.0;
#repeat f FOURS
        var sum$f = vec4<f32>(0.0);
#end
        for (var other = 0u; other < LANES; other++) {
            let at = (local - lane + other) * TOKENS + lane;
            square += squares[at];
#repeat f FOURS
            sum$f += sums[at * FOURS + $f];
#end
        }
#repeat f FOURS
        emit(token + lane, four + $f, sum$f * norm_scale(square));
#end
    }
#endif
