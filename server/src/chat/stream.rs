//! A chat answer as server-sent events.

use axum::response::IntoResponse;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use super::answer::{Answer, next};
use super::request::StreamOptions;
use crate::app::Stopping;
use crate::engine_thread::ChatEvent;
use crate::sse;

/// Streams the answer: the roles, the texts, each finish reason, the usage where it is wanted, `[DONE]`. A failure is
/// an event with OpenAI's error object, after which the stream ends.
pub(super) fn respond(
    answer: Answer,
    options: StreamOptions,
    events: UnboundedReceiver<ChatEvent>,
    stopping: Stopping,
) -> impl IntoResponse {
    let frames = Frames { answer, options };
    let first = frames.roles();
    let rest = futures_util::stream::unfold(Some((frames, events, stopping)), async |state| {
        let (frames, mut events, mut stopping) = state?;
        let event = next(&mut events, &mut stopping).await;
        let (written, ended) = frames.write(event);
        Some((written, (!ended).then_some((frames, events, stopping))))
    });
    let written = futures_util::stream::iter([first]).chain(rest);
    sse::respond(written.flat_map(|frames| futures_util::stream::iter(frames.into_iter().map(sse::data))))
}

struct Frames {
    answer: Answer,
    options: StreamOptions,
}

impl Frames {
    fn roles(&self) -> Vec<String> {
        let role = json!({ "role": "assistant", "content": "" });
        (0..self.answer.header.samples).map(|sample| self.chunk(self.answer.chunk(sample, &role, None))).collect()
    }

    /// What an event becomes, and whether it was the last.
    fn write(&self, event: ChatEvent) -> (Vec<String>, bool) {
        match event {
            ChatEvent::Accepted { .. } => (Vec::new(), false),
            ChatEvent::Text { sample, text } => {
                (vec![self.chunk(self.answer.chunk(sample, &json!({ "content": text }), None))], false)
            }
            ChatEvent::Finished { sample, reason } => {
                (vec![self.chunk(self.answer.chunk(sample, &json!({}), Some(reason)))], false)
            }
            ChatEvent::Done { completion_tokens } => {
                let usage = self.options.include_usage.then(|| self.answer.usage_chunk(completion_tokens).to_string());
                (usage.into_iter().chain(["[DONE]".to_owned()]).collect(), true)
            }
            ChatEvent::Failed(error) => (vec![error.to_json().to_string()], true),
        }
    }

    /// OpenAI's rule: where the usage is wanted, every other chunk has the field too, as null.
    fn chunk(&self, mut chunk: Value) -> String {
        if self.options.include_usage {
            chunk["usage"] = Value::Null;
        }
        chunk.to_string()
    }
}
