//! `POST /v1/chat/completions` when all goes well.

use std::sync::Arc;

use axum::http::StatusCode;
use duet_engine::runtime::Sampling;
use duet_server::app;
use serde_json::{Value, json};

use crate::scripted::{CONTEXT, Script, Scripted};
use crate::world::{chat, get, header_of, json, server, state, text, wait_for_health, watched_model};

fn ask(extra: &Value) -> Value {
    let mut body = json!({ "model": "scripted", "messages": [{ "role": "user", "content": "Say hello to me." }] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn hello() -> Script {
    Script::Replies(vec!["Hello there, friend."])
}

#[tokio::test]
async fn a_whole_answer() {
    let (status, answer) = json(chat(&server(hello()), &ask(&json!({ "seed": 7 }))).await).await;
    assert_eq!(status, StatusCode::OK);
    insta::assert_json_snapshot!(answer);
}

#[tokio::test]
async fn a_stream() {
    let response = chat(&server(hello()), &ask(&json!({ "stream": true }))).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "content-type"), "text/event-stream");
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    insta::assert_snapshot!(text(response).await);
}

#[tokio::test]
async fn a_stream_with_usage_and_two_choices() {
    let extra = json!({ "stream": true, "stream_options": { "include_usage": true }, "n": 2, "max_tokens": 2 });
    insta::assert_snapshot!(text(chat(&server(hello()), &ask(&extra)).await).await);
}

#[tokio::test]
async fn every_parameter_reaches_the_engine() {
    let engine = Scripted::new(hello());
    let asked = Arc::clone(&engine.asked);
    let router = app(Arc::new(state(vec![watched_model("scripted", engine)])));
    let extra = json!({
        "temperature": 0.5, "top_p": 0.9, "top_k": 40, "seed": 7, "n": 3, "max_completion_tokens": 5, "max_tokens": 9,
        "stop": ["a", "b"], "user": "me", "metadata": { "unknown": true }, "logprobs": false, "tools": [],
        "response_format": { "type": "text" }, "frequency_penalty": 0,
    });
    let (status, answer) = json(chat(&router, &ask(&extra)).await).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, answer) = json(chat(&router, &ask(&json!({ "stop": "x" }))).await).await;
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked[0].sampling, Sampling::new(0.5, 40, 0.9, 7).unwrap());
    assert_eq!((asked[0].samples, asked[0].max_tokens, asked[0].prompt.len()), (3, 5, 4));
    assert_eq!(asked[0].stop, ["a", "b"]);
    assert_eq!(asked[1].sampling, Sampling::new(1.0, 0, 1.0, 0xabcd).unwrap());
    assert_eq!(answer["seed"], 0xabcd, "a seed that was not asked for is told");
    assert_eq!((asked[1].stop.clone(), asked[1].samples), (vec!["x".to_owned()], 1));
    assert_eq!(asked[1].max_tokens, CONTEXT - 4, "without a limit: what is left of the context");
}

#[tokio::test]
async fn content_may_come_in_parts_and_the_model_may_be_left_out() {
    let parts = json!([{ "type": "text", "text": "one two " }, { "type": "text", "text": "three" }]);
    let body = json!({ "messages": [
        { "role": "developer", "content": "be brief" }, { "role": "user", "content": parts },
        { "role": "assistant", "content": "yes" }, { "role": "user", "content": "more" },
    ] });
    let (status, answer) = json(chat(&server(hello()), &body).await).await;
    assert_eq!((status, &answer["usage"]["prompt_tokens"]), (StatusCode::OK, &json!(7)));
}

#[tokio::test]
async fn finished_work_is_counted() {
    let router = server(hello());
    chat(&router, &ask(&json!({ "n": 2 }))).await;
    wait_for_health(&router, "it is over", |health| health["models"][0]["running"] == 0).await;
    insta::assert_snapshot!(text(get(&router, "/metrics").await).await);
}
