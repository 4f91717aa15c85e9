//! `POST /v1/duet/solve`: a word problem solved, criticised and refined, as a stream of typed events; with a `search`,
//! many times, as a stream of the search's events.
//!
//! | field | meaning |
//! |---|---|
//! | `model` | a name of `GET /v1/models`; absent: the first |
//! | `problem`, `max_tokens`, `gold` | of both kinds; `gold` is for the gate `oracle` alone |
//! | `seed`, `temperature`, `gated`, `gate`, `threshold` | of a single run |
//! | `search` | an object: `mode`, `k`, `gate`, `threshold`, `temperature`, `seed`, `branch`, `budget`, all optional |

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use duet_engine::reason::search::{SearchEvent, SearchRequest};
use duet_engine::reason::{RequestError, SolveEvent, SolveRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::app::Stopping;
use crate::body::read_json;
use crate::engine_thread::Job;
use crate::fields::{Fields, wrong};
use crate::{ApiError, AppState, sse};

/// Starts a run. The stream opens at once, so that a request which waits for its turn is kept alive.
pub(crate) async fn solve(State(state): State<Arc<AppState>>, request: Request) -> Result<Response, ApiError> {
    let mut fields = Fields::parse(&read_json(request, state.body_timeout).await?)?;
    let model = match fields.take("model") {
        None => state.model(None)?,
        Some(Value::String(name)) => state.model(Some(&name))?,
        Some(other) => return Err(wrong("model", &other, "a string")),
    };
    match fields.take("search") {
        None => {
            let request: SolveRequest = read(fields.into_value())?;
            request.validate().map_err(out_of_range)?;
            let (events, receiver) = unbounded_channel();
            model.submit(Job::Solve { request, events })?;
            Ok(stream(receiver, state.stopping()))
        }
        Some(search) => {
            let request: SearchRequest = read(merge(fields.into_value(), search)?)?;
            request.validate().map_err(out_of_range)?;
            let (events, receiver) = unbounded_channel();
            model.submit(Job::Search { request, events })?;
            Ok(stream(receiver, state.stopping()))
        }
    }
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, ApiError> {
    serde_json::from_value(value).map_err(|error| ApiError::field("body", error.to_string()))
}

fn out_of_range(error: RequestError) -> ApiError {
    ApiError::field(error.field(), error.to_string())
}

/// The fields of a search and those around it. What stands in both is refused: one of them would not be meant.
fn merge(around: Value, search: Value) -> Result<Value, ApiError> {
    let (Value::Object(mut fields), Value::Object(inner)) = (around, search.clone()) else {
        return Err(wrong("search", &search, "an object"));
    };
    for (name, value) in inner.into_iter().filter(|(_, value)| !value.is_null()) {
        if fields.insert(name.clone(), value).is_some() {
            let message = format!("`{name}` is given twice: in `search` and beside it");
            return Err(ApiError::field(format!("search.{name}"), message));
        }
    }
    Ok(Value::Object(fields))
}

/// What a stream is made of.
trait Told: Serialize + Send + 'static {
    /// Whether nothing follows.
    fn is_last(&self) -> bool;

    /// The end of a run that the server ends.
    fn failed(message: String) -> Self;
}

impl Told for SolveEvent {
    fn is_last(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }

    fn failed(message: String) -> Self {
        Self::Failed { message }
    }
}

impl Told for SearchEvent {
    fn is_last(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Failed { .. })
    }

    fn failed(message: String) -> Self {
        Self::Failed { message }
    }
}

fn stream<T: Told>(receiver: UnboundedReceiver<T>, stopping: Stopping) -> Response {
    let stream = futures_util::stream::unfold(Some((receiver, stopping)), async |state| {
        let (mut receiver, mut stopping) = state?;
        let event = next(&mut receiver, &mut stopping).await?;
        Some((frame(&event), (!event.is_last()).then_some((receiver, stopping))))
    });
    sse::respond(stream).into_response()
}

async fn next<T: Told>(events: &mut UnboundedReceiver<T>, stopping: &mut Stopping) -> Option<T> {
    tokio::select! {
        biased;
        event = events.recv() => event,
        () = stopping.wait() => Some(T::failed(ApiError::Stopping.to_string())),
    }
}

/// The event's name is its type, so that a page can listen for the ones it shows.
fn frame(event: &impl Serialize) -> Event {
    let value = serde_json::to_value(event).expect("invariant: events have string keys");
    sse::named(value["type"].as_str().unwrap_or("message"), value.to_string())
}
