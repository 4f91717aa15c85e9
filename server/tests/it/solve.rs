//! `POST /v1/duet/solve`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::scripted::Script;
use crate::world::{header_of, json, post, send, server, text};

const ATTEMPT: &str =
    "There are 3 bags of 4 apples, 3 * 4 = 12 apples.\nShe eats 2, 12 - 2 = 10 are left.\nThe answer is 11.";

const CRITIQUE: &str = " Correct\nExplanation: 3 * 4 is 12.\n\n\
    Step sentence: The answer is 11.\nCorrectness of the step: Wrong\nExplanation: 10 are left.\n\n\
    Correctness of the final answer: Wrong\nExplanation: It is 10.\n";

const REFINEMENT: &str = "3 * 4 = 12 and 12 - 2 = 10.\nThe answer is 10.";

fn problem() -> Value {
    json!({ "problem": "Ann has 3 bags of 4 apples and eats 2. How many are left?" })
}

#[tokio::test]
async fn a_run_is_a_stream_of_named_events() {
    let router = server(Script::Replies(vec![ATTEMPT, CRITIQUE, REFINEMENT]));
    let mut body = problem();
    body["model"] = "scripted".into();
    body["seed"] = 5.into();
    let response = send(&router, post("/v1/duet/solve", body.to_string())).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "content-type"), "text/event-stream");
    insta::assert_snapshot!(text(response).await);
}

#[tokio::test]
async fn a_failure_inside_a_run_is_its_last_event() {
    for (script, words) in [(Script::Fail, "lost"), (Script::Panic, "scripted panic")] {
        let response = send(&server(script), post("/v1/duet/solve", problem().to_string())).await;
        assert_eq!(response.status(), StatusCode::OK);
        let text = text(response).await;
        let last = text.trim_end().rsplit("\n\n").next().unwrap().to_owned();
        assert!(last.starts_with("event: failed\n") && last.contains(words), "{last}");
    }
}

#[tokio::test]
async fn wrong_requests_are_refused_before_the_stream() {
    let router = server(Script::Replies(vec![ATTEMPT]));
    let long = "x".repeat(4001);
    let cases = [
        ("problem", json!("  "), "1..=4000"),
        ("problem", json!(long), "4001"),
        ("temperature", json!(-1), "0..=5"),
        ("max_tokens", json!(0), "1..=2048"),
        ("max_tokens", json!(-3), "-3"),
        ("seed", json!(-3), "-3"),
        ("gated", json!("no"), "no"),
        ("unknown", json!(1), "unknown"),
        ("model", json!(1), "string"),
    ];
    for (field, value, words) in cases {
        let mut body = problem();
        body[field] = value;
        let (status, answer) = json(send(&router, post("/v1/duet/solve", body.to_string())).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{field}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{field}: {message}");
    }
    let mut body = problem();
    body["model"] = "other".into();
    let (status, _) = json(send(&router, post("/v1/duet/solve", body.to_string())).await).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
