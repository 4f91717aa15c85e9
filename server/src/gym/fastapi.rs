//! Requests and refusals in the form of the original servers' framework (FastAPI with pydantic 2): what clients that were
//! written against them see.

use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::ApiError;
use crate::body::read_json;

/// A request that the framework would not have passed on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Refusal {
    /// 422, one entry for each field that is wrong.
    Invalid(Vec<Value>),
    /// The body is too large, too slow or broken off: nothing that the original has an answer for.
    Body(ApiError),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(detail) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "detail": detail }))).into_response()
            }
            Self::Body(error) => error.into_response(),
        }
    }
}

/// 404 for paths that an environment does not have.
pub(super) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "detail": "Not Found" }))).into_response()
}

/// 405 for methods that a path does not have.
pub(super) async fn wrong_method() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, Json(json!({ "detail": "Method Not Allowed" }))).into_response()
}

/// An unhandled exception of the original: 500 with its plain text.
pub(super) fn exception() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response()
}

/// A JSON object, whose fields are read as pydantic would in its lax mode. Collects what is wrong.
pub(super) struct Model {
    place: &'static str, // "body" or "query"
    whole: Value,
    fields: Map<String, Value>,
    wrong: Vec<Value>,
}

impl Model {
    /// The body of a request.
    pub(super) async fn body(request: Request, timeout: Duration) -> Result<Self, Refusal> {
        let bytes = match read_json(request, timeout).await {
            Ok(bytes) if bytes.is_empty() => {
                return Err(Refusal::Invalid(vec![missing(&["body"], Value::Null)]));
            }
            Ok(bytes) => bytes,
            // As the framework has it, a body of another type is a text and no object.
            Err(ApiError::ContentType(_)) => return Err(Refusal::Invalid(vec![no_object(Value::Null)])),
            Err(error) => return Err(Refusal::Body(error)),
        };
        let whole: Value = serde_json::from_slice(&bytes).map_err(|error| {
            let place = error.column().saturating_sub(1);
            Refusal::Invalid(vec![json!({
                "type": "json_invalid", "loc": ["body", place], "msg": "JSON decode error", "input": {},
                "ctx": { "error": "Expecting value" },
            })])
        })?;
        match whole.clone() {
            Value::Object(fields) => Ok(Self { place: "body", whole, fields, wrong: Vec::new() }),
            other => Err(Refusal::Invalid(vec![no_object(other)])),
        }
    }

    /// The query of a request.
    pub(super) fn query(request: &Request) -> Self {
        let pairs = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes());
        // Of equal names the last one counts, as in the original.
        let fields = pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
        Self { place: "query", whole: Value::Null, fields, wrong: Vec::new() }
    }

    /// An integer; 0 where it is wrong, which [`Self::checked`] then reports.
    pub(super) fn integer(&mut self, name: &str) -> i64 {
        let Some(value) = self.fields.get(name).cloned() else {
            self.wrong.push(missing(&[self.place, name], self.whole.clone()));
            return 0;
        };
        self.read_integer(name, &value)
    }

    /// An integer that may be absent or null.
    pub(super) fn optional_integer(&mut self, name: &str) -> Option<i64> {
        let value = self.fields.get(name).cloned().filter(|value| !value.is_null())?;
        Some(self.read_integer(name, &value))
    }

    /// An integer with a default.
    pub(super) fn integer_or(&mut self, name: &str, default: i64) -> i64 {
        match self.fields.get(name).cloned() {
            Some(value) => self.read_integer(name, &value),
            None => default,
        }
    }

    fn read_integer(&mut self, name: &str, value: &Value) -> i64 {
        let read = match value {
            Value::Bool(value) => Ok(i64::from(*value)),
            Value::String(text) => text
                .trim()
                .parse::<i64>()
                .map_err(|_| ("int_parsing", "Input should be a valid integer, unable to parse string as an integer")),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Ok(number),
                (None, Some(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Ok(number as i64),
                _ => Err(("int_from_float", "Input should be a valid integer, got a number with a fractional part")),
            },
            _ => Err(("int_type", "Input should be a valid integer")),
        };
        read.unwrap_or_else(|(kind, message)| {
            let entry = json!({ "type": kind, "loc": [self.place, name], "msg": message, "input": value });
            self.wrong.push(entry);
            0
        })
    }

    /// A text; empty where it is wrong.
    pub(super) fn text(&mut self, name: &str) -> String {
        match self.fields.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => {
                let (kind, message) = ("string_type", "Input should be a valid string");
                let entry = json!({ "type": kind, "loc": [self.place, name], "msg": message, "input": other });
                self.wrong.push(entry);
                String::new()
            }
            None => {
                self.wrong.push(missing(&[self.place, name], self.whole.clone()));
                String::new()
            }
        }
    }

    /// A text that may be absent or null.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        match self.fields.get(name) {
            None | Some(Value::Null) => None,
            _ => Some(self.text(name)),
        }
    }

    /// The end of reading.
    ///
    /// # Errors
    /// All that was wrong.
    pub(super) fn checked(self) -> Result<(), Refusal> {
        if self.wrong.is_empty() { Ok(()) } else { Err(Refusal::Invalid(self.wrong)) }
    }
}

