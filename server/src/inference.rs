//! What an engine thread drives: a loaded engine, or a scripted one in tests.

use std::ops::ControlFlow;

use duet_engine::reason::{Pair, Players, Side};
use duet_engine::runtime::{AnyEngine, Completion, Delta, EngineInfo, GenerateRequest, Limits, RuntimeError};
use duet_engine::template::Message;

/// The part of an engine that requests need; as [`Players`] it solves problems.
// One thread owns it and blocks on it (style rule 13), so the futures need not be Send.
#[allow(async_fn_in_trait)]
pub trait Inference: Players {
    /// What is loaded.
    fn info(&self) -> &EngineInfo;

    /// What a request may ask for.
    fn limits(&self) -> Limits;

    /// Positions free in the cache.
    fn free_positions(&self) -> usize;

    /// The token ids of a chat, ready to be continued by the assistant.
    ///
    /// # Errors
    /// [`RuntimeError::Model`] when the template refuses the messages.
    fn chat(&self, messages: &[Message]) -> Result<Vec<u32>, RuntimeError>;

    /// Checks a request before any work is done for it.
    ///
    /// # Errors
    /// [`RuntimeError`] with the value and the limit.
    fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError>;

    /// Continues a prompt; stops at the next chunk after `sink` breaks.
    ///
    /// # Errors
    /// [`RuntimeError`] when the request is out of range or the backend fails.
    async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError>;
}

impl Inference for AnyEngine {
    fn info(&self) -> &EngineInfo {
        self.info()
    }

    fn limits(&self) -> Limits {
        self.limits()
    }

    fn free_positions(&self) -> usize {
        self.free_positions()
    }

    fn chat(&self, messages: &[Message]) -> Result<Vec<u32>, RuntimeError> {
        self.chat(messages, "")
    }

    fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError> {
        self.check(request)
    }

    async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError> {
        self.generate(request, sink).await
    }
}

/// As a model to chat with, a pair is its actor.
impl Inference for Pair {
    fn info(&self) -> &EngineInfo {
        self.of(Side::Attempt).info()
    }

    fn limits(&self) -> Limits {
        self.actor.limits()
    }

    fn free_positions(&self) -> usize {
        self.actor.free_positions()
    }

    fn chat(&self, messages: &[Message]) -> Result<Vec<u32>, RuntimeError> {
        self.actor.chat(messages, "")
    }

    fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError> {
        self.actor.check(request)
    }

    async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError> {
        self.actor.generate(request, sink).await
    }
}
