//! The whole stack over a real model: `DUET_MODELS` or the cache folder; skipped, aloud, when it is in neither.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::StatusCode;
use duet_engine::runtime::LoadOptions;
use duet_server::{BackendKind, EngineOptions, Model, app, load_engine};
use futures_util::StreamExt;
use serde_json::json;

use crate::world::{chat, json, post, send, state, wait_for_health};

const FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";

fn file() -> Option<PathBuf> {
    let given = std::env::var_os("DUET_MODELS").map(PathBuf::from);
    let cache = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/duet/models"));
    given.into_iter().chain(cache).map(|folder| folder.join(FILE)).find(|file| file.is_file())
}

#[tokio::test]
async fn a_real_model_chats_and_stops_when_its_client_leaves() {
    let Some(file) = file() else {
        eprintln!("skipped: {FILE} is neither in DUET_MODELS nor in ~/.cache/duet/models");
        return;
    };
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let options = EngineOptions { backend: BackendKind::Cpu, threads, load: LoadOptions::default() };
    let path = file.clone();
    let load = move |progress: &mut dyn FnMut(usize, usize)| {
        load_engine("smollm2", &path, &options, progress).map_err(|error| error.to_string())
    };
    let model = Model::start("smollm2", Some(&file), load).unwrap();
    let router = app(Arc::new(state(vec![model])));
    wait_for_health(&router, "it is loaded", |health| health["status"] == "ok").await;

    let question = json!([{ "role": "user", "content": "What is the capital of France?" }]);
    let ask = json!({ "messages": question, "temperature": 0, "max_tokens": 16, "n": 2 });
    let (status, answer) = json(chat(&router, &ask).await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    for choice in answer["choices"].as_array().unwrap() {
        assert!(choice["message"]["content"].as_str().unwrap().contains("Paris"), "{answer}");
        assert_eq!(choice["finish_reason"], "stop");
    }

    // Left during the prefill: some 600 tokens are read a batch at a time.
    let long = json!({ "problem": "apple ".repeat(600) });
    let mut stream = send(&router, post("/v1/duet/solve", long.to_string())).await.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    wait_for_health(&router, "it runs", |health| health["models"][0]["running"] == 1).await;
    drop(stream);
    wait_for_health(&router, "it stopped", |health| health["models"][0]["running"] == 0).await;
}
