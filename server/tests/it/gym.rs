//! The gym from the outside: the original's wire against its recorded answers, and the protocol of our own.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use duet_server::{InstanceLimits, app, environment_app};
use serde_json::{Value, json};

use crate::world::{get, get_json, json as read, post, send, state};

const LMRL: &str = include_str!("../../../engine/tests/fixtures/gym/lmrlgym.json");

fn router() -> Router {
    app(Arc::new(state(Vec::new())))
}

async fn call(router: &Router, path: &str, body: &Value) -> (StatusCode, Value) {
    read(send(router, post(path, body.to_string())).await).await
}

/// The answer to a good request.
async fn ok(router: &Router, path: &str, body: &Value) -> Value {
    let (status, answer) = call(router, path, body).await;
    assert_eq!(status, StatusCode::OK, "{path} {body}: {answer}");
    answer
}

/// Both layouts: under a name, and at the root of a port of its own.
fn layouts(name: &str) -> [(Router, String); 2] {
    let state = Arc::new(state(Vec::new()));
    let own = environment_app(&state, name).expect("an environment");
    [(app(state), format!("/env/{name}")), (own, String::new())]
}

#[tokio::test]
async fn recorded_mazes_are_reproduced_in_both_layouts() {
    let golden: Value = serde_json::from_str(LMRL).unwrap();
    for (router, base) in layouts("maze") {
        for game in golden["maze"].as_array().unwrap() {
            // No body and no content type, as the original's client sends it.
            let created = send(&router, axum::http::Request::post(format!("{base}/create")).body("".into()).unwrap());
            let id = read(created.await).await.1["id"].clone();
            let begun = ok(&router, &format!("{base}/reset"), &json!({ "id": id, "game": game["game"] })).await;
            assert_eq!(begun, game["reset"]);
            for step in game["steps"].as_array().unwrap() {
                let answer = ok(&router, &format!("{base}/step"), &json!({ "id": id, "action": step[0] })).await;
                let recorded = with_number(&step[1], &id).to_string();
                assert_eq!(answer.to_string(), recorded, "game {}, {}", game["game"], step[0]);
            }
        }
    }
}

#[tokio::test]
async fn recorded_wordles_are_reproduced_in_both_layouts() {
    let golden: Value = serde_json::from_str(LMRL).unwrap();
    for (router, base) in layouts("wordle") {
        let mut games: Vec<(Value, Vec<Value>)> = Vec::new();
        for game in golden["wordle"].as_array().unwrap() {
            games.push((game["seed"].clone(), game["steps"].as_array().unwrap().clone()));
        }
        games.push((json!(0), golden["wordle_invalid"].as_array().unwrap().clone()));
        for (seed, steps) in games {
            let id = ok(&router, &format!("{base}/create"), &json!({})).await["id"].clone();
            let (_, words) = get_json(&router, &format!("{base}/filtered_vocab?id={id}")).await;
            assert_eq!(words.as_array().unwrap().len(), 40);
            let begun = ok(&router, &format!("{base}/reset"), &json!({ "id": id, "seed": seed })).await;
            assert_eq!(begun, json!({ "id": id, "observation": "Let's start Wordle!" }));
            for step in steps {
                let answer = ok(&router, &format!("{base}/step"), &json!({ "id": id, "action": step[0] })).await;
                assert_eq!(answer.to_string(), with_number(&step[1], &id).to_string(), "seed {seed}, {}", step[0]);
                let (_, words) = get_json(&router, &format!("{base}/filtered_vocab?id={id}")).await;
                if !step[2].is_null() {
                    assert_eq!(words, with_number(&step[2], &id), "seed {seed}, {}", step[0]);
                }
            }
        }
    }
}

/// A recorded answer; an error names the instance, whose number is another one here.
fn with_number(recorded: &Value, id: &Value) -> Value {
    match recorded["error"].as_str() {
        Some(text) => json!({ "error": numbered(text, id) }),
        None => recorded.clone(),
    }
}

