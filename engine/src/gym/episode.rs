//! An episode of any environment, with all that happened in it.

use thiserror::Error;

use super::{Environment, Info, Outcome, Split, TaskError, View};

/// An [`Environment`] whose state's type nobody needs to know.
pub trait Gym: Send + Sync {
    /// See [`Environment::info`].
    fn info(&self) -> &'static Info;

    /// See [`Environment::tasks`].
    fn tasks(&self) -> u64;

    /// See [`Environment::splits`].
    fn splits(&self) -> Vec<Split>;

    /// See [`Environment::kind`].
    fn kind(&self, task: u64) -> Option<String>;

    /// Begins a task.
    ///
    /// # Errors
    /// [`TaskError`] for a task that does not exist or cannot be played.
    fn begin(&self, task: u64) -> Result<Episode, TaskError>;
}

impl<E: Environment> Gym for E {
    fn info(&self) -> &'static Info {
        Environment::info(self)
    }

    fn tasks(&self) -> u64 {
        Environment::tasks(self)
    }

    fn splits(&self) -> Vec<Split> {
        Environment::splits(self)
    }

    fn kind(&self, task: u64) -> Option<String> {
        Environment::kind(self, task)
    }

    fn begin(&self, task: u64) -> Result<Episode, TaskError> {
        let (state, first) = self.reset(task)?;
        Ok(Episode { task, first, turns: Vec::new(), play: Box::new(Play { environment: self.clone(), state }) })
    }
}

/// An action and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// The action.
    pub action: String,
    /// What it came to.
    pub outcome: Outcome,
}

/// A task that is being played.
pub struct Episode {
    task: u64,
    first: String,
    turns: Vec<Turn>,
    play: Box<dyn Playing>,
}

/// A step into an episode that is over.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the episode of `{item}` is over after {turns} steps")]
pub struct Finished {
    /// The task's item id.
    pub item: String,
    /// Steps that were taken.
    pub turns: usize,
}

impl Episode {
    /// What is told about the environment.
    #[must_use]
    pub fn info(&self) -> &'static Info {
        self.play.info()
    }

    /// The task.
    #[must_use]
    pub fn task(&self) -> u64 {
        self.task
    }

    /// The task as AgentGym writes it: `textcraft_12`.
    #[must_use]
    pub fn item(&self) -> String {
        format!("{}_{}", self.info().name, self.task)
    }

    /// What an agent sees before its first action.
    #[must_use]
    pub fn first(&self) -> &str {
        &self.first
    }

    /// What an agent sees now.
    #[must_use]
    pub fn observation(&self) -> &str {
        self.turns.last().map_or(&self.first, |turn| &turn.outcome.observation)
    }

    /// What happened so far.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.turns.last().is_some_and(|turn| turn.outcome.done)
    }

    /// See [`Environment::score`].
    #[must_use]
    pub fn score(&self) -> f64 {
        self.play.score()
    }

    /// Whether the task is solved.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.info().success.is_reached(self.score())
    }

    /// Takes an action.
    ///
    /// # Errors
    /// [`Finished`] when it is over.
    pub fn step(&mut self, action: &str) -> Result<&Outcome, Finished> {
        if self.is_done() {
            return Err(Finished { item: self.item(), turns: self.turns.len() });
        }
        let outcome = self.play.step(action);
        self.turns.push(Turn { action: action.to_owned(), outcome });
        Ok(&self.turns[self.turns.len() - 1].outcome)
    }

    /// See [`Environment::available_actions`].
    #[must_use]
    pub fn available_actions(&self) -> Vec<String> {
        self.play.available_actions()
    }

    /// See [`Environment::plan`].
    #[must_use]
    pub fn plan(&self) -> Option<String> {
        self.play.plan()
    }

    /// See [`Environment::view`].
    #[must_use]
    pub fn view(&self) -> View {
        self.play.view()
    }

    /// The episode as something to be kept or sent.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let actions = self.turns.iter().map(|turn| turn.action.clone()).collect();
        Snapshot {
            environment: self.info().name.to_owned(),
            task: self.task,
            actions,
            observation: self.observation().to_owned(),
        }
    }

    /// The episode of a snapshot, played again. A state is what its actions made of it, so no snapshot, whoever wrote it,
    /// leads to a state that cannot be.
    ///
    /// # Errors
    /// [`RestoreError`] saying where the snapshot and the environment part.
    pub fn restore(gym: &dyn Gym, snapshot: &Snapshot) -> Result<Self, RestoreError> {
        let name = gym.info().name;
        if snapshot.environment != name {
            return Err(RestoreError::Environment { found: snapshot.environment.clone(), expected: name });
        }
        let mut episode = gym.begin(snapshot.task)?;
        for action in &snapshot.actions {
            episode.step(action)?;
        }
        match episode.observation() == snapshot.observation {
            true => Ok(episode),
            false => Err(RestoreError::Observation { step: snapshot.actions.len() }),
        }
    }
}

