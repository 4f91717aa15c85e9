//! Maze (LMRL-Gym's fully observed maze; `specs/agentgym.md` §1.1): find the way to the goal in the "double T".
//!
//! Kept as the original has it: a step into a wall counts, the 51st step fails with reward −1, and the reward of an
//! ordinary step is an integer on the wire. The original's game 25 begins on the goal and cannot be played; it is no task
//! here.

use std::collections::VecDeque;

use super::{Environment, Info, Outcome, Split, Success, TaskError, View};

/// The walls, `1` for a wall; rows from the top.
const LAYOUT: [&str; 10] = [
    "1111111111111",
    "1000001000001",
    "1110111110111",
    "1110111110111",
    "1110111110111",
    "1110000000111",
    "1111110111111",
    "1111110111111",
    "1111110111111",
    "1111111111111",
];

/// Where each game begins, (row, column); game 25 would be the goal itself.
const STARTS: [(usize, usize); 25] = [
    (1, 1),
    (1, 2),
    (1, 3),
    (1, 4),
    (1, 5),
    (1, 7),
    (1, 8),
    (1, 9),
    (1, 10),
    (1, 11),
    (2, 3),
    (3, 3),
    (4, 3),
    (5, 3),
    (5, 4),
    (5, 5),
    (5, 6),
    (6, 6),
    (7, 6),
    (5, 7),
    (5, 8),
    (5, 9),
    (4, 9),
    (3, 9),
    (2, 9),
];

const GOAL: (usize, usize) = (8, 6);

/// Steps after which the next one fails.
const MAX_STEPS: u32 = 50;

static INFO: Info = Info {
    name: "maze",
    title: "Maze",
    summary: "Find the goal in a maze from a position and the walls around it.",
    instruction: "You are in a maze. Positions are row, column: moving down raises the row, moving right raises the \
        column. Walls block you. Reach the goal in as few moves as you can. Actions: move up, move down, move left, move \
        right.",
    max_rounds: 15,
    success: Success::Full,
    deviations: &["Game 25, which begins on the goal and answers with an empty error, is no task."],
};

/// A direction, and the action that takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// One column less.
    Left,
    /// One column more.
    Right,
    /// One row less.
    Up,
    /// One row more.
    Down,
}

impl Move {
    /// In the order in which the original lists its actions.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Up, Self::Down];

    /// The action.
    #[must_use]
    pub fn action(self) -> &'static str {
        match self {
            Self::Left => "move left",
            Self::Right => "move right",
            Self::Up => "move up",
            Self::Down => "move down",
        }
    }

    /// Never off the map: the map's edge is wall all round, and no position is a wall.
    fn from(self, (row, col): (usize, usize)) -> (usize, usize) {
        match self {
            Self::Left => (row, col - 1),
            Self::Right => (row, col + 1),
            Self::Up => (row - 1, col),
            Self::Down => (row + 1, col),
        }
    }
}

/// The environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Maze;

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct MazeState {
    /// Row and column.
    pub position: (usize, usize),
    /// Steps taken.
    pub steps: u32,
    /// The sum of rewards.
    pub total: f64,
    /// The last reward.
    pub reward: f64,
    /// Reached, or out of steps.
    pub done: bool,
}

/// A maze from above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MazeView {
    /// Whether there is a wall, row by row.
    pub walls: Vec<Vec<bool>>,
    /// Row and column of the agent.
    pub position: (usize, usize),
    /// Row and column of the goal.
    pub goal: (usize, usize),
}

fn is_wall((row, col): (usize, usize)) -> bool {
    LAYOUT[row].as_bytes()[col] == b'1'
}

/// The sentence that an agent sees at a position.
fn describe(position: (usize, usize)) -> String {
    let sides = [
        (Move::Right, "to your right"),
        (Move::Left, "to your left"),
        (Move::Up, "above you"),
        (Move::Down, "below you"),
    ];
    let walls: Vec<&str> =
        sides.into_iter().filter(|(side, _)| is_wall(side.from(position))).map(|(_, words)| words).collect();
    let walls = match walls[..] {
        [] => "There are no walls near you.".to_owned(),
        [wall] => format!("There is a wall {wall}."),
        _ => format!("There are walls {}.", walls.join(", ")),
    };
    let ((goal_row, goal_col), (row, col)) = (GOAL, position);
    format!(
        "The goal is at position {goal_row}, {goal_col}. Your current position is at position {row}, {col}. {walls}"
    )
}

