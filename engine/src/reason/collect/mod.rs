//! AutoMathCritique (`specs/critique.md` §2): flawed and right solution paths of an actor, a critique of each, and the
//! filter that keeps the critiques which help.
//!
//! Everything is a function of the questions, the options and the actor's words: same seed, same records. Files, shards
//! and progress belong to the caller.

mod annotator;
mod balance;
mod block;
mod filter;
mod paths;
mod prompts;
mod question;
mod record;
mod sampler;

pub use annotator::{Annotator, Case, ModelAnnotator, Oracle};
pub use block::{Balance, Block, CollectOptions, Tally, collect};
pub use filter::{FilterOptions, Refined, keeps, refine};
pub use question::{Question, QuestionError};
pub use record::{Generator, Record, StoryKey, fault_name, kind_name};
pub use sampler::{Ask, EngineSampler, Said, Sampler};
