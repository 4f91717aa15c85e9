//! What a sheet shows: formulas computed, numbers formatted, merged cells repeated.

use super::cell::{Content, Format};
use super::formula::{Formula, Operator};
use super::grid::Grid;
use super::position::{Area, Position};

/// What a cell comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shown {
    Empty,
    Text(String),
    Number(f64),
    Error(&'static str),
}

impl Shown {
    /// Its text, where it is one.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Error(text) => text,
            Self::Empty | Self::Number(_) => "",
        }
    }
}

const EMPTY: &Shown = &Shown::Empty;

/// What all cells of a sheet come to, each computed once.
pub(super) struct Shows<'a> {
    grid: &'a Grid,
    results: Vec<Vec<Computed>>,
}

enum Computed {
    NotYet,
    /// Its inputs are being computed: whoever asks for it now is one of them.
    Busy,
    Done(Shown),
}

impl<'a> Shows<'a> {
    pub(super) fn of(grid: &'a Grid) -> Self {
        let (rows, cols) = grid.size();
        let results = (0..rows).map(|_| (0..cols).map(|_| Computed::NotYet).collect()).collect();
        let mut shows = Self { grid, results };
        for row in 0..rows {
            for col in 0..cols {
                shows.compute(Position { row, col });
            }
        }
        shows
    }

    /// What a cell comes to. Merged cells but the first are empty.
    pub(super) fn at(&self, position: Position) -> &Shown {
        match self.results.get(position.row).and_then(|row| row.get(position.col)) {
            Some(Computed::Done(result)) => result,
            _ => EMPTY,
        }
    }

    /// As deep as there are formulas that depend on each other, of which a sheet has a limit.
    fn compute(&mut self, position: Position) {
        let Some(cell) = self.grid.cell(position) else { return };
        let Position { row, col } = position;
        if !matches!(self.results[row][col], Computed::NotYet) {
            return;
        }
        self.results[row][col] = Computed::Busy;
        let result = match &cell.content {
            Content::Empty => Shown::Empty,
            Content::Text(text) => Shown::Text(text.clone()),
            Content::Number(number) => Shown::Number(*number),
            Content::Formula(formula) => self.formula(formula),
        };
        self.results[row][col] = Computed::Done(result);
    }

    /// What a formula comes to.
    pub(super) fn formula(&mut self, formula: &Formula) -> Shown {
        let mut inputs = Vec::new();
        for area in &formula.inputs {
            let Some(area) = area else { return Shown::Error("#REF!") };
            for position in self.within(area) {
                self.compute(position);
                match &self.results[position.row][position.col] {
                    // Of a text it only matters that it is one.
                    Computed::Done(Shown::Text(_)) => inputs.push(Shown::Text(String::new())),
                    Computed::Done(result) => inputs.push(result.clone()),
                    _ => return Shown::Error("#REF!"),
                }
            }
        }
        // A cell beyond the sheet is empty, and for MINUS it matters which of the two is.
        if formula.operator == Operator::Minus {
            let cells = formula.inputs.iter().flatten().flat_map(Area::positions);
            inputs = cells.map(|position| self.at(position).clone()).collect();
        }
        apply(formula.operator, &inputs)
    }

    /// The cells of an area that the sheet has.
    fn within(&self, area: &Area) -> impl Iterator<Item = Position> + use<> {
        let (rows, cols) = self.grid.size();
        let (area, last_row, last_col) = (*area, area.last.row.min(rows.saturating_sub(1)), area.last.col);
        let last_col = last_col.min(cols.saturating_sub(1));
        let some = rows > 0 && cols > 0;
        (area.first.row..=last_row)
            .flat_map(move |row| (area.first.col..=last_col).map(move |col| Position { row, col }))
            .filter(move |_| some)
    }

    /// A result as it is shown in a cell of this format.
    pub(super) fn show(&self, result: &Shown, format: Format) -> String {
        match result {
            Shown::Number(number) => format.show(*number),
            other => other.text().to_owned(),
        }
    }

