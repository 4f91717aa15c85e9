//! An engine in this process as the player of both sides, and two engines as one of each.

use std::ops::ControlFlow;

use super::odds::{odds, verdict_tokens};
use super::player::renumbered;
use super::{Part, Player, PlayerError, Players, Side, Speech, Spoken, Usage};
use crate::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, Halt, RuntimeError};
use crate::template::PromptStyle;

impl Player for AnyEngine {
    fn model(&self, _side: Side) -> String {
        self.info().model.clone()
    }

    fn backend(&self) -> String {
        self.info().backend.clone()
    }

    fn prompts(&self, _side: Side) -> PromptStyle {
        self.info().prompts
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        let part = Part { speech: speech.clone(), samples: 1 };
        let mut hear = async |_: usize, delta: Delta| match sink(delta).await {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => ControlFlow::Break(Halt::All),
        };
        let mut answers = self.say_all(&[part], &mut hear).await;
        let said = answers.pop().expect("invariant: one answer for one part")?;
        Ok(said.into_iter().next().expect("invariant: one text for one sample"))
    }
}

/// All samples of all parts decode together, and those of a part share their prompt's cache.
impl Players for AnyEngine {
    async fn say_all(
        &mut self,
        parts: &[Part],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Vec<Result<Vec<Spoken>, PlayerError>> {
        let watch = verdict_tokens(self.tokenizer());
        let plans: Vec<_> = parts.iter().map(|part| plan(self, part, watch)).collect();
        let mut requests = Vec::new();
        let mut places = Vec::new(); // of each request: (its part, its first sample there)
        for (part, plan) in plans.iter().enumerate() {
            for request in plan.iter().flatten() {
                places.push((part, request.sampling.first_sample() - parts[part].speech.sampling.first_sample()));
                requests.push(request.clone());
            }
        }
        let mut hear = async |request: usize, delta: Delta| {
            let (part, first) = places[request];
            sink(part, renumbered(delta, first as usize)).await
        };
        let mut completions = match self.generate_all(&requests, &mut hear).await {
            Ok(completions) => completions.into_iter(),
            Err(error) => return parts.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let answer = |(part, plan): (&Part, Result<Vec<GenerateRequest>, PlayerError>)| {
            let plan = plan?;
            let prompt_tokens = plan.first().map_or(0, |request| request.prompt.len());
            let said = completions.by_ref().take(plan.len()).flatten().enumerate();
            let spoken = |(sample, completion): (usize, Completion)| {
                Spoken {
                    usage: Usage { prompt_tokens, completion_tokens: completion.tokens.len() },
                    cancelled: completion.reason == FinishReason::Cancelled,
                    odds: odds(self.tokenizer(), &part.speech.prefill, &completion),
                    text: completion.text,
                }
                .of_sample(sample)
            };
            Ok(said.map(spoken).collect())
        };
        parts.iter().zip(plans).map(answer).collect()
    }
}

/// The requests that bring the samples of a part: as few as places and cache allow.
fn plan(engine: &AnyEngine, part: &Part, watch: Option<[u32; 2]>) -> Result<Vec<GenerateRequest>, PlayerError> {
    let Part { speech, samples } = part;
    let prompt = engine.chat(&speech.messages, &speech.prefill)?;
    let limits = engine.limits();
    let max_tokens = room(prompt.len(), limits.context, speech.max_tokens)?;
    let watch = watch.filter(|_| speech.side == Side::Critique).map_or_else(Vec::new, Vec::from);
    let request = |first: usize, samples: usize| GenerateRequest {
        prompt: prompt.clone(),
        samples,
        max_tokens,
        sampling: speech.sampling.skip(first),
        stop: speech.stop.clone(),
        watch: watch.clone(),
    };
    let mut together = (*limits.samples.end()).min(*samples).max(1);
    while let Err(error) = engine.check(&request(0, together)) {
        match together {
            1 => return Err(error.into()),
            _ => together /= 2,
        }
    }
    Ok((0..*samples).step_by(together).map(|first| request(first, together.min(samples - first))).collect())
}

/// The tokens that a turn may have: those asked for, as far as the context holds them.
fn room(prompt: usize, context: usize, wanted: usize) -> Result<usize, PlayerError> {
    match context.saturating_sub(prompt) {
        0 => Err(PlayerError {
            message: format!(
                "the prompt has {prompt} tokens, the model's context holds {context}: no room for an answer"
            ),
            callers_fault: true,
        }),
        room => Ok(wanted.min(room)),
    }
}

impl From<RuntimeError> for PlayerError {
    fn from(error: RuntimeError) -> Self {
        Self { message: error.to_string(), callers_fault: error.is_callers_fault() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_shortens_the_answer_and_a_longer_one_is_refused() {
        assert_eq!(room(100, 512, 256), Ok(256));
        assert_eq!(room(500, 512, 256), Ok(12));
        let error = room(600, 512, 256).expect_err("no room");
        assert_eq!(error.message, "the prompt has 600 tokens, the model's context holds 512: no room for an answer");
        assert!(error.callers_fault);
        assert!(room(512, 512, 1).is_err());
    }
}
