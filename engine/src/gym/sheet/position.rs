//! Places in a sheet: `B3`, and areas between two of them.

use std::fmt;

/// Columns that A1 notation with a single letter reaches.
pub const MAX_COLS: usize = 26;
/// Rows of the largest sheet, as many as a new one of the original's has.
pub const MAX_ROWS: usize = 1000;

/// Rows or columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// Rows.
    Rows,
    /// Columns.
    Cols,
}

impl Axis {
    /// How many there may be.
    #[must_use]
    pub fn limit(self) -> usize {
        match self {
            Self::Rows => MAX_ROWS,
            Self::Cols => MAX_COLS,
        }
    }

    /// As a tool's `dimension` names it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "row" | "rows" => Some(Self::Rows),
            "col" | "cols" | "column" | "columns" => Some(Self::Cols),
            _ => None,
        }
    }
}

/// A cell's place, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Its row.
    pub row: usize,
    /// Its column.
    pub col: usize,
}

impl Position {
    /// Reads `B3`: one capital letter, then digits; within the largest sheet.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (letter, digits) = (text.bytes().next()?, text.get(1..)?);
        if !letter.is_ascii_uppercase() || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let row = digits.parse::<usize>().ok()?.checked_sub(1).filter(|row| *row < MAX_ROWS)?;
        Some(Self { row, col: usize::from(letter - b'A') })
    }

    fn along(self, axis: Axis) -> usize {
        match axis {
            Axis::Rows => self.row,
            Axis::Cols => self.col,
        }
    }

    fn moved(self, axis: Axis, to: usize) -> Self {
        match axis {
            Axis::Rows => Self { row: to, ..self },
            Axis::Cols => Self { col: to, ..self },
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = u8::try_from(self.col).ok().filter(|col| usize::from(*col) < MAX_COLS).map(|col| b'A' + col);
        write!(f, "{}{}", char::from(letter.unwrap_or(b'?')), self.row + 1)
    }
}

/// A rectangle of cells, both corners included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    /// Top left.
    pub first: Position,
    /// Bottom right.
    pub last: Position,
}

impl Area {
    /// Between two corners, whichever they are.
    #[must_use]
    pub fn between(one: Position, other: Position) -> Self {
        Self {
            first: Position { row: one.row.min(other.row), col: one.col.min(other.col) },
            last: Position { row: one.row.max(other.row), col: one.col.max(other.col) },
        }
    }

    /// One cell.
    #[must_use]
    pub fn cell(position: Position) -> Self {
        Self { first: position, last: position }
    }

    /// Reads `B3:C5`, or `B3`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some((one, other)) => Some(Self::between(Position::parse(one)?, Position::parse(other)?)),
            None => Position::parse(text).map(Self::cell),
        }
    }

    /// Whether a cell is in it.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        (self.first.row..=self.last.row).contains(&position.row)
            && (self.first.col..=self.last.col).contains(&position.col)
    }

    /// Whether a cell is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let rows = self.first.row <= other.last.row && other.first.row <= self.last.row;
        rows && self.first.col <= other.last.col && other.first.col <= self.last.col
    }

    /// The smallest that has both.
    #[must_use]
    pub fn joined(&self, other: &Self) -> Self {
        let corner = |one: Position, other: Position, pick: fn(usize, usize) -> usize| Position {
            row: pick(one.row, other.row),
            col: pick(one.col, other.col),
        };
        Self { first: corner(self.first, other.first, usize::min), last: corner(self.last, other.last, usize::max) }
    }

    /// How many cells.
    #[must_use]
    pub fn size(&self) -> usize {
        (self.last.row - self.first.row + 1) * (self.last.col - self.first.col + 1)
    }

    /// Its cells, row by row.
    pub fn positions(&self) -> impl Iterator<Item = Position> + use<> {
        let Self { first, last } = *self;
        (first.row..=last.row).flat_map(move |row| (first.col..=last.col).map(move |col| Position { row, col }))
    }

    /// Where it is after lines were inserted before one: what is inserted within makes it larger.
    pub(super) fn after_insertion(self, axis: Axis, at: usize, count: usize) -> Self {
        let shifted = |position: Position| match position.along(axis) {
            line if line >= at => position.moved(axis, line + count),
            _ => position,
        };
        Self { first: shifted(self.first), last: shifted(self.last) }
    }

    /// Where it is after a line was deleted; none where nothing of it is left.
    pub(super) fn after_deletion(self, axis: Axis, at: usize) -> Option<Self> {
        let (first, last) = (self.first.along(axis), self.last.along(axis));
        if first == at && last == at {
            return None;
        }
        let first = if first > at { first - 1 } else { first };
        let last = if last >= at { last - 1 } else { last };
        Some(Self { first: self.first.moved(axis, first), last: self.last.moved(axis, last) })
    }
}
