//! Models that load, fail to load, or are not there.

use std::sync::{Arc, Mutex, mpsc};

use axum::body::Body;
use axum::http::{Request, StatusCode};
use duet_server::{Model, Status, app};
use serde_json::json;

use crate::scripted::{Script, Scripted};
use crate::world::{chat, get, get_json, header_of, json, model, send, server, state, text, wait_until};

fn hello() -> Script {
    Script::Replies(vec!["Hello."])
}

fn message() -> serde_json::Value {
    json!({ "messages": [{ "role": "user", "content": "hello" }] })
}

#[tokio::test]
async fn a_server_without_models_is_well_and_says_what_is_missing() {
    let router = app(Arc::new(state(Vec::new())));
    assert_eq!(get_json(&router, "/health").await, (StatusCode::OK, json!({ "status": "ok", "models": [] })));
    assert_eq!(get_json(&router, "/v1/models").await.1, json!({ "object": "list", "data": [] }));
    let (status, answer) = json(chat(&router, &message()).await).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("no_model")));
    let mut named = message();
    named["model"] = "gpt".into();
    let (status, answer) = json(chat(&router, &named).await).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("model_not_found")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("gpt"));
}

#[tokio::test]
async fn a_ready_model_is_listed_with_its_numbers() {
    let router = server(hello());
    insta::assert_json_snapshot!(get_json(&router, "/v1/models").await.1);
    let (status, one) = get_json(&router, "/v1/models/scripted").await;
    assert_eq!((status, &one["id"]), (StatusCode::OK, &json!("scripted")));
    assert_eq!(get_json(&router, "/v1/models/other").await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn health_is_503_until_the_model_is_loaded() {
    let (loaded, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let model = Model::start("slow", None, move |progress| {
        progress(3, 10);
        wait.lock().unwrap().recv().unwrap();
        Ok(Scripted::new(hello()))
    });
    let model = model.unwrap();
    wait_until("loading has begun", || model.status() == Status::Loading { done: 3, total: 10 });
    let router = app(Arc::new(state(vec![model])));
    let (status, health) = get_json(&router, "/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!((&health["error"]["code"], &health["error"]["message"]), (&json!(503), &json!("Loading model")));
    assert_eq!(health["models"][0]["progress"], json!({ "done": 3, "total": 10 }));
    let response = chat(&router, &message()).await;
    assert_eq!((response.status(), header_of(&response, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    loaded.send(()).unwrap();
    crate::world::wait_for_health(&router, "ready", |health| health["status"] == "ok").await;
    assert_eq!(chat(&router, &message()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_model_that_fails_to_load_is_reported_and_the_others_answer() {
    let broken = Model::start("broken", None, |_| Err::<Scripted, _>("no tensor `x`".to_owned())).unwrap();
    let panics = Model::start::<Scripted>("panics", None, |_| panic!("while loading")).unwrap();
    for model in [&broken, &panics] {
        wait_until("it failed", || matches!(model.status(), Status::Failed(_)));
    }
    let router = app(Arc::new(state(vec![broken, panics, model("good", hello())])));
    let (status, health) = get_json(&router, "/health").await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("degraded")));
    assert_eq!(health["models"][0]["reason"], "no tensor `x`");
    assert_eq!(health["models"][1]["reason"], "while loading");
    let (_, list) = get_json(&router, "/v1/models").await;
    assert_eq!(list["data"][0]["meta"]["reason"], "no tensor `x`");
    let (status, answer) = json(chat(&router, &message()).await).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::SERVICE_UNAVAILABLE, &json!("model_failed")));
    let mut named = message();
    named["model"] = "good".into();
    assert_eq!(chat(&router, &named).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn health_is_503_when_no_model_could_be_loaded() {
    let broken = Model::start("broken", None, |_| Err::<Scripted, _>("no tensor `x`".to_owned())).unwrap();
    wait_until("it failed", || matches!(broken.status(), Status::Failed(_)));
    let router = app(Arc::new(state(vec![broken])));
    let (status, health) = get_json(&router, "/health").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(health["error"]["message"].as_str().unwrap().contains("no tensor `x`"));
}

/// The list once the digest of its first model is known.
async fn list_with_digest(router: &axum::Router) -> serde_json::Value {
    for _ in 0..1000 {
        let (_, list) = get_json(router, "/v1/models").await;
        if list["data"][0]["meta"]["sha256"].is_string() {
            return list;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("no digest within two seconds");
}

/// Of "GGUF456789".
const SHA256: &str = "2d4339992048ff39c2e9cbf507599892a72998ab693651fe3ddbc3d0f28cc219";

#[tokio::test]
async fn the_page_loads_the_file_whole_or_in_parts() {
    let folder = crate::page::Folder::new("model-file", &[("file.gguf", "GGUF456789"), ("secret", "not a model")]);
    let file = folder.path.join("file.gguf");
    let model = Model::start("tiny", Some(&file), |_| Ok(Scripted::new(hello()))).unwrap();
    let secret = Model::start("secret", Some(&folder.path.join("secret")), |_| Ok(Scripted::new(hello()))).unwrap();
    let router = app(Arc::new(state(vec![model, secret])));
    let list = list_with_digest(&router).await;
    assert_eq!(list["data"][0]["meta"]["sha256"], SHA256);
    assert_eq!(list["data"][1]["meta"]["url"], json!(null), "a file that is no model is not offered");
    assert_eq!(list["data"][0]["meta"]["url"], "/models/tiny.gguf");
    assert_eq!(list["data"][0]["meta"]["size"], 10);

    let response = get(&router, "/models/tiny.gguf").await;
    assert_eq!((response.status(), header_of(&response, "content-length")), (StatusCode::OK, "10"));
    assert_eq!(header_of(&response, "accept-ranges"), "bytes");
    assert_eq!(header_of(&response, "cache-control"), "no-cache");
    let etag = header_of(&response, "etag").to_owned();
    assert!(!etag.is_empty());
    assert_eq!(text(response).await, "GGUF456789");

    let request = Request::get("/models/tiny.gguf").header("range", "bytes=3-5").body(Body::empty()).unwrap();
    let response = send(&router, request).await;
    assert_eq!(
        (response.status(), header_of(&response, "content-range")),
        (StatusCode::PARTIAL_CONTENT, "bytes 3-5/10")
    );
    assert_eq!(text(response).await, "F45");

    let request = Request::get("/models/tiny.gguf").header("if-none-match", etag).body(Body::empty()).unwrap();
    assert_eq!(send(&router, request).await.status(), StatusCode::NOT_MODIFIED);
    for path in ["/models/other.gguf", "/models/..%2Ftiny.gguf", "/models/file.gguf", "/models/secret.gguf"] {
        assert_eq!(get(&router, path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
}
