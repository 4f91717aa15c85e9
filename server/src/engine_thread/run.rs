//! The far end of a model's queue.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use duet_engine::reason::search::{SearchError, SearchEvent, SearchRequest, search};
use duet_engine::reason::{self, SolveError, SolveEvent, SolveRequest};
use duet_engine::runtime::{Delta, GenerateRequest, RuntimeError};
use tokio::sync::mpsc::UnboundedSender;

use super::{ChatEvent, ChatJob, Gauges, Job, Shared, Status};
use crate::{ApiError, Inference};

/// The loop of one engine thread.
pub(super) struct EngineThread {
    pub(super) shared: Arc<Shared>,
    pub(super) jobs: Receiver<Job>,
}

/// Why the loop over the jobs ended.
enum Ended {
    /// The server dropped the model.
    Closed,
    /// A request panicked: the engine cannot be trusted any more.
    Panicked,
}

impl EngineThread {
    /// Loads, works until a panic, loads again; until the server drops the model or it cannot be loaded.
    pub(super) fn run<E: Inference>(self, load: impl Fn(&mut dyn FnMut(usize, usize)) -> Result<E, String>) {
        let name = self.shared.name();
        loop {
            self.shared.set_status(Status::Loading { done: 0, total: 0 });
            let mut progress = |done, total| self.shared.set_status(Status::Loading { done, total });
            let loaded = catch_unwind(AssertUnwindSafe(|| load(&mut progress)));
            let mut engine = match loaded.unwrap_or_else(|panic| Err(panic_message(&*panic))) {
                Ok(engine) => engine,
                Err(reason) => {
                    return self.give_up(reason);
                }
            };
            let (info, limits) = (engine.info().clone(), engine.limits());
            tracing::info!("model {name} is ready on {}", info.backend);
            self.shared.set_status(Status::Ready { info, limits });
            match self.work(&mut engine) {
                Ended::Closed => return,
                Ended::Panicked => tracing::error!("model {name} is loaded again after a panic"),
            }
        }
    }

    /// The model cannot be loaded: what waits for it is told.
    fn give_up(&self, reason: String) {
        tracing::error!("model {} failed to load: {reason}", self.shared.name());
        self.shared.set_status(Status::Failed(reason.clone()));
        for job in self.jobs.try_iter() {
            self.shared.gauges().dequeued();
            fail(&job, &ApiError::LoadFailed { name: self.shared.name().to_owned(), reason: reason.clone() });
        }
    }

    fn work(&self, engine: &mut impl Inference) -> Ended {
        let gauges = self.shared.gauges();
        while let Ok(job) = self.jobs.recv() {
            if job.is_abandoned() {
                gauges.dequeued();
                continue;
            }
            let running = gauges.start();
            let outcome = catch_unwind(AssertUnwindSafe(|| pollster::block_on(perform(engine, &job, gauges))));
            drop(running);
            if let Err(panic) = outcome {
                let message = panic_message(&*panic);
                // Before the client is told, so that its next request waits for the new engine instead of this one.
                self.shared.set_status(Status::Loading { done: 0, total: 0 });
                let message = format!("it stopped unexpectedly ({message}) and is being restarted");
                fail(&job, &ApiError::Engine(message));
                return Ended::Panicked;
            }
        }
        Ended::Closed
    }
}

async fn perform(engine: &mut impl Inference, job: &Job, gauges: &Gauges) {
    match job {
        Job::Chat { request, events } => {
            if let Err(error) = chat(engine, request, events, gauges).await {
                // A receiver that is gone needs no answer.
                let _ = events.send(ChatEvent::Failed(error.into()));
            }
        }
        Job::Solve { request, events } => solve(engine, request, events, gauges).await,
        Job::Search { request, events } => run_search(engine, request, events, gauges).await,
    }
}

