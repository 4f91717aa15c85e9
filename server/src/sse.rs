//! Server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};

/// Proxies close connections that are silent for long; a prefill can be.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// A stream of events with a comment every ten silent seconds.
pub(crate) fn respond(events: impl Stream<Item = Event> + Send + 'static) -> impl IntoResponse {
    let sse = Sse::new(events.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE));
    // nginx collects responses before it passes them on unless it is told not to.
    ([("cache-control", "no-store"), ("x-accel-buffering", "no")], sse)
}

/// An event without a name. `text` is JSON or a word, so it has no line breaks.
pub(crate) fn data(text: String) -> Event {
    Event::default().data(text)
}

/// An event with a name.
pub(crate) fn named(name: &str, text: String) -> Event {
    Event::default().event(name).data(text)
}
