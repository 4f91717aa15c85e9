//! Reading and writing GGUF files: round trips, refusals, and what a mutated file can do.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // a test may panic, and says what it skipped

use std::path::PathBuf;

use bytes::Bytes;
use duet_engine::gguf::{Array, BlockFormat, Gguf, GgufError, Matrix, Value, write};
use proptest::prelude::*;

fn entry(key: &str, value: impl Into<Value>) -> (String, Value) {
    (key.to_owned(), value.into())
}

fn small_file() -> Vec<u8> {
    let metadata = [
        entry("general.architecture", "llama"),
        entry("llama.block_count", 2u32),
        entry("tokens", vec!["a".to_owned(), "bc".to_owned()]),
        entry("nested", Array::Array(vec![Array::U8(vec![1, 2]), Array::Bool(vec![true])])),
    ];
    let weights: Vec<f32> = (0..64).map(|i| i as f32).collect();
    let tensors = [
        ("norm".to_owned(), Matrix::quantized(BlockFormat::F32, 1, 3, &[1.0, 2.0, 3.0]).unwrap()),
        ("w".to_owned(), Matrix::quantized(BlockFormat::Q8_0, 2, 32, &weights).unwrap()),
    ];
    write(&metadata, &tensors).unwrap()
}

// === Round trips ===

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u8>().prop_map(Value::U8),
        any::<i8>().prop_map(Value::I8),
        any::<u16>().prop_map(Value::U16),
        any::<i16>().prop_map(Value::I16),
        any::<u32>().prop_map(Value::U32),
        any::<i32>().prop_map(Value::I32),
        any::<f32>().prop_map(Value::F32),
        any::<u64>().prop_map(Value::U64),
        any::<i64>().prop_map(Value::I64),
        any::<f64>().prop_map(Value::F64),
        any::<bool>().prop_map(Value::Bool),
        prop::collection::vec(any::<char>(), 0..9).prop_map(|c| Value::Str(c.into_iter().collect())),
    ]
}

fn array() -> impl Strategy<Value = Array> {
    let flat = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Array::U8),
        prop::collection::vec(any::<i16>(), 0..9).prop_map(Array::I16),
        prop::collection::vec(any::<i32>(), 0..9).prop_map(Array::I32),
        prop::collection::vec(any::<f64>(), 0..9).prop_map(Array::F64),
        prop::collection::vec(any::<bool>(), 0..9).prop_map(Array::Bool),
        prop::collection::vec(any::<u16>().prop_map(|n| format!("ü{n}")), 0..9).prop_map(Array::Str),
    ];
    flat.prop_recursive(3, 20, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Array::Array))
}

