//! What a run is worth: rates and their intervals, votes, transitions, verdicts, leaks, calibration.
//!
//! Pure functions of stored answers, so a run can be scored again without a model. Specification: `specs/critique.md`
//! §3.3 (shortcut barrier), §4.3 (levels), §4.4 (metrics).
//!
//! ```
//! use duet_engine::reason::measure::{Transitions, majority, pass_at_k};
//! let refined: Transitions = [(true, true), (false, true), (false, false), (true, false)].into_iter().collect();
//! assert_eq!(refined.helpfulness().rate(), Some(0.5));
//! assert_eq!(majority(&[Some("4"), None, Some("5"), Some("5")]), Some(&"5"));
//! assert_eq!(pass_at_k(4, 1, 2), Some(0.5));
//! ```

mod calibration;
mod interval;
mod leak;
mod level;
mod noise;
mod pass;
mod share;
mod transitions;
mod verdict;
mod vote;

pub use calibration::{Gate, Outcome, brier, calibration_error, choose_gate};
pub use interval::{Bootstrap, Interval};
pub use leak::{leaks, masked, shortcut};
pub use level::{LEVELS, level};
pub use pass::pass_at_k;
pub use share::Share;
pub use transitions::Transitions;
pub use verdict::{Discriminability, FirstError, Found, relevance};
pub use vote::{Subsets, majority, majority_at_k, weighted_vote};
