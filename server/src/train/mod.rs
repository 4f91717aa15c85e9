//! `duet train`: recipes run stage by stage, with checkpoints, logs and evaluation on the way.

mod curve;
mod evaluate;
mod gather;
mod log;
mod recipe;
mod run;
mod sources;

pub use recipe::{Recipe, SplitRecipe};
pub use run::{Options, run};
