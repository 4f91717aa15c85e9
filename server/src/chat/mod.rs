//! `POST /v1/chat/completions`, as OpenAI's clients expect it.
//!
//! | field | meaning |
//! |---|---|
//! | `model` | a name of `GET /v1/models`; absent: the first |
//! | `messages` | roles `system`, `developer`, `user`, `assistant`; content a string or text parts |
//! | `max_completion_tokens`, `max_tokens` | absent: what is left of context and cache, at most 512 |
//! | `temperature` 0..=5, `top_p`, `top_k`, `seed` | absent: 1, 1, all, a random one, told in the answer |
//! | `n` | answers that are generated together, up to the server's `--samples` |
//! | `stop` | a string or up to 4 |
//! | `stream`, `stream_options.include_usage` | server-sent events, ended by `[DONE]` |
//!
//! Other fields are ignored where that is harmless, and refused where it would change what the answer means.

mod answer;
mod request;
mod stream;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use self::answer::{Answer, Header};
use self::request::ChatRequest;
use crate::body::read_json;
use crate::engine_thread::{ChatEvent, Job};
use crate::fields::Fields;
use crate::{ApiError, AppState};

/// Answers a chat, whole or as a stream.
pub(crate) async fn completions(State(state): State<Arc<AppState>>, request: Request) -> Result<Response, ApiError> {
    let fields = Fields::parse(&read_json(request, state.body_timeout).await?)?;
    let model = state.model(fields.text("model")?)?;
    let request = ChatRequest::parse(&fields, &model.limits()?, state.origin.random)?;
    let header = Header {
        id: format!("chatcmpl-{:016x}", (state.origin.random)()),
        created: (state.origin.now)(),
        model: model.name().to_owned(),
        seed: request.job.sampling.seed(),
        samples: request.job.samples,
    };
    let (events, mut receiver) = unbounded_channel();
    let stopping = state.stopping();
    model.submit(Job::Chat { request: request.job, events })?;
    let prompt_tokens = accepted(&mut receiver).await?;
    let answer = Answer { header, prompt_tokens };
    match request.stream {
        Some(options) => Ok(stream::respond(answer, options, receiver, stopping).into_response()),
        None => Ok(Json(answer.collect(receiver, stopping).await?).into_response()),
    }
}

/// Waits for the request's turn: from here on the answer can no longer be refused with a status of its own.
async fn accepted(events: &mut UnboundedReceiver<ChatEvent>) -> Result<usize, ApiError> {
    match events.recv().await {
        Some(ChatEvent::Accepted { prompt_tokens }) => Ok(prompt_tokens),
        Some(ChatEvent::Failed(error)) => Err(error),
        _ => Err(ApiError::Engine("its thread has ended".to_owned())),
    }
}
