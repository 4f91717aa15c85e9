//! BabyAI on the original's wire: dialect A, `specs/agentgym.md` §1.3.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use duet_engine::gym::babyai::{BabyAi, BabyState, Picture};
use duet_engine::gym::{Environment, View};
use serde_json::{Value, json};

use super::desk::{Answer, Desk, close, create, finished};
use super::fastapi::instance_id;

/// An instance: nothing before its first reset.
pub(super) type Play = Option<BabyState>;

type Shared = State<Arc<Desk<Play>>>;

const NOT_RESET: &str = "Environment not initialized";

/// Pixels of a cell's side, as minigrid draws it.
const TILE: usize = 32;

pub(super) fn router(desk: Arc<Desk<Play>>) -> Router {
    Router::new()
        .route("/", get(async || Json("This is environment BabyAI.")))
        .route("/create", post(create))
        .route("/reset", post(reset))
        .route("/step", post(step))
        .route("/observation", get(observation))
        .route("/render", post(render))
        .route("/close", post(close::<Play>))
        .with_state(desk)
}

async fn reset(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, data_idx) = (model.integer("id"), model.integer("data_idx"));
    model.checked()?;
    Ok(desk.answer(id, |play| {
        let task = u64::try_from(data_idx).map_err(|_| format!("data_idx {data_idx} is not valid."))?;
        let (state, first) = BabyAi.reset(task).map_err(|error| error.to_string())?;
        let answer = told(&state, first);
        *play = Some(state);
        Ok(answer)
    }))
}

async fn step(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let (id, action) = (model.integer("id"), model.text("action"));
    model.checked()?;
    Ok(desk.answer(id, |play| {
        let state = play.as_mut().ok_or(NOT_RESET)?;
        if state.done() {
            return Err(finished(id));
        }
        let outcome = BabyAi.step(state, &action);
        let mut answer = told(state, outcome.observation);
        if let Some(fields) = answer.as_object_mut() {
            fields.remove("deleted");
        }
        Ok(answer)
    }))
}

async fn observation(State(desk): Shared, request: Request) -> Answer {
    let id = instance_id(&request)?;
    Ok(desk.answer(id, |play| {
        Ok(match play {
            Some(state) => told(state, state.observation()),
            None => json!({ "observation": NOT_RESET, "reward": 0, "score": 0, "done": false, "deleted": false }),
        })
    }))
}

/// A PNG as the data of an address.
async fn render(State(desk): Shared, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let id = model.integer("id");
    model.checked()?;
    Ok(desk.answer(id, |play| {
        let state = play.as_ref().ok_or(NOT_RESET)?;
        let View::BabyAi(view) = BabyAi.view(state) else { return Err(NOT_RESET.to_owned()) };
        let png = png(&Picture::of(&view, TILE)).map_err(|error| error.to_string())?;
        Ok(json!(format!("data:image/png;base64,{}", STANDARD.encode(png))))
    }))
}

fn png(picture: &Picture) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width as u32, picture.height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&picture.rgb)?;
    Ok(bytes)
}

fn told(state: &BabyState, observation: String) -> Value {
    json!({
        "observation": observation, "reward": number(state.reward()), "score": number(state.score()),
        "done": state.done(), "deleted": false,
    })
}

/// Without a success, reward and score are integers on this wire.
fn number(reward: f64) -> Value {
    if reward == 0.0 { json!(0) } else { json!(reward) }
}
