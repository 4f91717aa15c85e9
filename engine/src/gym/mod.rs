//! The gym: environments in which agents act (AgentGym, `specs/agentgym.md`).
//!
//! An [`Environment`] is a pure function of state and action; what is random is drawn from a seed in the state. The same
//! code runs in the page and behind the server's routes. Wire formats, clocks and files belong to those two.
//!
//! ```
//! use duet_engine::gym::{self, Episode};
//! let maze = gym::find("maze").expect("registered");
//! let mut episode = maze.begin(24).expect("a task of the maze");
//! assert!(episode.observation().starts_with("The goal is at position 8, 6."));
//! let outcome = episode.step("move down").expect("not done yet");
//! assert!(!outcome.done);
//! ```

pub mod agent;
pub mod alfworld;
pub mod babyai;
mod environment;
mod episode;
pub mod maze;
mod numpy_random;
pub mod python;
mod python_random;
mod registry;
pub mod rollout;
pub mod sheet;
pub mod textcraft;
pub mod todo;
pub mod tool;
pub mod trajectory;
mod view;
pub mod wordle;

pub use environment::{Environment, Info, Outcome, Split, Success, TaskError};
pub use episode::{Episode, Finished, Gym, RestoreError, Snapshot, Turn};
pub use numpy_random::NumpyRandom;
pub use python_random::PythonRandom;
pub use registry::{all, find};
pub use view::View;
