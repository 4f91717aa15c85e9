//! A run as the page shows it: a fold over its events, the same for a recorded and a live one.

use duet_engine::reason::{Judgement, Side, SolveEvent, SolveRequest, Usage, Verdict};

use crate::protocol::Timed;

/// Everything that was said so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunView {
    /// Who speaks and what was asked, once the run began.
    pub cast: Option<Cast>,
    /// What is going on.
    pub now: Activity,
    /// The actor's first solution.
    pub attempt: Solution,
    /// The critic's judgements, in the order they came.
    pub judgements: Vec<Judgement>,
    /// The critic's text, while and after it is written.
    pub critique: String,
    /// The critic's last word.
    pub verdict: Option<Closing>,
    /// The actor's second solution.
    pub refinement: Solution,
    /// One entry per turn begun.
    pub turns: Vec<TurnCost>,
    /// How the run ended.
    pub outcome: Option<Outcome>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq)]
pub struct Cast {
    /// What is being solved.
    pub request: SolveRequest,
    /// The actor's model.
    pub actor: String,
    /// The critic's model.
    pub critic: String,
    /// Where they run.
    pub backend: String,
}

/// What is going on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Activity {
    /// Nothing.
    #[default]
    Idle,
    /// A side reads its prompt: (done, total) tokens.
    Reading(Side, usize, usize),
    /// A side writes.
    Writing(Side),
    /// The run is over.
    Over,
}

/// A solution in steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Solution {
    /// Complete steps.
    pub steps: Vec<String>,
    /// The step being written.
    pub partial: String,
    /// The whole text, once said.
    pub said: Option<String>,
    /// The final answer found in it.
    pub answer: Option<String>,
}

/// The critic's last word and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Closing {
    /// On the final answer.
    pub answer: Option<Verdict>,
    /// First step judged wrong, from 0.
    pub first_wrong: Option<usize>,
    /// The critic's words on the final answer.
    pub explanation: String,
    /// Whether the actor refines.
    pub refine: bool,
    /// Why, or why not.
    pub reason: String,
    /// The critic's P(wrong) of the final answer, where its logits tell.
    pub p_wrong: Option<f32>,
    /// The critic's own solution, where it wrote one before it judged.
    pub thought: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// To its end, or as far as the visitor let it.
    Done {
        /// The answer that stands.
        answer: Option<String>,
        /// The visitor stopped it.
        cancelled: bool,
    },
    /// With an error.
    Failed(String),
}

/// What a turn cost.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnCost {
    /// Whose turn.
    pub side: Side,
    /// Tokens; those written are counted while they come.
    pub usage: Usage,
    /// When it began, when its first text came, and its last event so far: milliseconds of the run.
    pub began_ms: u64,
    /// See `began_ms`.
    pub wrote_ms: Option<u64>,
    /// See `began_ms`.
    pub last_ms: u64,
}

impl TurnCost {
    /// Seconds so far.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        (self.last_ms - self.began_ms) as f64 / 1000.0
    }

    /// Tokens written per second, from the second token on: the first one waits for the prompt.
    #[must_use]
    pub fn tokens_per_second(&self) -> Option<f64> {
        let seconds = (self.last_ms - self.wrote_ms?) as f64 / 1000.0;
        let tokens = self.usage.completion_tokens.checked_sub(1)?;
        (tokens > 0 && seconds > 0.0).then(|| tokens as f64 / seconds)
    }
}

impl RunView {
    /// The view after these events.
    #[must_use]
    pub fn of(events: &[Timed]) -> Self {
        let mut view = Self::default();
        events.iter().for_each(|timed| view.apply(timed));
        view
    }

    /// Takes in one more event.
    pub fn apply(&mut self, timed: &Timed) {
        if let Some(turn) = self.turns.last_mut().filter(|_| !matches!(timed.event, SolveEvent::Turn { .. })) {
            turn.last_ms = timed.at_ms;
        }
        match &timed.event {
            SolveEvent::Started { request, actor, critic, backend } => {
                let (actor, critic, backend) = (actor.clone(), critic.clone(), backend.clone());
                self.cast = Some(Cast { request: request.clone(), actor, critic, backend });
            }
            SolveEvent::Turn { side } => self.begin_turn(*side, timed.at_ms),
            SolveEvent::Prefill { side, done, total } => self.read(*side, *done, *total),
            SolveEvent::Text { side, text } => self.write(*side, text, timed.at_ms),
            SolveEvent::Step { side, text, .. } => {
                if let Some(solution) = self.solution_mut(*side) {
                    solution.complete(text);
                }
            }
            SolveEvent::Judged(judgement) => self.judgements.push(judgement.clone()),
            SolveEvent::Said { side, text, answer, usage } => self.end_turn(*side, text, answer.as_deref(), *usage),
            SolveEvent::Verdict { answer, first_wrong, explanation, refine, reason, p_wrong, thought, .. } => {
                let (explanation, reason) = (explanation.clone(), reason.clone());
                let (answer, first_wrong) = (*answer, *first_wrong);
                let (refine, p_wrong, thought) = (*refine, *p_wrong, thought.clone());
                self.verdict = Some(Closing { answer, first_wrong, explanation, refine, reason, p_wrong, thought });
            }
            SolveEvent::Done { answer, cancelled, .. } => {
                self.now = Activity::Over;
                self.outcome = Some(Outcome::Done { answer: answer.clone(), cancelled: *cancelled });
            }
            SolveEvent::Failed { message } => {
                self.now = Activity::Over;
                self.outcome = Some(Outcome::Failed(message.clone()));
            }
        }
    }

