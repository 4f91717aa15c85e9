//! The tool environments on the original's wire: dialect B, `specs/agentgym.md` §1.9. A request that the original's
//! handler would not survive is answered as its framework answers then: 500.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use duet_engine::gym::Environment;
use serde_json::json;

use super::desk::{Answer, Desk};
use super::fastapi::{Model, exception};

/// An episode of an environment, and what `GET /observation` shows all the while.
#[derive(Debug)]
pub(super) struct Play<S> {
    state: S,
    first: String,
}

/// An environment and its instances.
#[derive(Debug)]
pub(super) struct Bench<E: Environment> {
    pub(super) environment: E,
    pub(super) desk: Desk<Play<E::State>>,
}

type Shared<E> = State<Arc<Bench<E>>>;

pub(super) fn router<E: Environment>(bench: Arc<Bench<E>>) -> Router {
    Router::new()
        .route("/", get(async || Json("ok")))
        .route("/list_envs", get(list::<E>))
        .route("/create", post(create::<E>))
        .route("/reset", post(reset::<E>))
        .route("/step", post(step::<E>))
        .route("/observation", get(observation::<E>))
        .route("/close", post(close::<E>))
        .with_state(bench)
}

impl<E: Environment> Bench<E> {
    fn begin(&self, task: i64) -> Option<Play<E::State>> {
        let (state, first) = self.environment.reset(u64::try_from(task).ok()?).ok()?;
        Some(Play { state, first })
    }

    fn answer<T: serde::Serialize>(&self, id: i64, act: impl FnOnce(&mut Play<E::State>) -> Option<T>) -> Response {
        match self.desk.with(id, act) {
            Ok(Some(value)) => Json(value).into_response(),
            Ok(None) | Err(_) => exception(),
        }
    }
}

async fn list<E: Environment>(State(bench): Shared<E>) -> Response {
    Json(bench.desk.store.ids().into_iter().map(|id| id as u64).collect::<Vec<_>>()).into_response()
}

async fn create<E: Environment>(State(bench): Shared<E>, request: Request) -> Answer {
    let peer = request.extensions().get().copied();
    let mut model = bench.desk.body(request).await?;
    let task = model.integer("id");
    model.checked()?;
    let Some(play) = bench.begin(task) else { return Ok(exception()) };
    Ok(Json(bench.desk.store.create(peer, bench.desk.now(), |_| play)).into_response())
}

async fn reset<E: Environment>(State(bench): Shared<E>, request: Request) -> Answer {
    let mut model = bench.desk.body(request).await?;
    let (id, task) = (model.integer("env_idx"), model.optional_integer("id"));
    model.checked()?;
    Ok(bench.answer(id, |play| {
        *play = bench.begin(task.unwrap_or(0))?;
        Some(play.first.clone())
    }))
}

/// Also after the end: the original does not look.
async fn step<E: Environment>(State(bench): Shared<E>, request: Request) -> Answer {
    let mut model = bench.desk.body(request).await?;
    let (id, action) = (model.integer("env_idx"), model.text("action"));
    model.checked()?;
    Ok(bench.answer(id, |play| {
        let outcome = bench.environment.step(&mut play.state, &action);
        Some(json!({ "observation": outcome.observation, "reward": outcome.reward, "done": outcome.done }))
    }))
}

async fn observation<E: Environment>(State(bench): Shared<E>, request: Request) -> Answer {
    let mut query = Model::query(&request);
    let id = query.integer("env_idx");
    query.checked()?;
    Ok(bench.answer(id, |play| Some(play.first.clone())))
}

/// The original has no such route, though it would need one.
async fn close<E: Environment>(State(bench): Shared<E>, request: Request) -> Answer {
    let mut model = bench.desk.body(request).await?;
    let id = model.integer("env_idx");
    model.checked()?;
    Ok(Json(bench.desk.close(id)).into_response())
}
