//! Playing a trajectory again: does the environment still show what the agent saw?

use thiserror::Error;

use super::{Invalid, Message, PROMPT, Trajectory, excerpt, last_action};
use crate::gym::{Episode, Finished, Gym, TaskError};

/// Characters before the first difference that an error shows.
const CONTEXT: usize = 20;

/// A trajectory that this environment does not lead through.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ReplayError {
    /// It has not the shape of one.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// It is another environment's.
    #[error("`{item}` is no task of `{environment}`")]
    Environment {
        /// The trajectory's.
        item: String,
        /// The one that was to replay it.
        environment: &'static str,
    },
    /// Its task cannot be begun.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// It goes on behind the end.
    #[error(transparent)]
    Finished(#[from] Finished),
    /// Something else is seen.
    #[error("`{item}`, step {step}: the trajectory has `{found}`, the environment shows `{expected}`")]
    Observation {
        /// The item.
        item: String,
        /// Steps after which they differ; 0 for the first observation.
        step: usize,
        /// The trajectory's, from shortly before the difference.
        found: String,
        /// The environment's, likewise.
        expected: String,
    },
    /// The same was seen, and it was worth something else.
    #[error("`{item}`, after {step} steps: the trajectory's reward is {found}, the environment's score is {expected}")]
    Reward {
        /// The item.
        item: String,
        /// All steps.
        step: usize,
        /// The trajectory's.
        found: f64,
        /// The environment's.
        expected: f64,
    },
}

/// Plays a trajectory again; its actions are those of [`last_action`].
///
/// # Errors
/// [`ReplayError`] naming the step at which trajectory and environment part.
pub fn replay(gym: &dyn Gym, trajectory: &Trajectory) -> Result<Episode, ReplayError> {
    replay_with(gym, trajectory, |text| last_action(text).to_owned())
}

/// Plays a trajectory again with the actions that `action` finds in its texts.
///
/// Observations have to be the same to the letter. Only before the first one there may be lines that explain the
/// environment, which the original's clients put there.
///
/// # Errors
/// [`ReplayError`] naming the step at which trajectory and environment part.
pub fn replay_with(
    gym: &dyn Gym,
    trajectory: &Trajectory,
    action: impl Fn(&str) -> String,
) -> Result<Episode, ReplayError> {
    trajectory.validate()?;
    let item = trajectory.item_id.to_string();
    if trajectory.item_id.environment() != gym.info().name {
        return Err(ReplayError::Environment { item, environment: gym.info().name });
    }
    let mut episode = gym.begin(trajectory.item_id.task())?;
    let first = &trajectory.conversation[PROMPT - 1].value;
    let explained = first.strip_suffix(episode.first()).is_some_and(|before| before.ends_with('\n'));
    if !explained {
        compare(&episode, &item, first)?;
    }
    for turn in trajectory.conversation[PROMPT..].chunks(2) {
        episode.step(&action(&turn[0].value))?;
        // A conversation may end with what the agent said last.
        if let [_, Message { value, .. }] = turn {
            compare(&episode, &item, value)?;
        }
    }
    match trajectory.reward {
        // Numbers in files have been through decimals.
        Some(found) if (found - episode.score()).abs() > 1e-9 => {
            Err(ReplayError::Reward { item, step: episode.turns().len(), found, expected: episode.score() })
        }
        _ => Ok(episode),
    }
}

fn compare(episode: &Episode, item: &str, found: &str) -> Result<(), ReplayError> {
    let shown = episode.observation();
    if found == shown {
        return Ok(());
    }
    let same = found.chars().zip(shown.chars()).take_while(|(one, other)| one == other).count();
    let from_there = |text: &str| excerpt(&text.chars().skip(same.saturating_sub(CONTEXT)).collect::<String>());
    Err(ReplayError::Observation {
        item: item.to_owned(),
        step: episode.turns().len(),
        found: from_there(found),
        expected: from_there(shown),
    })
}
