//! The table of shapes.

use crate::backend::{Capacity, KV_BLOCK, Rope, RopePairs, Shape};
use crate::gguf::BlockFormat;

/// How each weight of a case is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Formats {
    /// Token embedding (v, d).
    pub embedding: BlockFormat,
    /// Query, key and value rows of one stack (·, d).
    pub qkv: [BlockFormat; 3],
    /// Attention output (d, h·e).
    pub output: BlockFormat,
    /// Gate and up rows of one stack (f, d).
    pub gate_up: [BlockFormat; 2],
    /// Down projection (d, f).
    pub down: BlockFormat,
    /// Logits (v, d); `None` uses the embedding.
    pub head: Option<BlockFormat>,
}

impl Formats {
    /// One format for everything, the head tied to the embedding.
    #[must_use]
    pub const fn all(format: BlockFormat) -> Self {
        Self { embedding: format, qkv: [format; 3], output: format, gate_up: [format; 2], down: format, head: None }
    }
}

/// Whether queries, keys and values have a bias.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bias {
    /// They have none (llama).
    Absent,
    /// They have one (qwen2).
    Present,
}

/// One sequence of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Positions in the cache before the batch.
    pub past: usize,
    /// Rows in the batch.
    pub rows: usize,
    /// Leading blocks that are those of the first sequence: a fork. Within the `past` of both.
    pub shared_blocks: usize,
}

/// Which rows of the batch get logits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogitRows {
    /// The last of each sequence.
    Last,
    /// Every one.
    All,
}

/// A shape, its weights and a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    /// The model.
    pub shape: Shape,
    /// Its weights' formats.
    pub formats: Formats,
    /// Its bias.
    pub bias: Bias,
    /// The sequences of the batch.
    pub spans: Vec<Span>,
    /// The rows with logits.
    pub logit_rows: LogitRows,
    /// Queries are uniform within ± this: 2 spreads attention, 60 makes `exp` overflow unless the largest score is
    /// subtracted first.
    pub query_reach: f32,
}

/// Blocks that no sequence uses, for the copy of a forked block and to leave holes in the cache.
const SPARE_BLOCKS: usize = 3;

impl Case {
    /// What a backend must hold to run the case.
    #[must_use]
    pub fn capacity(&self) -> Capacity {
        let batch: usize = self.spans.iter().map(|span| span.rows).sum();
        let longest = self.spans.iter().map(|span| span.past + span.rows).max().unwrap_or(0);
        let blocks: usize = self.spans.iter().map(Span::own_blocks).sum();
        Capacity {
            // Exactly the batch, unless filling a deep cache would take more than a few passes.
            rows: batch.max(longest / 8),
            logit_rows: match self.logit_rows {
                LogitRows::Last => self.spans.len(),
                LogitRows::All => batch,
            },
            kv_blocks: blocks + SPARE_BLOCKS,
            // The forked block's pass appends one position.
            context: (longest + 1).next_multiple_of(KV_BLOCK),
        }
    }
}

impl Span {
    /// Blocks of its table that it does not share, with room for one more position.
    pub(super) fn own_blocks(&self) -> usize {
        (self.past + self.rows + 1).div_ceil(KV_BLOCK) - self.shared_blocks
    }
}

/// d, h, k, e, f, v.
type Sizes = [usize; 6];

fn shape(layers: usize, [width, heads, kv_heads, head_dim, hidden, vocab]: Sizes, pairs: RopePairs) -> Shape {
    let rope = Rope { base: 10_000.0, pairs };
    Shape { layers, width, heads, kv_heads, head_dim, hidden, vocab, norm_eps: 1e-5, rope }
}

fn span(past: usize, rows: usize) -> Span {
    Span { past, rows, shared_blocks: 0 }
}

fn case(name: &'static str, shape: Shape, formats: Formats, spans: Vec<Span>) -> Case {
    Case { name, shape, formats, bias: Bias::Absent, spans, logit_rows: LogitRows::Last, query_reach: 2.0 }
}

/// The table: sorted from small to large, so that the first failure is the easiest to study.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut table = formats();
    table.extend(attention());
    table.extend(sizes());
    table
}

