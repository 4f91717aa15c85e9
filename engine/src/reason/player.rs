//! Who speaks: the seam between two-player reasoning and whatever generates the text.

use std::ops::ControlFlow;

use thiserror::Error;

use super::{Side, Usage};
use crate::runtime::{Delta, Halt, Sampling};
use crate::template::{Message, PromptStyle};

/// What a player is asked to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Speech {
    /// Which side speaks: a player may use one model for the actor's sides and another for the critic's.
    pub side: Side,
    /// The chat so far.
    pub messages: Vec<Message>,
    /// What the answer begins with: already "said", not generated. May be empty.
    pub prefill: String,
    /// How tokens are drawn.
    pub sampling: Sampling,
    /// Tokens at most.
    pub max_tokens: usize,
    /// Where to stop.
    pub stop: Vec<String>,
}

/// What a player said.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// The generated text, without the prefill.
    pub text: String,
    /// Tokens it took.
    pub usage: Usage,
    /// The receiver stopped it.
    pub cancelled: bool,
    /// What a critic's logits say of its verdicts; nothing for solutions and for players that cannot tell.
    pub odds: Odds,
}

/// P(" Wrong") / (P(" Wrong") + P(" Correct")) where a critic writes a verdict, from the logits at temperature 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Odds {
    /// For the verdict on the final answer.
    pub answer: Option<f32>,
    /// For the verdicts on steps, in the order in which they were written.
    pub steps: Vec<f32>,
}

/// A speech that is wanted several times.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// What is asked.
    pub speech: Speech,
    /// How many times; sample i draws from stream i of the speech's sampling.
    pub samples: usize,
}

/// Why a player could not speak.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct PlayerError {
    /// What happened, in a sentence.
    pub message: String,
    /// The request was at fault, rather than the model.
    pub callers_fault: bool,
}

/// Anything that can continue a chat: an engine in this process, a queue before one, a remote model.
// One task drives a run (style rule 13), so the futures need not be Send.
#[allow(async_fn_in_trait)]
pub trait Player {
    /// Name of the model that speaks for a side.
    fn model(&self, side: Side) -> String;

    /// Where it runs.
    fn backend(&self) -> String;

    /// How the model of a side wants to be asked.
    fn prompts(&self, _side: Side) -> PromptStyle {
        PromptStyle::Instructed
    }

    /// Continues the chat. `sink` gets the text as it comes and may stop it.
    ///
    /// # Errors
    /// [`PlayerError`] when the prompt does not fit or the model fails.
    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError>;
}

/// A player that can say many things at once.
#[allow(async_fn_in_trait)]
pub trait Players: Player {
    /// Continues the chats of all parts, each as often as it wants. Every text is the one that [`Player::say`] gives for
    /// it alone. `sink` gets (part, delta) and may stop one sample or all of them, as [`Halt`] says. A prompt that the
    /// samples of a part share is counted in the usage of its first one.
    ///
    /// One answer for each part: its samples, or why there are none. Here the parts are said one after another.
    async fn say_all(
        &mut self,
        parts: &[Part],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Vec<Result<Vec<Spoken>, PlayerError>> {
        let mut answers = Vec::with_capacity(parts.len());
        let mut over = false;
        for (part, Part { speech, samples }) in parts.iter().enumerate() {
            let mut said = Vec::with_capacity(*samples);
            let mut failed = None;
            for sample in 0..*samples {
                if over || failed.is_some() {
                    said.push(Spoken::nothing());
                    continue;
                }
                let speech = Speech { sampling: speech.sampling.skip(sample), ..speech.clone() };
                let mut hear = async |delta| sink(part, renumbered(delta, sample)).await;
                match say_one(self, &speech, &mut hear).await {
                    Ok((spoken, halt)) => {
                        over = halt == Some(Halt::All);
                        said.push(spoken.of_sample(sample));
                    }
                    Err(error) => failed = Some(error),
                }
            }
            answers.push(failed.map_or(Ok(said), Err));
        }
        answers
    }
}

/// Continues one chat, and tells whether the sink stopped it.
async fn say_one<P: Player + ?Sized>(
    player: &mut P,
    speech: &Speech,
    sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<Halt>,
) -> Result<(Spoken, Option<Halt>), PlayerError> {
    let mut halt = None;
    let mut hear = async |delta: Delta| {
        let is_text = matches!(delta, Delta::Text { .. });
        match sink(delta).await {
            ControlFlow::Break(Halt::Sample) if !is_text => ControlFlow::Continue(()),
            ControlFlow::Break(how) => {
                halt = Some(how);
                ControlFlow::Break(())
            }
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
        }
    };
    let spoken = player.say(speech, &mut hear).await?;
    Ok((spoken, halt))
}

impl Spoken {
    /// What is said by a sample that never began.
    pub(super) fn nothing() -> Self {
        let (text, usage, odds) = (String::new(), Usage::default(), Odds::default());
        Self { text, usage, cancelled: true, odds }
    }

    /// The same, as this sample of its part: the shared prompt is the first one's.
    pub(super) fn of_sample(mut self, sample: usize) -> Self {
        if sample > 0 {
            self.usage.prompt_tokens = 0;
        }
        self
    }
}

/// The delta as one of another sample.
pub(super) fn renumbered(delta: Delta, first: usize) -> Delta {
    match delta {
        Delta::Prefill { .. } => delta,
        Delta::Text { sample, text, tokens } => Delta::Text { sample: first + sample, text, tokens },
        Delta::Finished { sample, reason } => Delta::Finished { sample: first + sample, reason },
    }
}
