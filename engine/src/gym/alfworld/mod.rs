//! ALFWorld in text (alfworld 0.3.3 on TextWorld; `specs/agentgym.md` §1.6): household tasks in rooms full of furniture.
//!
//! The commands, what they do and what is told are those of the original, compared with recordings of its engine. Kept as
//! it has them:
//! - things can be examined only in the hand, and vessels are "normal" whatever was done to them;
//! - `look` before the first way sees nothing, and receptacles that share a spot are all faced at once; what went from
//!   one of these to the other is told as standing next to them;
//! - the way to where the agent stands is no command, even to another receptacle at the same spot;
//! - a knife reaches into closed receptacles, appliances work closed, and a lamp is turned on again and again;
//! - a goal that was reached can be lost again; only who runs the episode ends it.
//!
//! The original's games are not public in a form that could be shipped, so the tasks are our own: 2,620 in its form, of
//! its kinds and counts, spread over the rooms that it uses. Rooms, furniture and what is in which room are real; where
//! things lie is drawn from room and trial: **placement regenerated, not the original games**. Who has the original's
//! data plays it: [`Tasks::from_mappings`] and [`read_game`] read its files, [`Alfworld::of_games`] makes them tasks.

mod game;
mod goal;
mod pddl;
mod placement;
mod plan;
mod scene;
mod state;
mod tasks;
mod text;
mod view;
mod world;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use game::{GameError, read_game};
pub use goal::{Aim, Goal, TaskKind};
pub use state::{AlfworldState, Thing};
pub use tasks::{MappingError, Task, Tasks};
pub use view::{AlfworldView, ReceptacleView, ThingView};
pub use world::{Item, Properties, Property, Receptacle, World};

use super::{Environment, Info, Outcome, Split, Success, TaskError, View};

static INFO: Info = Info {
    name: "alfworld",
    title: "ALFWorld",
    summary: "Do a household task in a room: find things, clean, heat or cool them, and put them where they belong.",
    instruction: "You act in a room by text. You can hold one thing at a time. Furniture with doors shows what is in it \
        once it is opened. Names have numbers, as in cabinet 2. Actions, one a turn, written exactly like this: go to X; \
        open X; close X; take THING from X; put THING in/on X; clean THING with X (at a sinkbasin); heat THING with X (at \
        a microwave); cool THING with X (at a fridge); use LAMP; slice THING with KNIFE; examine X; inventory; look. An \
        action that cannot be done is answered by: Nothing happens.",
    max_rounds: 30,
    success: Success::Full,
    deviations: &[
        "Placement regenerated, not the original games: rooms and furniture are the original's, and where things lie is \
            drawn from room and trial.",
        "The tasks are our own choice, in the original's form and with its counts of kinds; their trial ids are ours.",
    ],
};

/// With the original's games there is nothing of ours in it.
static INFO_OF_GAMES: Info = Info { deviations: &[], ..INFO };

/// With the original's list of tasks, whose games were not given.
static INFO_OF_TASKS: Info = Info {
    deviations: &["Placement regenerated, not the original games: rooms and furniture are the original's, and where \
        things lie is drawn from room and trial."],
    ..INFO
};

/// Finds the bytes of `game.tw-pddl` by `<directory>/<trial>`.
pub type Games = Arc<dyn Fn(&str) -> Option<Vec<u8>> + Send + Sync>;

/// The environment.
#[derive(Clone)]
pub struct Alfworld {
    tasks: Arc<Tasks>,
    games: Option<Games>,
    info: &'static Info,
}

impl Default for Alfworld {
    fn default() -> Self {
        Self { tasks: Tasks::own(), games: None, info: &INFO }
    }
}

impl std::fmt::Debug for Alfworld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let games = self.games.is_some();
        f.debug_struct("Alfworld").field("tasks", &self.tasks.len()).field("games", &games).finish()
    }
}

impl Alfworld {
    /// Tasks of a list, in rooms that we furnish.
    #[must_use]
    pub fn of_tasks(tasks: Tasks) -> Self {
        Self { tasks: Arc::new(tasks), games: None, info: &INFO_OF_TASKS }
    }

    /// Tasks of a list, with the original's games.
    #[must_use]
    pub fn of_games(tasks: Tasks, games: Games) -> Self {
        Self { tasks: Arc::new(tasks), games: Some(games), info: &INFO_OF_GAMES }
    }

    /// The list of tasks.
    #[must_use]
    pub fn list(&self) -> &Tasks {
        &self.tasks
    }

    fn begin(&self, task: &Task) -> Result<AlfworldState, String> {
        let Some(games) = &self.games else { return placement::begin(task) };
        let task_type = task.task_type();
        let bytes = games(&task_type).ok_or_else(|| format!("there is no game of {task_type}"))?;
        read_game(&bytes, &task_type).map_err(|error| error.to_string())
    }
}

impl Environment for Alfworld {
    type State = AlfworldState;

    fn info(&self) -> &'static Info {
        self.info
    }

    fn tasks(&self) -> u64 {
        self.tasks.len()
    }

    fn splits(&self) -> Vec<Split> {
        let (middle, end) = (self.tasks.test_from(), self.tasks.len());
        let parts = [("train", 0..middle), ("test", middle..end)].into_iter().filter(|(_, tasks)| !tasks.is_empty());
        parts.map(|(name, tasks)| Split { name, tasks, own: false }).collect()
    }

    fn reset(&self, task: u64) -> Result<(AlfworldState, String), TaskError> {
        let (environment, count) = (INFO.name, self.tasks.len());
        let found = self.tasks.get(task).ok_or(TaskError::Unknown { environment, task, count })?;
        let state = self.begin(found).map_err(|reason| TaskError::Unplayable { environment, task, reason })?;
        let first = state.introduction();
        Ok((state, first))
    }

    fn step(&self, state: &mut AlfworldState, action: &str) -> Outcome {
        let observation = state.act(action);
        let done = state.won();
        Outcome { observation, reward: f64::from(u8::from(done)), done }
    }

    /// All commands that can be done, sorted, as TextWorld lists them.
    fn available_actions(&self, state: &AlfworldState) -> Vec<String> {
        let mut names: Vec<String> = state.commands().into_iter().map(|command| state.name(command)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn score(&self, state: &AlfworldState) -> f64 {
        f64::from(u8::from(state.won()))
    }

    fn plan(&self, state: &AlfworldState) -> Option<String> {
        state.plan().map(|command| state.name(command))
    }

    fn view(&self, state: &AlfworldState) -> View {
        View::Alfworld(AlfworldView::of(state))
    }
}