    fn begin_turn(&mut self, side: Side, at_ms: u64) {
        self.now = Activity::Reading(side, 0, 0);
        let usage = Usage::default();
        self.turns.push(TurnCost { side, usage, began_ms: at_ms, wrote_ms: None, last_ms: at_ms });
    }

    fn read(&mut self, side: Side, done: usize, total: usize) {
        self.now = Activity::Reading(side, done, total);
        // What a critic thinks before its turn belongs to no turn.
        if let Some(turn) = self.turns.last_mut().filter(|turn| turn.side == side) {
            turn.usage = Usage { prompt_tokens: total, completion_tokens: 0 };
            turn.wrote_ms = None; // what came before the prompt was read is a critique's fixed first words
        }
    }

    fn write(&mut self, side: Side, text: &str, at_ms: u64) {
        self.now = Activity::Writing(side);
        if let Some(turn) = self.turns.last_mut() {
            turn.wrote_ms.get_or_insert(at_ms);
            turn.usage.completion_tokens += 1; // one event per token; `Said` corrects it
        }
        match self.solution_mut(side) {
            Some(solution) => solution.partial.push_str(text),
            None => self.critique.push_str(text),
        }
    }

    fn end_turn(&mut self, side: Side, text: &str, answer: Option<&str>, usage: Usage) {
        if let Some(turn) = self.turns.last_mut() {
            turn.usage = usage;
        }
        match self.solution_mut(side) {
            Some(solution) => {
                solution.partial.clear();
                solution.said = Some(text.to_owned());
                solution.answer = answer.map(str::to_owned);
            }
            None => text.clone_into(&mut self.critique),
        }
    }

    fn solution_mut(&mut self, side: Side) -> Option<&mut Solution> {
        match side {
            Side::Attempt => Some(&mut self.attempt),
            Side::Refinement => Some(&mut self.refinement),
            Side::Critique => None,
        }
    }

    /// What the critic said of a step of the attempt (from 0).
    #[must_use]
    pub fn judgement_of(&self, step: usize) -> Option<&Judgement> {
        self.judgements.iter().find(|judgement| judgement.step == Some(step))
    }

    /// What the critic said that belongs to no step, or to a step it had already spoken of.
    #[must_use]
    pub fn asides(&self) -> Vec<Judgement> {
        let first_on_its_step = |at: usize, judgement: &Judgement| {
            judgement.step.is_some() && !self.judgements[..at].iter().any(|earlier| earlier.step == judgement.step)
        };
        let asides = self.judgements.iter().enumerate().filter(|(at, judgement)| !first_on_its_step(*at, judgement));
        asides.map(|(_, judgement)| judgement.clone()).collect()
    }

    /// Whether a side has begun to speak.
    #[must_use]
    pub fn has_begun(&self, side: Side) -> bool {
        self.turns.iter().any(|turn| turn.side == side)
    }
}

impl Solution {
    /// Moves the written line from `partial` to `steps`.
    fn complete(&mut self, step: &str) {
        self.steps.push(step.to_owned());
        let rest = self.partial.trim_start().split_once('\n').map_or("", |(_, rest)| rest);
        self.partial = rest.to_owned();
    }
}

/// Whether a person would want playback to rest here: a whole step, judgement or verdict rather than a token.
#[must_use]
pub fn is_beat(event: &SolveEvent) -> bool {
    !matches!(event, SolveEvent::Text { .. } | SolveEvent::Prefill { .. } | SolveEvent::Turn { .. })
}

/// How many events to show to stand at the next beat.
#[must_use]
pub fn next_beat(events: &[Timed], shown: usize) -> usize {
    let found = events.iter().skip(shown).position(|timed| is_beat(&timed.event));
    found.map_or(events.len(), |offset| shown + offset + 1)
}

/// How many events to show to stand at the beat before.
#[must_use]
pub fn previous_beat(events: &[Timed], shown: usize) -> usize {
    let mut before = events.iter().take(shown.saturating_sub(1));
    before.rposition(|timed| is_beat(&timed.event)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests;
