//! Two-player reasoning: an actor solves a problem in steps, a critic judges every step in words, the actor refines.
//!
//! Specification: `specs/critique.md` §1 (roles), §2.3 (critique format), §2.6 (prompts), §4.1 (single pass), §4.5 (grading).

mod answer;
pub mod collect;
mod critique;
mod diff;
mod engine_player;
mod event;
mod gate;
mod listen;
pub mod measure;
mod odds;
mod pair;
mod player;
pub mod prompts;
mod request;
pub mod search;
mod solve;
mod steps;
pub mod story;

pub use answer::{ANSWER_MARKER, Answer, ArithmeticError, Rational, evaluate, extract_answer, gold_answer};
pub use critique::{Critique, CritiqueParser};
pub use diff::{Change, Run, difference};
pub use event::{Judgement, Side, SolveEvent, SolveRequest, Usage, Verdict};
pub use gate::{Decision, Evidence, Gate, GateName, decide};
pub use pair::Pair;
pub use player::{Odds, Part, Player, PlayerError, Players, Speech, Spoken};
pub use request::{Problem, RequestError};
pub use solve::{SolveError, solve};
pub use steps::{StepSplitter, split_steps};
