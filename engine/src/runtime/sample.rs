//! One completion while it grows.

use super::blocks::Sequence;
use super::stop::StopFilter;
use super::{Completion, FinishReason, GenerateRequest, Sampling};
use crate::backend::Draw;
use crate::tokenizer::{Detokenizer, Tokenizer};

/// One completion while it grows.
pub(super) struct Sample<'a> {
    /// Its positions in the cache; none once it ended.
    pub(super) sequence: Sequence,
    /// The token to feed: the prompt's last one, then each drawn one.
    pub(super) next: u32,
    /// What was drawn.
    pub(super) tokens: Vec<u32>,
    /// Why it ended; nothing while it lives.
    pub(super) reason: Option<FinishReason>,
    text: String,
    watched: Vec<Vec<f32>>, // (tokens, watch)
    detokenizer: Detokenizer<'a>,
    filter: StopFilter<'a>,
}

impl<'a> Sample<'a> {
    /// A sample that goes on where `sequence` ends with the prompt's last token still to be read.
    pub(super) fn new(request: &'a GenerateRequest, sequence: Sequence, tokenizer: &'a Tokenizer) -> Self {
        Self {
            sequence,
            next: *request.prompt.last().expect("invariant: a checked prompt is not empty"),
            tokens: Vec::new(),
            reason: None,
            text: String::new(),
            watched: Vec::new(),
            detokenizer: tokenizer.detokenizer(),
            filter: StopFilter::new(&request.stop),
        }
    }

    /// Whether it still draws.
    pub(super) fn lives(&self) -> bool {
        self.reason.is_none()
    }

    /// Takes the token that was drawn.
    pub(super) fn push(&mut self, token: u32) {
        self.next = token;
        self.tokens.push(token);
    }

    /// Records the log-probabilities of `watch` among `logits` (v).
    pub(super) fn watch(&mut self, logits: &[f32], watch: &[u32]) {
        self.watched.push(log_probabilities(logits, watch));
    }

    /// Turns the token just drawn into text, and decides whether it was the last.
    pub(super) fn take_in(&mut self, tokenizer: &Tokenizer, max_tokens: usize) -> String {
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
        self.text.push_str(&text);
        text
    }

    /// What came of it.
    pub(super) fn complete(self) -> Completion {
        let reason = self.reason.unwrap_or(FinishReason::Cancelled);
        Completion { text: self.text, tokens: self.tokens, reason, watched: self.watched }
    }
}

/// ln softmax(logits) of some ids. In f64, so that a large vocabulary costs no digits.
fn log_probabilities(logits: &[f32], ids: &[u32]) -> Vec<f32> {
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let total: f64 = logits.iter().map(|logit| (f64::from(*logit) - largest).exp()).sum();
    let log_total = largest + total.ln();
    ids.iter().map(|id| (f64::from(logits[*id as usize]) - log_total) as f32).collect()
}

/// The draw of one sample's n-th token. Every (seed, sample, step) has noise of its own, whatever else is in the batch.
pub(super) fn draw(sampling: &Sampling, sample: usize, step: usize) -> Draw {
    let stream = mix(sampling.seed() ^ mix(sampling.first_sample().wrapping_add(sample as u64 + 1)));
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
