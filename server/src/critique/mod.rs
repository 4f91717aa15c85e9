//! `duet critique`: collecting critiques, filtering them by what they are good for, counting them, and training files.
//!
//! A data set is a folder of JSONL shards, one for each block of questions, and a manifest. A shard is written whole or not
//! at all; a command that was interrupted goes on where it stopped, and the files are those of an uninterrupted run.

mod collect;
mod counts;
mod export;
mod filter;
mod line;
mod recipes;
mod shards;
mod source;
mod stats;

pub use collect::{CollectRun, Collected, collect};
pub use counts::Counts;
pub use export::{ExportRun, FileFormat, Purpose, export, questions};
pub use filter::{FilterReport, FilterRun, Yield, filter};
pub use shards::ModelId;
pub(crate) use shards::same;
pub use source::Source;
pub use stats::{Stats, stats};
