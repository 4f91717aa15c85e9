//! Two-player reasoning and plain generation, with stopping.

use std::cell::Cell;
use std::ops::ControlFlow;

use duet_engine::reason::{Player, PlayerError, Side, SolveError, SolveEvent, SolveRequest, Speech, Spoken};
use duet_engine::runtime::{AnyEngine, Delta, GenerateRequest, Sampling};

use super::desk::Desk;
use super::line::Answerer;
use super::pause::{Breath, now_ms};
use crate::protocol::{Failure, Reply, Timed};

/// An engine that lets the event loop run between chunks, and stops when the page says so.
struct Stoppable<'a> {
    engine: &'a mut AnyEngine,
    answerer: &'a Answerer,
    breath: Breath,
}

impl Player for Stoppable<'_> {
    fn model(&self, side: Side) -> String {
        self.engine.model(side)
    }

    fn backend(&self) -> String {
        self.engine.backend()
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        let (breath, answerer) = (&self.breath, self.answerer);
        let mut listening = async |delta| {
            breath.take().await;
            if answerer.is_cancelled() { ControlFlow::Break(()) } else { sink(delta).await }
        };
        self.engine.say(speech, &mut listening).await
    }
}

/// Solves a problem; every event goes to the page with its time.
pub(super) async fn solve(desk: &mut Desk, request: &SolveRequest, answerer: &Answerer) -> Result<(), Failure> {
    let started = now_ms();
    let failed = Cell::new(false);
    let mut player = Stoppable { engine: desk.engine()?, answerer, breath: Breath::new() };
    let mut sink = async |event: SolveEvent| {
        failed.set(matches!(event, SolveEvent::Failed { .. }));
        answerer.send(&Reply::Event(Timed { at_ms: (now_ms() - started) as u64, event }));
        ControlFlow::Continue(())
    };
    let outcome = duet_engine::reason::solve(&mut player, request, &mut sink).await;
    match outcome {
        Ok(()) => Ok(()),
        Err(error @ SolveError::Request(_)) => {
            Err(Failure::new("This cannot be solved as it stands", error, "Change it under Settings."))
        }
        Err(SolveError::Player(error)) if error.callers_fault => {
            let hint = "Shorten the problem, or lower the tokens per turn under Settings.";
            Err(Failure::new("The run stopped", error, hint))
        }
        Err(error) => {
            // A backend that failed once is not asked again: a lost GPU does not come back by itself.
            desk.engine = None;
            desk.devices.forget_gpu();
            let hint = "Press Load to try again. If it keeps happening, choose “processor” under Settings.";
            Err(Failure { unloaded: true, ..Failure::new("The engine failed", error, hint) })
        }
    }
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
