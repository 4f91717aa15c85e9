//! A loaded model, ready to be asked.

use std::ops::ControlFlow;

use super::blocks::BlockPool;
use super::flight::blocks_needed;
use super::generate::{Parts, generate};
use super::{Completion, Delta, GenerateRequest, Halt, Limits, RuntimeError};
use crate::backend::{Backend, Counters, KV_BLOCK};
use crate::gguf::Gguf;
use crate::model::Model;
use crate::template::{Message, PromptStyle, Template};
use crate::tokenizer::{Piece, Tokenizer};

/// What is loaded, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineInfo {
    /// The name it was given.
    pub model: String,
    /// The backend's name.
    pub backend: String,
    /// Weights in the model.
    pub parameters: u64,
    /// Bytes of the packed weights.
    pub weight_bytes: u64,
    /// Token ids.
    pub vocab: usize,
    /// Positions in one sequence.
    pub context: usize,
    /// Positions that the model was trained on.
    pub trained_context: usize,
    /// How it wants to be asked.
    pub prompts: PromptStyle,
}

/// A model on a backend with its tokenizer, template and cache. One task owns it; requests run one after another.
pub struct Engine<B: Backend> {
    backend: B,
    model: Model<B>,
    tokenizer: Tokenizer,
    template: Template,
    blocks: BlockPool,
    info: EngineInfo,
}

impl<B: Backend> Engine<B> {
    /// Loads a parsed file onto a backend that was made for its shape ([`crate::model::Config::shape`]).
    /// `progress` is told (tensors loaded, tensors in all).
    ///
    /// # Errors
    /// [`RuntimeError::Model`] naming what the file lacks, or the backend's error.
    pub fn load(
        name: &str,
        file: &Gguf,
        mut backend: B,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, RuntimeError> {
        let tokenizer = Tokenizer::from_gguf(file).map_err(|error| RuntimeError::Model(error.to_string()))?;
        let template = Template::from_gguf(file).map_err(|error| RuntimeError::Model(error.to_string()))?;
        let model = Model::load(file, &mut backend, progress)?;
        let config = model.config();
        if tokenizer.vocab_len() > config.shape.vocab {
            let message = format!("{} tokens for {} embeddings", tokenizer.vocab_len(), config.shape.vocab);
            return Err(RuntimeError::Model(message));
        }
        let info = EngineInfo {
            model: name.to_owned(),
            backend: backend.name(),
            parameters: model.parameters(),
            weight_bytes: model.weight_bytes(),
            vocab: config.shape.vocab,
            context: backend.capacity().context,
            trained_context: config.context,
            prompts: PromptStyle::from_gguf(file),
        };
        let blocks = BlockPool::new(backend.capacity().kv_blocks);
        Ok(Self { backend, model, tokenizer, template, blocks, info })
    }

    /// What is loaded.
    #[must_use]
    pub fn info(&self) -> &EngineInfo {
        &self.info
    }

    /// What a request may ask for.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let capacity = self.backend.capacity();
        Limits { context: capacity.context, samples: 1..=capacity.logit_rows }
    }

    /// Text to token ids and back.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The token ids of a chat in the model's template, ready to be continued by the assistant, whose answer begins
    /// with `prefill`.
    ///
    /// # Errors
    /// [`RuntimeError::Model`] when the template refuses the messages.
    pub fn chat(&self, messages: &[Message], prefill: &str) -> Result<Vec<u32>, RuntimeError> {
        let mut pieces =
            self.template.render(messages, true).map_err(|error| RuntimeError::Model(error.to_string()))?;
        pieces.push(Piece { text: prefill.to_owned(), trusted: false });
        let mut tokens = self.tokenizer.encode(&pieces);
        // Many templates write the start token themselves; one is enough.
        if let Some(bos) = self.tokenizer.bos().filter(|_| self.tokenizer.adds_bos())
            && tokens.first() != Some(&bos)
        {
            tokens.insert(0, bos);
        }
        Ok(tokens)
    }

    /// Checks a request against what is loaded, before anything is allocated for it.
    ///
    /// # Errors
    /// [`RuntimeError`] with the value and the limit.
    pub fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError> {
        let limits = self.limits();
        if request.prompt.is_empty() {
            return Err(RuntimeError::parameter("prompt", "empty", "at least one token".to_owned()));
        }
        if !limits.samples.contains(&request.samples) {
            let rule = format!("within 1..={}", limits.samples.end());
            return Err(RuntimeError::parameter("samples", request.samples, rule));
        }
        if request.max_tokens == 0 {
            return Err(RuntimeError::parameter("max_tokens", 0, "at least 1".to_owned()));
        }
        if request.prompt.len().saturating_add(request.max_tokens) > limits.context {
            let (prompt, max_tokens) = (request.prompt.len(), request.max_tokens);
            return Err(RuntimeError::ContextLength { prompt, max_tokens, context: limits.context });
        }
        if let Some(token) = request.prompt.iter().find(|token| **token as usize >= self.info.vocab) {
            return Err(RuntimeError::parameter("prompt token", token, format!("below {}", self.info.vocab)));
        }
        if let Some(token) = request.watch.iter().find(|token| **token as usize >= self.info.vocab) {
            return Err(RuntimeError::parameter("watch", token, format!("below {}", self.info.vocab)));
        }
        self.blocks.require(blocks_needed(request))
    }

    /// Continues a prompt. `sink` is told what happens as it happens; when it breaks, the completions so far are
    /// returned with [`super::FinishReason::Cancelled`]. It is called before every prefill batch and after every token,
    /// so an answer to a dropped client is at most one batch late.
    ///
    /// # Errors
    /// [`RuntimeError`] when the request is out of range or the backend fails.
    pub async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError> {
        let mut sink = async |_: usize, delta: Delta| match sink(delta).await {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => ControlFlow::Break(Halt::All),
        };
        let mut completions = self.generate_all(std::slice::from_ref(request), &mut sink).await?;
        Ok(completions.pop().expect("invariant: one answer for one request"))
    }

    /// Continues many prompts together: as many samples as places and blocks allow are alive at a time, and whoever ends
    /// makes room for the next, in the order of the requests. Every completion is the one that [`Self::generate`] gives
    /// for its request alone (on the GPU but for rounding). `sink` is told the request's index with every [`Delta`];
    /// of one request they come in the order in which [`Self::generate`] tells them. It may stop one sample or all of
    /// them ([`Halt`]); the completions so far are returned with [`super::FinishReason::Cancelled`], those of samples that never began being empty.
    ///
    /// # Errors
    /// [`RuntimeError`] when any request is out of range, before anything runs, or when the backend fails.
    pub async fn generate_all(
        &mut self,
        requests: &[GenerateRequest],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Result<Vec<Vec<Completion>>, RuntimeError> {
        requests.iter().try_for_each(|request| self.check(request))?;
        let Self { backend, model, tokenizer, blocks, .. } = self;
        generate(Parts { backend, model, tokenizer, blocks }, requests, sink).await
    }

    /// Work counted since the last call.
    pub fn take_counters(&mut self) -> Counters {
        self.backend.take_counters()
    }

    /// Positions free in the cache.
    #[must_use]
    pub fn free_positions(&self) -> usize {
        self.blocks.free() * KV_BLOCK
    }
}
