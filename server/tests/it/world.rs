//! Servers to test, and how to talk to them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use duet_server::{AppState, Model, Origin, Status, app};
use serde_json::Value;
use tower::ServiceExt;

use crate::scripted::{Script, Scripted};

/// How long anything may take that should happen at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A state whose clock stands still, with these models.
pub(crate) fn state(models: Vec<Model>) -> AppState {
    let mut state = AppState::new(models);
    state.origin = Origin { now: || 1_700_000_000, random: || 0xabcd << 11 };
    state.started = 1_600_000_000;
    state
}

/// A server with one model, which is ready.
pub(crate) fn server(script: Script) -> Router {
    app(Arc::new(state(vec![model("scripted", script)])))
}

/// A model that is ready.
pub(crate) fn model(name: &str, script: Script) -> Model {
    watched_model(name, Scripted::new(script))
}

/// A model over a given engine, ready.
pub(crate) fn watched_model(name: &str, engine: Scripted) -> Model {
    let model = Model::start(name, None, move |_| Ok(engine.clone())).unwrap();
    wait_until("the model is loaded", || !matches!(model.status(), Status::Loading { .. }));
    model
}

/// Waits for something that must come true.
pub(crate) fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits for a server to report something in `/health`.
pub(crate) async fn wait_for_health(router: &Router, what: &str, mut happened: impl FnMut(&Value) -> bool) {
    let start = Instant::now();
    loop {
        let (_, health) = get_json(router, "/health").await;
        if happened(&health) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}: {health}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Response<Body> {
    router.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn get(router: &Router, path: &str) -> Response<Body> {
    send(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn get_json(router: &Router, path: &str) -> (StatusCode, Value) {
    json(get(router, path).await).await
}

pub(crate) fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(path).header(header::CONTENT_TYPE, "application/json").body(body.into()).unwrap()
}

/// Posts JSON to the chat route.
pub(crate) async fn chat(router: &Router, body: &Value) -> Response<Body> {
    send(router, post("/v1/chat/completions", body.to_string())).await
}

pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = tokio::time::timeout(PATIENCE, to_bytes(response.into_body(), 1 << 20)).await.expect("an end").unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

pub(crate) async fn json(response: Response<Body>) -> (StatusCode, Value) {
    let status = response.status();
    let text = text(response).await;
    (status, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}")))
}

/// The header's text; empty when it is absent.
pub(crate) fn header_of<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
