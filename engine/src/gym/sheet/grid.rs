//! A sheet: cells, merges, frozen lines, and what can be done with them.

use std::cmp::Ordering;

use thiserror::Error;

use super::cell::{Cell, Content};
use super::formula::Formula;
use super::position::{Area, Axis, MAX_COLS, MAX_ROWS, Position};
use super::shown::{Shown, Shows};
use crate::gym::python::Value;

/// Characters of a cell or note.
pub const MAX_TEXT: usize = 1000;
/// Bytes of all texts of a sheet.
pub const MAX_BYTES: usize = 256 * 1024;
/// Formulas of a sheet: they may depend on each other.
pub const MAX_FORMULAS: usize = 200;
/// Merges of a sheet.
pub const MAX_MERGES: usize = 200;

/// A sheet.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Grid {
    /// Row by row; all rows have the same length. What is outside is empty.
    cells: Vec<Vec<Cell>>,
    merges: Vec<Area>,
    frozen_rows: usize,
    frozen_cols: usize,
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GridError {
    /// Outside of the largest sheet.
    #[error("a sheet has at most {MAX_ROWS} rows and {MAX_COLS} columns")]
    TooLarge,
    /// Too much text.
    #[error("a cell holds at most {MAX_TEXT} characters, a sheet {MAX_BYTES} bytes")]
    TooLong,
    /// Too many formulas.
    #[error("a sheet holds at most {MAX_FORMULAS} formulas")]
    TooManyFormulas,
    /// Too many merges.
    #[error("a sheet holds at most {MAX_MERGES} merges")]
    TooManyMerges,
    /// Not a value for a cell.
    #[error("a cell holds a string, a number or a boolean, not {0}")]
    Content(String),
    /// A formula that is not read.
    #[error("the formula {0} is not understood: only OPERATOR(cells) is, as in =SUM(A1:B2)")]
    Formula(String),
    /// A merge that overlaps another.
    #[error("the area overlaps merged cells")]
    Overlap,
    /// A merge of nothing.
    #[error("one cell cannot be merged")]
    OneCell,
    /// Sorting of merged cells.
    #[error("rows with merged cells cannot be sorted")]
    SortMerged,
    /// A line that is none.
    #[error("there is no line {0}")]
    Line(usize),
}

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The smallest.
    Ascending,
    /// The largest.
    Descending,
}

impl Grid {
    /// Rows of cells, of which some may be shorter than others.
    ///
    /// # Errors
    /// [`GridError`] where it is too large.
    pub fn new(mut cells: Vec<Vec<Cell>>) -> Result<Self, GridError> {
        let width = cells.iter().map(Vec::len).max().unwrap_or_default();
        if cells.len() > MAX_ROWS || width > MAX_COLS {
            return Err(GridError::TooLarge);
        }
        cells.iter_mut().for_each(|row| row.resize_with(width, Cell::default));
        let grid = Self { cells, ..Self::default() };
        grid.checked()
    }

    fn checked(self) -> Result<Self, GridError> {
        let cells = || self.cells.iter().flatten();
        let texts = cells().flat_map(|cell| match &cell.content {
            Content::Text(text) => [text.as_str(), cell.note.as_str()],
            _ => ["", cell.note.as_str()],
        });
        let mut bytes = 0;
        for text in texts {
            bytes += text.len();
            if bytes > MAX_BYTES || (text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT) {
                return Err(GridError::TooLong);
            }
        }
        match () {
            () if cells().filter(|cell| matches!(cell.content, Content::Formula(_))).count() > MAX_FORMULAS => {
                Err(GridError::TooManyFormulas)
            }
            () if self.merges.len() > MAX_MERGES => Err(GridError::TooManyMerges),
            () => Ok(self),
        }
    }

    /// Does something to a copy, and keeps it if it is within the limits.
    fn edit<T>(&mut self, edit: impl FnOnce(&mut Self) -> Result<T, GridError>) -> Result<T, GridError> {
        let mut edited = self.clone();
        let result = edit(&mut edited)?;
        *self = edited.checked()?;
        Ok(result)
    }

    /// The cell there, if the sheet reaches so far.
    #[must_use]
    pub fn cell(&self, position: Position) -> Option<&Cell> {
        self.cells.get(position.row)?.get(position.col)
    }

    /// Merged areas.
    #[must_use]
    pub fn merges(&self) -> &[Area] {
        &self.merges
    }

    /// The merged area that a cell belongs to.
    #[must_use]
    pub fn merge_at(&self, position: Position) -> Option<&Area> {
        self.merges.iter().find(|area| area.contains(position))
    }

    /// Frozen rows and columns.
    #[must_use]
    pub fn frozen(&self) -> (usize, usize) {
        (self.frozen_rows, self.frozen_cols)
    }

