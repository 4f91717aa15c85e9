//! A trained network as a model file.

use super::{LearnError, Network};
use crate::backend::RopePairs;
use crate::gguf::{self, BlockFormat, Gguf, Matrix, Value};
use crate::tokenizer::TokenizerParts;

/// The bytes of a GGUF file with this network, its matrices packed in `format` (vectors stay f32). `extra` goes into its
/// metadata, e.g. the chat template and how it was made.
///
/// # Errors
/// [`LearnError::Format`] when a width does not divide into blocks, [`LearnError::Setting`] when the tokenizer has more
/// tokens than the network has embeddings.
pub fn to_gguf(
    network: &Network,
    tokenizer: &TokenizerParts,
    (name, context): (&str, usize),
    format: BlockFormat,
    extra: &[(String, Value)],
) -> Result<Vec<u8>, LearnError> {
    let shape = network.shape();
    if tokenizer.tokens.len() > shape.vocab {
        let rule = format!("at most the {} embeddings", shape.vocab);
        return Err(LearnError::setting("tokens", tokenizer.tokens.len(), &rule));
    }
    let architecture = match shape.rope.pairs {
        RopePairs::Adjacent => "llama",
        RopePairs::Halves => "qwen2",
    };
    let number = |key: &str, value: usize| (format!("{architecture}.{key}"), Value::from(value as u32));
    let real = |key: &str, value: f32| (format!("{architecture}.{key}"), Value::F32(value));
    let mut metadata = vec![
        ("general.architecture".to_owned(), Value::from(architecture)),
        ("general.name".to_owned(), Value::from(name)),
        number("context_length", context),
        number("embedding_length", shape.width),
        number("block_count", shape.layers),
        number("feed_forward_length", shape.hidden),
        number("attention.head_count", shape.heads),
        number("attention.head_count_kv", shape.kv_heads),
        number("rope.dimension_count", shape.head_dim),
        number("vocab_size", shape.vocab),
        real("attention.layer_norm_rms_epsilon", shape.norm_eps),
        real("rope.freq_base", shape.rope.base),
    ];
    metadata.extend(tokenizer.to_metadata());
    metadata.extend_from_slice(extra);
    Ok(gguf::write(&metadata, &tensors(network, format)?)?)
}

/// The bytes of a model file with another's metadata, but for `changes`, and this network's weights.
///
/// # Errors
/// [`LearnError::Format`] when a width does not divide into blocks.
pub fn to_gguf_like(
    network: &Network,
    file: &Gguf,
    format: BlockFormat,
    changes: &[(String, Value)],
) -> Result<Vec<u8>, LearnError> {
    let changed = |key: &str| key == "general.file_type" || changes.iter().any(|(changed, _)| changed == key);
    let kept = file.metadata().entries().iter().filter(|(key, _)| !changed(key));
    let metadata: Vec<(String, Value)> = kept.chain(changes).cloned().collect();
    Ok(gguf::write(&metadata, &tensors(network, format)?)?)
}

fn tensors(network: &Network, format: BlockFormat) -> Result<Vec<(String, Matrix)>, LearnError> {
    let mut tensors = Vec::new();
    for (name, weight) in network.weights()? {
        let values = weight.flatten_all()?.to_vec1::<f32>()?;
        if weight.dims().len() == 1 {
            tensors.push((name, Matrix::quantized(BlockFormat::F32, 1, values.len(), &values)?));
            continue;
        }
        let cols = weight.dims()[1];
        let mut start = 0;
        for (name, rows) in parts(&name, weight.dims()[0], network) {
            let values = &values[start * cols..(start + rows) * cols];
            tensors.push((name, Matrix::quantized(format, rows, cols, values)?));
            start += rows;
        }
    }
    Ok(tensors)
}

/// The matrices of the file that a parameter is a stack of, with their rows.
fn parts(name: &str, rows: usize, network: &Network) -> Vec<(String, usize)> {
    let shape = network.shape();
    let renamed = |from: &str, to: &str| name.replace(from, to);
    if name.contains("attn_qkv") {
        let (q, kv) = (shape.query_width(), shape.kv_width());
        let part = |to: &str, rows: usize| (renamed("attn_qkv", to), rows);
        return vec![part("attn_q", q), part("attn_k", kv), part("attn_v", kv)];
    }
    if name.contains("ffn_gate_up") {
        let part = |to: &str| (renamed("ffn_gate_up", to), shape.hidden);
        return vec![part("ffn_gate"), part("ffn_up")];
    }
    vec![(name.to_owned(), rows)]
}

/// The metadata entry of a chat template.
#[must_use]
pub fn chat_template(source: &str) -> (String, Value) {
    ("tokenizer.chat_template".to_owned(), Value::from(source))
}
