//! What there is to draw of an episode: the page turns it into markup, and nothing in it is markup.

use super::{alfworld, babyai, maze, sheet, textcraft, todo, wordle};

/// What there is to draw, each environment's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum View {
    /// A maze from above.
    Maze(maze::MazeView),
    /// The board of a word game.
    Wordle(wordle::WordleView),
    /// Rooms of cells, and what the agent sees of them.
    BabyAi(babyai::BabyView),
    /// What is carried, and what the goal is made of.
    TextCraft(textcraft::TextCraftView),
    /// The furniture of a room and what is in it.
    Alfworld(alfworld::AlfworldView),
    /// A board of tasks.
    Todo(todo::TodoView),
    /// A spreadsheet.
    Sheet(sheet::SheetView),
}