    /// Rows and columns, whether anything is in them or not.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        (self.cells.len(), self.cells.first().map_or(0, Vec::len))
    }

    /// The cell there; for one of a merged area, its first.
    fn cell_mut(&mut self, position: Position) -> Result<&mut Cell, GridError> {
        let Position { row, col } = self.merge_at(position).map_or(position, |area| area.first);
        self.reach(row + 1, col + 1)?;
        Ok(&mut self.cells[row][col])
    }

    /// Makes it at least so large.
    fn reach(&mut self, rows: usize, cols: usize) -> Result<(), GridError> {
        if rows > MAX_ROWS || cols > MAX_COLS {
            return Err(GridError::TooLarge);
        }
        let width = self.size().1.max(cols);
        self.cells.resize_with(self.cells.len().max(rows), Vec::new);
        self.cells.iter_mut().for_each(|row| row.resize_with(width, Cell::default));
        Ok(())
    }

    fn put(&mut self, position: Position, value: &Value) -> Result<(), GridError> {
        let formula = match value.as_str() {
            Some(text) if text.starts_with('=') => {
                Some(Formula::parse(text).ok_or_else(|| GridError::Formula(text.to_owned()))?)
            }
            _ => None,
        };
        let cell = self.cell_mut(position)?;
        match formula {
            Some(formula) => cell.content = Content::Formula(formula),
            None => cell.put(value).ok_or_else(|| GridError::Content(value.repr()))?,
        }
        Ok(())
    }

    /// Puts values into the cells from a corner on, as if they were typed.
    ///
    /// # Errors
    /// [`GridError`] where they do not fit; then nothing is changed.
    pub fn write(&mut self, corner: Position, rows: &[Vec<Value>]) -> Result<(), GridError> {
        self.edit(|grid| {
            for (down, row) in rows.iter().enumerate() {
                for (right, value) in row.iter().enumerate() {
                    grid.put(Position { row: corner.row + down, col: corner.col + right }, value)?;
                }
            }
            Ok(())
        })
    }

    /// Puts a formula into a cell.
    ///
    /// # Errors
    /// [`GridError`] where there are too many.
    pub fn compute(&mut self, position: Position, formula: Formula) -> Result<(), GridError> {
        self.edit(|grid| {
            grid.cell_mut(position)?.content = Content::Formula(formula);
            Ok(())
        })
    }

    /// Notes something at a cell; an empty text takes the note away.
    ///
    /// # Errors
    /// [`GridError`] where it is too long.
    pub fn note(&mut self, position: Position, text: &str) -> Result<(), GridError> {
        self.edit(|grid| {
            grid.cell_mut(position)?.note = text.to_owned();
            Ok(())
        })
    }

    /// Makes one cell of several: it shows the first one's content, and that of the others is gone.
    ///
    /// # Errors
    /// [`GridError`] for one cell, and over other merges.
    pub fn merge(&mut self, area: Area) -> Result<(), GridError> {
        self.edit(|grid| {
            match () {
                () if area.size() == 1 => return Err(GridError::OneCell),
                () if grid.merges.iter().any(|merge| merge.meets(&area)) => return Err(GridError::Overlap),
                () => grid.reach(area.last.row + 1, area.last.col + 1)?,
            }
            for Position { row, col } in area.positions().skip(1) {
                grid.cells[row][col].content = Content::Empty;
            }
            grid.merges.push(area);
            Ok(())
        })
    }

    /// Keeps the first rows or columns where they are when others are sorted.
    ///
    /// # Errors
    /// [`GridError`] for more than a sheet has.
    pub fn freeze(&mut self, axis: Axis, count: usize) -> Result<(), GridError> {
        if count >= axis.limit() {
            return Err(GridError::TooLarge);
        }
        match axis {
            Axis::Rows => self.frozen_rows = count,
            Axis::Cols => self.frozen_cols = count,
        }
        Ok(())
    }

    /// Inserts rows or columns of values before a line. A new row has the number formats of the one that it pushes down, or
    /// of the one above where there is none.
    ///
    /// # Errors
    /// [`GridError`] where they do not fit.
    pub fn insert(&mut self, axis: Axis, at: usize, lines: &[Vec<Value>]) -> Result<(), GridError> {
        self.edit(|grid| {
            let (rows, cols) = grid.size();
            let (before, count) = (if axis == Axis::Rows { rows } else { cols }, lines.len());
            if before.max(at).saturating_add(count) > axis.limit() {
                return Err(GridError::TooLarge);
            }
            match axis {
                Axis::Rows => grid.insert_rows(at, count)?,
                Axis::Cols => grid.insert_cols(at, count)?,
            }
            grid.merges.iter_mut().for_each(|area| *area = area.after_insertion(axis, at, count));
            grid.formulas().for_each(|formula| formula.after_insertion(axis, at, count));
            for (line, values) in lines.iter().enumerate() {
                for (along, value) in values.iter().enumerate() {
                    let position = match axis {
                        Axis::Rows => Position { row: at + line, col: along },
                        Axis::Cols => Position { row: along, col: at + line },
                    };
                    grid.put(position, value)?;
                }
            }
            Ok(())
        })
    }

    fn insert_rows(&mut self, at: usize, count: usize) -> Result<(), GridError> {
        self.reach(at, 0)?;
        let like = self.cells.get(at).or_else(|| self.cells.last());
        let new: Vec<Cell> = like
            .map_or(Vec::new(), |row| row.iter().map(|cell| Cell { format: cell.format, ..Cell::default() }).collect());
        self.cells.splice(at..at, std::iter::repeat_n(new, count));
        Ok(())
    }

    fn insert_cols(&mut self, at: usize, count: usize) -> Result<(), GridError> {
        self.reach(0, at)?;
        for row in &mut self.cells {
            row.splice(at..at, std::iter::repeat_n(Cell::default(), count));
        }
        Ok(())
    }

    /// Deletes rows or columns.
    ///
    /// # Errors
    /// [`GridError`] for a line beyond the largest sheet.
    pub fn delete(&mut self, axis: Axis, lines: &[usize]) -> Result<(), GridError> {
        if let Some(line) = lines.iter().find(|line| **line >= axis.limit()) {
            return Err(GridError::Line(line + 1));
        }
        let mut lines = lines.to_vec();
        lines.sort_unstable();
        lines.dedup();
        self.edit(|grid| {
            lines.iter().rev().for_each(|line| grid.delete_line(axis, *line));
            Ok(())
        })
    }

    fn delete_line(&mut self, axis: Axis, at: usize) {
        let (rows, cols) = self.size();
        match axis {
            Axis::Rows if at < rows => {
                self.cells.remove(at);
                self.frozen_rows -= usize::from(at < self.frozen_rows);
            }
            Axis::Cols if at < cols => {
                self.cells.iter_mut().for_each(|row| drop(row.remove(at)));
                self.frozen_cols -= usize::from(at < self.frozen_cols);
            }
            _ => {}
        }
        let left = self.merges.iter().filter_map(|area| area.after_deletion(axis, at));
        self.merges = left.filter(|area| area.size() > 1).collect();
        self.formulas().for_each(|formula| formula.after_deletion(axis, at));
    }

    fn formulas(&mut self) -> impl Iterator<Item = &mut Formula> {
        self.cells.iter_mut().flatten().filter_map(|cell| match &mut cell.content {
            Content::Formula(formula) => Some(formula),
            _ => None,
        })
    }

    /// Sorts the rows below the frozen ones by a column: numbers before texts, or the other way round; empty cells come
    /// last in either order, and equal ones stay in theirs.
    ///
    /// # Errors
    /// [`GridError`] where rows have merged cells.
    pub fn sort(&mut self, col: usize, order: Order) -> Result<(), GridError> {
        if col >= MAX_COLS {
            return Err(GridError::TooLarge);
        }
        let first = self.frozen_rows.min(self.cells.len());
        if self.merges.iter().any(|area| area.last.row >= first) {
            return Err(GridError::SortMerged);
        }
        let results = Shows::of(self);
        let key = |row: usize| results.at(Position { row, col });
        let mut rows: Vec<usize> = (first..self.cells.len()).collect();
        rows.sort_by(|one, other| compare(key(*one), key(*other), order));
        let cells = rows.iter().enumerate().map(|(index, from)| {
            let mut row = self.cells[*from].clone();
            for cell in &mut row {
                if let Content::Formula(formula) = &mut cell.content {
                    formula.after_move(*from, first + index);
                }
            }
            row
        });
        let sorted: Vec<Vec<Cell>> = cells.collect();
        self.cells.splice(first.., sorted);
        Ok(())
    }
}

fn compare(one: &Shown, other: &Shown, order: Order) -> Ordering {
    let in_order = |ordering: Ordering| match order {
        Order::Ascending => ordering,
        Order::Descending => ordering.reverse(),
    };
    match (one, other) {
        (Shown::Empty, Shown::Empty) => Ordering::Equal,
        (Shown::Empty, _) => Ordering::Greater,
        (_, Shown::Empty) => Ordering::Less,
        (Shown::Number(one), Shown::Number(other)) => in_order(one.total_cmp(other)),
        (Shown::Number(_), _) => in_order(Ordering::Less),
        (_, Shown::Number(_)) => in_order(Ordering::Greater),
        (one, other) => {
            let key = |shown: &Shown| shown.text().to_lowercase();
            in_order(key(one).cmp(&key(other)))
        }
    }
}
