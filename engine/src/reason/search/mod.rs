//! Test-time search: many paths for one problem, criticised and refined, and the vote among them
//! (`specs/critique.md` §4.2). Raw outcomes come out ([`SearchRecord`]); what they are worth is for others to measure.
//!
//! Every attempt, critique and refinement of every problem in hand goes to the players in one batch, side by side. What
//! comes of a problem does not depend on the others in the batch.

mod event;
mod hear;
mod record;
mod request;
mod run;
mod state;
mod tree;

pub use event::SearchEvent;
pub use record::{Chain, Path, Review, SearchRecord, Tally, Votes};
pub use request::{Mode, SearchRequest};
pub use run::{SearchError, search, search_all};
