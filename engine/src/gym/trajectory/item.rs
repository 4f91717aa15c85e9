//! Names of tasks across environments.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::excerpt;
use crate::gym::Info;

/// What AgentGym's files call environments that have other names here.
const ALIASES: [(&str, &str); 2] = [("lmrlgym_maze", "maze"), ("lmrlgym_wordle", "wordle")];

/// A task of an environment. Written as in AgentGym's files, `webshop_6` and `lmrlgym_maze_3`; `maze_3` is read, too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    environment: String, // ASCII letters, digits, `_` and `-`; at least one
    task: u64,
}

/// A text that names no task.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no item id: expected an environment's name, `_` and the task's number, as in `webshop_6`")]
pub struct NotAnItem(String);

impl ItemId {
    /// A task of this environment.
    #[must_use]
    pub fn of(info: &Info, task: u64) -> Self {
        Self { environment: info.name.to_owned(), task }
    }

    /// The environment's name, as [`Info::name`] has it.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> u64 {
        self.task
    }
}

impl FromStr for ItemId {
    type Err = NotAnItem;

    fn from_str(text: &str) -> Result<Self, NotAnItem> {
        let read = || {
            let (name, task) = text.rsplit_once('_')?;
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            let task = task.bytes().all(|b| b.is_ascii_digit()).then(|| task.parse().ok())??;
            let alias = ALIASES.iter().find(|(theirs, _)| *theirs == name);
            let environment = alias.map_or(name, |(_, ours)| ours).to_owned();
            named.then_some(Self { environment, task })
        };
        read().ok_or_else(|| NotAnItem(excerpt(text)))
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alias = ALIASES.iter().find(|(_, ours)| *ours == self.environment);
        write!(f, "{}_{}", alias.map_or(self.environment.as_str(), |(theirs, _)| theirs), self.task)
    }
}
