//! Continuous batching: as many samples of as many requests as fit decode together, and whoever ends makes room at once.
//!
//! Every pass holds one row for each living sample and, in the rows that are left, prompts being read. What a sample
//! draws depends on its prompt and its (seed, sample, step) alone, so neighbours change no completion.

use std::ops::ControlFlow;

use super::blocks::BlockPool;
use super::flight::{Flight, Pass, nothing};
use super::{Completion, Delta, FinishReason, GenerateRequest, Halt, RuntimeError};
use crate::backend::{Backend, Batch, Capacity, Register};
use crate::model::Model;
use crate::tokenizer::Tokenizer;

/// What requests run on.
pub(super) struct Parts<'a, B: Backend> {
    /// The machine.
    pub(super) backend: &'a mut B,
    /// The weights on it.
    pub(super) model: &'a Model<B>,
    /// Ids to text.
    pub(super) tokenizer: &'a Tokenizer,
    /// Its cache.
    pub(super) blocks: &'a mut BlockPool,
}

/// Requests on their way.
struct Generation<'a, B: Backend> {
    parts: Parts<'a, B>,
    requests: &'a [GenerateRequest],
    begun: usize,                         // requests that have begun, in their order
    flights: Vec<Flight<'a>>,             // those that have not ended
    ended: Vec<(usize, Vec<Completion>)>, // the others' completions
    budget: usize,                        // blocks to share out
}

/// Runs requests whose numbers were checked; one answer for each. Their KV blocks are given back on every way out.
pub(super) async fn generate<B: Backend>(
    parts: Parts<'_, B>,
    requests: &[GenerateRequest],
    sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
) -> Result<Vec<Vec<Completion>>, RuntimeError> {
    let budget = parts.blocks.free();
    let (flights, ended) = (Vec::new(), Vec::new());
    let mut generation = Generation { parts, requests, begun: 0, flights, ended, budget };
    let outcome = generation.run(sink).await;
    let Generation { parts, flights, ended, .. } = generation;
    let mut completions: Vec<_> = requests.iter().map(|request| vec![nothing(); request.samples]).collect();
    for (index, ended) in ended {
        completions[index] = ended;
    }
    for flight in flights {
        let index = flight.index;
        completions[index] = flight.land(parts.blocks);
    }
    outcome.map(|_| completions)
}

