//! Clients that leave, floods, panics.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use duet_server::app;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::scripted::Script;
use crate::world::{chat, header_of, json, post, send, server, state, text, wait_for_health};

/// The bound of the queue before a model.
const QUEUE: usize = 32;

fn message(stream: bool) -> Value {
    json!({ "messages": [{ "role": "user", "content": "hello" }], "stream": stream })
}

fn idle(health: &Value) -> bool {
    health["models"][0]["running"] == 0 && health["models"][0]["queued"] == 0
}

fn busy(health: &Value) -> bool {
    health["models"][0]["running"] == 1
}

#[tokio::test]
async fn a_dropped_stream_stops_the_engine() {
    for (script, path, body) in [
        (Script::Endless, "/v1/chat/completions", message(true)),
        (Script::Endless, "/v1/duet/solve", json!({ "problem": "1 + 1?" })),
        (Script::EndlessPrefill, "/v1/duet/solve", json!({ "problem": "1 + 1?" })),
        (Script::EndlessPrefill, "/v1/chat/completions", message(true)),
    ] {
        let router = server(script);
        let mut stream = send(&router, post(path, body.to_string())).await.into_body().into_data_stream();
        stream.next().await.unwrap().unwrap();
        wait_for_health(&router, "it runs", busy).await;
        drop(stream);
        wait_for_health(&router, "it stopped", idle).await;
    }
}

#[tokio::test]
async fn a_dropped_request_for_a_whole_answer_stops_the_engine() {
    for script in [Script::Endless, Script::EndlessPrefill] {
        let router = server(script);
        let request = tokio::spawn({
            let router = router.clone();
            async move { chat(&router, &message(false)).await }
        });
        wait_for_health(&router, "it runs", busy).await;
        request.abort();
        wait_for_health(&router, "it stopped", idle).await;
    }
}

/// Starts requests that nobody answers; their handles keep them waiting.
async fn fill(router: &Router, count: usize) -> Vec<tokio::task::JoinHandle<()>> {
    let mut waiting = Vec::new();
    for _ in 0..count {
        let router = router.clone();
        waiting.push(tokio::spawn(async move { drop(text(chat(&router, &message(true)).await).await) }));
    }
    waiting
}

#[tokio::test]
async fn a_full_queue_asks_to_come_back_and_empties_when_the_clients_leave() {
    let router = server(Script::Endless);
    let mut clients = fill(&router, 1).await;
    wait_for_health(&router, "it runs", busy).await;
    clients.extend(fill(&router, QUEUE).await);
    wait_for_health(&router, "the queue is full", |health| health["models"][0]["queued"] == QUEUE).await;
    let response = chat(&router, &message(false)).await;
    assert_eq!((response.status(), header_of(&response, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    let (_, answer) = json(response).await;
    assert_eq!(answer["error"]["code"], "busy");
    assert!(answer["error"]["message"].as_str().unwrap().contains("32"), "{answer}");
    clients.iter().for_each(tokio::task::JoinHandle::abort);
    wait_for_health(&router, "all is quiet", idle).await;
}

#[tokio::test]
async fn a_panic_fails_one_request_and_the_engine_comes_back() {
    let router = server(Script::Panic);
    for _ in 0..2 {
        let (status, answer) = json(chat(&router, &message(false)).await).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(answer["error"]["message"].as_str().unwrap().contains("scripted panic"), "{answer}");
        wait_for_health(&router, "it is back", |health| health["status"] == "ok" && idle(health)).await;
    }
    let streamed = text(chat(&router, &message(true)).await).await;
    assert!(streamed.contains("\"content\":\"word \""), "{streamed}");
    let last = streamed.trim_end().rsplit("\n\n").next().unwrap();
    assert!(last.contains("\"error\"") && last.contains("scripted panic"), "{last}");
}

#[tokio::test]
async fn a_failing_device_is_an_error_of_the_server() {
    let (status, answer) = json(chat(&server(Script::Fail), &message(false)).await).await;
    assert_eq!((status, &answer["error"]["type"]), (StatusCode::INTERNAL_SERVER_ERROR, &json!("server_error")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("lost"));
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams_with_an_error() {
    let state = Arc::new(state(vec![crate::world::model("scripted", Script::Endless)]));
    let router = app(Arc::clone(&state));
    let chatting = chat(&router, &message(true)).await;
    state.stop();
    let said = text(chatting).await;
    assert!(said.trim_end().rsplit("\n\n").next().unwrap().contains("stopping"), "{said}");
    let solving = send(&router, post("/v1/duet/solve", json!({ "problem": "1 + 1?" }).to_string())).await;
    let said = text(solving).await;
    assert!(said.trim_end().rsplit("\n\n").next().unwrap().starts_with("event: failed"), "{said}");
}