/// A recorded sentence with another instance's number.
fn numbered(text: &str, id: &Value) -> String {
    let word = |word: &str| if word.bytes().all(|b| b.is_ascii_digit()) { id.to_string() } else { word.to_owned() };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_original_s_refusals_keep_their_form() {
    for (router, base) in layouts("maze") {
        let (status, answer) = call(&router, &format!("{base}/step"), &json!({ "id": "x" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let kinds: Vec<&Value> = answer["detail"].as_array().unwrap().iter().map(|entry| &entry["type"]).collect();
        assert_eq!(kinds, ["int_parsing", "missing"]);
        let answer = ok(&router, &format!("{base}/step"), &json!({ "id": 7, "action": "move up" })).await;
        assert_eq!(answer, json!({ "error": "The id 7 is not valid." }));
        let (status, answer) = get_json(&router, &format!("{base}/nowhere")).await;
        assert_eq!((status, answer), (StatusCode::NOT_FOUND, json!({ "detail": "Not Found" })));
        let (status, _) = get_json(&router, &format!("{base}/step")).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn an_episode_is_begun_stepped_kept_restored_and_closed() {
    let router = router();
    let (_, environments) = get_json(&router, "/v2/envs").await;
    let names: Vec<&str> =
        environments["data"].as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"maze"), "{names:?}");
    let (status, begun) = call(&router, "/v2/envs/maze/instances", &json!({ "task": 24 })).await;
    assert_eq!((status, &begun["item_id"]), (StatusCode::CREATED, &json!("maze_24")));
    let path = format!("/v2/instances/{}", begun["id"].as_str().unwrap());
    let stepped = ok(&router, &format!("{path}/step"), &json!({ "action": "move down" })).await;
    assert_eq!((&stepped["steps"], &stepped["done"]), (&json!(1), &json!(false)));
    let (_, kept) = get_json(&router, &format!("{path}/snapshot")).await;
    let (status, restored) = call(&router, "/v2/envs/maze/instances", &json!({ "snapshot": kept })).await;
    assert_eq!((status, &restored["observation"]), (StatusCode::CREATED, &stepped["observation"]));
    for _ in 0..2 {
        let request = axum::http::Request::delete(&path).body("".into()).unwrap();
        assert_eq!(send(&router, request).await.status(), StatusCode::NO_CONTENT);
    }
    let (status, gone) = get_json(&router, &path).await;
    assert_eq!((status, &gone["error"]["code"]), (StatusCode::NOT_FOUND, &json!("instance_not_found")));
}

#[tokio::test]
async fn what_is_wrong_is_named_in_the_protocol_of_our_own() {
    let router = router();
    for (path, body, status, word) in [
        ("/v2/envs/chess/instances", json!({ "task": 0 }), StatusCode::NOT_FOUND, "`chess` does not exist"),
        ("/v2/envs/maze/instances", json!({ "task": 25 }), StatusCode::BAD_REQUEST, "tasks 0 to 24"),
        ("/v2/envs/maze/instances", json!({}), StatusCode::BAD_REQUEST, "`task` or `snapshot`"),
        ("/v2/envs/maze/instances", json!({ "snapshot": 3 }), StatusCode::BAD_REQUEST, "`snapshot` is 3"),
        ("/v2/instances/zz/step", json!({ "action": "x" }), StatusCode::NOT_FOUND, "no instance `zz`"),
        ("/v2/step", json!({ "steps": 1 }), StatusCode::BAD_REQUEST, "`steps` must be"),
        ("/v2/envs/maze/rollout", json!({ "agent": "me" }), StatusCode::BAD_REQUEST, "`planner` or `random`"),
    ] {
        let (got, answer) = call(&router, path, &body).await;
        assert_eq!(got, status, "{path} {body}: {answer}");
        assert!(answer["error"]["message"].as_str().unwrap().contains(word), "{answer}");
    }
}

#[tokio::test]
async fn a_batch_steps_many_and_one_that_fails_stops_no_other() {
    let router = router();
    let mut ids = Vec::new();
    for task in 0..3 {
        let (_, begun) = call(&router, "/v2/envs/maze/instances", &json!({ "task": task })).await;
        ids.push(begun["id"].clone());
    }
    let steps: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "action": "move right" })).collect();
    let steps = [&steps[..1], &[json!({ "id": "no", "action": "x" })], &steps[1..]].concat();
    let answers = ok(&router, "/v2/step", &json!({ "steps": steps })).await;
    let said: Vec<bool> = answers["data"].as_array().unwrap().iter().map(|answer| answer["error"].is_null()).collect();
    assert_eq!(said, [true, false, true, true]);
}

#[tokio::test]
async fn a_rollout_streams_an_episode() {
    let router = router();
    let response = send(&router, post("/v2/envs/maze/rollout", r#"{"task": 0}"#)).await;
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert_eq!(text.matches("event: turn").count(), 12, "{text}");
    assert!(text.contains(r#""success":true"#) && text.trim_end().ends_with("data: {}"), "{text}");
}

#[tokio::test]
async fn no_more_instances_live_than_the_limit() {
    let instances = InstanceLimits { total: 3, per_client: 9, idle: Duration::from_secs(60) };
    let mut state = state(Vec::new());
    state.instances = instances;
    let router = app(Arc::new(state));
    for _ in 0..10 {
        ok(&router, "/env/maze/create", &json!({})).await;
    }
    let metrics = get(&router, "/metrics").await.into_body();
    let metrics = String::from_utf8(axum::body::to_bytes(metrics, 1 << 20).await.unwrap().to_vec()).unwrap();
    assert!(metrics.contains("duet_env_instances{environment=\"maze\"} 3"), "{metrics}");
    assert!(metrics.contains("duet_env_evicted_total{environment=\"maze\"} 7"), "{metrics}");
    let answer = ok(&router, "/env/maze/reset", &json!({ "id": 0, "game": 0 })).await;
    assert_eq!(answer, json!({ "error": "The id 0 has been deleted." }));
}
