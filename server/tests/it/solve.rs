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
        ("gate", json!("maybe"), "maybe"),
        ("gate", json!("oracle"), "`gold` is missing"),
        ("gold", json!("many"), "`gold` is `many`"),
        ("threshold", json!(0.5), "`probability` alone"),
        ("search", json!(3), "an object"),
        ("search", json!({"k": 0}), "1..=64"),
        ("search", json!({"k": 65}), "1..=64"),
        ("search", json!({"mode": "plain", "k": 193}), "1..=192"),
        ("search", json!({"mode": "beam"}), "beam"),
        ("search", json!({"gate": "oracle"}), "`gold` is missing"),
        ("search", json!({"gate": "probability", "threshold": 2}), "0..=1"),
        ("search", json!({"temperature": 9}), "0..=5"),
        ("search", json!({"branch": 9}), "1..=8"),
        ("search", json!({"problem": "Another?"}), "given twice"),
        ("search", json!({"gated": true}), "gated"),
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

#[tokio::test]
async fn a_search_is_a_stream_of_its_events() {
    let router = server(Script::Replies(vec![ATTEMPT, REFINEMENT, CRITIQUE, CRITIQUE, REFINEMENT]));
    let mut body = problem();
    body["max_tokens"] = 40.into();
    body["search"] = json!({ "mode": "parallel", "k": 2, "gate": "verdict", "seed": 3, "temperature": 0.5 });
    let response = send(&router, post("/v1/duet/solve", body.to_string())).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header_of(&response, "content-type"), "text/event-stream");
    let text = text(response).await;
    let events: Vec<(String, Value)> = text
        .trim_end()
        .split("\n\n")
        .map(|frame| {
            let (name, data) = frame.split_once('\n').expect("two lines");
            let data = serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
            (name.strip_prefix("event: ").expect("a name").to_owned(), data)
        })
        .collect();
    assert!(events.iter().all(|(name, data)| data["type"] == name.as_str()));
    let of = |name: &str| events.iter().filter(|(known, _)| known == name).map(|(_, data)| data).collect::<Vec<_>>();
    let started = of("started")[0];
    assert_eq!((&started["request"]["k"], &started["request"]["max_tokens"]), (&json!(2), &json!(40)));
    assert_eq!(started["oracle"], false);
    let said: Vec<&Value> = of("said").iter().map(|event| &event["answer"]).collect();
    assert_eq!(said, ["11", "10", "10", "10"]);
    assert_eq!(of("review").iter().map(|event| &event["review"]["refine"]).collect::<Vec<_>>(), [true, true]);
    let last = of("vote").pop().expect("a vote");
    assert_eq!(last["tally"], json!({ "votes": [{ "answer": "10", "count": 2 }], "unanswered": 0 }));
    let (name, done) = events.last().expect("events");
    assert_eq!((name.as_str(), &done["answer"], &done["cancelled"]), ("done", &json!("10"), &json!(false)));
    assert!(done["usage"]["completion_tokens"].as_u64().expect("a number") > 10);
}
