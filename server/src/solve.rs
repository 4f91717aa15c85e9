//! `POST /v1/duet/solve`: a word problem solved, criticised and refined, as a stream of typed events.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use duet_engine::reason::{RequestError, SolveEvent, SolveRequest};
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
    let request: SolveRequest =
        serde_json::from_value(fields.into_value()).map_err(|error| ApiError::field("body", error.to_string()))?;
    request.validate().map_err(|error| ApiError::field(faulty(&error), error.to_string()))?;
    let (events, receiver) = unbounded_channel();
    let stopping = state.stopping();
    model.submit(Job::Solve { request, events })?;
    let stream = futures_util::stream::unfold(Some((receiver, stopping)), async |state| {
        let (mut receiver, mut stopping) = state?;
        let event = next(&mut receiver, &mut stopping).await?;
        let ended = matches!(event, SolveEvent::Done { .. } | SolveEvent::Failed { .. });
        Some((frame(&event), (!ended).then_some((receiver, stopping))))
    });
    Ok(sse::respond(stream).into_response())
}

/// The field that an error speaks of.
fn faulty(error: &RequestError) -> &'static str {
    match error {
        RequestError::Temperature { .. } => "temperature",
        RequestError::MaxTokens { .. } => "max_tokens",
        _ => "problem",
    }
}

async fn next(events: &mut UnboundedReceiver<SolveEvent>, stopping: &mut Stopping) -> Option<SolveEvent> {
    tokio::select! {
        biased;
        event = events.recv() => event,
        () = stopping.wait() => Some(SolveEvent::Failed { message: ApiError::Stopping.to_string() }),
    }
}

/// The event's name is its type, so that a page can listen for the ones it shows.
fn frame(event: &SolveEvent) -> Event {
    let value = serde_json::to_value(event).expect("invariant: solve events have string keys");
    sse::named(value["type"].as_str().unwrap_or("message"), value.to_string())
}
