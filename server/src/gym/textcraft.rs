//! TextCraft on the original's wire: dialect A, `specs/agentgym.md` §1.4.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use duet_engine::gym::Environment;
use duet_engine::gym::textcraft::{TextCraft, TextCraftState, task_of};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, close};
use super::fastapi::{exception, instance_id};

/// An episode and what was seen last.
pub(super) type Play = (TextCraftState, String);

type Shared = State<Arc<Desk<Play>>>;

pub(super) fn router(desk: Arc<Desk<Play>>) -> Router {
    Router::new()
        .route("/", get(async || Json("This is environment TextCraft.")))
        .route("/create", post(create))
        .route("/reset", post(reset))
        .route("/step", post(step))
        .route("/observation", get(observation))
        .route("/detail", get(detail))
        // The original's handlers call methods that are not there.
        .route("/commands", get(async || exception()))
        .route("/goal", get(async || exception()))
        .route("/close", post(close::<Play>))
        .with_state(desk)
}

/// Any number is a task.
fn begun(data_idx: i64) -> Play {
    TextCraft.reset(task_of(data_idx)).expect("invariant: it is one of the tasks")
}

/// The body must be an object, and its fields have no effect; the first task is the instance's number.
async fn create(State(desk): Shared, request: Request) -> Answer {
    let peer = request.extensions().get().copied();
    let mut model = desk.body(request).await?;
    model.optional_text("commands");
    model.optional_text("goal");
    model.checked()?;
    let id = desk.store.create(peer, desk.now(), |id| begun(id as i64));
    Ok(desk.answer(id as i64, |(_, seen)| Ok(json!({ "id": id, "observation": seen, "done": false, "reward": 0 }))))
}

async fn reset(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, data_idx) = (model.integer("id"), model.integer_or("data_idx", 0));
    model.checked()?;
    Ok(desk.answer(id, |play| {
        *play = begun(data_idx);
        Ok(json!({ "id": id, "observation": play.1, "done": false, "reward": 0 }))
    }))
}

/// Also after the end: the original does not look.
async fn step(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, action) = (model.integer("id"), model.text("action"));
    model.checked()?;
    Ok(desk.answer(id, |(state, seen)| {
        let outcome = TextCraft.step(state, &action);
        seen.clone_from(&outcome.observation);
        Ok(json!({ "observation": outcome.observation, "reward": whole(outcome.reward), "done": outcome.done }))
    }))
}

async fn observation(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |(_, seen)| Ok(json!(seen))))
}

async fn detail(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |(state, seen)| {
        Ok(json!({ "observation": seen, "done": state.done, "reward": whole(state.reward), "deleted": false }))
    }))
}

/// Rewards are integers on this wire.
fn whole(reward: f64) -> Value {
    json!(reward as i64)
}