impl<B: Backend> Generation<'_, B> {
    async fn run(
        &mut self,
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Result<ControlFlow<()>, RuntimeError> {
        loop {
            self.admit();
            if self.flights.is_empty() {
                return Ok(ControlFlow::Continue(()));
            }
            if self.prepare(sink).await.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.pass().await?;
            if self.report(sink).await.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let (done, flights): (Vec<_>, _) = std::mem::take(&mut self.flights).into_iter().partition(Flight::is_done);
            self.flights = flights;
            for flight in done {
                self.ended.push((flight.index, flight.land(self.parts.blocks)));
            }
        }
    }

    /// Gives free places to waiting samples, first come, first served: nobody is overtaken, so nobody starves.
    fn admit(&mut self) {
        let running: usize = self.flights.iter().map(Flight::running).sum();
        let promised: usize = self.flights.iter().map(|flight| flight.promised(0)).sum();
        let mut blocks = self.budget - promised;
        for _ in running..places(self.parts.backend.capacity()) {
            if let Some(flight) = self.flights.last_mut().filter(|flight| flight.waits()) {
                let Some(left) = blocks.checked_sub(flight.promised(1) - flight.promised(0)) else { return };
                blocks = left;
                flight.widen();
            } else if let Some(request) = self.requests.get(self.begun) {
                let flight = Flight::new(self.begun, request);
                let Some(left) = blocks.checked_sub(flight.promised(0)) else { return };
                blocks = left;
                self.flights.push(flight);
                self.begun += 1;
            }
        }
    }

    /// Begins the samples whose prompt is read, shares the rows that they leave among the prompts that are not, and
    /// tells the receiver how far those are.
    async fn prepare(&mut self, sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>) -> ControlFlow<()> {
        let Parts { backend, tokenizer, blocks, .. } = &mut self.parts;
        for flight in self.flights.iter_mut().filter(|flight| flight.unread() == 0) {
            let first = flight.samples.is_empty();
            flight.fork(blocks, tokenizer);
            if first {
                let (_, total) = flight.prefill();
                unless_all(sink(flight.index, Delta::Prefill { done: total - 1, total }).await)?;
            }
        }
        let living: usize = self.flights.iter().map(|flight| flight.living().count()).sum();
        let mut room = backend.capacity().rows - living;
        for flight in &mut self.flights {
            flight.reads = flight.unread().min(room);
            room -= flight.reads;
            if flight.reads > 0 {
                let (done, total) = flight.prefill();
                unless_all(sink(flight.index, Delta::Prefill { done, total }).await)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// One token for every living sample, and a piece of the prompts.
    async fn pass(&mut self) -> Result<(), RuntimeError> {
        let Parts { backend, model, blocks, .. } = &mut self.parts;
        let mut pass = Pass::default();
        self.flights.iter_mut().try_for_each(|flight| flight.decode(blocks, &mut pass))?;
        self.flights.iter_mut().try_for_each(|flight| flight.read(blocks, &mut pass))?;
        let living = self.flights.iter().flat_map(Flight::living).map(|sample| sample.sequence.table());
        let tables: Vec<&[u32]> = living.chain(self.flights.iter().filter_map(Flight::reading)).collect();
        let logit_rows: Vec<u32> = (0..pass.draws.len() as u32).collect();
        if !pass.copies.is_empty() {
            backend.copy_blocks(&pass.copies);
        }
        backend.begin(&Batch { rows: &pass.rows, tables: &tables, logit_rows: &logit_rows })?;
        model.forward(*backend, !logit_rows.is_empty());
        if !logit_rows.is_empty() {
            backend.sample(&pass.draws);
        }
        let drawn = backend.finish().await?;
        self.hand_out(&drawn).await
    }

    /// Gives the drawn tokens to the living samples, and to those who watch their probabilities.
    async fn hand_out(&mut self, drawn: &[u32]) -> Result<(), RuntimeError> {
        let watching = |flight: &Flight<'_>| !flight.request.watch.is_empty() && flight.living().next().is_some();
        let logits = match self.flights.iter().any(watching) {
            true => self.parts.backend.read(Register::Logits).await?,
            false => Vec::new(),
        };
        let vocab = self.parts.backend.shape().vocab;
        let mut drawn = drawn.iter().enumerate();
        for flight in &mut self.flights {
            let living = flight.samples.iter_mut().filter(|sample| sample.lives());
            for (sample, (row, token)) in living.zip(&mut drawn) {
                sample.push(*token);
                if !flight.request.watch.is_empty() {
                    sample.watch(&logits[row * vocab..(row + 1) * vocab], &flight.request.watch);
                }
            }
        }
        Ok(())
    }

    /// Tells the receiver what the pass brought; samples that are done end, and their blocks are free.
    async fn report(&mut self, sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>) -> ControlFlow<()> {
        for flight in &mut self.flights {
            let living = flight.samples.iter_mut().enumerate().filter(|(_, sample)| sample.lives());
            for (index, sample) in living {
                let text = sample.take_in(self.parts.tokenizer, flight.request.max_tokens);
                let delta = Delta::Text { sample: index, text, tokens: sample.tokens.len() };
                let answer = sink(flight.index, delta).await;
                unless_all(answer)?;
                let finished = sample.reason;
                if answer.is_break() {
                    sample.reason = finished.or(Some(FinishReason::Cancelled));
                }
                if sample.reason.is_some() {
                    self.parts.blocks.release(std::mem::take(&mut sample.sequence));
                }
                if let Some(reason) = finished.filter(|_| answer.is_continue()) {
                    unless_all(sink(flight.index, Delta::Finished { sample: index, reason }).await)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// Breaks when the receiver stops everything.
fn unless_all(answer: ControlFlow<Halt>) -> ControlFlow<()> {
    match answer {
        ControlFlow::Break(Halt::All) => ControlFlow::Break(()),
        ControlFlow::Break(Halt::Sample) | ControlFlow::Continue(()) => ControlFlow::Continue(()),
    }
}

/// Samples that can be alive together.
fn places(capacity: Capacity) -> usize {
    capacity.logit_rows.min(capacity.rows)
}
