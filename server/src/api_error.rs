//! Everything that the API refuses, in OpenAI's error shape.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use duet_engine::runtime::RuntimeError;
use serde_json::{Value, json};
use thiserror::Error;

/// A refused or failed request. Messages name the value and the limit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ApiError {
    /// A field of the request is wrong.
    #[error("{message}")]
    Field {
        /// Path of the field, e.g. `messages[0].role`.
        param: String,
        /// What is wrong with it.
        message: String,
    },
    /// A field asks for something that this server does not do, and ignoring it would change the answer's meaning.
    #[error("`{param}` is not supported: {reason}")]
    Unsupported {
        /// The field.
        param: String,
        /// What is supported instead.
        reason: String,
    },
    /// Prompt and completion do not fit.
    #[error("{0}")]
    TooLong(String),
    /// The body is not JSON.
    #[error("the body is not valid JSON: {0}")]
    Json(String),
    /// The body is labelled as something else.
    #[error("the content type is `{0}`, it must be `application/json`")]
    ContentType(String),
    /// The body is too large.
    #[error("the body is larger than the limit of {limit} bytes")]
    BodyTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The body came too slowly.
    #[error("the body took longer than {limit:?} to arrive")]
    BodyTimeout {
        /// Time allowed.
        limit: Duration,
    },
    /// The body broke off.
    #[error("the body could not be read: {0}")]
    Body(String),
    /// No such route.
    #[error("there is no `{0}` in this API")]
    NoRoute(String),
    /// The route exists for another method.
    #[error("`{0}` is not allowed here")]
    Method(String),
    /// No such model.
    #[error("the model `{name}` does not exist, this server has {known}")]
    NoModel {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A request names no model and there is none.
    #[error("this server has no model; start it with `--model NAME=FILE`")]
    NoModels,
    /// The model is being loaded.
    #[error("the model `{0}` is loading")]
    Loading(String),
    /// The model could not be loaded.
    #[error("the model `{name}` failed to load: {reason}")]
    LoadFailed {
        /// The model.
        name: String,
        /// Why.
        reason: String,
    },
    /// The queue before the model is full.
    #[error("the model `{name}` is busy: {queued} requests are waiting, the limit is {limit}")]
    Busy {
        /// The model.
        name: String,
        /// Requests waiting.
        queued: usize,
        /// Requests that may wait.
        limit: usize,
    },
    /// The engine failed while working.
    #[error("the engine failed: {0}")]
    Engine(String),
    /// No such environment.
    #[error("the environment `{name}` does not exist, there are {known}")]
    NoEnvironment {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// No such instance of an environment, or none any more.
    #[error("there is no instance `{0}`: it was never begun, was closed, or was idle for too long")]
    NoInstance(String),
    /// A step into an episode that is over.
    #[error("{0}")]
    Finished(String),
    /// The server is being stopped.
    #[error("the server is stopping")]
    Stopping,
}

impl ApiError {
    /// A wrong field.
    pub(crate) fn field(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Field { param: param.into(), message: message.into() }
    }

    /// Status, OpenAI error type, code and parameter: the only place where kinds become HTTP.
    fn kind(&self) -> (StatusCode, &'static str, Option<&'static str>, Option<&str>) {
        const INVALID: &str = "invalid_request_error";
        const UNAVAILABLE: &str = "unavailable_error";
        match self {
            Self::Field { param, .. } => (StatusCode::BAD_REQUEST, INVALID, Some("invalid_value"), Some(param)),
            Self::Unsupported { param, .. } => {
                (StatusCode::BAD_REQUEST, INVALID, Some("unsupported_parameter"), Some(param))
            }
            Self::TooLong(_) => (StatusCode::BAD_REQUEST, INVALID, Some("context_length_exceeded"), Some("messages")),
            Self::Json(_) => (StatusCode::BAD_REQUEST, INVALID, Some("invalid_json"), None),
            Self::ContentType(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, INVALID, Some("content_type"), None),
            Self::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, INVALID, Some("body_too_large"), None),
            Self::BodyTimeout { .. } => (StatusCode::REQUEST_TIMEOUT, INVALID, Some("body_timeout"), None),
            Self::Body(_) => (StatusCode::BAD_REQUEST, INVALID, Some("body"), None),
            Self::NoRoute(_) => (StatusCode::NOT_FOUND, INVALID, Some("unknown_url"), None),
            Self::Method(_) => (StatusCode::METHOD_NOT_ALLOWED, INVALID, Some("method_not_allowed"), None),
            Self::NoModel { .. } => (StatusCode::NOT_FOUND, INVALID, Some("model_not_found"), Some("model")),
            Self::NoModels => (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, Some("no_model"), Some("model")),
            Self::Loading(_) => (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, Some("model_loading"), Some("model")),
            Self::LoadFailed { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, Some("model_failed"), Some("model"))
            }
            Self::Busy { .. } => (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, Some("busy"), None),
            Self::Engine(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", Some("engine_failed"), None),
            Self::NoEnvironment { .. } => (StatusCode::NOT_FOUND, INVALID, Some("environment_not_found"), None),
            Self::NoInstance(_) => (StatusCode::NOT_FOUND, INVALID, Some("instance_not_found"), Some("id")),
            Self::Finished(_) => (StatusCode::CONFLICT, INVALID, Some("episode_finished"), None),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, Some("stopping"), None),
        }
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.kind().0
    }

    /// `{"error":{"message","type","param","code"}}`, also what a stream ends with when it fails.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (_, kind, code, param) = self.kind();
        json!({ "error": { "message": self.to_string(), "type": kind, "param": param, "code": code } })
    }
}

impl From<RuntimeError> for ApiError {
    fn from(error: RuntimeError) -> Self {
        match error {
            // The API's name for it differs from the engine's.
            RuntimeError::Parameter { name: "samples", .. } => Self::field("n", error.to_string()),
            RuntimeError::Parameter { name, .. } => Self::field(name, error.to_string()),
            // Requests of one model run one after another, so a cache that is too small is too small for this request.
            RuntimeError::ContextLength { .. } | RuntimeError::CacheFull { .. } => Self::TooLong(error.to_string()),
            other => Self::Engine(other.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(self.to_json())).into_response();
        if matches!(self, Self::Busy { .. } | Self::Loading(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
