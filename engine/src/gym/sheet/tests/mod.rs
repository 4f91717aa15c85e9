//! What the tools do to sheets, and the tasks.

mod cells;
mod play;
