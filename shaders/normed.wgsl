// What a kernel that writes Residual leaves for the norm that reads it: Normed, (R, normed) rows of n ∘ Residual (d,
// padded with zeros to whole blocks), then the squares of Residual, summed over 4 components. So no reader of a row
// has to sum all of it or to load n.

#ifdef NORMED
// Components 4 · four to 4 · four + 3 of row t; those past d are zeros.
fn store_normed(t: u32, four: u32, value: vec4<f32>) {
    let to = t * p.normed + 4u * four;
#repeat i 4
    normed[to + $i] = value[$i] * vector[4u * four + $i];
#end
    normed[t * p.normed + p.squares_at + four] = dot(value, value);
}
#endif
