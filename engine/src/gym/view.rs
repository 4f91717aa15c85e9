//! What there is to draw of an episode: the page turns it into markup, and nothing in it is markup.

use super::{maze, textcraft, wordle};

/// What there is to draw, each environment's own.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum View {
    /// A maze from above.
    Maze(maze::MazeView),
    /// The board of a word game.
    Wordle(wordle::WordleView),
    /// Recipes and an inventory.
    TextCraft(textcraft::TextCraftView),
}
