//! ALFWorld on the original's wire: dialect A, `specs/agentgym.md` §1.6.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use duet_engine::gym::Environment;
use duet_engine::gym::alfworld::{Alfworld, AlfworldState};
use serde_json::json;

use super::desk::{Answer, Desk, close, create, finished};
use super::fastapi::instance_id;

/// An instance before its first reset is nothing; then an episode, and what was seen last.
pub(super) type Play = Option<(AlfworldState, String)>;

/// The instances, and the tasks and games that they are of.
#[derive(Debug)]
pub(super) struct House {
    pub(super) desk: Arc<Desk<Play>>,
    pub(super) tasks: Alfworld,
}

type Shared = State<Arc<House>>;

const NOT_RESET: &str = "The environment was not reset yet.";

/// Of AI2-THOR's three, the only one here is the text; the original takes them all.
const WORLDS: [&str; 3] = ["Text", "Embody", "Hybrid"];

pub(super) fn router(house: Arc<House>) -> Router {
    let both = Router::new().route("/create", post(create)).route("/close", post(close::<Play>));
    let both = both.with_state(Arc::clone(&house.desk));
    Router::new()
        .route("/", get(async || Json("This is environment AlfWorld.")))
        .route("/reset", post(reset))
        .route("/step", post(step))
        .route("/available_actions", get(available))
        .route("/observation", get(observation))
        .route("/detail", get(detail))
        .with_state(house)
        .merge(both)
}

async fn reset(State(house): Shared, request: Request) -> Answer {
    let mut model = house.desk.body(request).await?;
    let (id, game, world) = (model.integer("id"), model.integer("game"), model.text("world_type"));
    model.checked()?;
    Ok(house.desk.answer(id, |play| {
        if !WORLDS.contains(&world.as_str()) {
            return Err(format!("The world type {world} is not valid."));
        }
        let task = u64::try_from(game).map_err(|_| format!("The game {game} is not valid."))?;
        let (state, first) = house.tasks.reset(task).map_err(|error| error.to_string())?;
        let actions = house.tasks.available_actions(&state);
        let answer = json!({
            "id": id, "observation": first, "available_actions": actions, "task_type": state.task_type(),
        });
        *play = Some((state, first));
        Ok(answer)
    }))
}

async fn step(State(house): Shared, request: Request) -> Answer {
    let mut model = house.desk.body(request).await?;
    let (id, action) = (model.integer("id"), model.text("action"));
    model.checked()?;
    Ok(house.desk.answer(id, |play| {
        let (state, seen) = play.as_mut().ok_or(NOT_RESET)?;
        if state.won() {
            return Err(finished(id));
        }
        let outcome = house.tasks.step(state, &action);
        seen.clone_from(&outcome.observation);
        Ok(json!({
            "observation": outcome.observation, "reward": outcome.reward, "done": outcome.done,
            "available_actions": house.tasks.available_actions(state),
        }))
    }))
}

async fn available(State(house): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(house.desk.answer(id, |play| {
        let (state, _) = play.as_ref().ok_or(NOT_RESET)?;
        Ok(json!(house.tasks.available_actions(state)))
    }))
}

async fn observation(State(house): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(house.desk.answer(id, |play| Ok(json!(play.as_ref().ok_or(NOT_RESET)?.1))))
}

async fn detail(State(house): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(house.desk.answer(id, |play| {
        let (state, seen) = play.as_ref().ok_or(NOT_RESET)?;
        Ok(json!({
            "observation": seen, "available_actions": house.tasks.available_actions(state), "done": state.won(),
            "reward": house.tasks.score(state), "deleted": false, "task_type": state.task_type(),
        }))
    }))
}
