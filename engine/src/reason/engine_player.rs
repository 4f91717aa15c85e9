//! An engine in this process as the player of both sides: actor and critic are one model.

use std::ops::ControlFlow;

use super::{Player, PlayerError, Side, Speech, Spoken, Usage};
use crate::runtime::{AnyEngine, Delta, FinishReason, GenerateRequest, RuntimeError};
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
        let prompt = self.chat(&speech.messages, &speech.prefill)?;
        let prompt_tokens = prompt.len();
        let max_tokens = room(prompt_tokens, self.limits().context, speech.max_tokens)?;
        let (sampling, stop) = (speech.sampling, speech.stop.clone());
        let request = GenerateRequest { prompt, samples: 1, max_tokens, sampling, stop, watch: Vec::new() };
        let completions = self.generate(&request, sink).await?;
        let completion = completions.into_iter().next().expect("invariant: one completion per sample");
        Ok(Spoken {
            usage: Usage { prompt_tokens, completion_tokens: completion.tokens.len() },
            cancelled: completion.reason == FinishReason::Cancelled,
            text: completion.text,
        })
    }
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
