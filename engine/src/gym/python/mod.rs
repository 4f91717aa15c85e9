//! Python's values as the original tool servers show and read them: literals are parsed, never evaluated (the originals
//! call `eval()` on the model's text), and `str()` and `repr()` are CPython's.
//!
//! ```
//! use duet_engine::gym::python::Value;
//! let value = Value::parse("{'id': '7', \"tags\": ('a',), 'share': -2.50, 'due': None}").expect("a literal");
//! assert_eq!(value.to_string(), "{'id': '7', 'tags': ('a',), 'share': -2.5, 'due': None}");
//! assert!(Value::parse("__import__('os')").is_err());
//! ```
//!
//! Two things are not CPython's: integers end at 64 bits, and a set keeps the order of its literal, where CPython's order
//! depends on hashes.

mod literal;
mod order;
mod repr;
#[cfg(test)]
mod tests;

pub use literal::{LiteralError, MAX_DEPTH, MAX_ENTRIES, MAX_LENGTH};
pub use order::Unorderable;

/// A value. Equality is Python's: `1 == 1.0 == True`, and the order of a dict does not count.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An `int` of at most 64 bits.
    Int(i64),
    /// A `float`.
    Float(f64),
    /// A `str`.
    Str(String),
    /// A `list`.
    List(Vec<Value>),
    /// A `tuple`.
    Tuple(Vec<Value>),
    /// A `set`, in the order of its literal.
    Set(Vec<Value>),
    /// A `dict`, in the order of insertion.
    Dict(Vec<(Value, Value)>),
}

impl Value {
    /// A dict of these keys.
    #[must_use]
    pub fn dict<const N: usize>(entries: [(&str, Self); N]) -> Self {
        Self::Dict(entries.into_iter().map(|(key, value)| (Self::from(key), value)).collect())
    }

    /// The value of a key, where this is a dict that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let Self::Dict(entries) = self else { return None };
        entries.iter().find(|(found, _)| found.as_str() == Some(key)).map(|(_, value)| value)
    }

    /// The text of a `str`.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// `type(value).__name__`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Str(_) => "str",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Dict(_) => "dict",
        }
    }

    /// What `json.loads` makes of it. Integers beyond 64 bits become floats.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::None,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => Self::Str(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Self::Dict(
                entries.iter().map(|(key, value)| (Self::from(key.as_str()), Self::from_json(value))).collect(),
            ),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Str(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Str(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Value>> FromIterator<T> for Value {
    /// A list.
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}