fn matrix() -> impl Strategy<Value = Matrix> {
    (prop::sample::select(BlockFormat::ALL.to_vec()), 1usize..5, 1usize..4).prop_flat_map(|(format, rows, blocks)| {
        let cols = blocks * format.block_len();
        prop::collection::vec(any::<u8>(), rows * format.row_bytes(cols).unwrap())
            .prop_map(move |bytes| Matrix::new(format, rows, cols, bytes.into()).unwrap())
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_equal(
        values in prop::collection::vec(prop_oneof![scalar(), array().prop_map(Value::Array)], 0..12),
        matrices in prop::collection::vec(matrix(), 0..6),
        alignment in prop::sample::select(vec![1u32, 8, 32, 4096]),
    ) {
        let mut metadata: Vec<_> = values.into_iter().enumerate().map(|(i, v)| (format!("key.{i}"), v)).collect();
        metadata.push(entry("general.alignment", alignment));
        let tensors: Vec<_> = matrices.into_iter().enumerate().map(|(i, m)| (format!("tensor.{i}"), m)).collect();
        let file = Bytes::from(write(&metadata, &tensors).unwrap());
        let gguf = Gguf::parse(file.clone()).unwrap();
        prop_assert_eq!(gguf.metadata().entries(), &metadata[..]);
        prop_assert_eq!(gguf.tensors().len(), tensors.len());
        for (name, matrix) in &tensors {
            let read = gguf.matrix(name).unwrap();
            prop_assert_eq!(&read, matrix);
            prop_assert!(file.as_ptr_range().contains(&read.bytes().as_ptr()), "shares the file's bytes");
            prop_assert!(gguf.tensor(name).unwrap().start.is_multiple_of(alignment as usize));
        }
        let again = write(gguf.metadata().entries(), &tensors).unwrap();
        prop_assert_eq!(Bytes::from(again), file);
    }
}

#[test]
fn getters_say_what_is_wrong() {
    let gguf = Gguf::parse(small_file().into()).unwrap();
    assert_eq!(gguf.u32("llama.block_count").unwrap(), 2);
    assert_eq!(gguf.strings("tokens").unwrap(), ["a", "bc"]);
    assert_eq!(gguf.optional_u32("none").unwrap(), None);
    let message = gguf.u32("general.architecture").unwrap_err().to_string();
    assert_eq!(
        message,
        "the key \"general.architecture\" must hold an unsigned integer, it holds a value of type string"
    );
    let message = gguf.f32("tokens").unwrap_err().to_string();
    assert_eq!(message, "the key \"tokens\" must hold a float, it holds an array of 2 × string");
    assert_eq!(gguf.vector("norm").unwrap(), [1.0, 2.0, 3.0]);
    assert_eq!((gguf.matrix("w").unwrap().rows(), gguf.matrix("w").unwrap().cols()), (2, 32));
    let message = gguf.vector("w").unwrap_err().to_string();
    assert_eq!(message, "the tensor \"w\" has the shape [32, 2], it must be a vector");
    assert!(matches!(gguf.matrix("v"), Err(GgufError::MissingTensor { .. })));
}

// === Refusals ===

/// A file by hand: header with the counts, then whatever follows.
fn by_hand(tensors: u64, entries: u64, rest: &[&[u8]]) -> Bytes {
    let mut file = b"GGUF\x03\0\0\0".to_vec();
    file.extend(tensors.to_le_bytes());
    file.extend(entries.to_le_bytes());
    file.extend(rest.concat());
    file.into()
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn tensor(name: &str, dims: &[u64], kind: u32, offset: u64) -> Vec<u8> {
    let mut out = text(name);
    out.extend((dims.len() as u32).to_le_bytes());
    dims.iter().for_each(|dim| out.extend(dim.to_le_bytes()));
    out.extend(kind.to_le_bytes());
    out.extend(offset.to_le_bytes());
    out
}

fn refusal(file: Bytes) -> String {
    Gguf::parse(file).unwrap_err().to_string()
}

#[test]
fn refuses_what_is_no_gguf() {
    assert_eq!(refusal(Bytes::new()), "not a GGUF file: it begins with [], not with `GGUF`");
    assert!(refusal("GGML....".into()).starts_with("not a GGUF file"));
    assert!(refusal(Bytes::from_static(b"GGUF\x01\0\0\0")).starts_with("GGUF version 1 is not supported"));
    assert!(refusal(Bytes::from_static(b"GGUF\0\0\0\x03")).starts_with("GGUF version 50331648 is not supported"));
    assert!(refusal(Bytes::from_static(b"GGUF\x03\0")).starts_with("the file ends inside the version"));
}

#[test]
fn huge_counts_are_refused_before_anything_is_allocated() {
    let filler = [0u8; 176];
    for huge in [6u64, 1 << 20, 1 << 40, u64::MAX] {
        assert_eq!(refusal(by_hand(huge, 0, &[&filler])), format!("the number of tensors is {huge}, the limit is 5"));
    }
    assert_eq!(
        refusal(by_hand(0, u64::MAX, &[&filler])),
        format!("the number of metadata entries is {}, the limit is 12", u64::MAX)
    );
    for kind in 0..13u32 {
        let array =
            [&text("k")[..], &9u32.to_le_bytes(), &kind.to_le_bytes(), &u64::MAX.to_le_bytes(), &filler].concat();
        assert!(refusal(by_hand(0, 1, &[&array])).starts_with("k is 18446744073709551615, the limit is "), "{kind}");
    }
    let string = [&text("k")[..], &8u32.to_le_bytes(), &u64::MAX.to_le_bytes(), &filler].concat();
    assert!(refusal(by_hand(0, 1, &[&string])).starts_with("the file ends inside k: 18446744073709551615 bytes"));
    let key = [&u64::MAX.to_le_bytes()[..], &filler].concat();
    assert!(
        refusal(by_hand(0, 1, &[&key])).starts_with("the length of a metadata key is 18446744073709551615, the limit")
    );
}

#[test]
fn deep_nesting_is_refused() {
    let level = [&9u32.to_le_bytes()[..], &1u64.to_le_bytes()].concat();
    let file = [&text("k")[..], &9u32.to_le_bytes(), &level.repeat(500)].concat();
    assert_eq!(refusal(by_hand(0, 1, &[&file])), "the nesting of k is 5, the limit is 4");
    let deep = (0..5).fold(Array::U8(vec![]), |inner, _| Array::Array(vec![inner]));
    assert!(write(&[entry("k", deep)], &[]).is_err());
}

#[test]
fn bad_tensors_are_refused_by_name() {
    let data = [0u8; 256];
    let one = |dims: &[u64], kind, offset| refusal(by_hand(1, 0, &[&tensor("t", dims, kind, offset), &data]));
    assert_eq!(one(&[0], 0, 0), "dimension 0 of the tensor \"t\" is 0, it must be at least 1");
    assert_eq!(one(&[4, 0], 0, 0), "dimension 1 of the tensor \"t\" is 0, it must be at least 1");
    assert_eq!(one(&[], 0, 0), "the number of dimensions of the tensor \"t\" is 0, it must be within 1..=4");
    assert_eq!(one(&[1; 5], 0, 0), "the number of dimensions of the tensor \"t\" is 5, it must be within 1..=4");
    assert_eq!(
        one(&[33], 8, 0),
        "dimension 0 of the tensor \"t\" is 33, it must be a multiple of the block, 32 weights"
    );
    assert_eq!(one(&[4], 0, 31), "the offset of the tensor \"t\" is 31, it must be a multiple of the alignment, 32");
    assert!(one(&[1 << 40, 1 << 40], 0, 0).starts_with("the tensor \"t\" takes 18446744073709551615 bytes"));
    assert!(one(&[1 << 20], 0, 0).starts_with("the tensor \"t\" takes 4194304 bytes at byte 64, the file has 3"));
    assert!(one(&[4], 0, u64::MAX - 31).starts_with("the tensor \"t\" takes 16 bytes at byte 18446744073709551615"));
    let two = |a: Vec<u8>, b: Vec<u8>| refusal(by_hand(2, 0, &[&a, &b, &data]));
    let same = two(tensor("t", &[4], 0, 0), tensor("t", &[4], 0, 32));
    assert_eq!(same, "the tensor \"t\" appears twice");
    let overlap = two(tensor("a", &[9], 0, 0), tensor("b", &[4], 0, 32));
    assert!(overlap.starts_with("the tensors \"a\" and \"b\" overlap at byte"), "{overlap}");
}

#[test]
fn bad_metadata_is_refused_by_key() {
    let u32_entry = |key: &str, value: u32| [&text(key)[..], &4u32.to_le_bytes(), &value.to_le_bytes()].concat();
    let one = |entry: Vec<u8>| refusal(by_hand(0, 1, &[&entry, &[0; 32]]));
    for bad in [0, 3, 48, 1 << 17, u32::MAX] {
        let message = one(u32_entry("general.alignment", bad));
        assert_eq!(message, format!("general.alignment is {bad}, it must be a power of two of at most 65536"));
    }
    let twice = by_hand(0, 2, &[&u32_entry("a", 1), &u32_entry("a", 1)]);
    assert_eq!(refusal(twice), "the key \"a\" appears twice");
    assert_eq!(one([&text("k")[..], &13u32.to_le_bytes()].concat()), "the value type of k is 13, the limit is 12");
    assert_eq!(one([&text("k")[..], &7u32.to_le_bytes(), &[2]].concat()), "k is 2, it must be 0 or 1, a bool");
    let latin = [&text("k")[..], &8u32.to_le_bytes(), &2u64.to_le_bytes(), b"a\xff"].concat();
    assert_eq!(one(latin), "k is not UTF-8 (byte 1 of the string)");
}

#[test]
fn an_unsupported_type_is_an_error_only_when_asked_for() {
    let file = by_hand(2, 0, &[&tensor("k", &[256], 12, 0), &tensor("x", &[256], 77, 160), &[0; 320]]);
    let gguf = Gguf::parse(file).unwrap();
    let message = gguf.matrix("k").unwrap_err().to_string();
    assert!(message.starts_with("the tensor \"k\": tensor type 12 is not supported"), "{message}");
    assert!(gguf.matrix("x").is_err());
    let description = gguf.describe();
    let lines: Vec<_> = description.tensors.iter().map(|t| (t.format.as_str(), t.supported, t.bytes)).collect();
    assert_eq!(lines, [("Q4_K", false, Some(144)), ("type 77", false, None)]);
}

// === Mutations ===

/// Every mutation must give a file or a typed error; a panic fails the test.
fn survives(file: Vec<u8>) {
    let len = file.len();
    match Gguf::parse(file.into()) {
        Err(error) => assert!(error.to_string().len() < 1000, "{error}"),
        Ok(gguf) => {
            assert!(gguf.describe().file_bytes == len);
            for tensor in gguf.tensors() {
                if let Ok(matrix) = gguf.matrix(&tensor.name) {
                    assert_eq!(matrix.to_f32().len(), matrix.rows() * matrix.cols());
                }
            }
        }
    }
}

#[test]
fn every_truncation_and_every_changed_byte_is_survived() {
    let file = small_file();
    for len in 0..file.len() {
        survives(file[..len].to_vec());
    }
    for at in 0..file.len() {
        for value in [0, 1, 9, 31, 127, 128, 255] {
            let mut mutated = file.clone();
            mutated[at] = value;
            survives(mutated);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn random_changes_are_survived(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let mut file = small_file();
        for (at, value) in changes {
            let at = at.index(file.len());
            file[at] = value;
        }
        survives(file);
    }
}

// === A real file ===

/// SmolLM2 where `cargo xtask models` or the caller put it.
fn smollm2() -> Option<Bytes> {
    let folder = match std::env::var_os("DUET_MODELS") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME")?).join(".cache/duet/models"),
    };
    Some(std::fs::read(folder.join("SmolLM2-135M-Instruct.Q4_1.gguf")).ok()?.into())
}

#[test]
fn reads_smollm2() {
    let Some(bytes) = smollm2() else {
        println!("skipped: no SmolLM2-135M-Instruct.Q4_1.gguf in DUET_MODELS or ~/.cache/duet/models");
        return;
    };
    let gguf = Gguf::parse(bytes).unwrap();
    assert_eq!(gguf.tensors().len(), 272);
    assert_eq!(gguf.u32("llama.block_count").unwrap(), 30);
    assert_eq!(gguf.matrix("token_embd.weight").unwrap().rows(), 49_152);
    assert_eq!(gguf.vector("blk.0.attn_norm.weight").unwrap().len(), 576);
    let types: Vec<_> = gguf.describe().types.into_iter().map(|line| (line.format, line.tensors)).collect();
    assert_eq!(types, [("Q4_1".to_owned(), 210), ("Q8_0".to_owned(), 1), ("F32".to_owned(), 61)]);
}
