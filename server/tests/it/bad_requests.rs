//! What is refused, and in what words.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use duet_server::app;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::scripted::Script;
use crate::world::{chat, get, json, model, post, send, server, state};

fn router() -> axum::Router {
    server(Script::Replies(vec!["Hello."]))
}

/// A field, a value that is refused, and what the message must contain.
fn bad_fields() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let long = "x".repeat(257);
    vec![
        ("temperature", json!(-0.1), vec!["-0.1", "0..=5"]),
        ("temperature", json!(5.5), vec!["5.5", "0..=5"]),
        ("temperature", json!(1e300), vec!["1e+300", "finite"]),
        ("temperature", json!("hot"), vec!["\"hot\"", "finite number"]),
        ("top_p", json!(0), vec!["0", "above 0"]),
        ("top_p", json!(1.5), vec!["1.5", "at most 1"]),
        ("top_k", json!(-1), vec!["-1", "0..=4294967295"]),
        ("top_k", json!(1.5), vec!["1.5", "whole number"]),
        ("seed", json!(1e30), vec!["1e+30", "64-bit"]),
        ("seed", json!(0.5), vec!["0.5", "64-bit"]),
        ("n", json!(0), vec!["0", "1..=4"]),
        ("n", json!(5), vec!["5", "1..=4"]),
        ("max_tokens", json!(0), vec!["0", "1..=64"]),
        ("max_tokens", json!(1_000_000_000), vec!["1000000000", "1..=64"]),
        ("max_tokens", json!(-5), vec!["-5", "1..=64"]),
        ("max_completion_tokens", json!(65), vec!["65", "1..=64"]),
        ("stop", json!(["a", "b", "c", "d", "e"]), vec!["up to 4"]),
        ("stop", json!([""]), vec!["1 to 256"]),
        ("stop", json!(long), vec!["1 to 256"]),
        ("stop", json!(3), vec!["3", "string"]),
        ("stream", json!("yes"), vec!["\"yes\"", "true or false"]),
        ("stream_options", json!({ "include_usage": 1 }), vec!["include_usage"]),
        ("model", json!(5), vec!["5", "string"]),
        ("messages", json!([]), vec!["[]", "at least one"]),
        ("messages", json!("hello"), vec!["\"hello\"", "list"]),
        ("messages", Value::Null, vec!["missing"]),
    ]
}

#[tokio::test]
async fn wrong_values_are_named_with_their_limits() {
    let router = router();
    for (field, value, words) in bad_fields() {
        let mut body = json!({ "messages": [{ "role": "user", "content": "hello" }] });
        body[field] = value.clone();
        let (status, answer) = json(chat(&router, &body).await).await;
        let error = &answer["error"];
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field} = {value}: {answer}");
        assert_eq!((&error["type"], &error["param"]), (&json!("invalid_request_error"), &json!(field)), "{value}");
        let message = error["message"].as_str().unwrap();
        assert!(words.iter().all(|word| message.contains(word)), "{field} = {value}: {message} lacks one of {words:?}");
    }
}

#[tokio::test]
async fn fields_that_would_change_the_meaning_are_refused() {
    let router = router();
    let fields = [
        ("tools", json!([{ "type": "function" }])),
        ("tool_choice", json!("required")),
        ("functions", json!([{}])),
        ("response_format", json!({ "type": "json_object" })),
        ("logprobs", json!(true)),
        ("top_logprobs", json!(3)),
        ("logit_bias", json!({ "5": 1 })),
        ("frequency_penalty", json!(0.5)),
        ("presence_penalty", json!(-1)),
        ("repetition_penalty", json!(1.1)),
        ("min_p", json!(0.1)),
        ("grammar", json!("root ::= 'a'")),
        ("modalities", json!(["audio"])),
    ];
    for (field, value) in fields {
        let body = json!({ "messages": [{ "role": "user", "content": "hello" }], field: value });
        let (status, answer) = json(chat(&router, &body).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(answer["error"]["code"], "unsupported_parameter", "{field}");
        assert_eq!(answer["error"]["param"], field);
        assert!(answer["error"]["message"].as_str().unwrap().contains(field));
    }
}

#[tokio::test]
async fn wrong_messages_are_named_by_their_place() {
    let router = router();
    let messages = [
        (json!({ "role": "tool", "content": "x" }), "messages[1].role"),
        (json!({ "content": "x" }), "messages[1].role"),
        (json!("x"), "messages[1].role"),
        (json!({ "role": "user" }), "messages[1].content"),
        (json!({ "role": "user", "content": 5 }), "messages[1].content"),
        (json!({ "role": "user", "content": [{ "type": "image_url", "image_url": {} }] }), "messages[1].content"),
    ];
    for (message, param) in messages {
        let body = json!({ "messages": [{ "role": "system", "content": "hello" }, message] });
        let (status, answer) = json(chat(&router, &body).await).await;
        assert_eq!((status, answer["error"]["param"].as_str()), (StatusCode::BAD_REQUEST, Some(param)), "{answer}");
    }
}

#[tokio::test]
async fn a_prompt_that_does_not_fit_is_told_both_numbers() {
    let router = router();
    let words = |count: usize| json!([{ "role": "user", "content": "word ".repeat(count) }]);
    let cases = [
        (words(64), json!(null), ["64", "64"]),
        (words(60), json!(5), ["60", "5"]),
        (words(900), json!(null), ["900", "64"]),
    ];
    for (messages, max_tokens, numbers) in cases {
        let (status, answer) =
            json(chat(&router, &json!({ "messages": messages, "max_tokens": max_tokens })).await).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!("context_length_exceeded")));
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(numbers.iter().all(|number| message.contains(number)), "{message}");
    }
}

