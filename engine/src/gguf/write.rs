//! The writer.

use super::cursor::{MAX_ARRAY_DEPTH, Scalar};
use super::error::clip;
use super::metadata::NameIndex;
use super::read::{MAX_KEY_BYTES, MAX_NAME_BYTES, alignment};
use super::{Array, GgufError, Matrix, Metadata, Value};

/// A GGUF file (version 3) with these values and tensors, in their order. A matrix of one row is written with one
/// dimension, as norms and biases are. What is written reads back equal with [`super::Gguf::parse`].
///
/// # Errors
/// [`GgufError`] for what the reader would refuse: a name twice or too long or empty, an empty matrix, arrays nested
/// too deep, a bad `general.alignment`.
pub fn write(metadata: &[(String, Value)], tensors: &[(String, Matrix)]) -> Result<Vec<u8>, GgufError> {
    let alignment = alignment(&Metadata::new(metadata.to_vec())?)? as usize;
    NameIndex::new(tensors, |tensor| &tensor.0, "tensor")?;
    let mut out = b"GGUF".to_vec();
    3u32.put_le(&mut out);
    (tensors.len() as u64).put_le(&mut out);
    (metadata.len() as u64).put_le(&mut out);
    for (key, value) in metadata {
        check_name("a metadata key", key, MAX_KEY_BYTES)?;
        if let Value::Array(array) = value {
            check_depth(key, array, 1)?;
        }
        put_str(&mut out, key);
        put_value(&mut out, value);
    }
    let mut offset = 0usize;
    for (name, matrix) in tensors {
        check_name("a tensor's name", name, MAX_NAME_BYTES)?;
        put_tensor(&mut out, name, matrix, offset)?;
        offset = (offset + matrix.bytes().len()).next_multiple_of(alignment);
    }
    for (_, matrix) in tensors {
        out.resize(out.len().next_multiple_of(alignment), 0);
        out.extend_from_slice(matrix.bytes());
    }
    Ok(out)
}

/// The reader takes a name of no more than `limit` bytes, and counts on at least one.
fn check_name(what: &str, name: &str, limit: usize) -> Result<(), GgufError> {
    if name.is_empty() || name.len() > limit {
        let field = format!("the length of {what}, {:?}", clip(name));
        return Err(GgufError::Rule { field, value: name.len() as u64, rule: format!("within 1..={limit}") });
    }
    Ok(())
}

fn check_depth(key: &str, array: &Array, depth: usize) -> Result<(), GgufError> {
    if depth > MAX_ARRAY_DEPTH {
        let field = format!("the nesting of {}", clip(key));
        return Err(GgufError::Limit { field, value: depth as u64, limit: MAX_ARRAY_DEPTH as u64 });
    }
    match array {
        Array::Array(inner) => inner.iter().try_for_each(|array| check_depth(key, array, depth + 1)),
        _ => Ok(()),
    }
}

fn put_str(out: &mut Vec<u8>, text: &str) {
    (text.len() as u64).put_le(out);
    out.extend_from_slice(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    (value.value_type() as u32).put_le(out);
    match value {
        Value::U8(v) => v.put_le(out),
        Value::I8(v) => v.put_le(out),
        Value::U16(v) => v.put_le(out),
        Value::I16(v) => v.put_le(out),
        Value::U32(v) => v.put_le(out),
        Value::I32(v) => v.put_le(out),
        Value::F32(v) => v.put_le(out),
        Value::U64(v) => v.put_le(out),
        Value::I64(v) => v.put_le(out),
        Value::F64(v) => v.put_le(out),
        Value::Bool(v) => u8::from(*v).put_le(out),
        Value::Str(v) => put_str(out, v),
        Value::Array(v) => put_array(out, v),
    }
}

fn put_array(out: &mut Vec<u8>, array: &Array) {
    (array.element_type() as u32).put_le(out);
    (array.len() as u64).put_le(out);
    match array {
        Array::Bool(items) => items.iter().for_each(|item| u8::from(*item).put_le(out)),
        Array::Str(items) => items.iter().for_each(|item| put_str(out, item)),
        Array::Array(items) => items.iter().for_each(|item| put_array(out, item)),
        Array::U8(items) => put_scalars(out, items),
        Array::I8(items) => put_scalars(out, items),
        Array::U16(items) => put_scalars(out, items),
        Array::I16(items) => put_scalars(out, items),
        Array::U32(items) => put_scalars(out, items),
        Array::I32(items) => put_scalars(out, items),
        Array::F32(items) => put_scalars(out, items),
        Array::U64(items) => put_scalars(out, items),
        Array::I64(items) => put_scalars(out, items),
        Array::F64(items) => put_scalars(out, items),
    }
}

fn put_scalars<T: Scalar>(out: &mut Vec<u8>, items: &[T]) {
    items.iter().for_each(|item| item.put_le(out));
}

fn put_tensor(out: &mut Vec<u8>, name: &str, matrix: &Matrix, offset: usize) -> Result<(), GgufError> {
    let (rows, cols) = (matrix.rows(), matrix.cols());
    if rows == 0 || cols == 0 {
        return Err(GgufError::Shape {
            name: clip(name),
            dims: vec![cols, rows],
            expected: "matrix of at least 1 × 1",
        });
    }
    put_str(out, name);
    if rows == 1 {
        1u32.put_le(out);
        (cols as u64).put_le(out);
    } else {
        2u32.put_le(out);
        (cols as u64).put_le(out);
        (rows as u64).put_le(out);
    }
    (matrix.format() as u32).put_le(out);
    (offset as u64).put_le(out);
    Ok(())
}
