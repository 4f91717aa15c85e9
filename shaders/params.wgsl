// What every kernel is told about a dispatch: one slot of the uniform arena. Written by engine/src/backend/gpu/pass.rs,
// `Params`, whose fields are the same 16 words in the same order.

struct Params {
    rows: u32,       // outputs in this chunk of a weight matrix
    first: u32,      // output index of the chunk's first row; a multiple of 4
    blocks: u32,     // blocks of 32 inputs in a weight row
    stride: u32,     // vec4s in a packed weight row
    tokens: u32,     // rows of the batch (R), or logit rows (L)
    tiles: u32,      // tiles of outputs in the chunk
    input: u32,      // words between rows of the input
    output: u32,     // words between rows of the output
    squares_at: u32, // word of a Normed row at which its partial sums of squares start
    squares: u32,    // vec4s of partial sums of squares
    rope_at: u32,    // word of `batch` at which the rows' (cos, sin) start: (R, e/2, 2)
    logits_at: u32,  // word of `batch` at which the logit rows start: (L)
    draws_at: u32,   // word of `batch` at which the draws start: (L, 5)
    width: f32,      // inputs, as a float: what a mean divides by
    eps: f32,        // added to the mean square
    normed: u32,     // words between rows of Normed
}

@group(0) @binding(0) var<uniform> p: Params;
// One forward pass, as 32-bit words. The first R · 4 are the rows: token, position, cache slot, word at which the
// row's block table starts.
@group(0) @binding(1) var<storage, read> batch: array<u32>;