#[tokio::test]
async fn bodies_that_are_no_request() {
    let router = router();
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    let huge = format!("{{\"messages\": \"{}\"}}", "x".repeat(1 << 20));
    let nan = r#"{"messages": [{"role": "user", "content": "a"}], "temperature": NaN}"#;
    let overflow = r#"{"messages": [{"role": "user", "content": "a"}], "temperature": 1e999}"#;
    let cases: [(&str, StatusCode); 7] = [
        ("", StatusCode::BAD_REQUEST),
        ("{\"messages\":", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::BAD_REQUEST),
        (nan, StatusCode::BAD_REQUEST),
        (overflow, StatusCode::BAD_REQUEST),
        (&deep, StatusCode::BAD_REQUEST),
        (&huge, StatusCode::PAYLOAD_TOO_LARGE),
    ];
    for path in ["/v1/chat/completions", "/v1/duet/solve"] {
        for (body, expected) in &cases {
            let (status, answer) = json(send(&router, post(path, (*body).to_owned())).await).await;
            assert_eq!(status, *expected, "{path} {:.40}: {answer}", body);
            assert!(answer["error"]["message"].is_string() && answer["error"]["code"].is_string(), "{answer}");
        }
    }
    // The same size without a length in front.
    let parts = futures_util::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 16])));
    let (status, answer) = json(send(&router, post("/v1/chat/completions", Body::from_stream(parts))).await).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer["error"]["message"].as_str().unwrap().contains("1048576"), "{answer}");
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let mut state = state(vec![model("scripted", Script::Endless)]);
    state.body_timeout = Duration::from_millis(50);
    let router = app(Arc::new(state));
    let parts = futures_util::stream::iter([Ok::<_, std::io::Error>("{")]).chain(futures_util::stream::pending());
    let (status, answer) = json(send(&router, post("/v1/chat/completions", Body::from_stream(parts))).await).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::REQUEST_TIMEOUT, &json!("body_timeout")));
    assert!(answer["error"]["message"].as_str().unwrap().contains("50ms"), "{answer}");
}

#[tokio::test]
async fn another_content_type_is_refused_because_other_origins_may_send_it() {
    let body = r#"{"messages": [{"role": "user", "content": "a"}]}"#;
    let request = Request::post("/v1/chat/completions").header("content-type", "text/plain").body(Body::from(body));
    let (status, answer) = json(send(&router(), request.unwrap()).await).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer["error"]["message"].as_str().unwrap().contains("text/plain"));
    let request = Request::post("/v1/chat/completions").header("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(send(&router(), request.body(Body::from(body)).unwrap()).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn unknown_places_in_the_api_answer_in_its_error_shape() {
    let router = router();
    for path in ["/v1", "/v1/", "/v1/completions", "/v1/a/b/c"] {
        let (status, answer) = json(get(&router, path).await).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!("unknown_url")), "{path}");
        let (status, _) = json(send(&router, post(path, "{}")).await).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "POST {path}");
    }
    let (status, answer) = json(get(&router, "/v1/chat/completions").await).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::METHOD_NOT_ALLOWED, &json!("method_not_allowed")));
}