/// The `id` of a query, as dialect A refers to an instance.
pub(super) fn instance_id(request: &Request) -> Result<i64, Refusal> {
    let mut query = Model::query(request);
    let id = query.integer("id");
    query.checked().map(|()| id)
}

fn missing(place: &[&str], input: Value) -> Value {
    json!({ "type": "missing", "loc": place, "msg": "Field required", "input": input })
}

fn no_object(input: Value) -> Value {
    json!({
        "type": "model_attributes_type", "loc": ["body"],
        "msg": "Input should be a valid dictionary or object to extract fields from", "input": input,
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(body: &'static str) -> Request {
        Request::builder().header("content-type", "application/json").body(Body::from(body)).expect("a request")
    }

    async fn refused(body: &'static str) -> Value {
        let read = async {
            let mut model = Model::body(request(body), Duration::from_secs(1)).await?;
            model.integer("id");
            model.text("action");
            model.checked()
        };
        match read.await {
            Ok(()) => Value::Null,
            Err(Refusal::Invalid(detail)) => Value::Array(detail),
            Err(Refusal::Body(error)) => error.to_json(),
        }
    }

    // Shapes of pydantic 2 (`specs/agentgym.md` §0.1).
    #[tokio::test]
    async fn what_is_wrong_is_said_as_pydantic_says_it() {
        assert_eq!(refused(r#"{"id": 3, "action": "x"}"#).await, Value::Null);
        assert_eq!(refused(r#"{"id": "3", "action": ""}"#).await, Value::Null);
        assert_eq!(refused(r#"{"id": 3.0, "action": "x", "more": 1}"#).await, Value::Null);
        let body = json!({ "id": "three" });
        assert_eq!(
            refused(r#"{"id": "three"}"#).await,
            json!([
                { "type": "int_parsing", "loc": ["body", "id"], "input": "three",
                  "msg": "Input should be a valid integer, unable to parse string as an integer" },
                { "type": "missing", "loc": ["body", "action"], "msg": "Field required", "input": body },
            ])
        );
        for (body, kind) in [
            (r#"{"id": 1.5, "action": "x"}"#, "int_from_float"),
            (r#"{"id": null, "action": "x"}"#, "int_type"),
            (r#"{"id": 1, "action": 2}"#, "string_type"),
            ("[]", "model_attributes_type"),
            ("{", "json_invalid"),
            ("", "missing"),
        ] {
            assert_eq!(refused(body).await[0]["type"], kind, "{body}");
        }
    }

    #[test]
    fn queries_are_read_like_bodies() {
        let request = Request::builder().uri("/observation?id=1&id=%33&x=a+b").body(Body::empty()).expect("a request");
        let mut query = Model::query(&request);
        assert_eq!((query.integer("id"), query.text("x")), (3, "a b".to_owned()));
        query.integer("game");
        let missing = json!([{ "type": "missing", "loc": ["query", "game"], "msg": "Field required", "input": null }]);
        assert_eq!(query.checked(), Err(Refusal::Invalid(missing.as_array().expect("an array").clone())));
    }
}