impl Environment for Maze {
    type State = MazeState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        STARTS.len() as u64
    }

    fn splits(&self) -> Vec<Split> {
        vec![Split { name: "test", tasks: 0..25, own: false }]
    }

    fn reset(&self, task: u64) -> Result<(MazeState, String), TaskError> {
        let start = usize::try_from(task).ok().and_then(|task| STARTS.get(task));
        let position =
            *start.ok_or(TaskError::Unknown { environment: INFO.name, task, count: Environment::tasks(self) })?;
        Ok((MazeState { position, steps: 0, total: 0.0, reward: 0.0, done: false }, describe(position)))
    }

    fn step(&self, state: &mut MazeState, action: &str) -> Outcome {
        let to = Move::ALL.into_iter().find(|way| way.action() == action).map(|way| way.from(state.position));
        if let Some(to) = to.filter(|to| !is_wall(*to)) {
            state.position = to;
        }
        state.steps += 1;
        let (observation, reward) = match () {
            () if state.position == GOAL => ("Success\n".to_owned(), 1.0),
            () if state.steps > MAX_STEPS => ("Failure\n".to_owned(), -1.0),
            () => (describe(state.position), 0.0),
        };
        state.done = reward != 0.0;
        state.reward = reward;
        state.total += reward;
        Outcome { observation, reward, done: state.done }
    }

    fn available_actions(&self, _: &MazeState) -> Vec<String> {
        Move::ALL.map(|way| way.action().to_owned()).to_vec()
    }

    fn score(&self, state: &MazeState) -> f64 {
        state.reward
    }

    /// The first move of a shortest way.
    fn plan(&self, state: &MazeState) -> Option<String> {
        let mut seen = vec![state.position];
        let mut open: VecDeque<((usize, usize), Option<Move>)> = VecDeque::from([(state.position, None)]);
        while let Some((position, first)) = open.pop_front() {
            if position == GOAL {
                return first.map(|way| way.action().to_owned());
            }
            for way in Move::ALL {
                let next = way.from(position);
                if !is_wall(next) && !seen.contains(&next) {
                    seen.push(next);
                    open.push_back((next, first.or(Some(way))));
                }
            }
        }
        None
    }

    fn view(&self, state: &MazeState) -> View {
        let walls = LAYOUT.iter().map(|row| row.bytes().map(|cell| cell == b'1').collect()).collect();
        View::Maze(MazeView { walls, position: state.position, goal: GOAL })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The original server's answers (`shared/golden/lmrlgym.json`).
    #[test]
    fn every_recorded_answer_is_reproduced() {
        let golden: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/gym/lmrlgym.json")).expect("JSON");
        let games = golden["maze"].as_array().expect("games");
        let mut played = 0;
        for game in games {
            let task = game["game"].as_u64().expect("a number");
            let Ok((mut state, first)) = Maze.reset(task) else {
                assert!(game["reset"]["error"].is_string(), "{game}");
                continue;
            };
            assert_eq!(game["reset"]["observation"], first);
            for step in game["steps"].as_array().expect("steps") {
                let answer = &step[1];
                if answer["error"].is_string() {
                    assert!(state.done, "{step}");
                    continue;
                }
                let outcome = Maze.step(&mut state, step[0].as_str().expect("an action"));
                assert_eq!(answer["observation"], outcome.observation);
                assert_eq!(answer["reward"].as_f64(), Some(outcome.reward));
                assert_eq!(answer["done"], outcome.done);
                played += 1;
            }
        }
        assert!(games.len() > 10 && played > 100, "{} games, {played} steps", games.len());
    }

    #[test]
    fn the_planner_takes_a_shortest_way_from_everywhere() {
        let steps = (0..25).map(|task| {
            let (mut state, _) = Maze.reset(task).expect("a task");
            while !state.done {
                let action = Maze.plan(&state).expect("there is a way");
                Maze.step(&mut state, &action);
            }
            assert_eq!(Maze.score(&state), 1.0);
            state.steps
        });
        // From a corner: two steps to the shaft, four down, three to the middle, three down.
        assert_eq!(steps.max(), Some(2 + 4 + 3 + 3));
    }

    #[test]
    fn the_fifty_first_step_fails() {
        let (mut state, _) = Maze.reset(0).expect("a task");
        let last = (0..51).map(|_| Maze.step(&mut state, "move up")).last().expect("51 steps");
        assert_eq!(last, Outcome { observation: "Failure\n".to_owned(), reward: -1.0, done: true });
    }
}
