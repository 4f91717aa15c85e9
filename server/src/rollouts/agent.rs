//! Who acts: a planner that sees the whole state, chance, or (`model.rs`) a language model.

use std::ops::ControlFlow;

use anyhow::Context;
use duet_engine::gym::rollout::{Ask, Key};
use duet_engine::gym::trajectory::{Message, PROMPT};
use duet_engine::gym::{Episode, find};
use duet_engine::reason::story::Rng;
use serde_json::{Value, json};

use super::Format;

/// A text, and what it cost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Tokens that were read for it.
    pub read: u64,
    /// Tokens of it.
    pub written: u64,
}

/// What became of an ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A text.
    Text(Said),
    /// The agent knows no way on, and says why.
    GivesUp(String),
    /// It was stopped before its end.
    Stopped,
}

/// Anything that goes on with conversations, many at a time.
pub trait Agent {
    /// All that its texts depend on, but for what it is asked.
    fn described(&self) -> Value;

    /// How many tokens a conversation has, before the next text.
    fn tokens(&self, conversation: &[Message]) -> usize;

    /// Whether its texts cost so much that each is kept at once.
    fn is_costly(&self) -> bool {
        false
    }

    /// The next text of each conversation. A text depends on its ask alone, not on the others beside it. `told` hears of
    /// tokens as they are written, and stops the rest by breaking.
    ///
    /// # Errors
    /// When no text can be written at all.
    fn say_all(&mut self, asks: &[Ask], told: &mut dyn FnMut(u64) -> ControlFlow<()>) -> anyhow::Result<Vec<Answer>>;
}

/// The environments' own planners.
#[derive(Debug, Clone, Copy)]
pub struct Planner {
    /// The form of its texts.
    pub format: Format,
}

/// Any of the available actions.
#[derive(Debug, Clone, Copy)]
pub struct Random {
    /// The form of its texts.
    pub format: Format,
    /// Same seed, same actions.
    pub seed: u64,
}

impl Agent for Planner {
    fn described(&self) -> Value {
        json!({ "name": "planner" })
    }

    fn tokens(&self, _: &[Message]) -> usize {
        0
    }

    fn say_all(&mut self, asks: &[Ask], told: &mut dyn FnMut(u64) -> ControlFlow<()>) -> anyhow::Result<Vec<Answer>> {
        each(asks, told, |ask| {
            let episode = played(ask, self.format)?;
            let Some(action) = episode.plan() else { return gives_up("the planner knows no way on") };
            match self.format.say(episode.info().name, "This is the next step of the plan.", &action) {
                Some(text) => Ok(Answer::Text(Said { text, ..Said::default() })),
                None => gives_up("the form has no words for the plan's next action"),
            }
        })
    }
}

impl Agent for Random {
    fn described(&self) -> Value {
        json!({ "name": "random", "seed": self.seed })
    }

    fn tokens(&self, _: &[Message]) -> usize {
        0
    }

    fn say_all(&mut self, asks: &[Ask], told: &mut dyn FnMut(u64) -> ControlFlow<()>) -> anyhow::Result<Vec<Answer>> {
        each(asks, told, |ask| {
            let episode = played(ask, self.format)?;
            let say = |action: String| self.format.say(episode.info().name, "Anything may help.", &action);
            let mut texts: Vec<String> = episode.available_actions().into_iter().filter_map(say).collect();
            if texts.is_empty() {
                return gives_up("there is no action");
            }
            let chosen = Rng::new(seed_of(self.seed, &ask.key, ask.round)).below(texts.len());
            Ok(Answer::Text(Said { text: texts.swap_remove(chosen), ..Said::default() }))
        })
    }
}

fn gives_up(reason: &str) -> anyhow::Result<Answer> {
    Ok(Answer::GivesUp(reason.to_owned()))
}

fn each(
    asks: &[Ask],
    told: &mut dyn FnMut(u64) -> ControlFlow<()>,
    answer: impl Fn(&Ask) -> anyhow::Result<Answer>,
) -> anyhow::Result<Vec<Answer>> {
    let one = |ask| if told(0).is_break() { Ok(Answer::Stopped) } else { answer(ask) };
    asks.iter().map(one).collect()
}

/// The episode of a conversation, played again.
fn played(ask: &Ask, format: Format) -> anyhow::Result<Episode> {
    let item = &ask.key.item;
    let gym = find(item.environment()).with_context(|| format!("`{item}` is of no environment that is here"))?;
    let mut episode = gym.begin(item.task())?;
    for text in ask.conversation.iter().skip(PROMPT).step_by(2) {
        episode.step(&format.action(item.environment(), &text.value))?;
    }
    Ok(episode)
}

/// A text's own noise (FNV-1a): another for each attempt and round, the same in every batch.
pub(super) fn seed_of(seed: u64, key: &Key, round: u32) -> u64 {
    let asked = format!("{seed} {} {} {round}", key.item, key.sample);
    asked.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
