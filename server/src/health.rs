//! `GET /health` and `GET /metrics`.

use std::fmt::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::engine_thread::{Gauges, Model, Status};
use crate::{ApiError, AppState};

/// 200 when every model answers, or there is none; 503 while one is loading, or when none could be loaded.
pub(crate) async fn health(State(state): State<Arc<AppState>>) -> Response {
    let models: Vec<Value> = state.models.iter().map(model).collect();
    let failed = state.models.iter().filter_map(|model| match model.status() {
        Status::Failed(reason) => Some((model.name().to_owned(), reason)),
        _ => None,
    });
    let failed: Vec<(String, String)> = failed.collect();
    let loading = state.models.iter().any(|model| matches!(model.status(), Status::Loading { .. }));
    if loading {
        return unavailable("Loading model", models);
    }
    match failed.first() {
        Some((name, reason)) if failed.len() == models.len() => {
            let (name, reason) = (name.clone(), reason.clone());
            unavailable(&ApiError::LoadFailed { name, reason }.to_string(), models)
        }
        Some(_) => Json(json!({ "status": "degraded", "models": models })).into_response(),
        None => Json(json!({ "status": "ok", "models": models })).into_response(),
    }
}

fn unavailable(message: &str, models: Vec<Value>) -> Response {
    let error = json!({ "code": 503, "message": message, "type": "unavailable_error" });
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "error": error, "models": models }))).into_response()
}

fn model(model: &Model) -> Value {
    let mut value =
        json!({ "name": model.name(), "running": model.gauges().running(), "queued": model.gauges().queued() });
    match model.status() {
        Status::Loading { done, total } => {
            value["status"] = "loading".into();
            value["progress"] = json!({ "done": done, "total": total });
        }
        Status::Ready { .. } => value["status"] = "ready".into(),
        Status::Failed(reason) => {
            value["status"] = "failed".into();
            value["reason"] = reason.into();
        }
    }
    value
}

type Reading = fn(&Gauges) -> u64;

/// Name, kind, help and source of every metric.
const METRICS: [(&str, &str, &str, Reading); 5] = [
    ("duet_requests_running", "gauge", "Requests in the engine.", |gauges| gauges.running() as u64),
    ("duet_requests_queued", "gauge", "Requests waiting for the engine.", |gauges| gauges.queued() as u64),
    ("duet_requests_total", "counter", "Requests started.", Gauges::requests),
    ("duet_prompt_tokens_total", "counter", "Prompt tokens of finished chats.", Gauges::prompt_tokens),
    ("duet_completion_tokens_total", "counter", "Tokens drawn by finished chats.", Gauges::completion_tokens),
];

/// Prometheus' text format.
pub(crate) async fn metrics(State(state): State<Arc<AppState>>) -> impl IntoResponse {
    let mut text = String::new();
    for (name, kind, help, read) in METRICS {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for model in &state.models {
            // Model names have no character that a label would have to escape (`--model` checks them).
            let _ = writeln!(text, "{name}{{model=\"{}\"}} {}", model.name(), read(model.gauges()));
        }
    }
    state.gyms().metrics(&mut text);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}