    /// The format of a formula's result: that of its first cell, where nobody chose another.
    pub(super) fn format(&self, formula: &Formula) -> Format {
        let first = formula.inputs.iter().flatten().next().and_then(|area| self.grid.cell(area.first));
        match formula.operator {
            Operator::Count => Format::General,
            _ => first.map_or(Format::General, |cell| cell.format),
        }
    }

    /// The text of a cell, for one of a merged area that of the first.
    pub(super) fn text(&self, position: Position) -> String {
        let position = self.grid.merge_at(position).map_or(position, |area| area.first);
        let Some(cell) = self.grid.cell(position) else { return String::new() };
        let format = match (&cell.content, cell.format) {
            (Content::Formula(formula), Format::General) => self.format(formula),
            (_, format) => format,
        };
        self.show(self.at(position), format)
    }

    /// All texts, up to the last row and the last column that show anything.
    pub(super) fn texts(&self) -> Vec<Vec<String>> {
        let (rows, cols) = self.grid.size();
        let mut texts: Vec<Vec<String>> =
            (0..rows).map(|row| (0..cols).map(|col| self.text(Position { row, col })).collect()).collect();
        let used = |row: &Vec<String>| row.iter().rposition(|text| !text.is_empty()).map_or(0, |last| last + 1);
        let height = texts.iter().rposition(|row| used(row) > 0).map_or(0, |last| last + 1);
        let width = texts.iter().map(used).max().unwrap_or(0);
        texts.truncate(height);
        texts.iter_mut().for_each(|row| row.truncate(width));
        texts
    }
}

impl Grid {
    /// What the sheet shows, as `get_all_values` has it.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<String>> {
        Shows::of(self).texts()
    }

    /// What cells show; those beyond the sheet are empty.
    #[must_use]
    pub fn values_of(&self, area: &Area) -> Vec<Vec<String>> {
        let shows = Shows::of(self);
        let row = |row| (area.first.col..=area.last.col).map(|col| shows.text(Position { row, col })).collect();
        (area.first.row..=area.last.row).map(row).collect()
    }

    /// What a formula would show.
    #[must_use]
    pub fn value_of(&self, formula: &Formula) -> String {
        let mut shows = Shows::of(self);
        let result = shows.formula(formula);
        shows.show(&result, shows.format(formula))
    }
}

fn apply(operator: Operator, inputs: &[Shown]) -> Shown {
    let error = inputs.iter().find(|input| matches!(input, Shown::Error(_)));
    let numbers: Vec<f64> = inputs
        .iter()
        .filter_map(|input| if let Shown::Number(number) = input { Some(*number) } else { None })
        .collect();
    let sum = || numbers.iter().sum::<f64>();
    let extreme = |pick: fn(f64, f64) -> f64| numbers.iter().copied().reduce(pick).unwrap_or(0.0);
    let number = match (operator, error) {
        (Operator::Count, _) => numbers.len() as f64,
        (_, Some(error)) => return error.clone(),
        (Operator::Sum, _) => sum(),
        (Operator::Average, _) if numbers.is_empty() => return Shown::Error("#DIV/0!"),
        (Operator::Average, _) => sum() / numbers.len() as f64,
        (Operator::Max, _) => extreme(f64::max),
        (Operator::Min, _) => extreme(f64::min),
        (Operator::Product, _) if numbers.is_empty() => 0.0,
        (Operator::Product, _) => numbers.iter().product(),
        (Operator::Minus, _) => match inputs {
            [Shown::Text(_), _] | [_, Shown::Text(_)] => return Shown::Error("#VALUE!"),
            [one, other] => amount(one) - amount(other),
            _ => return Shown::Error("#REF!"),
        },
    };
    if number.is_finite() { Shown::Number(number) } else { Shown::Error("#NUM!") }
}

fn amount(result: &Shown) -> f64 {
    match result {
        Shown::Number(number) => *number,
        _ => 0.0,
    }
}
