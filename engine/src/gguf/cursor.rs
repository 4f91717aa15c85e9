//! Reading little-endian fields from untrusted bytes. Nothing is allocated before its bytes are known to be there.

use super::error::clip;
use super::value::ValueType;
use super::{Array, GgufError, Value};

/// Arrays of arrays of arrays … the recursion must end. No known file nests at all.
pub(super) const MAX_ARRAY_DEPTH: usize = 4;

/// A number of fixed size.
pub(super) trait Scalar: Sized {
    /// Bytes it takes.
    const BYTES: usize;
    /// From `BYTES` bytes.
    fn from_le(bytes: &[u8]) -> Self;
    /// Appends `BYTES` bytes.
    fn put_le(&self, out: &mut Vec<u8>);
}

macro_rules! scalar {
    ($($plain:ty),*) => {$(
        impl Scalar for $plain {
            const BYTES: usize = size_of::<$plain>();
            fn from_le(bytes: &[u8]) -> Self {
                Self::from_le_bytes(bytes.try_into().expect("invariant: the caller passes BYTES bytes"))
            }
            fn put_le(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}
scalar!(u8, i8, u16, i16, u32, i32, f32, u64, i64, f64);

/// Where the reader stands. A `field` is what an error calls the thing being read.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    fn take(&mut self, len: u64, field: &str) -> Result<&'a [u8], GgufError> {
        let left = self.left();
        match usize::try_from(len) {
            Ok(len) if len <= left => {
                let taken = &self.bytes[self.at..self.at + len];
                self.at += len;
                Ok(taken)
            }
            _ => Err(GgufError::Truncated { field: clip(field), at: self.at, needed: len, left }),
        }
    }

    pub(super) fn scalar<T: Scalar>(&mut self, field: &str) -> Result<T, GgufError> {
        Ok(T::from_le(self.take(T::BYTES as u64, field)?))
    }

    /// A count of things that take at least `min_bytes` each, so that the file's own length bounds it.
    pub(super) fn count(&mut self, min_bytes: usize, field: &str) -> Result<usize, GgufError> {
        let value = self.scalar::<u64>(field)?;
        let limit = self.left() / min_bytes;
        match usize::try_from(value) {
            Ok(count) if count <= limit => Ok(count),
            _ => Err(GgufError::Limit { field: clip(field), value, limit: limit as u64 }),
        }
    }

    /// A string of at most `max` bytes.
    pub(super) fn string(&mut self, max: usize, field: &str) -> Result<String, GgufError> {
        let len = self.scalar::<u64>(field)?;
        if len > max as u64 {
            return Err(GgufError::Limit {
                field: format!("the length of {}", clip(field)),
                value: len,
                limit: max as u64,
            });
        }
        let bytes = self.take(len, field)?;
        let text =
            str::from_utf8(bytes).map_err(|error| GgufError::Utf8 { field: clip(field), at: error.valid_up_to() })?;
        Ok(text.to_owned())
    }

    fn bool(&mut self, field: &str) -> Result<bool, GgufError> {
        match self.scalar::<u8>(field)? {
            0 => Ok(false),
            1 => Ok(true),
            other => {
                Err(GgufError::Rule { field: clip(field), value: other.into(), rule: "0 or 1, a bool".to_owned() })
            }
        }
    }

    fn value_type(&mut self, field: &str) -> Result<ValueType, GgufError> {
        let id = self.scalar::<u32>(field)?;
        ValueType::from_id(id).ok_or_else(|| GgufError::Limit {
            field: format!("the value type of {}", clip(field)),
            value: id.into(),
            limit: ValueType::F64 as u64,
        })
    }

    /// A value with its type before it.
    pub(super) fn value(&mut self, field: &str) -> Result<Value, GgufError> {
        Ok(match self.value_type(field)? {
            ValueType::U8 => Value::U8(self.scalar(field)?),
            ValueType::I8 => Value::I8(self.scalar(field)?),
            ValueType::U16 => Value::U16(self.scalar(field)?),
            ValueType::I16 => Value::I16(self.scalar(field)?),
            ValueType::U32 => Value::U32(self.scalar(field)?),
            ValueType::I32 => Value::I32(self.scalar(field)?),
            ValueType::F32 => Value::F32(self.scalar(field)?),
            ValueType::U64 => Value::U64(self.scalar(field)?),
            ValueType::I64 => Value::I64(self.scalar(field)?),
            ValueType::F64 => Value::F64(self.scalar(field)?),
            ValueType::Bool => Value::Bool(self.bool(field)?),
            ValueType::Str => Value::Str(self.string(usize::MAX, field)?),
            ValueType::Array => Value::Array(self.array(field, 1)?),
        })
    }

    fn array(&mut self, field: &str, depth: usize) -> Result<Array, GgufError> {
        if depth > MAX_ARRAY_DEPTH {
            return Err(GgufError::Limit {
                field: format!("the nesting of {}", clip(field)),
                value: depth as u64,
                limit: MAX_ARRAY_DEPTH as u64,
            });
        }
        let element = self.value_type(field)?;
        let count = self.count(element.min_bytes(), field)?;
        Ok(match element {
            ValueType::U8 => Array::U8(self.scalars(count, field)?),
            ValueType::I8 => Array::I8(self.scalars(count, field)?),
            ValueType::U16 => Array::U16(self.scalars(count, field)?),
            ValueType::I16 => Array::I16(self.scalars(count, field)?),
            ValueType::U32 => Array::U32(self.scalars(count, field)?),
            ValueType::I32 => Array::I32(self.scalars(count, field)?),
            ValueType::F32 => Array::F32(self.scalars(count, field)?),
            ValueType::U64 => Array::U64(self.scalars(count, field)?),
            ValueType::I64 => Array::I64(self.scalars(count, field)?),
            ValueType::F64 => Array::F64(self.scalars(count, field)?),
            ValueType::Bool => Array::Bool(self.repeat(count, |cursor| cursor.bool(field))?),
            ValueType::Str => Array::Str(self.repeat(count, |cursor| cursor.string(usize::MAX, field))?),
            ValueType::Array => Array::Array(self.repeat(count, |cursor| cursor.array(field, depth + 1))?),
        })
    }

    fn scalars<T: Scalar>(&mut self, count: usize, field: &str) -> Result<Vec<T>, GgufError> {
        let bytes = self.take((count * T::BYTES) as u64, field)?;
        Ok(bytes.chunks_exact(T::BYTES).map(T::from_le).collect())
    }

    /// `count` comes from [`Self::count`], so the reservation is a small multiple of the bytes left.
    pub(super) fn repeat<T>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, GgufError>,
    ) -> Result<Vec<T>, GgufError> {
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(read(self)?);
        }
        Ok(items)
    }
}
