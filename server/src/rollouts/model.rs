//! A language model as an agent: many conversations decode in one batch.

use std::ops::ControlFlow;

use duet_engine::gym::rollout::Ask;
use duet_engine::gym::trajectory::{Message as Spoken, Speaker};
use duet_engine::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, Halt, RuntimeError, Sampling};
use duet_engine::template::{Message, Turn};
use serde_json::{Value, json};

use super::agent::seed_of;
use super::{Agent, Answer, Format, Said};
use crate::critique::ModelId;

/// Where a text ends although the model does not: at what looks like somebody else's turn.
const STOPS: [&str; 5] = ["\nHuman:", "\nUser:", "\nAssistant:", "\nObservation:", "<|im_start|>"];

/// A model on an engine.
pub struct ModelAgent<'e> {
    /// The engine.
    pub engine: &'e mut AnyEngine,
    /// The model on it.
    pub model: ModelId,
    /// The form of its texts.
    pub format: Format,
    /// 0 always takes the likeliest token.
    pub temperature: f32,
    /// Same seed, same texts.
    pub seed: u64,
    /// Tokens of a text, at most.
    pub max_tokens: usize,
}

impl ModelAgent<'_> {
    fn prompt(&self, conversation: &[Spoken]) -> Result<Vec<u32>, RuntimeError> {
        let turn = |speaker| match speaker {
            Speaker::Human => Turn::User,
            Speaker::Gpt => Turn::Assistant,
        };
        let message = |spoken: &Spoken| Message { turn: turn(spoken.from), content: spoken.value.clone() };
        self.engine.chat(&conversation.iter().map(message).collect::<Vec<_>>(), "")
    }

    fn request(&self, ask: &Ask) -> Result<GenerateRequest, RuntimeError> {
        let prompt = self.prompt(&ask.conversation)?;
        let room = self.engine.limits().context.saturating_sub(prompt.len());
        Ok(GenerateRequest {
            samples: 1,
            // Without any room the engine refuses it, with the numbers.
            max_tokens: self.max_tokens.min(room).max(1),
            sampling: Sampling::new(self.temperature, 0, 1.0, seed_of(self.seed, &ask.key, ask.round))?,
            stop: STOPS.map(str::to_owned).to_vec(),
            watch: Vec::new(),
            prompt,
        })
    }
}

impl Agent for ModelAgent<'_> {
    /// Texts do not depend on the number of threads, which some backends' names end with.
    fn described(&self) -> Value {
        let backend = &self.engine.info().backend;
        json!({
            "name": "model",
            "model": self.model,
            "backend": backend.split(", threads").next(),
            "engine_context": self.engine.limits().context,
            "temperature": self.temperature.to_string(),
            "seed": self.seed,
            "max_tokens": self.max_tokens,
        })
    }

    /// A conversation that the model's template refuses counts for nothing here; its ask says why.
    fn tokens(&self, conversation: &[Spoken]) -> usize {
        self.prompt(conversation).map_or(0, |prompt| prompt.len())
    }

    fn is_costly(&self) -> bool {
        true
    }

    fn say_all(&mut self, asks: &[Ask], told: &mut dyn FnMut(u64) -> ControlFlow<()>) -> anyhow::Result<Vec<Answer>> {
        let requests = asks.iter().map(|ask| self.request(ask)).collect::<Result<Vec<_>, _>>()?;
        let format = self.format;
        let mut texts = vec![String::new(); asks.len()];
        let mut is_over = vec![false; asks.len()];
        let mut sink = async |index: usize, delta: Delta| {
            let Delta::Text { text, .. } = delta else {
                return if told(0).is_break() { ControlFlow::Break(Halt::All) } else { ControlFlow::Continue(()) };
            };
            if told(1).is_break() {
                return ControlFlow::Break(Halt::All);
            }
            texts[index].push_str(&text);
            // An action ends with one of these, if not with the text.
            if text.contains(['\n', '}', '`']) && format.is_over(&texts[index]) {
                is_over[index] = true;
                return ControlFlow::Break(Halt::Sample);
            }
            ControlFlow::Continue(())
        };
        let completions = pollster::block_on(self.engine.generate_all(&requests, &mut sink))?;
        let answers = completions.into_iter().zip(&requests).zip(&is_over);
        Ok(answers.map(|((mut samples, request), is_over)| answer(samples.pop(), request, *is_over)).collect())
    }
}

fn answer(completion: Option<Completion>, request: &GenerateRequest, is_over: bool) -> Answer {
    match completion {
        Some(Completion { text, tokens, reason, .. }) if is_over || reason != FinishReason::Cancelled => {
            Answer::Text(Said { text, read: request.prompt.len() as u64, written: tokens.len() as u64 })
        }
        _ => Answer::Stopped,
    }
}
