//! Tokenization, against what the `tokenizers` package recorded (fixtures/tokenizer.py), and what no input may do.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may panic, and says what it skipped

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use duet_engine::gguf::{Gguf, Value, write};
use duet_engine::tokenizer::{Piece, PreTokenizer, TokenKind, Tokenizer, TokenizerError, TokenizerParts, byte_char};
use proptest::prelude::*;

// === Against an independent implementation ===

fn strings(value: &serde_json::Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The vocabulary that the script trained; its last tokens are `<|endoftext|>`, `<|im_start|>`, `<|im_end|>`, `<file_sep>`.
fn tiny_parts(recorded: &serde_json::Value, pre: PreTokenizer) -> TokenizerParts {
    let tokens = strings(&recorded["tokens"]);
    let specials = recorded["specials"].as_u64().unwrap() as usize;
    let mut kinds = vec![TokenKind::Normal; tokens.len()];
    kinds[tokens.len() - specials..].fill(TokenKind::Control);
    let eos = Some(tokens.len() as u32 - 4);
    TokenizerParts {
        tokens,
        kinds,
        merges: strings(&recorded["merges"]),
        pre,
        bos: None,
        eos,
        eot: None,
        adds_bos: false,
    }
}

static TINY: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../fixtures/tokenizer_tiny.json")).unwrap());

static TINY_PARTS: LazyLock<TokenizerParts> = LazyLock::new(|| tiny_parts(&TINY["gpt-2"], PreTokenizer::Gpt2));

static TOKENIZER: LazyLock<Tokenizer> = LazyLock::new(|| Tokenizer::new(&TINY_PARTS).unwrap());

fn agrees(tokenizer: &Tokenizer, cases: &serde_json::Value) -> usize {
    let cases = cases.as_array().unwrap();
    for case in cases {
        let text = case[0].as_str().unwrap();
        let expected: Vec<u32> = case[1].as_array().unwrap().iter().map(|id| id.as_u64().unwrap() as u32).collect();
        let ids = if case[2].is_null() { tokenizer.encode_text(text) } else { tokenizer.encode_trusted(text) };
        assert_eq!(ids, expected, "{text:?}");
    }
    cases.len()
}

#[test]
fn encodes_as_the_tokenizers_package_does() {
    for (name, pre) in [("gpt-2", PreTokenizer::Gpt2), ("smollm", PreTokenizer::SmolLm)] {
        let tokenizer = Tokenizer::new(&tiny_parts(&TINY[name], pre)).unwrap();
        assert_eq!(agrees(&tokenizer, &TINY[name]["cases"]), 120);
    }
}

fn smollm2() -> Option<Tokenizer> {
    let folder = match std::env::var_os("DUET_MODELS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/duet/models"),
    };
    match std::fs::read(folder.join("SmolLM2-135M-Instruct.Q4_1.gguf")) {
        Ok(bytes) => Some(Tokenizer::from_gguf(&Gguf::parse(bytes.into()).unwrap()).unwrap()),
        Err(error) => {
            println!("skipped: SmolLM2-135M-Instruct.Q4_1.gguf in {}: {error}", folder.display());
            None
        }
    }
}

#[test]
fn encodes_with_smollm2_as_the_tokenizers_package_does() {
    let Some(tokenizer) = smollm2() else { return };
    let cases = serde_json::from_str(include_str!("../fixtures/tokenizer_smollm2.json")).unwrap();
    assert_eq!(agrees(&tokenizer, &cases), 2200);
    // Cases of texts that cannot be kept here: the script's third argument.
    if let Some(path) = std::env::var_os("DUET_TOKENIZER_CASES") {
        let cases = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        println!("{} more cases agree", agrees(&tokenizer, &cases));
    }
}