/// Every block format alone and mixed, at widths that no tile divides.
fn formats() -> Vec<Case> {
    use BlockFormat::{F16, F32, Q4_0, Q4_1, Q8_0};
    use RopePairs::{Adjacent, Halves};
    let small = [32, 2, 1, 16, 64, 96];
    let mixed = Formats {
        embedding: Q8_0,
        qkv: [Q4_0, Q8_0, F32],
        output: Q4_1,
        gate_up: [Q4_1, F16],
        down: Q8_0,
        head: Some(F16),
    };
    vec![
        case("one row, q4_0", shape(1, small, Adjacent), Formats::all(Q4_0), vec![span(0, 1)]),
        case("one row, q4_1", shape(1, small, Halves), Formats::all(Q4_1), vec![span(0, 1)]),
        case("one row, q8_0", shape(1, small, Adjacent), Formats::all(Q8_0), vec![span(0, 1)]),
        case(
            "one row, f16, odd widths",
            shape(1, [37, 3, 1, 12, 51, 101], Halves),
            Formats::all(F16),
            vec![span(0, 1)],
        ),
        case("f32, odd widths", shape(2, [37, 3, 3, 4, 51, 101], Adjacent), Formats::all(F32), vec![span(3, 5)]),
        case("f16, odd widths", shape(2, [46, 3, 1, 20, 33, 77], Adjacent), Formats::all(F16), vec![span(0, 9)]),
        case("q4_0, odd blocks", shape(1, [96, 4, 2, 24, 160, 67], Halves), Formats::all(Q4_0), vec![span(0, 7)]),
        case("q4_1, odd blocks", shape(1, [160, 5, 1, 32, 96, 129], Adjacent), Formats::all(Q4_1), vec![span(0, 6)]),
        case("q8_0, odd blocks", shape(1, [224, 2, 2, 48, 352, 33], Halves), Formats::all(Q8_0), vec![span(0, 5)]),
        Case {
            logit_rows: LogitRows::All,
            ..case("mixed formats", shape(2, [64, 4, 2, 24, 96, 75], Halves), mixed, vec![span(2, 4), span(0, 3)])
        },
    ]
}

/// Caches, forks, grouping and biases.
fn attention() -> Vec<Case> {
    use BlockFormat::{F16, F32, Q4_0, Q4_1, Q8_0};
    use RopePairs::{Adjacent, Halves};
    let fork = |past, rows| Span { past, rows, shared_blocks: 2 };
    let grouped = [64, 4, 2, 32, 96, 70];
    vec![
        Case {
            bias: Bias::Present,
            ..case(
                "bias, every head its own keys",
                shape(2, [64, 4, 4, 16, 96, 70], Halves),
                Formats::all(Q8_0),
                vec![span(5, 4)],
            )
        },
        Case {
            bias: Bias::Present,
            ..case(
                "bias, one key head",
                shape(1, [96, 6, 1, 16, 64, 50], Adjacent),
                Formats::all(Q4_1),
                vec![span(15, 3)],
            )
        },
        Case {
            query_reach: 60.0,
            ..case(
                "scores beyond exp",
                shape(1, [32, 2, 1, 32, 32, 40], Adjacent),
                Formats::all(F32),
                vec![span(30, 4)],
            )
        },
        case(
            "forked sequences",
            shape(2, grouped, Adjacent),
            Formats::all(Q4_1),
            vec![span(40, 1), fork(33, 1), fork(32, 3), fork(47, 1), span(0, 2)],
        ),
        case("deep in the context", shape(1, grouped, Halves), Formats::all(Q4_0), vec![span(1000, 1), span(517, 1)]),
        case("a later chunk", shape(1, grouped, Adjacent), Formats::all(Q8_0), vec![span(203, 40)]),
        case("wide heads", shape(1, [64, 2, 1, 256, 64, 40], Halves), Formats::all(F16), vec![span(20, 3), span(0, 2)]),
        case("heads of 128", shape(1, [128, 3, 3, 128, 64, 40], Adjacent), Formats::all(Q8_0), vec![span(9, 2)]),
    ]
}

/// Many rows, many outputs, a real model's layer.
fn sizes() -> Vec<Case> {
    use BlockFormat::{F16, Q4_0, Q4_1, Q8_0};
    use RopePairs::{Adjacent, Halves};
    let smollm = Formats { embedding: Q8_0, ..Formats::all(Q4_1) };
    vec![
        Case {
            logit_rows: LogitRows::All,
            ..case("17 rows", shape(1, [64, 2, 1, 32, 1056, 130], Adjacent), Formats::all(Q8_0), vec![span(0, 17)])
        },
        case(
            "70 rows",
            shape(1, [96, 3, 1, 32, 1056, 100], Halves),
            Formats::all(Q4_0),
            vec![span(1, 33), span(0, 37)],
        ),
        case("260 rows", shape(1, [64, 4, 2, 16, 96, 64], Adjacent), Formats::all(Q4_1), vec![span(0, 260)]),
        case(
            "66,000 gate and up rows",
            shape(1, [32, 2, 2, 16, 33_000, 64], Adjacent),
            wide_hidden(),
            vec![span(0, 2)],
        ),
        case(
            "70,001 tokens, q8_0",
            shape(1, [32, 2, 1, 16, 32, 70_001], Halves),
            Formats::all(Q8_0),
            vec![span(0, 2), span(4, 1)],
        ),
        case("70,001 tokens, f16", shape(1, [20, 1, 1, 8, 24, 70_001], Adjacent), Formats::all(F16), vec![span(0, 1)]),
        case("a layer of SmolLM2, one row", shape(1, SMOLLM2, Adjacent), smollm, vec![span(18, 1)]),
        case("a layer of SmolLM2, 11 rows", shape(1, SMOLLM2, Adjacent), smollm, vec![span(0, 11)]),
    ]
}

/// SmolLM2-135M but for the vocabulary, which is cut to keep the table quick.
const SMOLLM2: Sizes = [576, 9, 3, 64, 1536, 515];

/// 33,000 is no multiple of 32, so the down projection is unquantized.
const fn wide_hidden() -> Formats {
    Formats { down: BlockFormat::F16, ..Formats::all(BlockFormat::Q8_0) }
}
