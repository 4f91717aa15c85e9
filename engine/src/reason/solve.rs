//! One problem from attempt to answer: attempt → critique → gate → refinement, once each (`specs/critique.md` §4.1, with
//! the gate of [`super::decide`]). Neither player ever sees a gold answer.

use std::ops::ControlFlow;

use thiserror::Error;

use super::listen::Listener;
use super::request::check_gold;
use super::{Answer, Critique, Decision, Evidence, Gate, Odds};
use super::{Player, PlayerError, Problem, RequestError, Side, SolveEvent, SolveRequest, Speech, Usage};
use super::{decide, extract_answer, prompts};
use crate::runtime::{Delta, Sampling};
use crate::template::{Message, PromptStyle};

/// Why a run did not come to its end.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SolveError {
    /// The request is out of range; nothing was sent to the receiver.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A player failed; the receiver got [`SolveEvent::Failed`] as its last event.
    #[error(transparent)]
    Player(#[from] PlayerError),
}

impl SolveError {
    /// Whether the request is at fault, rather than a player.
    #[must_use]
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Request(_) => true,
            Self::Player(error) => error.callers_fault,
        }
    }
}

/// Solves a problem with a player on both sides, and tells `sink` what happens as it happens, in the order that
/// [`SolveEvent`] documents. When `sink` breaks, the run stops at the player's next chunk, nothing more is sent, and
/// that is no error. When the player itself is stopped from elsewhere, the run ends with what there is and
/// [`SolveEvent::Done`] says `cancelled`.
///
/// # Errors
/// [`SolveError::Request`] before anything is sent; [`SolveError::Player`] after a [`SolveEvent::Failed`].
pub async fn solve<P: Player>(
    player: &mut P,
    request: &SolveRequest,
    sink: &mut impl AsyncFnMut(SolveEvent) -> ControlFlow<()>,
) -> Result<(), SolveError> {
    let problem = request.validate()?;
    let (gate, gold) = (request.gate()?, check_gold(request.gold.as_deref())?);
    let mut run = Run { player, sink, request, problem, gate, gold, usage: Usage::default() };
    match run.start().await {
        Ok(()) | Err(End::Left) => Ok(()),
        Err(End::Failed(error)) => {
            // The last event: whether the receiver wants more no longer matters.
            let _ = (run.sink)(SolveEvent::Failed { message: error.message.clone() }).await;
            Err(error.into())
        }
    }
}

/// A run under way.
struct Run<'a, P, S> {
    player: &'a mut P,
    sink: &'a mut S,
    request: &'a SolveRequest,
    problem: Problem,
    gate: Gate,
    gold: Option<Answer>,
    usage: Usage,
}

/// Why a run ends early.
enum End {
    /// The receiver wants no more.
    Left,
    Failed(PlayerError),
}

/// A turn that was heard to its end.
struct Heard {
    listener: Listener,
    answer: Option<String>,
    /// The player was stopped from elsewhere.
    cancelled: bool,
    odds: Odds,
}

