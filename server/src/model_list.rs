//! `GET /v1/models` and `GET /models/NAME.gguf`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tower_http::services::ServeFile;

use crate::engine_thread::{Model, Status};
use crate::{ApiError, AppState};

/// OpenAI's list, with what the page needs to load a model itself.
pub(crate) async fn list(State(state): State<Arc<AppState>>) -> Json<Value> {
    let models: Vec<Value> = state.models.iter().map(|model| describe(&state, model)).collect();
    Json(json!({ "object": "list", "data": models }))
}

/// One entry of the list.
pub(crate) async fn one(State(state): State<Arc<AppState>>, Path(name): Path<String>) -> Result<Json<Value>, ApiError> {
    Ok(Json(describe(&state, state.model(Some(&name))?)))
}

fn describe(state: &AppState, model: &Model) -> Value {
    let mut meta = json!({});
    if let Some(file) = model.file() {
        meta["url"] = format!("/models/{}.gguf", model.name()).into();
        meta["size"] = file.bytes().into();
        meta["sha256"] = file.sha256().into();
    }
    match model.status() {
        Status::Loading { .. } => meta["status"] = "loading".into(),
        Status::Failed(reason) => {
            meta["status"] = "failed".into();
            meta["reason"] = reason.into();
        }
        Status::Ready { info, limits } => {
            meta["status"] = "ready".into();
            meta["backend"] = info.backend.into();
            meta["n_vocab"] = info.vocab.into();
            meta["n_ctx"] = limits.context.into();
            meta["n_ctx_train"] = info.trained_context.into();
            meta["n_params"] = info.parameters.into();
            meta["samples"] = (*limits.samples.end()).into();
        }
    }
    json!({ "id": model.name(), "object": "model", "created": state.started, "owned_by": "duet", "meta": meta })
}

/// The model's file, for the page to load; parts of it by `Range`.
pub(crate) async fn file(
    State(state): State<Arc<AppState>>,
    Path(file): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let name = file.strip_suffix(".gguf").unwrap_or(&file);
    let found = state.models.iter().find(|model| model.name() == name).and_then(Model::file);
    let file = found.ok_or_else(|| ApiError::NoRoute(format!("/models/{file}")))?;
    let mut service = ServeFile::new(file.path());
    let mut response =
        service.try_call(request).await.map_err(|error| ApiError::Engine(error.to_string()))?.into_response();
    // The file may be replaced under the same name: keep it, but ask.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
