//! Who plays: one model on both sides or a pair, stopped when the page says so.

use std::ops::ControlFlow;

use duet_engine::reason::{Pair, Part, Player, PlayerError, Players, Side, Speech, Spoken};
use duet_engine::runtime::{AnyEngine, Delta, Halt};
use duet_engine::template::PromptStyle;

use super::line::Answerer;
use super::pause::Breath;

/// The loaded models.
pub(super) enum Cast {
    /// One model on both sides.
    One(Box<AnyEngine>),
    /// An actor and a critic.
    Two(Box<Pair>),
}

impl Cast {
    /// The model that attempts and refines.
    pub(super) fn actor(&mut self) -> &mut AnyEngine {
        match self {
            Self::One(engine) => engine,
            Self::Two(pair) => &mut pair.actor,
        }
    }

    /// Every model.
    pub(super) fn all(&self) -> Vec<&AnyEngine> {
        match self {
            Self::One(engine) => vec![engine],
            Self::Two(pair) => vec![&pair.actor, &pair.critic],
        }
    }
}

/// A cast that lets the event loop run between chunks, and stops when the page says so.
pub(super) struct Stoppable<'a> {
    /// Who plays.
    pub(super) cast: &'a mut Cast,
    /// Knows what the page wants.
    pub(super) answerer: &'a Answerer,
    /// Knows when the event loop last ran.
    pub(super) breath: Breath,
}

impl<'a> Stoppable<'a> {
    /// From now on.
    pub(super) fn new(cast: &'a mut Cast, answerer: &'a Answerer) -> Self {
        Self { cast, answerer, breath: Breath::new() }
    }
}

impl Player for Stoppable<'_> {
    fn model(&self, side: Side) -> String {
        match &*self.cast {
            Cast::One(engine) => engine.model(side),
            Cast::Two(pair) => pair.model(side),
        }
    }

    fn backend(&self) -> String {
        match &*self.cast {
            Cast::One(engine) => engine.backend(),
            Cast::Two(pair) => pair.backend(),
        }
    }

    fn prompts(&self, side: Side) -> PromptStyle {
        match &*self.cast {
            Cast::One(engine) => engine.prompts(side),
            Cast::Two(pair) => pair.prompts(side),
        }
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
        match &mut *self.cast {
            Cast::One(engine) => engine.say(speech, &mut listening).await,
            Cast::Two(pair) => pair.say(speech, &mut listening).await,
        }
    }
}

impl Players for Stoppable<'_> {
    async fn say_all(
        &mut self,
        parts: &[Part],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Vec<Result<Vec<Spoken>, PlayerError>> {
        let (breath, answerer) = (&self.breath, self.answerer);
        let mut listening = async |part: usize, delta: Delta| {
            breath.take().await;
            if answerer.is_cancelled() { ControlFlow::Break(Halt::All) } else { sink(part, delta).await }
        };
        match &mut *self.cast {
            Cast::One(engine) => engine.say_all(parts, &mut listening).await,
            Cast::Two(pair) => pair.say_all(parts, &mut listening).await,
        }
    }
}
