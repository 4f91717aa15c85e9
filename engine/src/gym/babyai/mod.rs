//! BabyAI (minigrid 2.3.1 behind AgentGym's wrapper; `specs/agentgym.md` §1.3): carry out an instruction in rooms with
//! doors, keys, balls and boxes, of which the agent sees seven by seven cells and is told in words.
//!
//! The levels are minigrid's, number for number: `data_idx` names one of forty levels and a seed. Kept as the original
//! has it, since recordings pin it:
//!
//! - An action of several moves goes on until one changes nothing that the agent sees, and its last move decides: to
//!   toggle a door *and go through it* does not count as having opened it, unless the door is one of several things to do.
//! - A success late in the episode (a reward of at most one half) does not end it; the sentence says that it is completed.
//!   A wrong door or thing, where that fails the instruction, is told in the same words.
//! - No number of steps ends an episode, and rewards may fall below zero.
//! - Ways are planned through what the agent does not see, and a little beyond the square that it sees (`path.rs`).
//! - In `PutNextS7N4Carrying` the first observation still shows the thing that is in the agent's hands.
//! - A box cannot be opened, so `KeyInBox` cannot be solved; nor can the levels whose key came to lie in the locked room.
//!
//! Version 2 of the protocol has the same states, tells a success by its score, and names these tasks.

mod bot;
mod instruction;
mod levels;
mod menu;
mod object;
mod observation;
mod path;
mod picture;
mod rooms;
#[cfg(test)]
mod tests;
mod world;

use super::{Environment, Info, Outcome, Split, Success, TaskError, View};
use instruction::{Instruction, Status};
use levels::{Drawn, LEVELS};
use menu::{Choice, menu, refusal};
use observation::describe;
use world::{Image, Move, Slot, World};

pub use object::{Cell, Colour, DoorState, Item, Point, Way};
pub use picture::Picture;

/// Tasks of the original's data.
const TASKS: u64 = 900;

/// Those that are not for training; ours, for the original's item ids are not public.
const TEST_FROM: u64 = 810;

/// A reward up to which the original takes the end of an episode back.
const LATE: f64 = 0.5;

static INFO: Info = Info {
    name: "babyai",
    title: "BabyAI",
    summary: "Carry out an instruction in rooms with doors, keys, balls and boxes, seeing only what is near.",
    instruction: "You are in a house of rooms and are given a goal. You are told what you see in front of you: objects \
        with their colour and a number, doors, walls, and what you carry. Doors may be closed, or locked, which takes a \
        key of their colour. You can carry one object. Actions: turn left, turn right, move forward, pickup <object> \
        <number>, drop, go to <object> <number>, go through <colour> open door <number>, toggle and go through <colour> \
        <closed or locked> door <number>, toggle, check available actions. To open a door as a goal, stand before it and \
        toggle. Every answer lists the actions that are possible.",
    max_rounds: 20,
    success: Success::Positive,
    deviations: &[
        "Sentences with which an impossible action is refused are the original's where they are documented, and else ours.",
        "`check available actions` answers with the list alone.",
        "Of several shortest ways to something the original may take another one in rare cases.",
        "The split into 810 tasks for training and 90 for tests is ours.",
    ],
};

/// The environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct BabyAi;

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct BabyState {
    level: &'static str,
    world: World,
    instruction: Instruction,
    mission: String,
    limit: u32,
    /// What the agent saw last.
    image: Image,
    observation: String,
    reward: f64,
    score: f64,
    done: bool,
}

impl BabyState {
    /// The level's name in minigrid: `BabyAI-GoToRedBall-v0`.
    #[must_use]
    pub fn level(&self) -> String {
        format!("BabyAI-{}-v0", self.level)
    }

    /// The instruction, in minigrid's words.
    #[must_use]
    pub fn mission(&self) -> &str {
        &self.mission
    }

    /// The instruction, in AgentGym's words, which do not tell the order of things.
    #[must_use]
    pub fn goal(&self) -> String {
        self.mission.replace("then", "and").replace("after you", "and")
    }

    /// Steps by which the reward is measured.
    #[must_use]
    pub fn max_steps(&self) -> u32 {
        self.limit
    }

    /// Moves made.
    #[must_use]
    pub fn steps(&self) -> u32 {
        self.world.steps
    }

    /// The last observation, as an agent is told it that asks again: with the goal.
    #[must_use]
    pub fn observation(&self) -> String {
        format!("Your goal: {}\n{}", self.goal(), self.observation)
    }

    /// The last reward.
    #[must_use]
    pub fn reward(&self) -> f64 {
        self.reward
    }

