//! Wordle on the original's wire: dialect A, `specs/agentgym.md` §1.2.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use duet_engine::gym::Environment;
use duet_engine::gym::wordle::{Guess, Wordle, WordleState, filtered_vocabulary};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, close, finished};
use super::fastapi::instance_id;

type Shared = State<Arc<Desk<WordleState>>>;

/// What a reset answers, whatever the seed; also what is seen before the first guess.
const BEGUN: &str = "Let's start Wordle!";

pub(super) fn router(desk: Arc<Desk<WordleState>>) -> Router {
    Router::new()
        .route("/", get(async || Json("This is environment LMRL-Gym.")))
        .route("/create", post(create))
        .route("/reset", post(reset))
        .route("/step", post(step))
        .route("/filtered_vocab", get(vocabulary))
        .route("/observation", get(observation))
        .route("/detail", get(detail))
        .route("/close", post(close::<WordleState>))
        .with_state(desk)
}

/// An instance can be asked before its first reset: the original's client wants the words at once.
async fn create(State(desk): Shared, request: Request) -> Response {
    Json(json!({ "id": desk.create(&request, |_| WordleState::new(0)) })).into_response()
}

async fn reset(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, seed) = (model.integer("id"), model.integer("seed"));
    model.checked()?;
    Ok(desk.answer(id, |state| {
        // CPython seeds with the absolute value.
        *state = WordleState::new(seed.unsigned_abs());
        Ok(json!({ "id": id, "observation": BEGUN }))
    }))
}

async fn step(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, action) = (model.integer("id"), model.text("action"));
    model.checked()?;
    Ok(desk.answer(id, |state| {
        if state.done {
            return Err(finished(id));
        }
        let outcome = Wordle.step(state, &action);
        let reward = reward(state);
        Ok(json!({ "observation": outcome.observation, "reward": reward, "done": outcome.done }))
    }))
}

async fn vocabulary(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |state| match state.done {
        true => Err(finished(id)),
        false => Ok(json!(filtered_vocabulary(state))),
    }))
}

async fn observation(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |state| Ok(json!(seen(state)))))
}

async fn detail(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |state| {
        Ok(json!({ "observation": seen(state), "done": state.done, "reward": reward(state), "deleted": false }))
    }))
}

fn seen(state: &WordleState) -> String {
    if state.guesses.is_empty() { BEGUN.to_owned() } else { state.observation() }
}

/// An integer on this wire, except after a guess that is no word.
fn reward(state: &WordleState) -> Value {
    match state.guesses.last() {
        Some(Guess::Invalid(_)) => json!(0.0),
        _ => json!(state.reward as i64),
    }
}