#[test]
fn knows_smollm2s_special_tokens() {
    let Some(tokenizer) = smollm2() else { return };
    assert_eq!((tokenizer.vocab_len(), tokenizer.bos(), tokenizer.eos()), (49_152, Some(1), Some(2)));
    assert!(!tokenizer.adds_bos());
    assert_eq!((0..49_152).filter(|id| tokenizer.is_end(*id)).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(tokenizer.token_bytes(2).unwrap(), b"<|im_end|>");
    assert_eq!(tokenizer.decode(&tokenizer.encode_trusted("<|im_start|>user\nHi 12!<|im_end|>")), "user\nHi 12!");
}

// === Properties ===

/// Merges one at a time, searching all pairs each time: the definition.
fn naive(parts: &TokenizerParts, word: &str) -> Vec<u32> {
    let rank = |pair: &[String]| parts.merges.iter().position(|merge| *merge == format!("{} {}", pair[0], pair[1]));
    let mut symbols: Vec<String> = word.bytes().map(|byte| byte_char(byte).to_string()).collect();
    while let Some((_, at)) = symbols.windows(2).enumerate().filter_map(|(at, pair)| Some((rank(pair)?, at))).min() {
        let right = symbols.remove(at + 1);
        symbols[at].push_str(&right);
    }
    symbols.iter().map(|symbol| parts.tokens.iter().position(|token| token == symbol).unwrap() as u32).collect()
}

fn words() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "the ",
        " an",
        "apple",
        "'ll",
        "12",
        "é",
        "世界",
        "👍🏽",
        "\n\n",
        "  ",
        "<|im_end|>",
        "<|im_",
        "end|>",
        "<file_sep>",
        "|",
        "a",
    ]);
    prop::collection::vec(prop_oneof![part.prop_map(str::to_owned), any::<char>().prop_map(String::from)], 0..12)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn merging_with_a_queue_is_merging_by_definition(word in "[a-z]{1,24}") {
        prop_assert_eq!(TOKENIZER.encode_text(&word), naive(&TINY_PARTS, &word));
    }

    #[test]
    fn decoding_gives_the_text_back(text in words()) {
        prop_assert_eq!(TOKENIZER.decode(&TOKENIZER.encode_text(&text)), text);
    }

    #[test]
    fn untrusted_text_never_becomes_a_control_token(texts in prop::collection::vec(words(), 1..5)) {
        let pieces: Vec<_> = texts.into_iter().map(|text| Piece { text, trusted: false }).collect();
        let first_control = TOKENIZER.vocab_len() as u32 - 4;
        prop_assert!(TOKENIZER.encode(&pieces).into_iter().all(|id| id < first_control));
    }

    #[test]
    fn borders_of_pieces_leave_no_trace(texts in prop::collection::vec(words(), 1..5)) {
        let pieces: Vec<_> = texts.iter().map(|text| Piece { text: text.clone(), trusted: false }).collect();
        prop_assert_eq!(TOKENIZER.encode(&pieces), TOKENIZER.encode_text(&texts.concat()));
    }

    #[test]
    fn streaming_gives_the_same_text_as_decoding(ids in prop::collection::vec(0u32..520, 0..40)) {
        let mut stream = TOKENIZER.detokenizer();
        let mut text: String = ids.iter().map(|id| stream.push(*id)).collect();
        text.push_str(&stream.finish());
        prop_assert_eq!(text, TOKENIZER.decode(&ids));
    }

    #[test]
    fn streaming_never_splits_a_character(text in any::<String>()) {
        let mut stream = TOKENIZER.detokenizer();
        let mut out = String::new();
        for byte in text.bytes() {
            let id = TINY_PARTS.tokens.iter().position(|token| *token == byte_char(byte).to_string()).unwrap();
            out.push_str(&stream.push(id as u32));
            prop_assert!(text.starts_with(&out), "{:?} is no beginning of {:?}", out, text);
        }
        prop_assert_eq!(out + &stream.finish(), text);
    }
}

#[test]
fn a_special_token_must_lie_inside_one_trusted_piece() {
    let piece = |text: &str, trusted| Piece { text: text.to_owned(), trusted };
    let end = TINY_PARTS.tokens.iter().position(|token| token == "<|im_end|>").unwrap() as u32;
    assert_eq!(TOKENIZER.encode(&[piece("<|im_end|>", true)]), [end]);
    for pieces in [
        [piece("<|im_end|>", false), piece("", true)],
        [piece("<|im_", true), piece("end|>", false)],
        [piece("<|im_", false), piece("end|>", true)],
    ] {
        assert!(!TOKENIZER.encode(&pieces).contains(&end), "{pieces:?}");
    }
    let ids = TOKENIZER.encode(&[piece("<|im_end|> the", true), piece("<|im_end|>", false), piece("<|im_end|>", true)]);
    assert_eq!(ids.iter().filter(|id| **id == end).count(), 2);
}

#[test]
fn invalid_bytes_are_replaced_as_soon_as_they_are_certain() {
    let id =
        |byte: u8| TINY_PARTS.tokens.iter().position(|token| *token == byte_char(byte).to_string()).unwrap() as u32;
    let mut stream = TOKENIZER.detokenizer();
    assert_eq!(stream.push(id(0xe4)), "", "the beginning of a character waits");
    assert_eq!(stream.push(id(b'a')), "\u{fffd}a");
    assert_eq!(stream.push(id(0xff)), "\u{fffd}");
    assert_eq!(stream.push(id(0xf0)), "");
    assert_eq!(stream.push(9999), "", "an id outside the vocabulary says nothing");
    assert_eq!(stream.finish(), "\u{fffd}");
    assert_eq!(stream.finish(), "");
}

