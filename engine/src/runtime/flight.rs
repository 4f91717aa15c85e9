//! One request on its way through the engine: its prompt while it is read, then the samples that go on from it.

use super::blocks::{BlockPool, Sequence};
use super::sample::{Sample, draw};
use super::{Completion, FinishReason, GenerateRequest, RuntimeError};
use crate::backend::{Draw, KV_BLOCK, Row};
use crate::tokenizer::Tokenizer;

/// A request that has begun.
pub(super) struct Flight<'a> {
    /// Which request it is.
    pub(super) index: usize,
    /// What is asked.
    pub(super) request: &'a GenerateRequest,
    /// The samples that began, the first one first.
    pub(super) samples: Vec<Sample<'a>>,
    /// Prompt tokens that the next pass reads.
    pub(super) reads: usize,
    places: usize,    // samples that may be alive or were
    prompt: Sequence, // what is read of the prompt, until the last sample has forked from it
}

/// What one forward pass is given, but for the block tables, which the sequences lend.
#[derive(Debug, Default)]
pub(super) struct Pass {
    /// First a row for each living sample, then those of the prompts.
    pub(super) rows: Vec<Row>,
    /// One for each living sample.
    pub(super) draws: Vec<Draw>,
    /// Blocks to copy first, (from, to).
    pub(super) copies: Vec<(u32, u32)>,
    tables: u32, // sequences so far
}

impl Pass {
    fn next_table(&mut self) -> u32 {
        self.tables += 1;
        self.tables - 1
    }
}

/// Blocks that a request may come to hold: the prompt's full ones once, and for each sample what it does not share.
pub(super) fn blocks_needed(request: &GenerateRequest) -> usize {
    blocks_promised(request, request.samples, 0)
}

/// Blocks that a request may come to hold when `places` of its samples may begin and `ended` of them gave theirs back.
fn blocks_promised(request: &GenerateRequest, places: usize, ended: usize) -> usize {
    let read = request.prompt.len() - 1;
    let own = (read + request.max_tokens).div_ceil(KV_BLOCK) - read / KV_BLOCK;
    // The last sample takes over the prompt's partial block; until it forks, the prompt keeps that to itself.
    let kept = places < request.samples && !read.is_multiple_of(KV_BLOCK);
    read / KV_BLOCK + (places - ended) * own + usize::from(kept)
}

impl<'a> Flight<'a> {
    /// A request with a place for its first sample.
    pub(super) fn new(index: usize, request: &'a GenerateRequest) -> Self {
        Self { index, request, samples: Vec::new(), reads: 0, places: 1, prompt: Sequence::default() }
    }

    /// Whether samples of it wait for a place.
    pub(super) fn waits(&self) -> bool {
        self.places < self.request.samples
    }

    /// Gives a place to one more sample.
    pub(super) fn widen(&mut self) {
        self.places += 1;
    }

    /// Places in use: samples alive, or about to fork from the prompt.
    pub(super) fn running(&self) -> usize {
        self.places - self.ended()
    }

    /// Whether every sample has ended.
    pub(super) fn is_done(&self) -> bool {
        self.ended() == self.request.samples
    }

    /// Blocks that it may come to hold with the places it has and `more`.
    pub(super) fn promised(&self, more: usize) -> usize {
        blocks_promised(self.request, self.places + more, self.ended())
    }

    /// Samples that still draw.
    pub(super) fn living(&self) -> impl Iterator<Item = &Sample<'a>> {
        self.samples.iter().filter(|sample| sample.lives())
    }

    /// (done, total) of the prompt; its last token is each sample's first row, so it is read when done = total − 1.
    pub(super) fn prefill(&self) -> (usize, usize) {
        (self.prompt.len(), self.request.prompt.len())
    }

    /// Prompt tokens still to be read before samples can fork from it.
    pub(super) fn unread(&self) -> usize {
        // With the first fork the prompt is read, and with the last one given up.
        if self.samples.is_empty() { self.request.prompt.len() - 1 - self.prompt.len() } else { 0 }
    }

    /// Begins the samples that have a place, from a prompt that is read.
    pub(super) fn fork(&mut self, blocks: &mut BlockPool, tokenizer: &'a Tokenizer) {
        if self.samples.len() == self.request.samples {
            return;
        }
        while self.samples.len() < self.places {
            self.samples.push(Sample::new(self.request, blocks.fork(&self.prompt), tokenizer));
        }
        if !self.waits() {
            // From here on its blocks live through the samples, so the last one to write needs no copy.
            blocks.release(std::mem::take(&mut self.prompt));
        }
    }

    /// Adds a row for each living sample.
    pub(super) fn decode(&mut self, blocks: &mut BlockPool, pass: &mut Pass) -> Result<(), RuntimeError> {
        for (index, sample) in self.samples.iter_mut().enumerate().filter(|(_, sample)| sample.lives()) {
            let position = sample.sequence.len() as u32;
            pass.copies.extend(blocks.extend(&mut sample.sequence, 1)?);
            let table = pass.next_table();
            pass.rows.push(Row { token: sample.next, position, table });
            pass.draws.push(draw(&self.request.sampling, index, sample.tokens.len()));
        }
        Ok(())
    }

    /// Adds the prompt's next `reads` rows.
    pub(super) fn read(&mut self, blocks: &mut BlockPool, pass: &mut Pass) -> Result<(), RuntimeError> {
        if self.reads > 0 {
            let done = self.prompt.len();
            blocks.extend(&mut self.prompt, self.reads)?;
            let table = pass.next_table();
            let tokens = self.request.prompt[done..].iter().zip(done as u32..).take(self.reads);
            pass.rows.extend(tokens.map(|(token, position)| Row { token: *token, position, table }));
        }
        Ok(())
    }

    /// The block table of the prompt, if the pass reads some of it.
    pub(super) fn reading(&self) -> Option<&[u32]> {
        (self.reads > 0).then(|| self.prompt.table())
    }

    /// Gives all blocks back and returns a completion for every sample asked for, as far as each came.
    pub(super) fn land(self, blocks: &mut BlockPool) -> Vec<Completion> {
        blocks.release(self.prompt);
        let mut completions = Vec::with_capacity(self.request.samples);
        for mut sample in self.samples {
            blocks.release(std::mem::take(&mut sample.sequence));
            completions.push(sample.complete());
        }
        completions.resize(self.request.samples, nothing());
        completions
    }

    fn ended(&self) -> usize {
        self.samples.iter().filter(|sample| !sample.lives()).count()
    }
}

/// The completion of a sample that never began.
pub(super) fn nothing() -> Completion {
    Completion { text: String::new(), tokens: Vec::new(), reason: FinishReason::Cancelled, watched: Vec::new() }
}
