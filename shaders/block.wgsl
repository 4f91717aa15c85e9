// The body of linear.wgsl's loop: adds one block of 32 weights of each row in the tile, a step at a time. A step is what
// quad.wgsl takes: PARTS quads (4 weights), in one word of Q4 and Q8 or one vec4 of F16 and F32.
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
#ifdef SOLO
        // A loop, since CPU adapters take seconds to compile the steps one after the other. They load word by word anyway.
        for (var step = 0u; step < STEPS; step++) {
            let quad = block * 8u + step * PARTS;
#repeat f FOURS
#ifdef SCALED
            let q$f0 = w[rows$f.x + first + (step >> 2u)][step & 3u];
            let q$f1 = w[rows$f.y + first + (step >> 2u)][step & 3u];
            let q$f2 = w[rows$f.z + first + (step >> 2u)][step & 3u];
            let q$f3 = w[rows$f.w + first + (step >> 2u)][step & 3u];
#else
            let q$f0 = w[rows$f.x + first + step];
            let q$f1 = w[rows$f.y + first + step];
            let q$f2 = w[rows$f.z + first + step];
            let q$f3 = w[rows$f.w + first + step];
#endif
#end
#include "quad.wgsl"
        }
#else
#repeat v VECS
        {
#repeat f FOURS
            let vec$f0 = w[rows$f.x + first + $v];
            let vec$f1 = w[rows$f.y + first + $v];
            let vec$f2 = w[rows$f.z + first + $v];
            let vec$f3 = w[rows$f.w + first + $v];
#end
#repeat g VEC_STEPS
            {
                let quad = block * 8u + ($v * VEC_STEPS + $g) * PARTS;
#repeat f FOURS
#ifdef SCALED
                let q$f0 = vec$f0[$g];
                let q$f1 = vec$f1[$g];
                let q$f2 = vec$f2[$g];
                let q$f3 = vec$f3[$g];
#else
                let q$f0 = vec$f0;
                let q$f1 = vec$f1;
                let q$f2 = vec$f2;
                let q$f3 = vec$f3;
#endif
#end
#include "quad.wgsl"
            }
#end
        }
#end
#endif
#repeat f FOURS
#ifdef Q4
        let a$f = unpack2x16float(bitcast<u32>(scale_word(rows$f.x, block)));
        let b$f = unpack2x16float(bitcast<u32>(scale_word(rows$f.y, block)));
        let c$f = unpack2x16float(bitcast<u32>(scale_word(rows$f.z, block)));
        let e$f = unpack2x16float(bitcast<u32>(scale_word(rows$f.w, block)));
        let d$f = vec4<f32>(a$f.x, b$f.x, c$f.x, e$f.x);
        let m$f = vec4<f32>(a$f.y, b$f.y, c$f.y, e$f.y);
#repeat t TOKENS
        acc$f$t += (sum$f$t + bias$t) * d$f + total$t * m$f;
#end
#endif
#ifdef Q8
        let d$f = bitcast<vec4<f32>>(vec4<i32>(scale_word(rows$f.x, block), scale_word(rows$f.y, block),
                                               scale_word(rows$f.z, block), scale_word(rows$f.w, block)));
#repeat t TOKENS
        acc$f$t += (sum$f$t + bias$t) * d$f;
#end
#endif
#end
