//! An engine whose words are given beforehand.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use duet_engine::reason::{Odds, Player, PlayerError, Players, Side, Speech, Spoken, Usage};
use duet_engine::runtime::{Completion, Delta, EngineInfo, FinishReason, GenerateRequest, Limits, RuntimeError};
use duet_engine::template::{Message, PromptStyle};
use duet_server::Inference;

/// Positions of its context and its cache.
pub(crate) const CONTEXT: usize = 64;

/// What it says.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// These texts, one per generation, the last one for ever. A token is a line, or a word of a text with one line.
    Replies(Vec<&'static str>),
    /// A word, again and again until it is stopped.
    Endless,
    /// A prompt that is never read to its end.
    EndlessPrefill,
    /// One word, then it panics.
    Panic,
    /// One word, then the device is gone.
    Fail,
}

/// The engine, with what it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Scripted {
    info: EngineInfo,
    script: Script,
    pub(crate) asked: Arc<Mutex<Vec<GenerateRequest>>>,
}

impl Scripted {
    pub(crate) fn new(script: Script) -> Self {
        let info = EngineInfo {
            model: "scripted".to_owned(),
            backend: "words".to_owned(),
            parameters: 1000,
            weight_bytes: 4000,
            vocab: 256,
            context: CONTEXT,
            trained_context: 128,
            prompts: PromptStyle::Instructed,
        };
        Self { info, script, asked: Arc::default() }
    }

    fn reply(&self) -> &'static str {
        let Script::Replies(replies) = &self.script else { return "word" };
        let asked = self.asked.lock().unwrap().len();
        replies[(asked - 1).min(replies.len() - 1)]
    }

    async fn reply_all(
        &self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Vec<Completion> {
        let reply = self.reply();
        let between = if reply.contains('\n') { '\n' } else { ' ' };
        let words: Vec<&str> = reply.split_inclusive(between).collect();
        let said = &words[..words.len().min(request.max_tokens)];
        let reason = if said.len() < words.len() { FinishReason::Length } else { FinishReason::Stop };
        let whole = Completion { text: said.concat(), tokens: vec![1; said.len()], reason, watched: Vec::new() };
        for (index, word) in said.iter().enumerate() {
            for sample in 0..request.samples {
                let delta = Delta::Text { sample, text: (*word).to_owned(), tokens: index + 1 };
                if sink(delta).await.is_break() {
                    let cut = Completion { reason: FinishReason::Cancelled, ..whole };
                    return vec![cut; request.samples];
                }
            }
        }
        for sample in 0..request.samples {
            // Nothing follows that a break could prevent.
            let _ = sink(Delta::Finished { sample, reason }).await;
        }
        vec![whole; request.samples]
    }
}

/// Repeats `delta` until the sink breaks.
async fn for_ever(delta: Delta, sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>) -> Vec<Completion> {
    while sink(delta.clone()).await.is_continue() {
        std::thread::sleep(Duration::from_millis(1));
    }
    vec![Completion { text: String::new(), tokens: vec![1], reason: FinishReason::Cancelled, watched: Vec::new() }]
}

impl Inference for Scripted {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn limits(&self) -> Limits {
        Limits { context: CONTEXT, samples: 1..=4 }
    }

    fn free_positions(&self) -> usize {
        2 * CONTEXT
    }

    /// A token for every word.
    fn chat(&self, messages: &[Message]) -> Result<Vec<u32>, RuntimeError> {
        Ok(messages.iter().flat_map(|message| message.content.split_whitespace()).map(|_| 1).collect())
    }

    fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError> {
        let (prompt, max_tokens) = (request.prompt.len(), request.max_tokens);
        match prompt + max_tokens > CONTEXT {
            true => Err(RuntimeError::ContextLength { prompt, max_tokens, context: CONTEXT }),
            false => Ok(()),
        }
    }

    async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError> {
        self.asked.lock().unwrap().push(request.clone());
        let total = request.prompt.len();
        let word = Delta::Text { sample: 0, text: "word ".to_owned(), tokens: 1 };
        if matches!(self.script, Script::EndlessPrefill) {
            return Ok(for_ever(Delta::Prefill { done: 0, total }, sink).await);
        }
        if sink(Delta::Prefill { done: total - 1, total }).await.is_break() {
            return Ok(Vec::new());
        }
        match self.script {
            Script::Endless => return Ok(for_ever(word, sink).await),
            Script::Replies(_) => return Ok(self.reply_all(request, sink).await),
            _ => {}
        }
        let _ = sink(word).await;
        match self.script {
            Script::Panic => panic!("scripted panic"),
            _ => Err(RuntimeError::Backend(duet_engine::backend::BackendError::Device("lost".to_owned()))),
        }
    }
}

impl Player for Scripted {
    fn model(&self, _side: Side) -> String {
        self.info.model.clone()
    }

    fn backend(&self) -> String {
        self.info.backend.clone()
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        let prompt = vec![1; speech.messages.len()];
        let (sampling, stop) = (speech.sampling, speech.stop.clone());
        let request =
            GenerateRequest { prompt, samples: 1, max_tokens: speech.max_tokens, sampling, stop, watch: Vec::new() };
        let completion = self.generate(&request, sink).await?.swap_remove(0);
        Ok(Spoken {
            usage: Usage { prompt_tokens: request.prompt.len(), completion_tokens: completion.tokens.len() },
            cancelled: completion.reason == FinishReason::Cancelled,
            text: completion.text,
            odds: Odds::default(),
        })
    }
}

impl Players for Scripted {}
