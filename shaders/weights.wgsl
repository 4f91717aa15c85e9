// Packed weights. A row is `stride` vec4s: first the scales of its blocks (one word each, padded to a vec4), then the
// quants of one block of 32 weights after the other. Packed by engine/src/backend/gpu/pack.rs; F32 and F16 have no
// scales and are padded with zeros to whole blocks.
//
//   format  vec4s in a block  scale word             quad (4 weights) g of a block, g = 0..8
//   Q4      1                 d, m as two f16        half g % 2 of word g / 2, nibbles n from the low end: d · n + m
//   Q8      2                 d as f32               word g, bytes q from the low end: d · q
//   F16     4                 -                      words 2g and 2g + 1
//   F32     8                 -                      words 4g to 4g + 3

@group(1) @binding(0) var<storage, read> w: array<vec4<i32>>;

// Four numbers of a word, masked out in place and so still multiplied by a power of 16 or 256: what they multiply is
// scaled instead, exactly and once for all rows. CPU adapters have no cheap vector shift and no cheap conversion of
// unsigned integers; so the field at the sign is stored as n − 8 (nibbles) or as it is (bytes), the other bytes as
// q + 128.
const SCALE0: vec4<f32> = vec4<f32>(1.0, 0.0625, 0.00390625, 0.000244140625);
const SCALE1: vec4<f32> = vec4<f32>(0.0000152587890625, 9.5367431640625e-7, 5.9604644775390625e-8, 3.725290298461914e-9);
const BYTE_SCALE: vec4<f32> = vec4<f32>(1.0, 0.00390625, 0.0000152587890625, 5.9604644775390625e-8);
const BIAS0: f32 = 0.0; // of the low half's last nibble
const BIAS1: f32 = 8.0; // of the high half's
fn nibbles0(word: i32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(word) & vec4<i32>(0xf, 0xf0, 0xf00, 0xf000));
}
fn nibbles1(word: i32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(word) & vec4<i32>(0xf0000, 0xf00000, 0xf000000, -0x10000000));
}
fn biased_bytes(word: i32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(word) & vec4<i32>(0xff, 0xff00, 0xff0000, -0x1000000));
}

// Four f16 in two words.
fn halves(words: vec2<i32>) -> vec4<f32> {
    return vec4<f32>(unpack2x16float(bitcast<u32>(words.x)), unpack2x16float(bitcast<u32>(words.y)));
}

// The scale word of a block in the packed row that starts at vec4 `row`.
fn scale_word(row: u32, block: u32) -> i32 {
    return w[row + (block >> 2u)][block & 3u];
}
