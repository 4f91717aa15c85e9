//! Who writes the paths: many texts at once, from an engine or, in tests, from a script.

use std::ops::ControlFlow;

use crate::reason::PlayerError;
use crate::reason::prompts;
use crate::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, Sampling};
use crate::template::{Message, PromptStyle};

/// A chat to be continued.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What was said.
    pub messages: Vec<Message>,
    /// What the answer begins with.
    pub prefill: String,
    /// Continuations wanted.
    pub samples: usize,
    /// Their temperature.
    pub temperature: f32,
    /// Continuation i draws from its own stream of this.
    pub seed: u64,
    /// Tokens each, at most.
    pub max_tokens: usize,
    /// Whether a line is all that is wanted.
    pub one_line: bool,
}

/// A continuation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The text, without the prefill.
    pub text: String,
    /// Tokens it took.
    pub tokens: usize,
    /// Whether it came to its end by itself.
    pub finished: bool,
}

/// Anything that continues chats by the hundred.
// One task drives a collection (style rule 13), so the futures need not be Send.
#[allow(async_fn_in_trait)]
pub trait Sampler {
    /// The model's name.
    fn model(&self) -> String;

    /// How it wants to be asked.
    fn prompts(&self) -> PromptStyle;

    /// Continues every chat. For a chat without room in the model's context there is nothing.
    ///
    /// # Errors
    /// [`PlayerError`] when the model fails.
    async fn say_all(&mut self, asks: &[Ask]) -> Result<Vec<Vec<Said>>, PlayerError>;
}

/// An engine as a sampler. `told` is called after every token with the number of continuations ended by it.
pub struct EngineSampler<'a, F: FnMut(usize)> {
    /// The engine.
    pub engine: &'a mut AnyEngine,
    /// Who is told.
    pub told: F,
}

impl<F: FnMut(usize)> EngineSampler<'_, F> {
    /// The engine's form of an ask; none where the context has no room for it.
    fn request(&self, ask: &Ask) -> Result<Option<GenerateRequest>, PlayerError> {
        let prompt = self.engine.chat(&ask.messages, &ask.prefill)?;
        let room = self.engine.limits().context.saturating_sub(prompt.len());
        let sampling = Sampling::new(ask.temperature, 0, 1.0, ask.seed)?;
        let stop = match (ask.one_line, self.engine.info().prompts) {
            (true, _) => vec!["\n".to_owned()],
            (false, PromptStyle::Trained) => Vec::new(),
            (false, PromptStyle::Instructed) => prompts::stops(),
        };
        let (samples, max_tokens) = (ask.samples, ask.max_tokens.min(room));
        Ok((room > 0).then_some(GenerateRequest { prompt, samples, max_tokens, sampling, stop, watch: Vec::new() }))
    }
}

impl<F: FnMut(usize)> Sampler for EngineSampler<'_, F> {
    fn model(&self) -> String {
        self.engine.info().model.clone()
    }

    fn prompts(&self) -> PromptStyle {
        self.engine.info().prompts
    }

    async fn say_all(&mut self, asks: &[Ask]) -> Result<Vec<Vec<Said>>, PlayerError> {
        let requests: Vec<Option<GenerateRequest>> =
            asks.iter().map(|ask| self.request(ask)).collect::<Result<_, _>>()?;
        let fits: Vec<bool> = requests.iter().map(Option::is_some).collect();
        let requests: Vec<GenerateRequest> = requests.into_iter().flatten().collect();
        let told = &mut self.told;
        let mut sink = async |_: usize, delta: Delta| {
            told(usize::from(matches!(delta, Delta::Finished { .. })));
            ControlFlow::Continue(())
        };
        let mut answers = self.engine.generate_all(&requests, &mut sink).await?.into_iter();
        Ok(fits.into_iter().map(|fits| if fits { answers.next().unwrap_or_default() } else { Vec::new() }))
            .map(|completions| completions.map(|answer| answer.into_iter().map(Said::from).collect()).collect())
    }
}

impl From<Completion> for Said {
    fn from(completion: Completion) -> Self {
        let finished = completion.reason == FinishReason::Stop;
        Self { tokens: completion.tokens.len(), finished, text: completion.text }
    }
}
