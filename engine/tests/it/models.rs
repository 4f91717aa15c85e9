//! Where tests get their models: the cache folder for real ones, a seeded random one made here.

use std::path::PathBuf;

use bytes::Bytes;
use duet_engine::gguf::{self, Array, BlockFormat, Gguf, Matrix, Value};

/// SmolLM2-135M-Instruct from the cache folder (`cargo xtask models` brings it), or nothing, said aloud.
pub(crate) fn smollm2() -> Option<Gguf> {
    let folder = std::env::var_os("DUET_MODELS")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/duet/models")))?;
    let path = folder.join("SmolLM2-135M-Instruct.Q4_1.gguf");
    match std::fs::read(&path) {
        Ok(bytes) => Some(Gguf::parse(Bytes::from(bytes)).expect("a file that `xtask models` has checked")),
        Err(error) => {
            println!("skipped: {}: {error}; run `cargo xtask models`", path.display());
            None
        }
    }
}

/// A seeded random llama of 2 layers with every block format in it, as its file lies in the repository. The golden text was
/// recorded from these bytes; `the_tiny_model_is_made_from_its_seed` makes them again.
pub(crate) fn tiny() -> Gguf {
    Gguf::parse(Bytes::from_static(TINY)).expect("a valid fixture")
}

const TINY: &[u8] = include_bytes!("../fixtures/tiny.gguf");

/// Byte-pair merges of the tiny vocabulary, in order of rank; `Ġ` stands for a space.
const MERGES: [(&str, &str); 13] = [
    ("t", "h"),
    ("h", "e"),
    ("th", "e"),
    ("Ġ", "the"),
    ("i", "n"),
    ("e", "r"),
    ("a", "n"),
    ("Ġ", "a"),
    ("o", "n"),
    ("Ġ", "t"),
    ("r", "e"),
    ("a", "t"),
    ("c", "at"),
];

const WIDTH: usize = 64;
const HEADS: usize = 4;
const KV_WIDTH: usize = 32;
const HIDDEN: usize = 96;
const LAYERS: usize = 2;

#[test]
fn the_tiny_model_is_made_from_its_seed() {
    let made = tiny_bytes();
    if std::env::var_os("DUET_WRITE_FIXTURES").is_some() {
        std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tiny.gguf"), &made).expect("writable");
    }
    assert!(made == TINY, "tiny.gguf differs; DUET_WRITE_FIXTURES=1 writes it, then record the golden text again");
}

/// The tiny model with more metadata.
pub(crate) fn tiny_with(more: &[(&str, Value)]) -> Gguf {
    let more = more.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    Gguf::parse(Bytes::from(tiny_of(more.collect()))).expect("a valid model")
}

fn tiny_bytes() -> Vec<u8> {
    tiny_of(Vec::new())
}

fn tiny_of(more: Vec<(String, Value)>) -> Vec<u8> {
    let mut seed = Seed(2026);
    let tokens = vocabulary();
    let mut tensors = vec![("token_embd.weight".to_owned(), seed.matrix(BlockFormat::F32, tokens.len(), WIDTH, 1.0))];
    for layer in 0..LAYERS {
        for (part, format, rows, cols) in [
            ("attn_q", BlockFormat::Q4_0, WIDTH, WIDTH),
            ("attn_k", BlockFormat::Q8_0, KV_WIDTH, WIDTH),
            ("attn_v", BlockFormat::F16, KV_WIDTH, WIDTH),
            ("attn_output", BlockFormat::Q4_1, WIDTH, WIDTH),
            ("ffn_gate", BlockFormat::Q8_0, HIDDEN, WIDTH),
            ("ffn_up", BlockFormat::Q8_0, HIDDEN, WIDTH),
            ("ffn_down", BlockFormat::Q4_0, WIDTH, HIDDEN),
        ] {
            let reach = 3.0 / (cols as f32).sqrt();
            tensors.push((format!("blk.{layer}.{part}.weight"), seed.matrix(format, rows, cols, reach)));
        }
        for part in ["attn_norm", "ffn_norm"] {
            tensors.push((format!("blk.{layer}.{part}.weight"), seed.norm()));
        }
    }
    tensors.push(("output_norm.weight".to_owned(), seed.norm()));
    gguf::write(&[metadata(tokens), more].concat(), &tensors).expect("a valid model")
}

fn metadata(tokens: Vec<String>) -> Vec<(String, Value)> {
    let kinds = tokens.iter().map(|token| if token.starts_with("<|") { 3 } else { 1 }).collect();
    let merges = MERGES.iter().map(|(a, b)| format!("{a} {b}")).collect();
    let end = tokens.len() as u32 - 1;
    [
        ("general.architecture", Value::Str("llama".to_owned())),
        ("general.name", Value::Str("tiny random llama".to_owned())),
        ("llama.block_count", Value::U32(LAYERS as u32)),
        ("llama.context_length", Value::U32(512)),
        ("llama.embedding_length", Value::U32(WIDTH as u32)),
        ("llama.feed_forward_length", Value::U32(HIDDEN as u32)),
        ("llama.attention.head_count", Value::U32(HEADS as u32)),
        ("llama.attention.head_count_kv", Value::U32((HEADS * KV_WIDTH / WIDTH) as u32)),
        ("llama.attention.layer_norm_rms_epsilon", Value::F32(1e-5)),
        ("llama.rope.freq_base", Value::F32(10_000.0)),
        ("tokenizer.ggml.model", Value::Str("gpt2".to_owned())),
        ("tokenizer.ggml.pre", Value::Str("smollm".to_owned())),
        ("tokenizer.ggml.tokens", Value::Array(Array::Str(tokens))),
        ("tokenizer.ggml.token_type", Value::Array(Array::I32(kinds))),
        ("tokenizer.ggml.merges", Value::Array(Array::Str(merges))),
        ("tokenizer.ggml.eos_token_id", Value::U32(end)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .to_vec()
}

/// 256 bytes as GPT-2 writes them, the merged tokens, and the end token.
fn vocabulary() -> Vec<String> {
    let printable = |byte: u32| matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let mut shifted = 0;
    let mut tokens: Vec<String> = (0..256)
        .map(|byte| {
            let code = if printable(byte) {
                byte
            } else {
                255 + {
                    shifted += 1;
                    shifted
                }
            };
            char::from_u32(code).expect("a character").to_string()
        })
        .collect();
    tokens.extend(MERGES.iter().map(|(a, b)| format!("{a}{b}")));
    tokens.push("<|end|>".to_owned());
    tokens
}

/// Seeded noise for weights.
struct Seed(u64);

impl Seed {
    /// Uniform in [-1, 1), from the high bits of a linear congruential generator (Knuth's MMIX numbers).
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / 8_388_608.0 - 1.0
    }

    fn matrix(&mut self, format: BlockFormat, rows: usize, cols: usize, reach: f32) -> Matrix {
        let weights: Vec<f32> = (0..rows * cols).map(|_| self.next() * reach).collect();
        let bytes = format.quantize(&weights).expect("whole blocks");
        Matrix::new(format, rows, cols, Bytes::from(bytes)).expect("bytes fit the shape")
    }

    fn norm(&mut self) -> Matrix {
        let weights: Vec<u8> = (0..WIDTH).flat_map(|_| (1.0 + 0.3 * self.next()).to_le_bytes()).collect();
        Matrix::new(BlockFormat::F32, 1, WIDTH, Bytes::from(weights)).expect("bytes fit the shape")
    }
}
