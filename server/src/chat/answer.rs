//! The JSON that answers a chat: `chat.completion` and its chunks.

use duet_engine::runtime::FinishReason;
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::ApiError;
use crate::app::Stopping;
use crate::engine_thread::ChatEvent;

/// What every part of an answer repeats.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) id: String,
    /// Seconds since 1970.
    pub(super) created: u64,
    pub(super) model: String,
    /// The seed that was used: with it the same request gives the same answer.
    pub(super) seed: u64,
    pub(super) samples: usize,
}

/// An answer whose work has begun.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) header: Header,
    pub(super) prompt_tokens: usize,
}

/// One completion while it is collected.
#[derive(Default)]
struct Choice {
    text: String,
    reason: Option<FinishReason>,
}

impl Answer {
    /// Waits for the end and returns the whole answer.
    pub(super) async fn collect(
        self,
        mut events: UnboundedReceiver<ChatEvent>,
        mut stopping: Stopping,
    ) -> Result<Value, ApiError> {
        let mut choices: Vec<Choice> = (0..self.header.samples).map(|_| Choice::default()).collect();
        loop {
            match next(&mut events, &mut stopping).await {
                ChatEvent::Accepted { .. } => {}
                ChatEvent::Text { sample, text } => choices[sample].text.push_str(&text),
                ChatEvent::Finished { sample, reason } => choices[sample].reason = Some(reason),
                ChatEvent::Done { completion_tokens } => return Ok(self.whole(&choices, completion_tokens)),
                ChatEvent::Failed(error) => return Err(error),
            }
        }
    }

    fn whole(&self, choices: &[Choice], completion_tokens: usize) -> Value {
        let choices = choices.iter().enumerate().map(|(index, choice)| {
            let message = json!({ "role": "assistant", "content": choice.text, "refusal": null });
            let reason = choice.reason.map(finish_reason);
            json!({ "index": index, "message": message, "logprobs": null, "finish_reason": reason })
        });
        let mut answer = self.frame("chat.completion", choices.collect());
        answer["usage"] = self.usage(completion_tokens);
        answer
    }

    /// A chunk with one choice.
    pub(super) fn chunk(&self, sample: usize, delta: &Value, reason: Option<FinishReason>) -> Value {
        let reason = reason.map(finish_reason);
        let choice = json!({ "index": sample, "delta": delta, "logprobs": null, "finish_reason": reason });
        self.frame("chat.completion.chunk", vec![choice])
    }

    /// The chunk that tells the tokens used.
    pub(super) fn usage_chunk(&self, completion_tokens: usize) -> Value {
        let mut chunk = self.frame("chat.completion.chunk", Vec::new());
        chunk["usage"] = self.usage(completion_tokens);
        chunk
    }

    fn frame(&self, object: &str, choices: Vec<Value>) -> Value {
        let Header { id, created, model, seed, .. } = &self.header;
        json!({ "id": id, "object": object, "created": created, "model": model, "seed": seed, "choices": choices })
    }

    fn usage(&self, completion_tokens: usize) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": self.prompt_tokens + completion_tokens,
        })
    }
}

/// The next event; an engine thread that is gone and a server that stops are failures.
pub(super) async fn next(events: &mut UnboundedReceiver<ChatEvent>, stopping: &mut Stopping) -> ChatEvent {
    tokio::select! {
        biased;
        event = events.recv() => {
            event.unwrap_or_else(|| ChatEvent::Failed(ApiError::Engine("its thread has ended".to_owned())))
        }
        () = stopping.wait() => ChatEvent::Failed(ApiError::Stopping),
    }
}

fn finish_reason(reason: FinishReason) -> &'static str {
    match reason {
        FinishReason::Stop => "stop",
        // A client never sees a cancelled answer: it is cancelled because the client is gone.
        FinishReason::Length | FinishReason::Cancelled => "length",
    }
}
