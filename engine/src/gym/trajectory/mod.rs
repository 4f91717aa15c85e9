//! Trajectories: what an agent was told, said and saw in an episode, in AgentGym's shape (`specs/agentgym.md` §2.1, §3.1).
//!
//! A conversation opens with the environment's instruction, an acknowledgement and the first observation; from there on
//! the agent's texts and observations alternate. The files' JSON is in `json.rs` and nowhere else.
//!
//! ```
//! use duet_engine::gym::{self, trajectory::{Opening, Trajectory, json, replay}};
//! let maze = gym::find("maze").expect("registered");
//! let mut episode = maze.begin(18).expect("a task of the maze");
//! episode.step("move down").expect("not done yet");
//! let opening = Opening::of(episode.info());
//! let text = "Thought:\nThe goal is below.\n\nAction:\nmove down";
//! let trajectory = Trajectory::of(&episode, opening, &[text]).expect("a text for each step");
//! assert_eq!(trajectory.item_id.to_string(), "lmrlgym_maze_18");
//! let again = json::parse(&json::lines(&[trajectory])).expect("what was written");
//! assert_eq!(replay(maze, &again[0]).expect("exact").score(), 1.0);
//! ```

mod action;
mod check;
mod item;
pub mod json;
mod replay;
#[cfg(test)]
mod tests;
mod unique;

pub use action::last_action;
pub use check::Invalid;
pub use item::{ItemId, NotAnItem};
pub use replay::{ReplayError, replay, replay_with};
pub use unique::{first_of_each_item, without_repeats};

use thiserror::Error;

use super::{Episode, Info};

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaker {
    /// The environment, and who explains it.
    Human,
    /// The agent.
    Gpt,
}

impl Speaker {
    /// As the files write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Gpt => "gpt",
        }
    }
}

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    /// Who says it.
    pub from: Speaker,
    /// Whether it is learnt; none for what is said to the agent.
    pub loss: Option<bool>,
    /// What is said.
    pub value: String,
}

impl Message {
    /// Something that is said to the agent.
    #[must_use]
    pub fn told(value: impl Into<String>) -> Self {
        Self { from: Speaker::Human, loss: None, value: value.into() }
    }

    /// Something that the agent says in its task.
    #[must_use]
    pub fn said(value: impl Into<String>) -> Self {
        Self { from: Speaker::Gpt, loss: Some(true), value: value.into() }
    }
}

/// What is said before the first observation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// What the agent is told.
    pub instruction: String,
    /// What it answers; not learnt.
    pub acknowledgement: String,
}

/// Messages before the agent's first text: an [`Opening`] and the first observation.
pub const PROMPT: usize = 3;

impl Opening {
    /// The environment's instruction, acknowledged.
    #[must_use]
    pub fn of(info: &Info) -> Self {
        let acknowledgement = "Understood. I will keep to these rules and do my best.".to_owned();
        Self { instruction: info.instruction.to_owned(), acknowledgement }
    }

    /// The beginning of a conversation: [`PROMPT`] messages.
    #[must_use]
    pub fn before(self, first: &str) -> Vec<Message> {
        let acknowledgement = Message { from: Speaker::Gpt, loss: Some(false), value: self.acknowledgement };
        vec![Message::told(self.instruction), acknowledgement, Message::told(first)]
    }
}

/// What was told, said and seen in an episode, and what it was worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The task.
    pub item_id: ItemId,
    /// Empty where a file only lists tasks; otherwise at least [`PROMPT`] messages.
    pub conversation: Vec<Message>,
    /// The score at the end; the original's files of expert trajectories do not have it.
    pub reward: Option<f64>,
    /// Whether the task was solved.
    pub success: Option<bool>,
}

/// Texts that do not belong to an episode.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{item}` has {steps} steps, but there are {texts} texts: each step wants one")]
pub struct TextsError {
    /// The episode's item.
    pub item: String,
    /// Steps that were taken.
    pub steps: usize,
    /// Texts that were given.
    pub texts: usize,
}

impl Trajectory {
    /// The trajectory of an episode whose steps were taken by these texts.
    ///
    /// # Errors
    /// [`TextsError`] when there are more or fewer texts than steps.
    pub fn of(episode: &Episode, opening: Opening, texts: &[impl AsRef<str>]) -> Result<Self, TextsError> {
        let turns = episode.turns();
        if texts.len() != turns.len() {
            return Err(TextsError { item: episode.item(), steps: turns.len(), texts: texts.len() });
        }
        let mut conversation = opening.before(episode.first());
        for (text, turn) in texts.iter().zip(turns) {
            conversation.extend([Message::said(text.as_ref()), Message::told(&turn.outcome.observation)]);
        }
        Ok(Self::ending(episode, conversation))
    }

    /// A conversation that led to where the episode is now.
    pub(super) fn ending(episode: &Episode, conversation: Vec<Message>) -> Self {
        Self {
            item_id: ItemId::of(episode.info(), episode.task()),
            conversation,
            reward: Some(episode.score()),
            success: Some(episode.is_success()),
        }
    }

    /// How often the agent spoke in its task.
    #[must_use]
    pub fn rounds(&self) -> usize {
        self.conversation.iter().skip(PROMPT).filter(|message| message.from == Speaker::Gpt).count()
    }
}

/// The beginning of a text, for error messages.
fn excerpt(text: &str) -> String {
    const LENGTH: usize = 60;
    // Errors are one line.
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
