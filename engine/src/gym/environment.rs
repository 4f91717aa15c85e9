//! What an environment is.

use std::ops::Range;

use thiserror::Error;

use super::View;

/// An environment: its tasks, and a pure step from state to state.
///
/// Everything that an episode depends on is in its state, so a state that is cloned and given the same actions comes to
/// the same end, natively and in the page.
pub trait Environment: Clone + Send + Sync + 'static {
    /// All that an episode is at one time.
    type State: Clone + Send + 'static;

    /// What people and agents are told about it.
    fn info(&self) -> &'static Info;

    /// How many tasks there are; they are numbered from 0.
    fn tasks(&self) -> u64;

    /// Parts of the tasks by purpose, which do not overlap.
    fn splits(&self) -> Vec<Split>;

    /// The type of a task, for environments that have several.
    fn kind(&self, _task: u64) -> Option<String> {
        None
    }

    /// The beginning of a task, and what an agent sees first.
    ///
    /// # Errors
    /// [`TaskError`] for a task that does not exist or cannot be played.
    fn reset(&self, task: u64) -> Result<(Self::State, String), TaskError>;

    /// Does what the action says, as the original server would: an action that it does not know is an observation, not
    /// an error, and a state that is done goes on however the original does. No text may panic.
    fn step(&self, state: &mut Self::State, action: &str) -> Outcome;

    /// Actions that can be taken, in an order of the environment's own. Where arguments are free, examples of each form.
    fn available_actions(&self, state: &Self::State) -> Vec<String>;

    /// The score so far: what the original's client would report if the episode ended here.
    fn score(&self, state: &Self::State) -> f64;

    /// The next action of a planner that sees the whole state; none where it knows no way on.
    fn plan(&self, state: &Self::State) -> Option<String>;

    /// What there is to draw.
    fn view(&self, state: &Self::State) -> View;
}

/// What people and agents are told about an environment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Info {
    /// Its name in addresses and item ids: `textcraft` in `textcraft_12`.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// What it is about, in a sentence.
    pub summary: &'static str,
    /// Rules and form of actions, as an agent is told them before the first observation. Our own words.
    pub instruction: &'static str,
    /// Rounds of an evaluation (`specs/agentgym.md` §0.2).
    pub max_rounds: u32,
    /// When an episode counts as a success (`specs/agentgym.md` §9.3).
    pub success: Success,
    /// Where it differs from the original, a sentence each; empty where it does not.
    pub deviations: &'static [&'static str],
}

/// When an episode counts as a success, by its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// The score is 1: the task was solved.
    Full,
    /// The score is above 0: the task was solved, and faster solutions score more.
    Positive,
}

impl Success {
    /// Whether this score is one.
    #[must_use]
    pub fn is_reached(self, score: f64) -> bool {
        match self {
            Self::Full => score >= 1.0,
            Self::Positive => score > 0.0,
        }
    }
}

/// Tasks for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// `train` or `test`.
    pub name: &'static str,
    /// Which tasks.
    pub tasks: Range<u64>,
    /// Whether the choice is ours: the original's item ids are not public for every environment (`specs/agentgym.md` §8).
    pub own: bool,
}

/// What an action came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What the agent sees.
    pub observation: String,
    /// This step's reward, as the original's server gives it.
    pub reward: f64,
    /// Whether the episode is over.
    pub done: bool,
}

/// A task that cannot be begun.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TaskError {
    /// There are not so many.
    #[error("task {task} does not exist: `{environment}` has tasks 0 to {}", count.saturating_sub(1))]
    Unknown {
        /// The environment.
        environment: &'static str,
        /// What was asked for.
        task: u64,
        /// How many there are.
        count: u64,
    },
    /// It exists, and nothing is to be done in it.
    #[error("task {task} of `{environment}` cannot be played: {reason}")]
    Unplayable {
        /// The environment.
        environment: &'static str,
        /// What was asked for.
        task: u64,
        /// Why.
        reason: String,
    },
}
