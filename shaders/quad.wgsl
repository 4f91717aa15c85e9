// One step of block.wgsl: the quads from `quad` on, whose weights stand in q00, q01, q02, q03 (the first 4 rows of the
// tile), q10, … A mat4x4 holds 4 weights of 4 rows, so that x · weights is one number for each of the rows.
#repeat h PARTS
            {
#repeat t TOKENS
                let x$t = x[in$t + quad + $h];
#ifdef Q4
                let scaled$t = x$t * SCALE$h;
                total$t += (x$t.x + x$t.y) + (x$t.z + x$t.w);
                bias$t += x$t.w * BIAS$h;
#endif
#ifdef Q8
                let scaled$t = x$t * BYTE_SCALE;
                bias$t -= 128.0 * (x$t.x + x$t.y + x$t.z);
#endif
#end
#repeat f FOURS
#ifdef Q4
                let weights$f = mat4x4<f32>(nibbles$h(q$f0), nibbles$h(q$f1), nibbles$h(q$f2), nibbles$h(q$f3));
#endif
#ifdef Q8
                let weights$f = mat4x4<f32>(biased_bytes(q$f0), biased_bytes(q$f1), biased_bytes(q$f2), biased_bytes(q$f3));
#endif
#ifdef F16
                let weights$f = mat4x4<f32>(halves$h(q$f0), halves$h(q$f1), halves$h(q$f2), halves$h(q$f3));
#endif
#ifdef F32
                let weights$f = mat4x4<f32>(bitcast<vec4<f32>>(q$f0), bitcast<vec4<f32>>(q$f1),
                                            bitcast<vec4<f32>>(q$f2), bitcast<vec4<f32>>(q$f3));
#endif
#repeat t TOKENS
#ifdef SCALED
                sum$f$t += scaled$t * weights$f;
#else
                acc$f$t += x$t * weights$f;
#endif
#end
#end
            }
#end
