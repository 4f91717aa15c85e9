// The body of linear.wgsl's loop: adds one block of 32 weights of each row in the tile.
// A mat4x4 holds 4 weights of 4 rows, so that x · weights is one number for each of the rows.
#ifdef SCALED
        let first = (p.blocks + 3u) / 4u + block * VECS;
#repeat t TOKENS
        var bias$t = 0.0; // what the stored numbers' offsets add up to
        var total$t = 0.0; // Σ x: what the minimum is multiplied by
#repeat f FOURS
        var sum$f$t = vec4<f32>(0.0);
#end
#end
#else
        let first = block * VECS;
#endif
#repeat v VECS
        {
#repeat f FOURS
            let q$f0 = w[rows$f.x + first + $v];
            let q$f1 = w[rows$f.y + first + $v];
            let q$f2 = w[rows$f.z + first + $v];
            let q$f3 = w[rows$f.w + first + $v];
#end
#repeat g UNITS
#repeat h PARTS
            {
                let k = block * 8u + $v * QUADS + $g * PARTS + $h;
#repeat t TOKENS
                let x$t = x[in$t + k];
#end
#ifdef Q4
#repeat t TOKENS
                let scaled$t = x$t * SCALE$h;
                total$t += (x$t.x + x$t.y) + (x$t.z + x$t.w);
                bias$t += x$t.w * BIAS$h;
#end
#endif
#ifdef Q8
#repeat t TOKENS
                let scaled$t = x$t * BYTE_SCALE;
                bias$t -= 128.0 * (x$t.x + x$t.y + x$t.z);
#end
#endif
#repeat f FOURS
                {
#ifdef Q4
                    let weights = mat4x4<f32>(nibbles$h(q$f0[$g]), nibbles$h(q$f1[$g]),
                                              nibbles$h(q$f2[$g]), nibbles$h(q$f3[$g]));
#endif
#ifdef Q8
                    let weights = mat4x4<f32>(biased_bytes(q$f0[$g]), biased_bytes(q$f1[$g]),
                                              biased_bytes(q$f2[$g]), biased_bytes(q$f3[$g]));
#endif
#ifdef F16
                    let weights = mat4x4<f32>(halves(vec2<i32>(q$f0[2 * $g], q$f0[2 * $g + 1])),
                                              halves(vec2<i32>(q$f1[2 * $g], q$f1[2 * $g + 1])),
                                              halves(vec2<i32>(q$f2[2 * $g], q$f2[2 * $g + 1])),
                                              halves(vec2<i32>(q$f3[2 * $g], q$f3[2 * $g + 1])));
#endif
#ifdef F32
                    let weights = mat4x4<f32>(bitcast<vec4<f32>>(q$f0), bitcast<vec4<f32>>(q$f1),
                                              bitcast<vec4<f32>>(q$f2), bitcast<vec4<f32>>(q$f3));
#endif
#repeat t TOKENS
#ifdef SCALED
                    sum$f$t += scaled$t * weights;
#else
                    acc$f$t += x$t * weights;
#endif
#end
                }
#end
            }
#end
#end
        }
#end
#repeat f FOURS
        {
#ifdef Q4
            let s0 = unpack2x16float(bitcast<u32>(scale_word(rows$f.x, block)));
            let s1 = unpack2x16float(bitcast<u32>(scale_word(rows$f.y, block)));
            let s2 = unpack2x16float(bitcast<u32>(scale_word(rows$f.z, block)));
            let s3 = unpack2x16float(bitcast<u32>(scale_word(rows$f.w, block)));
            let d = vec4<f32>(s0.x, s1.x, s2.x, s3.x);
            let m = vec4<f32>(s0.y, s1.y, s2.y, s3.y);
#repeat t TOKENS
            acc$f$t += (sum$f$t + bias$t) * d + total$t * m;
#end
#endif
#ifdef Q8
            let d = bitcast<vec4<f32>>(vec4<i32>(scale_word(rows$f.x, block), scale_word(rows$f.y, block),
                                                 scale_word(rows$f.z, block), scale_word(rows$f.w, block)));
#repeat t TOKENS
            acc$f$t += (sum$f$t + bias$t) * d;
#end
#endif
        }
#end
