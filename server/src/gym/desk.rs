//! What the routes of every environment share: instances, clock, and the answers of dialect A (`specs/agentgym.md` §0.1).

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::fastapi::{Model, Refusal};
use super::store::{Absent, InstanceLimits, Peer, Store};
use crate::Origin;

/// An environment's instances, and what its handlers need besides.
#[derive(Debug)]
pub(super) struct Desk<S> {
    pub(super) store: Store<S>,
    pub(super) origin: Origin,
    pub(super) body_timeout: Duration,
}

/// What a handler answers.
pub(super) type Answer = Result<Response, Refusal>;

impl<S> Desk<S> {
    pub(super) fn new(limits: InstanceLimits, origin: Origin, body_timeout: Duration) -> Self {
        Self { store: Store::new(limits), origin, body_timeout }
    }

    pub(super) fn now(&self) -> u64 {
        (self.origin.now)()
    }

    /// Begins an instance and says its number.
    pub(super) fn create(&self, request: &Request, state: impl FnOnce(u64) -> S) -> u64 {
        self.store.create(request.extensions().get::<Peer>().copied(), self.now(), state)
    }

    pub(super) async fn body(&self, request: Request) -> Result<Model, Refusal> {
        Model::body(request, self.body_timeout).await
    }

    /// The answer of dialect A: an error is an object with status 200.
    pub(super) fn answer(&self, id: i64, act: impl FnOnce(&mut S) -> Result<Value, String>) -> Response {
        match self.with(id, act) {
            Ok(Ok(value)) => Json(value).into_response(),
            Ok(Err(message)) => error(&message),
            Err(Absent::Unknown) => error(&format!("The id {id} is not valid.")),
            Err(Absent::Gone) => error(&format!("The id {id} has been deleted.")),
        }
    }

    pub(super) fn with<T>(&self, id: i64, act: impl FnOnce(&mut S) -> T) -> Result<T, Absent> {
        self.store.with(u128::try_from(id).map_err(|_| Absent::Unknown)?, self.now(), act)
    }

    pub(super) fn close(&self, id: i64) -> bool {
        u128::try_from(id).is_ok_and(|id| self.store.close(id))
    }
}

/// `POST /create` of environments whose instances are nothing before their first reset.
pub(super) async fn create<S: Send + 'static>(State(desk): State<Arc<Desk<Option<S>>>>, request: Request) -> Response {
    Json(json!({ "id": desk.create(&request, |_| None) })).into_response()
}

/// `POST /close`: whether there was such an instance. Not every original has the route, and every client may use it here.
pub(super) async fn close<S: Send + 'static>(State(desk): State<Arc<Desk<S>>>, request: Request) -> Answer {
    let mut model = desk.body(request).await?;
    let id = model.integer("id");
    model.checked()?;
    Ok(Json(desk.close(id)).into_response())
}

/// An error of dialect A.
pub(super) fn error(message: &str) -> Response {
    Json(json!({ "error": message })).into_response()
}

/// What dialect A says of a step into an episode that is over.
pub(super) fn finished(id: i64) -> String {
    format!("The task with environment {id} has finished.")
}
