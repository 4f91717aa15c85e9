//! `duet gym`: rollouts of agents over the gym's tasks, stored a trajectory a line, scored and replayed without a model.
//!
//! A line is a record as AgentGym writes its results, with what else is needed to go on and to replay: which sample it is,
//! the form that the agent writes in, why the episode ended, and what it cost. Beside the file lie the conditions of the
//! run, and, until it is complete, a journal of every text that a model wrote: a run that was interrupted asks for none of
//! them again, and its file becomes, byte for byte, that of an uninterrupted one.

mod agent;
mod exchange;
mod format;
mod journal;
mod line;
mod model;
mod replay;
mod run;
mod score;
mod store;
mod tasks;
mod watch;

pub use agent::{Agent, Answer, Planner, Random, Said};
pub use exchange::{Kept, export, import};
pub use format::Format;
pub use line::{Ended, Line, read};
pub use model::ModelAgent;
pub use replay::{Replayed, replay};
pub use run::{Outcome, Run, roll_out};
pub use score::{Numbers, Scored, numbers};
pub use tasks::Tasks;
pub use watch::Watch;
