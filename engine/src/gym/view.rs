//! What there is to draw of an episode: the page turns it into markup, and nothing in it is markup.

use super::{babyai, maze};

/// What there is to draw, each environment's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum View {
    /// A maze from above.
    Maze(maze::MazeView),
    /// Rooms from above.
    BabyAi(babyai::BabyView),
}