async fn chat(
    engine: &mut impl Inference,
    job: &ChatJob,
    events: &UnboundedSender<ChatEvent>,
    gauges: &Gauges,
) -> Result<(), RuntimeError> {
    let prompt = engine.chat(&job.messages)?;
    let prompt_tokens = prompt.len();
    let max_tokens = job.max_tokens.unwrap_or_else(|| default_tokens(engine, prompt_tokens, job.samples));
    let (sampling, stop) = (job.sampling, job.stop.clone());
    let request = GenerateRequest { prompt, samples: job.samples, max_tokens, sampling, stop, watch: Vec::new() };
    engine.check(&request)?;
    let tell = |event| match events.send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    if tell(ChatEvent::Accepted { prompt_tokens }).is_break() {
        return Ok(());
    }
    let mut sink = async |delta| match delta {
        Delta::Text { text, .. } if text.is_empty() => watched(events),
        Delta::Text { sample, text, .. } => tell(ChatEvent::Text { sample, text }),
        Delta::Finished { sample, reason } => tell(ChatEvent::Finished { sample, reason }),
        Delta::Prefill { .. } => watched(events),
    };
    let completions = engine.generate(&request, &mut sink).await?;
    let completion_tokens = completions.iter().map(|completion| completion.tokens.len()).sum();
    gauges.count_tokens(prompt_tokens, completion_tokens);
    let _ = tell(ChatEvent::Done { completion_tokens });
    Ok(())
}

/// What is left of the context and, for each sample, of the cache; at least 1, so that a prompt which leaves nothing
/// is refused with the numbers.
fn default_tokens(engine: &impl Inference, prompt: usize, samples: usize) -> usize {
    let context = engine.limits().context.saturating_sub(prompt);
    // Every sample may waste a part of its first and of its last block.
    let waste = 2 * duet_engine::backend::KV_BLOCK;
    let cache = (engine.free_positions().saturating_sub(prompt) / samples.max(1)).saturating_sub(waste);
    context.min(cache).clamp(1, ChatJob::DEFAULT_TOKENS)
}

async fn solve(
    engine: &mut impl Inference,
    request: &SolveRequest,
    events: &UnboundedSender<SolveEvent>,
    gauges: &Gauges,
) {
    let mut sink = async |event| {
        if let SolveEvent::Done { usage, .. } = &event {
            gauges.count_tokens(usage.prompt_tokens, usage.completion_tokens);
        }
        match events.send(event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    match reason::solve(engine, request, &mut sink).await {
        // A failed player has been reported as the last event.
        Ok(()) | Err(SolveError::Player(_)) => {}
        Err(SolveError::Request(error)) => {
            // A receiver that is gone needs no answer.
            let _ = events.send(SolveEvent::Failed { message: error.to_string() });
        }
    }
}

async fn run_search(
    engine: &mut impl Inference,
    request: &SearchRequest,
    events: &UnboundedSender<SearchEvent>,
    gauges: &Gauges,
) {
    let mut sink = async |event| {
        if let SearchEvent::Done { usage, .. } = &event {
            gauges.count_tokens(usage.prompt_tokens, usage.completion_tokens);
        }
        match events.send(event) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    };
    match search(engine, request, &mut sink).await {
        // A failed player has been reported as the last event.
        Ok(_) | Err(SearchError::Player(_)) => {}
        Err(SearchError::Request(error)) => {
            // A receiver that is gone needs no answer.
            let _ = events.send(SearchEvent::Failed { message: error.to_string() });
        }
    }
}

/// Goes on for as long as somebody listens.
fn watched<T>(events: &UnboundedSender<T>) -> ControlFlow<()> {
    match events.is_closed() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// Tells the client of a request that it failed, if it still listens.
fn fail(job: &Job, error: &ApiError) {
    match job {
        Job::Chat { events, .. } => drop(events.send(ChatEvent::Failed(error.clone()))),
        Job::Solve { events, .. } => drop(events.send(SolveEvent::Failed { message: error.to_string() })),
        Job::Search { events, .. } => drop(events.send(SearchEvent::Failed { message: error.to_string() })),
    }
}

/// What a panic says.
fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".to_owned())
}
