// Packed weights. A row is `stride` vec4s: first the scales of its blocks (one word each, padded to a vec4), then the
// quants of one block of 32 weights after the other. Packed by engine/src/backend/gpu/pack.rs; F32 and F16 have no
// scales and are padded with zeros to whole blocks.
//
//   format  vec4s in a block  scale word             quad (4 weights) g of a block, g = 0..8
//   Q4      1                 d, m as two f16        half g % 2 of word g / 2, nibbles from the low end: d · q + m
//   Q8      2                 d as f32               word g, bytes from the low end: d · q
//   F16     4                 -                      words 2g and 2g + 1
//   F32     8                 -                      words 4g to 4g + 3

@group(1) @binding(0) var<storage, read> w: array<vec4<i32>>;

// Four nibbles of a word, each still multiplied by NIBBLE_SCALE's inverse: masking in place saves the shifts, and the
// inputs are scaled once for all rows instead. Signed, because converting signed integers is cheaper.
const NIBBLE_SCALE: vec4<f32> = vec4<f32>(1.0, 0.0625, 0.00390625, 0.000244140625);
fn nibbles(word: i32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(word) & vec4<i32>(0xf, 0xf0, 0xf00, 0xf000));
}

// Four signed bytes of a word.
fn signed_bytes(word: i32) -> vec4<f32> {
    return vec4<f32>((vec4<i32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u));
}

// Four f16 in two words.
fn halves(words: vec2<i32>) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(bitcast<u32>(words.x)), unpack2x16float(bitcast<u32>(words.y)));
}

// The scale word of a block in the packed row that starts at vec4 `row`.
fn scale_word(row: u32, block: u32) -> i32 {
    return w[row + block / 4u][block % 4u];
}
