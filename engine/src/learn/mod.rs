//! Training: decoder-only models from scratch, over candle's autograd, saved as GGUF.
//!
//! Nothing here reads a file or a clock: examples come from a [`Source`], state goes out and comes in as bytes.

mod adamw;
mod batch;
mod bpe;
mod chat;
mod checkpoint;
mod error;
mod mixture;
mod muon;
mod network;
mod op;
mod save;
mod schedule;
mod story;
mod threads;
mod trainer;
mod verdicts;

pub use adamw::{AdamW, Matrices};
pub use batch::Batch;
pub use bpe::{SpecialTokens, train_bpe};
pub use chat::{ChatFormat, Dialogue, SPECIAL, TEMPLATE};
pub use error::LearnError;
pub use mixture::{Example, Mixture, Source};
pub use network::{Adapters, Network};
pub use op::Operations;
pub use save::{chat_template, to_gguf, to_gguf_like};
pub use schedule::Schedule;
pub use story::{Levels, Stories, StorySource, Task, amending, calculating, comparing, judging, refining, solving};
pub use trainer::{Plan, StepReport, Trainer};
pub use verdicts::right_verdicts;
