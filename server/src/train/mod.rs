//! `duet train`: recipes run stage by stage, with checkpoints, logs and evaluation on the way.

mod curve;
mod evaluate;
mod gather;
mod log;
mod recipe;
mod run;
mod sources;

pub use recipe::{BalanceRecipe, Recipe, SplitRecipe};
pub use run::{Options, run};

/// Threads for engines that collect or evaluate between steps of training; what they write does not depend on it.
fn machine_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