    /// The sum of rewards, which the original's client reports.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.score
    }

    /// Whether the episode is over.
    #[must_use]
    pub fn done(&self) -> bool {
        self.done
    }

    /// Minigrid's encoding of a cell of the grid: kind, colour, state; a wall beyond the edge.
    #[must_use]
    pub fn encoded(&self, at: Point) -> [u8; 3] {
        self.world.cell(at).encoded()
    }

    fn choices(&self) -> Vec<Choice> {
        menu(&self.image, &self.world)
    }

    /// An answer's end: what can be done now.
    fn listed(&self) -> String {
        let words: Vec<String> = self.choices().iter().map(|choice| format!("\"{}\"", choice.words)).collect();
        format!("Available actions: [{}]", words.join(", "))
    }

    /// Makes moves until one changes nothing that the agent sees. The last one's outcome is the outcome of all.
    fn perform(&mut self, moves: &[Move]) -> (f64, Ended) {
        let mut last = (0.0, Ended::No);
        for action in moves {
            self.world.act(*action);
            last = match self.instruction.verify(&self.world, *action) {
                Status::Continue => (0.0, Ended::No),
                Status::Success => (1.0 - 0.9 * (f64::from(self.world.steps) / f64::from(self.limit)), Ended::Yes),
                Status::Failure => (0.0, Ended::Yes),
            };
            let before = std::mem::replace(&mut self.image, self.world.image());
            if before == self.image {
                break;
            }
        }
        last
    }

    fn take(&mut self, choice: &Choice) -> String {
        let (reward, ended) = self.perform(&choice.moves);
        self.reward = reward;
        self.score += reward;
        self.done = ended == Ended::Yes && reward > LATE;
        let mut text = match choice.moves.is_empty() {
            true => "No change in state.".to_owned(),
            false => describe(&self.image, &self.world),
        };
        if ended == Ended::Yes {
            text.push_str("\n The task is completed.");
        }
        text
    }
}

/// Whether minigrid's episode ended with a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    No,
    Yes,
}

/// A level from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BabyView {
    /// What is where, row by row.
    pub cells: Vec<Vec<Cell>>,
    /// Which of it the agent sees, row by row.
    pub seen: Vec<Vec<bool>>,
    /// Where the agent stands.
    pub agent: Point,
    /// Where it looks.
    pub way: Way,
    /// What it carries.
    pub carrying: Option<(Item, Colour)>,
    /// The instruction, in minigrid's words.
    pub mission: String,
}

impl BabyView {
    fn of(state: &BabyState) -> Self {
        let world = &state.world;
        let seen = world.seen();
        let rows = |of: &dyn Fn(Point) -> Cell| -> Vec<Vec<Cell>> {
            (0..world.height).map(|y| (0..world.width).map(|x| of(Point::new(x, y))).collect()).collect()
        };
        let row = |y: i32| (0..world.width).map(|x| seen.contains(&Point::new(x, y))).collect();
        let carrying = world.carrying.and_then(|id| match world.thing(id).cell() {
            Cell::Item(item, colour) => Some((item, colour)),
            _ => None,
        });
        Self {
            cells: rows(&|at| world.cell(at)),
            seen: (0..world.height).map(row).collect(),
            agent: world.pose.at,
            way: world.pose.way,
            carrying,
            mission: state.mission.clone(),
        }
    }
}

impl Environment for BabyAi {
    type State = BabyState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        TASKS
    }

    fn splits(&self) -> Vec<Split> {
        vec![
            Split { name: "train", tasks: 0..TEST_FROM, own: true },
            Split { name: "test", tasks: TEST_FROM..TASKS, own: true },
        ]
    }

    fn reset(&self, task: u64) -> Result<(BabyState, String), TaskError> {
        if task >= TASKS {
            return Err(TaskError::Unknown { environment: INFO.name, task, count: TASKS });
        }
        let count = LEVELS.len() as u64;
        let level = &LEVELS[(task % count) as usize];
        let Drawn { mut world, instruction, limit, carrying } = level.generate(task / count);
        let image = world.image();
        if let Some(id) = carrying {
            if let Some(at) = world.thing(id).position {
                world.set(at, Slot::Empty);
            }
            world.carrying = Some(id);
        }
        let mission = instruction.words();
        let observation = describe(&image, &world);
        let (reward, score, done) = (0.0, 0.0, false);
        let level = level.name;
        let mut state =
            BabyState { level, world, instruction, mission, limit, image, observation, reward, score, done };
        state.observation = format!("{}\n{}", state.observation, state.listed());
        let first = state.observation();
        Ok((state, first))
    }

    fn step(&self, state: &mut BabyState, action: &str) -> Outcome {
        if state.done {
            return Outcome { observation: state.observation.clone(), reward: 0.0, done: true };
        }
        let choice = state.choices().into_iter().find(|choice| choice.words == action);
        state.reward = 0.0;
        let text = match choice {
            _ if action.contains("check") => None,
            Some(choice) => Some(state.take(&choice)),
            None if action.is_empty() => Some("No change in state.".to_owned()),
            None => Some(refusal(&state.image, &state.world, action)),
        };
        state.observation = text.map_or_else(String::new, |text| text + "\n") + &state.listed();
        Outcome { observation: state.observation.clone(), reward: state.reward, done: state.done }
    }

    fn available_actions(&self, state: &BabyState) -> Vec<String> {
        state.choices().into_iter().map(|choice| choice.words).collect()
    }

    fn score(&self, state: &BabyState) -> f64 {
        state.score
    }

    fn plan(&self, state: &BabyState) -> Option<String> {
        bot::next(state)
    }

    fn view(&self, state: &BabyState) -> View {
        View::BabyAi(BabyView::of(state))
    }
}
