//! `duet eval` and `duet report`: two-player search over many problems, stored answer by answer, scored again without a
//! model.

mod chart;
mod compare;
mod critiques;
mod markdown;
mod problems;
mod report;
mod score;
mod store;
mod sweep;

pub use critiques::{Judged, corrections, first_error, judge_paths, read_paths};
pub use problems::{Dataset, Problem};
pub use report::{Numbers, Plan, numbers, report, summary};
pub use score::{Estimate, Single, Voting};
pub use store::{Stored, read};
pub use sweep::{Sweep, sha256, sweep};
