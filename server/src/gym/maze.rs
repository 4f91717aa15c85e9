//! Maze on the original's wire: dialect A, `specs/agentgym.md` §1.1.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{get, post};
use duet_engine::gym::Environment;
use duet_engine::gym::maze::{Maze, MazeState, Move};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, close, create, finished};
use super::fastapi::instance_id;

/// An instance: nothing before its first reset.
pub(super) type Play = Option<(MazeState, String)>;

type Shared = State<Arc<Desk<Play>>>;

/// The original's game that begins on the goal, and its answer.
const SOLVED_GAME: i64 = 25;

const NOT_RESET: &str = "The environment was not reset yet.";

pub(super) fn router(desk: Arc<Desk<Play>>) -> Router {
    Router::new()
        .route("/", get(async || Json("This is environment LMRL-Gym.")))
        .route("/create", post(create))
        .route("/reset", post(reset))
        .route("/step", post(step))
        .route("/available_actions", get(async || Json(Move::ALL.map(Move::action))))
        .route("/observation", get(observation))
        .route("/detail", get(detail))
        .route("/close", post(close::<Play>))
        .with_state(desk)
}

async fn reset(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, game) = (model.integer("id"), model.integer("game"));
    model.checked()?;
    Ok(desk.answer(id, |play| {
        if game == SOLVED_GAME {
            return Err(String::new());
        }
        let begun = u64::try_from(game).ok().and_then(|game| Maze.reset(game).ok());
        let (state, first) = begun.ok_or_else(|| format!("The game {game} is not valid."))?;
        let answer = json!({ "observation": first });
        *play = Some((state, first));
        Ok(answer)
    }))
}

async fn step(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, action) = (model.integer("id"), model.text("action"));
    model.checked()?;
    Ok(desk.answer(id, |play| {
        let (state, seen) = play.as_mut().ok_or(NOT_RESET)?;
        if state.done {
            return Err(finished(id));
        }
        let outcome = Maze.step(state, &action);
        seen.clone_from(&outcome.observation);
        Ok(json!({ "observation": outcome.observation, "reward": number(outcome.reward), "done": outcome.done }))
    }))
}

async fn observation(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |play| Ok(json!(play.as_ref().map_or("", |(_, seen)| seen)))))
}

async fn detail(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |play| {
        let (state, seen) = play.as_ref().ok_or(NOT_RESET)?;
        let reward = number(state.total);
        Ok(json!({
            "maze_name": "double_t_maze", "observation": seen, "done": state.done, "reward": reward, "deleted": false,
        }))
    }))
}

/// Rewards of ordinary steps are integers on this wire, the last one is not.
fn number(reward: f64) -> Value {
    if reward == 0.0 { json!(0) } else { json!(reward) }
}
