//! What can be asked of the engine, and what it answers.

use std::ops::RangeInclusive;

use super::RuntimeError;

/// How tokens are drawn. Built by [`Sampling::new`], so its numbers are always in range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    temperature: f32,
    top_k: u32,
    top_p: f32,
    seed: u64,
    first: u64,
}

impl Sampling {
    /// The largest temperature accepted.
    pub const MAX_TEMPERATURE: f32 = 5.0;

    /// Always the likeliest token.
    pub const GREEDY: Self = Self { temperature: 0.0, top_k: 0, top_p: 1.0, seed: 0, first: 0 };

    /// Checks the numbers.
    ///
    /// # Errors
    /// [`RuntimeError::Parameter`] unless temperature is within 0..=5 and `top_p` within (0, 1].
    pub fn new(temperature: f32, top_k: u32, top_p: f32, seed: u64) -> Result<Self, RuntimeError> {
        if !(0.0..=Self::MAX_TEMPERATURE).contains(&temperature) {
            return Err(RuntimeError::parameter(
                "temperature",
                temperature,
                format!("within 0..={}", Self::MAX_TEMPERATURE),
            ));
        }
        if !(top_p > 0.0 && top_p <= 1.0) {
            return Err(RuntimeError::parameter("top_p", top_p, "above 0 and at most 1".to_owned()));
        }
        Ok(Self { temperature, top_k, top_p, seed, first: 0 })
    }

    /// The same, but sample i of a request draws what sample `more + i` draws now: so samples may be asked for in several
    /// requests.
    #[must_use]
    pub fn skip(self, more: usize) -> Self {
        Self { first: self.first.wrapping_add(more as u64), ..self }
    }

    /// Number of the first sample's stream: 0 until [`Self::skip`] says otherwise.
    #[must_use]
    pub fn first_sample(&self) -> u64 {
        self.first
    }

    /// Softmax temperature; 0 is greedy.
    #[must_use]
    pub fn temperature(&self) -> f32 {
        self.temperature
    }

    /// Keep the k likeliest tokens; 0 keeps all.
    #[must_use]
    pub fn top_k(&self) -> u32 {
        self.top_k
    }

    /// Keep the likeliest tokens up to this mass.
    #[must_use]
    pub fn top_p(&self) -> f32 {
        self.top_p
    }

    /// Seed of the noise.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// What a generation may ask for on a given engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Positions in one sequence: prompt plus completion.
    pub context: usize,
    /// Completions of one prompt decoded together.
    pub samples: RangeInclusive<usize>,
}

/// One prompt and how to continue it.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateRequest {
    /// Token ids of the prompt; at least one.
    pub prompt: Vec<u32>,
    /// Completions wanted; they share the prompt's KV blocks and decode together.
    pub samples: usize,
    /// Tokens per completion, at most.
    pub max_tokens: usize,
    /// How tokens are drawn. Sample i of a request draws from its own stream of the seed.
    pub sampling: Sampling,
    /// A completion ends before the first occurrence of any of these.
    pub stop: Vec<String>,
    /// Token ids whose log-probabilities are recorded at every step; costs a read of the logits unless empty.
    pub watch: Vec<u32>,
}

/// Why a completion ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// The model's end token, or a stop string.
    Stop,
    /// `max_tokens`, or the end of the context.
    Length,
    /// The receiver asked to stop.
    Cancelled,
}

/// How much a receiver stops of what [`super::Engine::generate_all`] does for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// The sample whose [`Delta::Text`] this answers; nothing more is told of it. After other deltas it stops nothing.
    Sample,
    /// All of them.
    All,
}

/// Progress of a generation, as it happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// Prompt tokens processed so far.
    Prefill {
        /// Tokens done.
        done: usize,
        /// Tokens in the prompt.
        total: usize,
    },
    /// Text of one completion; whole characters, never part of a stop string.
    Text {
        /// Which completion.
        sample: usize,
        /// New text; may be empty while a character or stop string is undecided.
        text: String,
        /// Completion tokens so far.
        tokens: usize,
    },
    /// One completion ended.
    Finished {
        /// Which completion.
        sample: usize,
        /// Why.
        reason: FinishReason,
    },
}

/// A finished completion.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The text, without stop string and end token.
    pub text: String,
    /// The drawn tokens, the end token included.
    pub tokens: Vec<u32>,
    /// Why it ended.
    pub reason: FinishReason,
    /// (tokens, watch) ln p of the watched ids where each token was drawn, at temperature 1 over the whole vocabulary;
    /// empty when nothing is watched.
    pub watched: Vec<Vec<f32>>,
}
