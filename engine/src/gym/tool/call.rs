//! Arguments, and what is wrong with a call.

use thiserror::Error;

use crate::gym::python::{Unorderable, Value};

/// Why a call has no result. Shown to the agent as the original shows it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// An exception of the original's.
    #[error("ERROR | {kind}({text})")]
    Raised {
        /// Its class.
        kind: &'static str,
        /// `str()` of it.
        text: String,
    },
    /// There is no such tool.
    #[error("ERROR | Invalid action: {0}.")]
    Invalid(String),
    /// The tool's own sentence.
    #[error("{0}")]
    Refused(String),
}

impl CallError {
    /// An exception.
    #[must_use]
    pub fn raised(kind: &'static str, text: &str) -> Self {
        Self::Raised { kind, text: text.to_owned() }
    }

    /// A sentence of the tool's own.
    #[must_use]
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::Refused(sentence.into())
    }
}

impl From<Unorderable> for CallError {
    fn from(error: Unorderable) -> Self {
        Self::raised("TypeError", &error.to_string())
    }
}

/// The arguments of a call, as the original takes them: `input['name']`.
#[derive(Debug, Clone, Copy)]
pub struct Arguments<'a>(pub &'a Value);

impl<'a> Arguments<'a> {
    /// `input[name]`.
    ///
    /// # Errors
    /// What Python raises where the input is no dict, or has no such key.
    pub fn get(self, name: &str) -> Result<&'a Value, CallError> {
        let type_error = |text: String| Err(CallError::Raised { kind: "TypeError", text });
        match self.0 {
            Value::Dict(_) => {
                let missing = || CallError::Raised { kind: "KeyError", text: Value::from(name).repr() };
                self.0.get(name).ok_or_else(missing)
            }
            Value::Str(_) => type_error("string indices must be integers".to_owned()),
            Value::List(_) | Value::Tuple(_) => {
                type_error(format!("{} indices must be integers or slices, not str", self.0.type_name()))
            }
            other => type_error(format!("'{}' object is not subscriptable", other.type_name())),
        }
    }

    /// The argument, or none where it is missing or `None`.
    #[must_use]
    pub fn optional(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !matches!(value, Value::None))
    }

    /// A text. Numbers are taken as their digits: ids are often written so.
    ///
    /// # Errors
    /// [`CallError`] where it is missing or something else.
    pub fn text(self, name: &str) -> Result<String, CallError> {
        match self.get(name)? {
            value @ (Value::Str(_) | Value::Int(_)) => Ok(value.to_string()),
            other => Err(CallError::refused(format!("Error: {name} should be a string, not {}", other.repr()))),
        }
    }

    /// A whole number of at least 1. Digits in a string are taken too.
    ///
    /// # Errors
    /// [`CallError`] where it is missing or something else.
    pub fn count(self, name: &str) -> Result<usize, CallError> {
        let value = self.get(name)?;
        count(value).ok_or_else(|| {
            CallError::refused(format!("Error: {name} should be a positive integer, not {}", value.repr()))
        })
    }

    /// Whole numbers of at least 1.
    ///
    /// # Errors
    /// [`CallError`] where they are missing or something else.
    pub fn counts(self, name: &str) -> Result<Vec<usize>, CallError> {
        let value = self.get(name)?;
        let counts = match value {
            Value::List(items) | Value::Tuple(items) => items.iter().map(count).collect(),
            single => count(single).map(|only| vec![only]),
        };
        counts.ok_or_else(|| {
            CallError::refused(format!("Error: {name} should be a list of positive integers, not {}", value.repr()))
        })
    }
}

fn count(value: &Value) -> Option<usize> {
    let number = match value {
        Value::Int(number) => *number,
        Value::Str(digits) => digits.parse().ok()?,
        _ => return None,
    };
    usize::try_from(number).ok().filter(|count| *count > 0)
}