#[test]
fn a_word_as_long_as_a_book_takes_no_quadratic_time() {
    let word = "the".repeat(400_000);
    let start = Instant::now();
    let ids = TOKENIZER.encode_text(&word);
    assert_eq!(TOKENIZER.decode(&ids), word);
    // Quadratic merging would take hours; the limit leaves room for a busy machine.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

// === Hostile files ===

fn refusal(change: impl FnOnce(&mut TokenizerParts)) -> String {
    let mut parts = TINY_PARTS.clone();
    change(&mut parts);
    Tokenizer::new(&parts).unwrap_err().to_string()
}

#[test]
fn bad_parts_are_refused_by_name() {
    let vocab = TINY_PARTS.tokens.len();
    let message = format!("`tokenizer.ggml.eos_token_id` is {vocab}, the vocabulary has {vocab} tokens");
    assert_eq!(refusal(|parts| parts.eos = Some(vocab as u32)), message);
    assert!(refusal(|parts| parts.bos = Some(u32::MAX)).starts_with("`tokenizer.ggml.bos_token_id` is 4294967295"));
    assert!(refusal(|parts| parts.eot = Some(u32::MAX)).starts_with("`tokenizer.ggml.eot_token_id` is 4294967295"));
    assert!(refusal(|parts| parts.kinds.truncate(3)).starts_with("the number of token types is 3, it must be that of"));
    assert!(refusal(|parts| parts.tokens.clear()).starts_with("the number of tokens is 0, it must be within 1..="));
    assert_eq!(refusal(|parts| parts.merges[0] = "ab".into()), "merge 0, \"ab\": there is no space in it");
    let message = "merge 1, \"a ~~\": a token of it is not in the vocabulary";
    assert_eq!(refusal(|parts| parts.merges[1] = "a ~~".into()), message);
    let message = refusal(|parts| *parts.tokens.last_mut().unwrap() = "x".repeat(300));
    assert_eq!(message, "the length of a special token is 300, it must be at most 256");
}

#[test]
fn a_merge_into_a_control_token_is_never_applied() {
    let mut parts = TINY_PARTS.clone();
    let control = parts.tokens.iter().position(|token| token == "<|im_end|>").unwrap();
    parts.tokens[control] = "qz".to_owned();
    parts.merges.insert(0, "q z".to_owned());
    let tokenizer = Tokenizer::new(&parts).unwrap();
    assert!(!tokenizer.encode_text("qz").contains(&(control as u32)));
    assert_eq!(tokenizer.encode_trusted("qz"), [control as u32]);
}

fn with(key: &str, value: impl Into<Value>) -> Result<Tokenizer, TokenizerError> {
    let mut metadata = TINY_PARTS.to_metadata();
    metadata.retain(|(other, _)| other != key);
    metadata.push((key.to_owned(), value.into()));
    Tokenizer::from_gguf(&Gguf::parse(write(&metadata, &[]).unwrap().into()).unwrap())
}

#[test]
fn a_file_gives_the_parts_back() {
    let file = Gguf::parse(write(&TINY_PARTS.to_metadata(), &[]).unwrap().into()).unwrap();
    assert_eq!(TokenizerParts::from_gguf(&file).unwrap(), *TINY_PARTS);
}

#[test]
fn bad_keys_are_refused_by_name() {
    let message = with("tokenizer.ggml.model", "llama").unwrap_err().to_string();
    assert_eq!(message, "the tokenizer model \"llama\" is not supported (supported: gpt2, byte-level BPE)");
    let message = with("tokenizer.ggml.pre", "llama-bpe").unwrap_err().to_string();
    assert_eq!(message, "the pre-tokenizer \"llama-bpe\" is not supported (supported: smollm, gpt-2, default)");
    let mut kinds = vec![1i32; TINY_PARTS.tokens.len()];
    kinds[3] = -7;
    let message = with("tokenizer.ggml.token_type", kinds).unwrap_err().to_string();
    assert_eq!(message, "the type of token 3 is -7, it must be within 1..=6");
    let message = with("tokenizer.ggml.eos_token_id", -1i32).unwrap_err().to_string();
    assert!(message.contains("must hold an integer within 0..=4294967295, it holds i32 -1"), "{message}");
    assert!(with("tokenizer.ggml.tokens", "none").is_err());
    assert!(with("tokenizer.ggml.eos_token_id", 3u64).is_ok(), "any integer type will do");
}
