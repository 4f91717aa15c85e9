//! Two-player reasoning and plain generation, with stopping.

use std::ops::ControlFlow;

use duet_engine::reason::{PlayerError, RequestError, SolveError, SolveEvent, SolveRequest};
use duet_engine::runtime::{AnyEngine, GenerateRequest, Sampling};

use super::desk::Desk;
use super::line::Answerer;
use super::pause::now_ms;
use super::players::Stoppable;
use crate::protocol::{Failure, Reply, Timed};

/// Solves a problem; every event goes to the page with its time.
pub(super) async fn solve(desk: &mut Desk, request: &SolveRequest, answerer: &Answerer) -> Result<(), Failure> {
    let started = now_ms();
    let mut player = Stoppable::new(desk.cast()?, answerer);
    let mut sink = async |event: SolveEvent| {
        answerer.send(&Reply::Event(Timed { at_ms: (now_ms() - started) as u64, event }));
        ControlFlow::Continue(())
    };
    let outcome = duet_engine::reason::solve(&mut player, request, &mut sink).await;
    match outcome {
        Ok(()) => Ok(()),
        Err(SolveError::Request(error)) => Err(refused(&error)),
        Err(SolveError::Player(error)) => Err(failed(desk, &error)),
    }
}

/// A request out of range.
pub(super) fn refused(error: &RequestError) -> Failure {
    Failure::new("This cannot be solved as it stands", error, "Change it under Settings.")
}

/// A player failed.
pub(super) fn failed(desk: &mut Desk, error: &PlayerError) -> Failure {
    if error.callers_fault {
        let hint = "Shorten the problem, or lower the tokens per turn under Settings.";
        return Failure::new("The run stopped", error, hint);
    }
    // A backend that failed once is not asked again: a lost GPU does not come back by itself.
    desk.cast = None;
    desk.devices.forget_gpu();
    let hint = "Press Load to try again. If it keeps happening, choose “processor” under Settings.";
    Failure { unloaded: true, ..Failure::new("The engine failed", error, hint) }
}

/// Continues a text greedily.
pub(super) async fn generate(engine: &mut AnyEngine, prompt: &str, max_tokens: usize) -> Result<Reply, Failure> {
    let prompt = engine.tokenizer().encode_text(prompt);
    let sampling = Sampling::GREEDY;
    let request = GenerateRequest {
        prompt: prompt.clone(),
        samples: 1,
        max_tokens,
        sampling,
        stop: Vec::new(),
        watch: Vec::new(),
    };
    let mut sink = async |_| ControlFlow::Continue(());
    let completions = engine.generate(&request, &mut sink).await;
    let completions = completions.map_err(|error| Failure::new("The text could not be continued", error, ""))?;
    let completion = completions.into_iter().next().expect("invariant: one completion per sample");
    Ok(Reply::Generated { prompt, ids: completion.tokens, text: completion.text })
}

/// The visitor stopped it.
pub(super) fn cancelled() -> Failure {
    Failure::new("Loading was stopped", "You pressed Cancel.", "Press Load to begin again.")
}