impl Clone for Episode {
    fn clone(&self) -> Self {
        let Self { task, first, turns, play } = self;
        Self { task: *task, first: first.clone(), turns: turns.clone(), play: play.boxed() }
    }
}

impl std::fmt::Debug for Episode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Episode").field("item", &self.item()).field("turns", &self.turns).finish_non_exhaustive()
    }
}

/// What an episode is determined by, and what an agent saw last, as a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The environment's name.
    pub environment: String,
    /// The task.
    pub task: u64,
    /// The actions so far.
    pub actions: Vec<String>,
    /// The observation that they led to.
    pub observation: String,
}

/// A snapshot that does not belong here.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RestoreError {
    /// It is another environment's.
    #[error("the snapshot is of `{found}`, not of `{expected}`")]
    Environment {
        /// The snapshot's.
        found: String,
        /// The one that was to restore it.
        expected: &'static str,
    },
    /// Its task cannot be begun.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// It goes on behind the end.
    #[error(transparent)]
    Finished(#[from] Finished),
    /// Its actions lead elsewhere.
    #[error(
        "after {step} steps the environment shows something else than the snapshot: it was made by another version"
    )]
    Observation {
        /// Steps after which they were compared.
        step: usize,
    },
}

/// The part of an episode that knows the state's type.
trait Playing: Send {
    fn info(&self) -> &'static Info;
    fn step(&mut self, action: &str) -> Outcome;
    fn available_actions(&self) -> Vec<String>;
    fn score(&self) -> f64;
    fn plan(&self) -> Option<String>;
    fn view(&self) -> View;
    fn boxed(&self) -> Box<dyn Playing>;
}

struct Play<E: Environment> {
    environment: E,
    state: E::State,
}

impl<E: Environment> Playing for Play<E> {
    fn info(&self) -> &'static Info {
        Environment::info(&self.environment)
    }

    fn step(&mut self, action: &str) -> Outcome {
        self.environment.step(&mut self.state, action)
    }

    fn available_actions(&self) -> Vec<String> {
        self.environment.available_actions(&self.state)
    }

    fn score(&self) -> f64 {
        self.environment.score(&self.state)
    }

    fn plan(&self) -> Option<String> {
        self.environment.plan(&self.state)
    }

    fn view(&self) -> View {
        self.environment.view(&self.state)
    }

    fn boxed(&self) -> Box<dyn Playing> {
        Box::new(Self { environment: self.environment.clone(), state: self.state.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gym::find;

    #[test]
    fn a_snapshot_restores_to_the_same_episode() {
        let maze = find("maze").expect("registered");
        let mut episode = maze.begin(3).expect("a task");
        for action in ["move right", "nonsense", "move down"] {
            episode.step(action).expect("not over");
        }
        let restored = Episode::restore(maze, &episode.snapshot()).expect("its own snapshot");
        assert_eq!((restored.turns(), restored.item()), (episode.turns(), "maze_3".to_owned()));
    }

    #[test]
    fn a_snapshot_of_something_else_is_refused() {
        let maze = find("maze").expect("registered");
        let snapshot = maze.begin(3).expect("a task").snapshot();
        let refused = |snapshot: Snapshot| Episode::restore(maze, &snapshot).expect_err("refused").to_string();
        let said = refused(Snapshot { environment: "wordle".to_owned(), ..snapshot.clone() });
        assert_eq!(said, "the snapshot is of `wordle`, not of `maze`");
        let said = refused(Snapshot { task: 99, ..snapshot.clone() });
        assert_eq!(said, "task 99 does not exist: `maze` has tasks 0 to 24");
        let said = refused(Snapshot { observation: "Elsewhere.".to_owned(), ..snapshot.clone() });
        assert!(said.starts_with("after 0 steps"), "{said}");
        let mut solved = maze.begin(3).expect("a task");
        while let Some(action) = solved.plan().filter(|_| !solved.is_done()) {
            solved.step(&action).expect("not over");
        }
        let mut beyond = solved.snapshot();
        beyond.actions.push("move up".to_owned());
        assert!(refused(beyond).contains("is over after"));
    }
}
