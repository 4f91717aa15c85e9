//! The list of tasks: our own, in the original's form, or a user's copy of the original's.

use std::sync::{Arc, LazyLock};

use serde_json::Value;
use thiserror::Error;

use super::goal::TaskKind;
use super::placement;
use super::scene::{FACTS, UNSEEN};
use crate::gym::PythonRandom;

/// Tasks of each kind in the training and the test part, as the original has them (`specs/agentgym.md` §1.6).
const COUNTS: [(TaskKind, usize, usize); 6] = [
    (TaskKind::Place, 672, 46),
    (TaskKind::Clean, 448, 37),
    (TaskKind::Cool, 394, 28),
    (TaskKind::Two, 389, 45),
    (TaskKind::Light, 196, 19),
    (TaskKind::Heat, 321, 25),
];

/// Seed of the choice. Another one makes other tasks.
const SEED: u64 = 2_620;

/// Tasks of a mapping file that are read; the original has 2,420.
const MOST_TASKS: usize = 100_000;

/// A task by its classes, as the original's directories name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// What is to be done.
    pub kind: TaskKind,
    /// The class of thing: `Mug`.
    pub thing: String,
    /// The class of receptacle that it goes to, or of lamp: `CoffeeMachine`, `DeskLamp`.
    pub target: String,
    /// The room's number.
    pub scene: u32,
    /// Which of the games of this kind.
    pub trial: String,
}

impl Task {
    /// `pick_cool_then_place_in_recep-Mug-None-CoffeeMachine-23/trial_…`
    #[must_use]
    pub fn task_type(&self) -> String {
        let Self { kind, thing, target, scene, trial } = self;
        format!("{}-{thing}-None-{target}-{scene}/{trial}", kind.name())
    }

    /// The task of a directory and a trial; none where the directory is of another form, or is about things in vessels.
    #[must_use]
    pub fn of_directory(directory: &str, trial: &str) -> Option<Self> {
        let mut parts = directory.split('-');
        let mut next = || parts.next();
        let (kind, thing, vessel, target, scene) = (next()?, next()?, next()?, next()?, next()?);
        if vessel != "None" || parts.next().is_some() {
            return None;
        }
        let (thing, target, trial) = (thing.to_owned(), target.to_owned(), trial.to_owned());
        Some(Self { kind: TaskKind::of_name(kind)?, thing, target, scene: scene.parse().ok()?, trial })
    }
}

/// All tasks, those of the test part behind those for training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tasks {
    list: Vec<Task>,
    test_from: usize,
}

/// A mapping file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MappingError {
    /// It is not what the original's are.
    #[error(
        "a mapping file is a JSON array of at most {MOST_TASKS} objects with item_id, task_type and task_id: {found}"
    )]
    Form {
        /// What is wrong.
        found: String,
    },
    /// An entry's number is not the one that comes next.
    #[error("task {expected} is to come next, and the mapping has {found}")]
    Order {
        /// The number that was to come.
        expected: u64,
        /// The number that came.
        found: u64,
    },
    /// An entry's directory is no task's.
    #[error("task {item}: `{directory}` is no directory of ALFWorld's tasks")]
    Directory {
        /// The entry's number.
        item: u64,
        /// What it says.
        directory: String,
    },
}

impl Tasks {
    /// Our own tasks. All can be solved.
    #[must_use]
    pub fn own() -> Arc<Self> {
        static OWN: LazyLock<Arc<Tasks>> = LazyLock::new(|| Arc::new(generate()));
        OWN.clone()
    }

    /// The original's tasks, from the bytes of its files `mappings_train.json` and `mappings_test.json`.
    ///
    /// # Errors
    /// [`MappingError`] for files of another form.
    pub fn from_mappings(train: &[u8], test: &[u8]) -> Result<Self, MappingError> {
        let mut list = Vec::new();
        read(train, &mut list)?;
        let test_from = list.len();
        read(test, &mut list)?;
        Ok(Self { list, test_from })
    }

    /// The task of this number.
    #[must_use]
    pub fn get(&self, task: u64) -> Option<&Task> {
        self.list.get(usize::try_from(task).ok()?)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.list.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The number of the first task of the test part.
    #[must_use]
    pub fn test_from(&self) -> u64 {
        self.test_from as u64
    }
}

fn read(mapping: &[u8], list: &mut Vec<Task>) -> Result<(), MappingError> {
    let form = |found: String| MappingError::Form { found };
    let parsed: Value = serde_json::from_slice(mapping).map_err(|error| form(error.to_string()))?;
    let entries = parsed.as_array().ok_or_else(|| form("no array".to_owned()))?;
    if entries.len() > MOST_TASKS {
        return Err(form(format!("{} entries", entries.len())));
    }
    for entry in entries {
        let (item, expected) = (entry["item_id"].as_u64(), list.len() as u64);
        let (Some(item), Some(directory), Some(trial)) = (item, entry["task_type"].as_str(), entry["task_id"].as_str())
        else {
            return Err(form(format!("entry {expected} lacks one of them")));
        };
        if item != expected {
            return Err(MappingError::Order { expected, found: item });
        }
        let task = Task::of_directory(directory, trial);
        list.push(task.ok_or_else(|| MappingError::Directory { item, directory: directory.to_owned() })?);
    }
    Ok(())
}

/// Tasks of the counts above, spread evenly over the rooms in which they can be done.
fn generate() -> Tasks {
    let mut random = PythonRandom::new(SEED);
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for (kind, trained, tested) in COUNTS {
        let turns = spread(kind, &mut random);
        // Where there are fewer tasks than asked for, some are given more than one trial, as the original's are.
        let mut turns = turns.iter().cycle().cloned();
        train.extend(turns.by_ref().take(trained));
        test.extend(turns.take(tested));
    }
    random.shuffle(&mut train);
    random.shuffle(&mut test);
    let test_from = train.len();
    let mut list: Vec<Task> = train.into_iter().chain(test).collect();
    for (number, task) in list.iter_mut().enumerate() {
        task.trial = format!("trial_duet_{number:04}");
    }
    Tasks { list, test_from }
}

/// All tasks of a kind that can be done: one of each room in turn, in an order that is drawn.
fn spread(kind: TaskKind, random: &mut PythonRandom) -> Vec<Task> {
    let scenes = FACTS.scenes.iter().filter(|scene| !UNSEEN.contains(&scene.number));
    let mut rooms: Vec<Vec<Task>> =
        scenes.map(|scene| placement::feasible(scene, kind)).filter(|tasks| !tasks.is_empty()).collect();
    for tasks in &mut rooms {
        random.shuffle(tasks);
    }
    random.shuffle(&mut rooms);
    let rounds = rooms.iter().map(Vec::len).max().unwrap_or(0);
    let turn = |round: usize| rooms.iter().filter_map(move |tasks| tasks.get(round)).cloned();
    (0..rounds).flat_map(turn).collect()
}
