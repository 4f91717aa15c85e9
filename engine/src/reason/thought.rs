//! What a critic thinks before it speaks: its own solution of the problem, which it compares the actor's with.

use std::ops::ControlFlow;

use super::{Part, PlayerError, Side, Usage, prompts};
use crate::runtime::{AnyEngine, Delta, FinishReason, GenerateRequest, Halt, Sampling};
use crate::template::Message;

/// The thoughts of a batch: one for each problem in it.
pub(super) struct Thoughts {
    /// For each part, its thought's number, and whether it is the first with it.
    of: Vec<Option<(usize, bool)>>,
    said: Vec<(String, Usage)>,
    /// The receiver stopped it all.
    pub(super) cancelled: bool,
}

impl Thoughts {
    /// Lets the engine solve the problems of all critiques that want it, greedily. Problems whose prompt does not fit are
    /// left without; their critiques do not fit either, and say so.
    pub(super) async fn of(
        engine: &mut AnyEngine,
        parts: &[Part],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Result<Self, PlayerError> {
        let place = prompts::thought(engine.info().prompts);
        let mut asked: Vec<(&[Message], usize)> = Vec::new(); // with the first part that asks
        let mut of = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            let wants = place.filter(|_| part.speech.side == Side::Critique);
            let question = wants.and_then(|place| part.speech.messages.get(..place));
            of.push(question.map(|question| match asked.iter().position(|(known, _)| *known == question) {
                Some(known) => (known, false),
                None => {
                    asked.push((question, index));
                    (asked.len() - 1, true)
                }
            }));
        }
        let mut requests = Vec::new();
        let mut places = Vec::new();
        for (number, (question, part)) in asked.iter().enumerate() {
            let prompt = engine.chat(question, "")?;
            let speech = &parts[*part].speech;
            let max_tokens = speech.max_tokens.min(engine.limits().context.saturating_sub(prompt.len()));
            let (sampling, stop) = (Sampling::GREEDY, speech.stop.clone());
            let request = GenerateRequest { prompt, samples: 1, max_tokens, sampling, stop, watch: Vec::new() };
            if max_tokens > 0 {
                requests.push(request);
                places.push(number);
            }
        }
        // Heard as silence: the critique has not begun.
        let mut hear = async |request: usize, delta: Delta| match delta {
            Delta::Finished { .. } => ControlFlow::Continue(()),
            Delta::Text { .. } => {
                sink(asked[places[request]].1, Delta::Text { sample: 0, text: String::new(), tokens: 0 }).await
            }
            prefill @ Delta::Prefill { .. } => sink(asked[places[request]].1, prefill).await,
        };
        let completions = engine.generate_all(&requests, &mut hear).await?;
        let mut said = vec![(String::new(), Usage::default()); asked.len()];
        let mut cancelled = false;
        for ((place, request), completion) in places.iter().zip(&requests).zip(completions.into_iter().flatten()) {
            cancelled |= completion.reason == FinishReason::Cancelled;
            let usage = Usage { prompt_tokens: request.prompt.len(), completion_tokens: completion.tokens.len() };
            said[*place] = (completion.text.trim().to_owned(), usage);
        }
        Ok(Self { of, said, cancelled })
    }

    /// The thought of a part.
    pub(super) fn text(&self, part: usize) -> Option<&str> {
        Some(self.said[self.of[part]?.0].0.as_str())
    }

    /// What it cost; shared ones are counted in the first part that has them.
    pub(super) fn usage(&self, part: usize) -> Usage {
        self.of[part].filter(|(_, first)| *first).map_or_else(Usage::default, |(number, _)| self.said[number].1)
    }
}
