//! A file in words, as plain data: what `duet inspect` prints.

use serde::Serialize;

use super::value::each_array;
use super::{Array, Gguf, Value};

/// Elements of an array that a description repeats.
const SHOWN_ELEMENTS: usize = 6;
/// Characters of a text that a description repeats.
const SHOWN_CHARS: usize = 120;

/// What is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// Version of the format.
    pub version: u32,
    /// Bytes of the file.
    pub file_bytes: usize,
    /// Weights of all tensors.
    pub weights: u64,
    /// Every value, in the order of the file.
    pub metadata: Vec<MetadataLine>,
    /// Every tensor, in the order of the file.
    pub tensors: Vec<TensorLine>,
    /// Tensors by type, the type with the most bytes first.
    pub types: Vec<TypeLine>,
}

/// One metadata value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetadataLine {
    /// Its key.
    pub key: String,
    /// Its type, e.g. `u32` or `array of 49152 × string`.
    pub kind: String,
    /// Its value, abbreviated; control characters are escaped.
    pub value: String,
}

/// One tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TensorLine {
    /// Its name.
    pub name: String,
    /// How it is packed, e.g. `Q4_1`.
    pub format: String,
    /// Whether this engine can compute with that.
    pub supported: bool,
    /// Its dimensions, the row length first.
    pub dims: Vec<usize>,
    /// Bytes it takes; absent for a type that is not known at all.
    pub bytes: Option<usize>,
}

/// All tensors of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypeLine {
    /// The type.
    pub format: String,
    /// Tensors.
    pub tensors: usize,
    /// Bytes they take.
    pub bytes: usize,
}

impl Gguf {
    /// Describes the file.
    #[must_use]
    pub fn describe(&self) -> Description {
        let metadata = self.metadata().entries().iter().map(|(key, value)| describe_value(key, value)).collect();
        let tensors: Vec<TensorLine> = self
            .tensors()
            .iter()
            .map(|tensor| TensorLine {
                name: escape(&tensor.name),
                format: tensor.type_name(),
                supported: tensor.format().is_some(),
                dims: tensor.dims.clone(),
                bytes: tensor.bytes,
            })
            .collect();
        let count = |dims: &[usize]| dims.iter().fold(1u64, |count, dim| count.saturating_mul(*dim as u64));
        let weights = tensors.iter().fold(0u64, |sum, tensor| sum.saturating_add(count(&tensor.dims)));
        let types = by_type(&tensors);
        Description { version: self.version(), file_bytes: self.file_bytes(), weights, metadata, tensors, types }
    }
}

fn by_type(tensors: &[TensorLine]) -> Vec<TypeLine> {
    let mut types: Vec<TypeLine> = Vec::new();
    for tensor in tensors {
        let bytes = tensor.bytes.unwrap_or(0);
        match types.iter_mut().find(|line| line.format == tensor.format) {
            Some(line) => {
                line.tensors += 1;
                line.bytes += bytes;
            }
            None => types.push(TypeLine { format: tensor.format.clone(), tensors: 1, bytes }),
        }
    }
    types.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.format.cmp(&b.format)));
    types
}

fn describe_value(key: &str, value: &Value) -> MetadataLine {
    let kind = match value {
        Value::Array(array) => format!("array of {} × {}", array.len(), array.element_type()),
        scalar => scalar.value_type().to_string(),
    };
    MetadataLine { key: escape(key), kind, value: show(value) }
}

fn show(value: &Value) -> String {
    match value {
        Value::U8(v) => v.to_string(),
        Value::I8(v) => v.to_string(),
        Value::U16(v) => v.to_string(),
        Value::I16(v) => v.to_string(),
        Value::U32(v) => v.to_string(),
        Value::I32(v) => v.to_string(),
        Value::F32(v) => v.to_string(),
        Value::U64(v) => v.to_string(),
        Value::I64(v) => v.to_string(),
        Value::F64(v) => v.to_string(),
        Value::Bool(v) => v.to_string(),
        Value::Str(v) => escape(v),
        Value::Array(array) => show_array(array),
    }
}

fn show_array(array: &Array) -> String {
    let shown: Vec<String> = match array {
        Array::Str(items) => items.iter().take(SHOWN_ELEMENTS).map(|item| format!("\"{}\"", escape(item))).collect(),
        Array::Array(items) => items.iter().take(SHOWN_ELEMENTS).map(show_array).collect(),
        other => {
            each_array!(other, items => items.iter().take(SHOWN_ELEMENTS).map(|item| format!("{item:?}")).collect())
        }
    };
    let rest = if array.len() > SHOWN_ELEMENTS { ", …" } else { "" };
    format!("[{}{rest}]", shown.join(", "))
}

/// A text from the file, fit for a terminal: no control characters, and clipped.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for (index, c) in text.chars().enumerate() {
        if index == SHOWN_CHARS {
            out.push('…');
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}
