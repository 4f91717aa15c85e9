//! Formulas: one operator over cells.

use super::position::{Area, Axis, MAX_COLS, MAX_ROWS};

/// What a formula computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The sum of the numbers.
    Sum,
    /// Their mean.
    Average,
    /// How many numbers there are.
    Count,
    /// The largest.
    Max,
    /// The smallest.
    Min,
    /// The first of two without the second.
    Minus,
    /// The product of the numbers.
    Product,
}

impl Operator {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Sum, Self::Average, Self::Count, Self::Max, Self::Min, Self::Minus, Self::Product];

    /// Its name, as tools and sheets have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "SUM",
            Self::Average => "AVERAGE",
            Self::Count => "COUNT",
            Self::Max => "MAX",
            Self::Min => "MIN",
            Self::Minus => "MINUS",
            Self::Product => "PRODUCT",
        }
    }

    /// The operator of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name().eq_ignore_ascii_case(name))
    }
}

/// An operator and the cells that it is over. A part whose cells were deleted is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formula {
    /// What is computed.
    pub operator: Operator,
    /// Of what.
    pub inputs: Vec<Option<Area>>,
}

/// Areas that a formula may name.
const MAX_INPUTS: usize = 100;
/// Cells that it may name: each once.
const MAX_CELLS: usize = MAX_ROWS * MAX_COLS;

impl Formula {
    /// A formula; none where it names too many cells or none, or where `MINUS` is not over two cells.
    #[must_use]
    pub fn new(operator: Operator, inputs: Vec<Area>) -> Option<Self> {
        let cells: usize = inputs.iter().map(Area::size).sum();
        let some = (1..=MAX_INPUTS).contains(&inputs.len()) && cells <= MAX_CELLS;
        let fits = some && (operator != Operator::Minus || cells == 2);
        fits.then(|| Self { operator, inputs: inputs.into_iter().map(Some).collect() })
    }

    /// Reads `=SUM(A1:B2, C3)`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, rest) = text.strip_prefix('=')?.trim().split_once('(')?;
        let inputs = rest.strip_suffix(')')?.split([',', ';']).map(|input| Area::parse(input.trim()));
        Self::new(Operator::parse(name.trim())?, inputs.take(MAX_INPUTS + 1).collect::<Option<_>>()?)
    }

    pub(super) fn after_insertion(&mut self, axis: Axis, at: usize, count: usize) {
        for input in self.inputs.iter_mut().flatten() {
            *input = input.after_insertion(axis, at, count);
        }
    }

    pub(super) fn after_deletion(&mut self, axis: Axis, at: usize) {
        for input in &mut self.inputs {
            *input = input.and_then(|area| area.after_deletion(axis, at));
        }
    }

    /// What is over cells of the formula's own row goes along with it.
    pub(super) fn after_move(&mut self, from: usize, to: usize) {
        for input in self.inputs.iter_mut().flatten() {
            if (input.first.row, input.last.row) == (from, from) {
                (input.first.row, input.last.row) = (to, to);
            }
        }
    }
}
