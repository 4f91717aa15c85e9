//! Counts of a model's work, for `/health` and `/metrics`.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// Work waiting, running and done.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    queued: AtomicUsize,
    running: AtomicUsize,
    requests: AtomicU64,
    prompt_tokens: AtomicU64,
    completion_tokens: AtomicU64,
}

/// Counts a request as running for as long as it lives, so that a panic is counted off too.
pub(crate) struct Running<'a>(&'a Gauges);

impl Gauges {
    pub(crate) fn enqueued(&self) {
        self.queued.fetch_add(1, Relaxed);
    }

    pub(crate) fn dequeued(&self) {
        self.queued.fetch_sub(1, Relaxed);
    }

    /// A request left the queue and runs.
    pub(crate) fn start(&self) -> Running<'_> {
        self.running.fetch_add(1, Relaxed);
        self.dequeued();
        self.requests.fetch_add(1, Relaxed);
        Running(self)
    }

    pub(crate) fn count_tokens(&self, prompt: usize, completion: usize) {
        self.prompt_tokens.fetch_add(prompt as u64, Relaxed);
        self.completion_tokens.fetch_add(completion as u64, Relaxed);
    }

    /// Requests waiting.
    pub(crate) fn queued(&self) -> usize {
        self.queued.load(Relaxed)
    }

    /// Requests running.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Relaxed)
    }

    /// Requests started since the server was.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// Prompt tokens of finished generations.
    pub(crate) fn prompt_tokens(&self) -> u64 {
        self.prompt_tokens.load(Relaxed)
    }

    /// Tokens drawn by finished generations.
    pub(crate) fn completion_tokens(&self) -> u64 {
        self.completion_tokens.load(Relaxed)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Relaxed);
    }
}