impl<P: Player, S: AsyncFnMut(SolveEvent) -> ControlFlow<()>> Run<'_, P, S> {
    async fn start(&mut self) -> Result<(), End> {
        self.emit(SolveEvent::Started {
            request: self.request.clone(),
            actor: self.player.model(Side::Attempt),
            critic: self.player.model(Side::Critique),
            backend: self.player.backend(),
        })
        .await?;
        let [actor, critic] = [Side::Attempt, Side::Critique].map(|side| self.player.prompts(side));
        let messages = prompts::attempt(actor, &self.problem);
        let attempt = self.turn(Listener::to_solution(Side::Attempt), Side::Attempt, messages).await?;
        if attempt.cancelled {
            return self.done(attempt.answer, true).await;
        }
        let solution = attempt.listener.text();
        let listener = Listener::to_critique(critic, &attempt.listener.steps());
        let thought = self.think(critic).await?;
        let messages = prompts::critique(critic, &self.problem, thought.as_deref().unwrap_or_default(), solution);
        let critique_turn = self.turn(listener, Side::Critique, messages).await?;
        if critique_turn.cancelled {
            return self.done(attempt.answer, true).await;
        }
        let said = critique_turn.listener.text().to_owned();
        let judged = (critique_turn.odds.answer, thought);
        let critique = critique_turn.listener.into_critique();
        if !self.gate(&critique, judged, solution).await? {
            return self.done(attempt.answer, false).await;
        }
        let messages = prompts::refinement(actor, &self.problem, solution, &critique, &said);
        let refinement = self.turn(Listener::to_solution(Side::Refinement), Side::Refinement, messages).await?;
        // A refinement cut short has no last word.
        let answer = refinement.answer.filter(|_| !refinement.cancelled).or(attempt.answer);
        self.done(answer, refinement.cancelled).await
    }

    /// The critic's own solution, where it wants one; nobody hears it, but its tokens count.
    async fn think(&mut self, critic: PromptStyle) -> Result<Option<String>, End> {
        let Some(messages) = prompts::thought(critic, &self.problem) else { return Ok(None) };
        let speech = self.speech(Side::Critique, messages, "");
        let Self { player, sink, .. } = self;
        let mut left = false;
        // Progress is told, so that a receiver can leave.
        let hear = &mut async |delta| match delta {
            Delta::Prefill { done, total } => {
                let event = SolveEvent::Prefill { side: Side::Critique, done, total };
                left |= sink(event).await.is_break();
                if left { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }
            _ => ControlFlow::Continue(()),
        };
        let spoken = player.say(&speech, hear).await;
        if left {
            return Err(End::Left);
        }
        let spoken = spoken.map_err(End::Failed)?;
        self.usage += spoken.usage;
        Ok(Some(spoken.text.trim().to_owned()))
    }

    /// Whether the actor refines.
    async fn gate(
        &mut self,
        critique: &Critique,
        (p_wrong, thought): (Option<f32>, Option<String>),
        solution: &str,
    ) -> Result<bool, End> {
        let right = self.gold.as_ref().map(|gold| extract_answer(solution).as_ref() == Some(gold));
        let Decision { refine, reason } = decide(&Evidence { critique, p_wrong, right }, self.gate);
        self.emit(SolveEvent::Verdict {
            answer: critique.answer,
            first_wrong: critique.first_wrong(),
            explanation: critique.explanation.clone(),
            refine,
            reason,
            p_wrong,
            thought,
            oracle: self.gate.is_oracle(),
        })
        .await?;
        Ok(refine)
    }

    /// Lets one side speak.
    async fn turn(&mut self, mut listener: Listener, side: Side, messages: Vec<Message>) -> Result<Heard, End> {
        self.emit(SolveEvent::Turn { side }).await?;
        let speech = self.speech(side, messages, listener.prefix());
        let Self { player, sink, .. } = self;
        let mut left = false;
        let hear = &mut async |delta| {
            for event in listener.hear(delta) {
                if sink(event).await.is_break() {
                    left = true;
                    return ControlFlow::Break(());
                }
            }
            if listener.is_complete() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let spoken = player.say(&speech, hear).await;
        if left {
            return Err(End::Left);
        }
        let spoken = spoken.map_err(End::Failed)?;
        self.usage += spoken.usage;
        let cancelled = spoken.cancelled && !listener.is_complete();
        for event in listener.end() {
            self.emit(event).await?;
        }
        let text = listener.text().to_owned();
        let answer = extract_answer(&text).filter(|_| side != Side::Critique).map(|answer| answer.to_string());
        self.emit(SolveEvent::Said { side, text, answer: answer.clone(), usage: spoken.usage }).await?;
        Ok(Heard { listener, answer, cancelled, odds: spoken.odds })
    }

    fn speech(&self, side: Side, messages: Vec<Message>, prefix: &str) -> Speech {
        let (sampling, prefill) = match side {
            Side::Critique => (Sampling::GREEDY, prefix),
            Side::Attempt | Side::Refinement => {
                let seed = derived_seed(self.request.seed, side);
                let sampling = Sampling::new(self.request.temperature, 0, 1.0, seed);
                (
                    sampling.expect("invariant: the request was validated"),
                    prompts::solution_prefill(self.player.prompts(side)),
                )
            }
        };
        let (max_tokens, prefill) = (self.request.max_tokens, prefill.to_owned());
        Speech { side, messages, prefill, sampling, max_tokens, stop: prompts::stops() }
    }

    async fn done(&mut self, answer: Option<String>, cancelled: bool) -> Result<(), End> {
        self.emit(SolveEvent::Done { answer, usage: self.usage, cancelled }).await
    }

    async fn emit(&mut self, event: SolveEvent) -> Result<(), End> {
        match (self.sink)(event).await {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(End::Left),
        }
    }
}

/// A side's own seed: with the same one, a refinement would draw the attempt's noise again. (One round of SplitMix64.)
pub(super) fn derived_seed(seed: u64, side: Side) -> u64 {
    let x = seed.wrapping_add((side as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
