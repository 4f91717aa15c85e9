//! Metadata: named values in the order of the file, with getters that say what is wrong.

use super::error::clip;
use super::{Array, Gguf, GgufError, Value};

/// Positions of unique names, sorted by name: lookup without a second copy of the names.
#[derive(Debug, Clone, Default)]
pub(super) struct NameIndex {
    sorted: Vec<usize>,
}

impl NameIndex {
    /// Indexes the names of `items`; `what` is what an error calls them.
    pub(super) fn new<T>(items: &[T], name: fn(&T) -> &str, what: &'static str) -> Result<Self, GgufError> {
        let mut sorted: Vec<usize> = (0..items.len()).collect();
        sorted.sort_unstable_by_key(|i| name(&items[*i]));
        for pair in sorted.windows(2) {
            if name(&items[pair[0]]) == name(&items[pair[1]]) {
                return Err(GgufError::Duplicate { what, name: clip(name(&items[pair[0]])) });
            }
        }
        Ok(Self { sorted })
    }

    pub(super) fn find<'a, T>(&self, items: &'a [T], name: fn(&T) -> &str, wanted: &str) -> Option<&'a T> {
        let found = self.sorted.binary_search_by_key(&wanted, |i| name(&items[*i])).ok()?;
        Some(&items[self.sorted[found]])
    }
}

/// Named values in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    entries: Vec<(String, Value)>,
    index: NameIndex,
}

fn key_of(entry: &(String, Value)) -> &str {
    &entry.0
}

impl Metadata {
    /// Takes the entries in their order.
    ///
    /// # Errors
    /// [`GgufError::Duplicate`] when a key appears twice.
    pub fn new(entries: Vec<(String, Value)>) -> Result<Self, GgufError> {
        let index = NameIndex::new(&entries, key_of, "key")?;
        Ok(Self { entries, index })
    }

    /// All entries, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[(String, Value)] {
        &self.entries
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index.find(&self.entries, key_of, key).map(|entry| &entry.1)
    }

    /// The value of a key that must be there.
    ///
    /// # Errors
    /// [`GgufError::MissingKey`].
    pub fn require(&self, key: &str) -> Result<&Value, GgufError> {
        self.get(key).ok_or_else(|| missing(key))
    }

    /// An unsigned number, stored as any integer type.
    ///
    /// # Errors
    /// [`GgufError::MissingKey`], [`GgufError::WrongType`], or [`GgufError::Rule`] when it is negative or above 2^32 − 1.
    pub fn u32(&self, key: &str) -> Result<u32, GgufError> {
        self.optional_u32(key)?.ok_or_else(|| missing(key))
    }

    /// [`Self::u32`], or nothing when the key is missing.
    ///
    /// # Errors
    /// [`GgufError::WrongType`], or [`GgufError::Rule`] when it is negative or above 2^32 − 1.
    pub fn optional_u32(&self, key: &str) -> Result<Option<u32>, GgufError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let integer = value.as_integer().ok_or_else(|| wrong(key, "an unsigned integer", value))?;
        let number = u32::try_from(integer).map_err(|_| GgufError::WrongType {
            key: clip(key),
            expected: "an integer within 0..=4294967295",
            found: format!("{} {integer}", value.value_type()),
        })?;
        Ok(Some(number))
    }

    /// A float, stored as 32 or 64 bits.
    ///
    /// # Errors
    /// [`GgufError::MissingKey`] or [`GgufError::WrongType`].
    pub fn f32(&self, key: &str) -> Result<f32, GgufError> {
        self.optional_f32(key)?.ok_or_else(|| missing(key))
    }

    /// [`Self::f32`], or nothing when the key is missing.
    ///
    /// # Errors
    /// [`GgufError::WrongType`].
    pub fn optional_f32(&self, key: &str) -> Result<Option<f32>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::F32(number)) => Ok(Some(*number)),
            Some(Value::F64(number)) => Ok(Some(*number as f32)),
            Some(other) => Err(wrong(key, "a float", other)),
        }
    }

    /// True or false, or nothing when the key is missing.
    ///
    /// # Errors
    /// [`GgufError::WrongType`].
    pub fn optional_bool(&self, key: &str) -> Result<Option<bool>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(other) => Err(wrong(key, "a bool", other)),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// [`GgufError::MissingKey`] or [`GgufError::WrongType`].
    pub fn str(&self, key: &str) -> Result<&str, GgufError> {
        self.optional_str(key)?.ok_or_else(|| missing(key))
    }

    /// [`Self::str`], or nothing when the key is missing.
    ///
    /// # Errors
    /// [`GgufError::WrongType`].
    pub fn optional_str(&self, key: &str) -> Result<Option<&str>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Str(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(key, "a string", other)),
        }
    }

    /// An array of texts.
    ///
    /// # Errors
    /// [`GgufError::MissingKey`] or [`GgufError::WrongType`].
    pub fn strings(&self, key: &str) -> Result<&[String], GgufError> {
        match self.require(key)? {
            Value::Array(Array::Str(texts)) => Ok(texts),
            other => Err(wrong(key, "an array of strings", other)),
        }
    }

    /// An array of 32-bit integers (stored signed or unsigned), or nothing when the key is missing.
    ///
    /// # Errors
    /// [`GgufError::WrongType`].
    pub fn optional_i64s(&self, key: &str) -> Result<Option<Vec<i64>>, GgufError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(Array::I32(numbers))) => Ok(Some(numbers.iter().map(|n| i64::from(*n)).collect())),
            Some(Value::Array(Array::U32(numbers))) => Ok(Some(numbers.iter().map(|n| i64::from(*n)).collect())),
            Some(other) => Err(wrong(key, "an array of 32-bit integers", other)),
        }
    }
}

/// A file is asked for its values directly, e.g. `file.u32("llama.block_count")`.
macro_rules! getters_of_a_file {
    ($($name:ident -> $output:ty;)*) => {
        impl Gguf {$(
            #[doc = concat!("[`Metadata::", stringify!($name), "`] of this file.")]
            ///
            /// # Errors
            /// As there.
            pub fn $name(&self, key: &str) -> $output {
                self.metadata().$name(key)
            }
        )*}
    };
}
getters_of_a_file! {
    get -> Option<&Value>;
    u32 -> Result<u32, GgufError>;
    optional_u32 -> Result<Option<u32>, GgufError>;
    f32 -> Result<f32, GgufError>;
    optional_f32 -> Result<Option<f32>, GgufError>;
    optional_bool -> Result<Option<bool>, GgufError>;
    str -> Result<&str, GgufError>;
    optional_str -> Result<Option<&str>, GgufError>;
    strings -> Result<&[String], GgufError>;
    optional_i64s -> Result<Option<Vec<i64>>, GgufError>;
}

fn missing(key: &str) -> GgufError {
    GgufError::MissingKey { key: clip(key) }
}

fn wrong(key: &str, expected: &'static str, value: &Value) -> GgufError {
    let found = match value {
        Value::Array(array) => format!("an array of {} × {}", array.len(), array.element_type()),
        scalar => format!("a value of type {}", scalar.value_type()),
    };
    GgufError::WrongType { key: clip(key), expected, found }
}
