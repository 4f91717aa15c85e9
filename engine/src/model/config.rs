//! A model's numbers, read from its file.

use crate::backend::{Rope, RopePairs, Shape};
use crate::gguf::Gguf;
use crate::runtime::RuntimeError;

/// What the metadata says of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The shape of the transformer.
    pub shape: Shape,
    /// Positions that it was trained on.
    pub context: usize,
}

/// Architectures that this forward pass computes, with how their files pair rotary components.
const ARCHITECTURES: [(&str, RopePairs); 2] = [("llama", RopePairs::Adjacent), ("qwen2", RopePairs::Halves)];

impl Config {
    /// Reads and checks the numbers.
    ///
    /// # Errors
    /// [`RuntimeError::Model`] naming the key that is missing or wrong, or an architecture that is not supported.
    pub fn from_gguf(file: &Gguf) -> Result<Self, RuntimeError> {
        let model = |error: crate::gguf::GgufError| RuntimeError::Model(error.to_string());
        let architecture = file.str("general.architecture").map_err(model)?;
        let (_, pairs) = ARCHITECTURES.into_iter().find(|(name, _)| *name == architecture).ok_or_else(|| {
            let known = ARCHITECTURES.map(|(name, _)| name).join(", ");
            RuntimeError::Model(format!("architecture `{architecture}` is not supported (supported: {known})"))
        })?;
        let key = |part: &str| format!("{architecture}.{part}");
        let number = |part: &str| file.u32(&key(part)).map(|n| n as usize).map_err(model);
        let optional = |part: &str, default: usize| match file.get(&key(part)) {
            Some(_) => number(part),
            None => Ok(default),
        };
        let (width, heads) = (number("embedding_length")?, number("attention.head_count")?);
        let head_dim = optional("attention.key_length", width.checked_div(heads).unwrap_or(0))?;
        let rotated = optional("rope.dimension_count", head_dim)?;
        if rotated != head_dim {
            return Err(RuntimeError::Model(format!("rotating {rotated} of {head_dim} components is not supported")));
        }
        if file.get(&key("rope.scaling.type")).is_some_and(|_| file.str(&key("rope.scaling.type")) != Ok("none")) {
            return Err(RuntimeError::Model(format!("`{}` is not supported", key("rope.scaling.type"))));
        }
        let base = match file.get(&key("rope.freq_base")) {
            Some(_) => file.f32(&key("rope.freq_base")).map_err(model)?,
            None => 10_000.0,
        };
        let shape = Shape {
            layers: number("block_count")?,
            width,
            heads,
            kv_heads: optional("attention.head_count_kv", heads)?,
            head_dim,
            hidden: number("feed_forward_length")?,
            vocab: file.matrix("token_embd.weight").map_err(model)?.rows(),
            norm_eps: file.f32(&key("attention.layer_norm_rms_epsilon")).map_err(model)?,
            rope: Rope { base, pairs },
        };
        shape.validate()?;
        let context = number("context_length")?;
        if context == 0 {
            return Err(RuntimeError::Model(format!("`{}` is 0", key("context_length"))));
        }
        Ok(Self { shape, context })
    }
}
