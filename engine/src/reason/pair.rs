//! Two engines as two players: an actor and a critic of its own.

use std::ops::ControlFlow;

use super::{Part, Player, PlayerError, Players, Side, Speech, Spoken};
use crate::runtime::{AnyEngine, Delta, Halt};
use crate::template::PromptStyle;

/// An actor and a critic, each a model of its own.
pub struct Pair {
    /// Attempts and refines.
    pub actor: AnyEngine,
    /// Judges.
    pub critic: AnyEngine,
}

impl Pair {
    /// Who speaks for a side.
    #[must_use]
    pub fn of(&self, side: Side) -> &AnyEngine {
        if side == Side::Critique { &self.critic } else { &self.actor }
    }

    fn of_mut(&mut self, side: Side) -> &mut AnyEngine {
        if side == Side::Critique { &mut self.critic } else { &mut self.actor }
    }
}

impl Player for Pair {
    fn model(&self, side: Side) -> String {
        self.of(side).model(side)
    }

    fn backend(&self) -> String {
        let [actor, critic] = [&self.actor, &self.critic].map(Player::backend);
        if actor == critic { actor } else { format!("{actor} and {critic}") }
    }

    fn prompts(&self, side: Side) -> PromptStyle {
        self.of(side).prompts(side)
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        self.of_mut(speech.side).say(speech, sink).await
    }
}

/// First all that the actor says, then all that the critic says: they share the machine, so neither waits for nothing.
impl Players for Pair {
    async fn say_all(
        &mut self,
        parts: &[Part],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Vec<Result<Vec<Spoken>, PlayerError>> {
        let mut answers: Vec<_> = parts.iter().map(|part| Ok(vec![Spoken::nothing(); part.samples])).collect();
        for critics in [false, true] {
            let whose = |part: &Part| (part.speech.side == Side::Critique) == critics;
            let places: Vec<usize> = (0..parts.len()).filter(|index| whose(&parts[*index])).collect();
            if places.is_empty() {
                continue;
            }
            let theirs: Vec<Part> = places.iter().map(|place| parts[*place].clone()).collect();
            let mut over = false;
            let mut hear = async |part: usize, delta: Delta| {
                let flow = sink(places[part], delta).await;
                over |= flow == ControlFlow::Break(Halt::All);
                flow
            };
            let engine = if critics { &mut self.critic } else { &mut self.actor };
            for (place, answer) in places.iter().zip(engine.say_all(&theirs, &mut hear).await) {
                answers[*place] = answer;
            }
            if over {
                break;
            }
        }
        answers
    }
}
