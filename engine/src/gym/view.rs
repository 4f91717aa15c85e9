//! What there is to draw of an episode: the page turns it into markup, and nothing in it is markup.

use super::{maze, sheet, todo};

/// What there is to draw, each environment's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum View {
    /// A maze from above.
    Maze(maze::MazeView),
    /// A spreadsheet.
    Sheet(sheet::SheetView),
    /// A board of tasks.
    Todo(todo::TodoView),
}
