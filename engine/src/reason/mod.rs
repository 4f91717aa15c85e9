//! Two-player reasoning: an actor solves a problem in steps, a critic judges every step in words, the actor refines.
//!
//! Specification: `specs/critique.md` §1 (roles), §2.3 (critique format), §2.6 (prompts), §4.1 (single pass), §4.5 (grading).

mod event;
mod player;

pub use event::{Judgement, Side, SolveEvent, SolveRequest, Usage, Verdict};
pub use player::{Player, PlayerError, Speech, Spoken};
