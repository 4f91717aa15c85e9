//! Sheets as tables of exact values, with which answers are computed without the tools.

use super::super::cell::{Cell, Content, Format};
use super::super::grid::Grid;
use super::words::{Derived, SUBJECTS, Subject};
use crate::gym::PythonRandom;
use crate::gym::python::Value;

/// What a column has in it, and so how its numbers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    /// Money, with two decimals.
    Cents,
    /// Hundredths of a per cent.
    Points,
}

/// A value, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Datum {
    Blank,
    Text(String),
    Number(Kind, i64),
}

impl Datum {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// As a sheet shows it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) => text.clone(),
            Self::Number(Kind::Cents, number) => hundredths(*number),
            Self::Number(Kind::Points, number) => format!("{}%", hundredths(*number)),
            Self::Number(_, number) => number.to_string(),
        }
    }

    /// As an agent would write it.
    pub(super) fn written(&self) -> Value {
        match self {
            Self::Blank => Value::None,
            Self::Text(text) => text.as_str().into(),
            Self::Number(Kind::Cents, number) if number % 100 == 0 => Value::Int(number / 100),
            Self::Number(Kind::Cents, number) => Value::Float(*number as f64 / 100.0),
            Self::Number(Kind::Points, _) => self.short().into(),
            Self::Number(_, number) => Value::Int(*number),
        }
    }

    /// As people say it: without zeros at the end of the decimals.
    pub(super) fn short(&self) -> String {
        let shown = self.shown();
        let (number, sign) = shown.strip_suffix('%').map_or((shown.as_str(), ""), |number| (number, "%"));
        let trimmed = if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number };
        format!("{trimmed}{sign}")
    }

    pub(super) fn number(&self) -> i64 {
        match self {
            Self::Number(_, number) => *number,
            _ => 0,
        }
    }

    fn cell(&self, kind: Kind) -> Cell {
        let content = match self {
            Self::Blank => Content::Empty,
            Self::Text(text) => Content::Text(text.clone()),
            Self::Number(Kind::Cents, number) => Content::Number(*number as f64 / 100.0),
            Self::Number(Kind::Points, number) => Content::Number(*number as f64 / 10_000.0),
            Self::Number(_, number) => Content::Number(*number as f64),
        };
        let format = match kind {
            Kind::Cents => Format::Fixed(2),
            Kind::Points => Format::Percent(2),
            Kind::Text | Kind::Whole => Format::General,
        };
        Cell { content, format, note: String::new() }
    }
}

fn hundredths(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", number.abs() / 100, number.abs() % 100)
}

/// How a sheet is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A row for each item.
    Plain,
    /// And one for totals below, still empty.
    Totals,
    /// Items of a group below each other, the group's name in the first row alone.
    Grouped,
}

/// Columns of every sheet.
pub(super) const ITEM: usize = 0;
pub(super) const GROUP: usize = 1;
pub(super) const FIRST: usize = 2;
pub(super) const SECOND: usize = 3;
pub(super) const DERIVED: usize = 4;
pub(super) const RATE: usize = 5;

/// A sheet.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) layout: Layout,
    pub(super) subject: &'static Subject,
    pub(super) kinds: [Kind; 6],
    /// The header, the items, and the totals if there are any.
    pub(super) rows: Vec<Vec<Datum>>,
    /// A cell with a note that says what should be in it.
    pub(super) note: (usize, usize, Datum),
}

impl Table {
    /// The sheet of a number.
    pub(super) fn draw(number: usize) -> Self {
        let mut random = PythonRandom::new(77_000 + number as u64);
        let subject = &SUBJECTS[number % SUBJECTS.len()];
        let layout =
            [Layout::Plain, Layout::Totals, Layout::Grouped, Layout::Totals, Layout::Plain][(number + number / 12) % 5];
        let derived = match (subject.derived.1, subject.first.kind) {
            (Derived::Product, _) => subject.second.kind,
            (_, kind) => kind,
        };
        let kinds = [Kind::Text, Kind::Text, subject.first.kind, subject.second.kind, derived, Kind::Points];
        let header =
            [subject.item, subject.group, subject.first.header, subject.second.header, subject.derived.0, subject.rate];
        let mut rows = vec![header.map(Datum::text).to_vec()];
        rows.extend(items(subject, layout, &mut random));
        let last = rows.len() - 1;
        if layout == Layout::Totals {
            rows.push(vec![Datum::text("Total"), Datum::Blank, Datum::Blank, Datum::Blank, Datum::Blank, Datum::Blank]);
        }
        let at = 1 + random.below(last);
        let mut right = drawn(&subject.second, &mut random);
        while right == rows[at][SECOND] {
            right = drawn(&subject.second, &mut random);
        }
        Self {
            name: format!("{} {}", subject.title, number / 12 + 1),
            layout,
            subject,
            kinds,
            rows,
            note: (at, SECOND, right),
        }
    }

    /// The rows of items.
    pub(super) fn items(&self) -> std::ops::Range<usize> {
        1..self.rows.len() - usize::from(self.layout == Layout::Totals)
    }

    /// As the environment has it.
    pub(super) fn grid(&self) -> Grid {
        let row = |(index, row): (usize, &Vec<Datum>)| {
            let kind = |col: usize| if index == 0 { Kind::Text } else { self.kinds[col] };
            row.iter().enumerate().map(|(col, datum)| datum.cell(kind(col))).collect()
        };
        let mut cells: Vec<Vec<Cell>> = self.rows.iter().enumerate().map(row).collect();
        let (row, col, right) = &self.note;
        cells[*row][*col].note = format!("The correct value is {}.", right.short());
        Grid::new(cells).expect("invariant: tables are small")
    }

    /// What a computed cell should have in it.
    pub(super) fn derived(&self, row: usize) -> Datum {
        let (first, second) = (self.rows[row][FIRST].number(), self.rows[row][SECOND].number());
        Datum::Number(
            self.kinds[DERIVED],
            match self.subject.derived.1 {
                Derived::Product => first * second,
                Derived::Minus => first - second,
                Derived::Sum => first + second,
            },
        )
    }
}

fn drawn(numbers: &super::words::Numbers, random: &mut PythonRandom) -> Datum {
    let (least, most) = numbers.range;
    let step = if numbers.kind == Kind::Cents { 5 } else { 1 };
    Datum::Number(numbers.kind, least + step * random.below(((most - least) / step) as usize) as i64)
}

fn items(subject: &Subject, layout: Layout, random: &mut PythonRandom) -> Vec<Vec<Datum>> {
    let mut names = subject.items;
    let mut groups = subject.groups;
    random.shuffle(&mut names);
    random.shuffle(&mut groups);
    let count = if layout == Layout::Totals { 6 } else { 7 + random.below(2) };
    let rows = (0..count).map(|index| {
        // Runs of three and two and the rest, or anything.
        let (group, is_first) = match layout {
            Layout::Grouped => (groups[[0, 0, 0, 1, 1, 2, 2, 2][index]], matches!(index, 0 | 3 | 5)),
            _ => (groups[random.below(3)], true),
        };
        vec![
            Datum::text(names[index]),
            if is_first { Datum::text(group) } else { Datum::Blank },
            drawn(&subject.first, random),
            drawn(&subject.second, random),
            Datum::Blank,
            Datum::Number(Kind::Points, 100 + 50 * random.below(60) as i64),
        ]
    });
    rows.collect()
}
