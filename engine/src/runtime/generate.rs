//! Batched generation: one prompt, N completions that share its KV blocks and decode together.

use std::ops::ControlFlow;

use super::blocks::{BlockPool, Sequence};
use super::stop::StopFilter;
use super::{Completion, Delta, FinishReason, GenerateRequest, RuntimeError, Sampling};
use crate::backend::{Backend, Batch, Draw, KV_BLOCK, Row};
use crate::model::Model;
use crate::tokenizer::{Detokenizer, Tokenizer};

/// One request on its way through the engine.
pub(crate) struct Generation<'a, B: Backend> {
    backend: &'a mut B,
    model: &'a Model<B>,
    tokenizer: &'a Tokenizer,
    blocks: &'a mut BlockPool,
    request: &'a GenerateRequest,
    prompt: Sequence,
    samples: Vec<Sample<'a>>,
}

/// One completion while it grows.
struct Sample<'a> {
    sequence: Sequence,
    next: u32, // the token to feed: the prompt's last one, then each drawn one
    tokens: Vec<u32>,
    text: String,
    detokenizer: Detokenizer<'a>,
    filter: StopFilter<'a>,
    reason: Option<FinishReason>,
}

/// Runs a request whose numbers were checked. Its KV blocks are given back on every way out.
pub(crate) async fn generate<B: Backend>(
    backend: &mut B,
    model: &Model<B>,
    tokenizer: &Tokenizer,
    blocks: &mut BlockPool,
    request: &GenerateRequest,
    sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
) -> Result<Vec<Completion>, RuntimeError> {
    blocks.require(blocks_needed(request))?;
    let (prompt, samples) = (Sequence::default(), Vec::new());
    let mut generation = Generation { backend, model, tokenizer, blocks, request, prompt, samples };
    let outcome = generation.run(sink).await;
    let Generation { blocks, prompt, samples, .. } = generation;
    blocks.release(prompt);
    let completions = samples.into_iter().map(|sample| {
        blocks.release(sample.sequence);
        let reason = sample.reason.unwrap_or(FinishReason::Cancelled);
        Completion { text: sample.text, tokens: sample.tokens, reason }
    });
    let completions = completions.collect();
    outcome.map(|_| completions)
}

/// Blocks that a request may come to hold: the prompt's full ones once, and for each sample what it does not share.
pub(crate) fn blocks_needed(request: &GenerateRequest) -> usize {
    let read = request.prompt.len() - 1;
    let own = (read + request.max_tokens).div_ceil(KV_BLOCK) - read / KV_BLOCK;
    read / KV_BLOCK + request.samples * own
}

