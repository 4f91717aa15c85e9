//! The fields of a JSON object, read one by one so that every error names its field, the value and the limit.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::ApiError;

/// A JSON object; a field that is null counts as absent.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// Parses a body. Nesting is limited by the parser (128 levels).
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        match serde_json::from_slice(body).map_err(|error| ApiError::Json(error.to_string()))? {
            Value::Object(map) => Ok(Self(map)),
            other => Err(ApiError::Json(format!("an object is wanted, got {}", excerpt(&other)))),
        }
    }

    /// The value of a field.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Removes a field and returns its value.
    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    /// All that is left.
    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    /// A whole number within a range.
    pub(crate) fn integer(&self, name: &str, range: RangeInclusive<u64>) -> Result<Option<u64>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| range.contains(number));
        number.map(Some).ok_or_else(|| {
            let rule = format!("a whole number within {}..={}", range.start(), range.end());
            wrong(name, value, &rule)
        })
    }

    /// A number; its range is checked by whoever knows it.
    pub(crate) fn number(&self, name: &str) -> Result<Option<f32>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = value.as_f64().map(|number| number as f32).filter(|number| number.is_finite());
        number.map(Some).ok_or_else(|| wrong(name, value, "a finite number"))
    }

    /// True or false.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| wrong(name, value, "true or false"))
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_str().map(Some).ok_or_else(|| wrong(name, value, "a string"))
    }
}

/// "`name` is VALUE, it must be RULE".
pub(crate) fn wrong(name: &str, value: &Value, rule: &str) -> ApiError {
    ApiError::field(name, format!("`{name}` is {}, it must be {rule}", excerpt(value)))
}

/// A value for an error message, cut short.
pub(crate) fn excerpt(value: &Value) -> String {
    const LIMIT: usize = 80;
    let text = value.to_string();
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