impl<'a, B: Backend> Generation<'a, B> {
    async fn run(
        &mut self,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, RuntimeError> {
        let flow = self.prefill(sink).await?;
        self.fork();
        if flow.is_break() {
            return Ok(flow);
        }
        while self.samples.iter().any(|sample| sample.reason.is_none()) {
            self.step().await?;
            if self.report(sink).await.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads all of the prompt but its last token, a batch at a time: that one is each sample's first row.
    async fn prefill(
        &mut self,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, RuntimeError> {
        let total = self.request.prompt.len();
        for chunk in self.request.prompt[..total - 1].chunks(self.backend.capacity().rows) {
            if sink(Delta::Prefill { done: self.prompt.len(), total }).await.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let start = self.prompt.len() as u32;
            self.blocks.extend(&mut self.prompt, chunk.len())?;
            let rows = chunk.iter().zip(start..).map(|(token, position)| Row { token: *token, position, table: 0 });
            let rows: Vec<Row> = rows.collect();
            self.backend.begin(&Batch { rows: &rows, tables: &[self.prompt.table()], logit_rows: &[] })?;
            self.model.forward(self.backend, false);
            self.backend.finish().await?;
        }
        Ok(sink(Delta::Prefill { done: total - 1, total }).await)
    }

    fn fork(&mut self) {
        let last = *self.request.prompt.last().expect("invariant: a checked prompt is not empty");
        for _ in 0..self.request.samples {
            self.samples.push(Sample {
                sequence: self.blocks.fork(&self.prompt),
                next: last,
                tokens: Vec::new(),
                text: String::new(),
                detokenizer: self.tokenizer.detokenizer(),
                filter: StopFilter::new(&self.request.stop),
                reason: None,
            });
        }
        // From here on the prompt's blocks live through the samples, so the last one to write needs no copy.
        self.blocks.release(std::mem::take(&mut self.prompt));
    }

    /// One token for every sample that is not finished.
    async fn step(&mut self) -> Result<(), RuntimeError> {
        let mut copies = Vec::new();
        let mut rows = Vec::new();
        let mut draws = Vec::new();
        for (index, sample) in self.samples.iter_mut().enumerate().filter(|(_, sample)| sample.reason.is_none()) {
            let position = sample.sequence.len() as u32;
            copies.extend(self.blocks.extend(&mut sample.sequence, 1)?);
            rows.push(Row { token: sample.next, position, table: rows.len() as u32 });
            draws.push(draw(&self.request.sampling, index, sample.tokens.len()));
        }
        let live = self.samples.iter().filter(|sample| sample.reason.is_none());
        let tables: Vec<&[u32]> = live.map(|sample| sample.sequence.table()).collect();
        let logit_rows: Vec<u32> = (0..rows.len() as u32).collect();
        if !copies.is_empty() {
            self.backend.copy_blocks(&copies);
        }
        self.backend.begin(&Batch { rows: &rows, tables: &tables, logit_rows: &logit_rows })?;
        self.model.forward(self.backend, true);
        self.backend.sample(&draws);
        let drawn = self.backend.finish().await?;
        let live = self.samples.iter_mut().filter(|sample| sample.reason.is_none());
        for (sample, token) in live.zip(drawn) {
            sample.next = token;
            sample.tokens.push(token);
        }
        Ok(())
    }

    /// Tells the receiver what the step brought, and ends the samples that are done.
    async fn report(&mut self, sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>) -> ControlFlow<()> {
        for (index, sample) in self.samples.iter_mut().enumerate().filter(|(_, sample)| sample.reason.is_none()) {
            let text = sample.take_in(self.tokenizer, self.request.max_tokens);
            sample.text.push_str(&text);
            sink(Delta::Text { sample: index, text, tokens: sample.tokens.len() }).await?;
            if let Some(reason) = sample.reason {
                sink(Delta::Finished { sample: index, reason }).await?;
            }
        }
        ControlFlow::Continue(())
    }
}

impl Sample<'_> {
    /// Turns the token just drawn into text, and decides whether it was the last.
    fn take_in(&mut self, tokenizer: &Tokenizer, max_tokens: usize) -> String {
        let ended = tokenizer.is_end(self.next);
        let mut text = match ended {
            true => String::new(),
            false => self.filter.push(&self.detokenizer.push(self.next)),
        };
        if ended || self.filter.stopped() {
            self.reason = Some(FinishReason::Stop);
        } else if self.tokens.len() >= max_tokens {
            self.reason = Some(FinishReason::Length);
        }
        if self.reason.is_some() && !self.filter.stopped() {
            text.push_str(&self.filter.push(&self.detokenizer.finish()));
            text.push_str(&self.filter.finish());
        }
        text
    }
}

/// The draw of one sample's n-th token. Every (seed, sample, step) has noise of its own, whatever else is in the batch.
fn draw(sampling: &Sampling, sample: usize, step: usize) -> Draw {
    let stream = mix(sampling.seed() ^ mix(sample as u64 + 1));
    let key = mix(stream.wrapping_add(step as u64));
    Draw {
        temperature: sampling.temperature(),
        top_k: sampling.top_k(),
        top_p: sampling.top_p(),
        key: [key as u32, (key >> 32) as u32],
    }
}

/// SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
