//! What a kind of task is drawn from, and calls.

use super::super::position::Position;
use super::table::{Datum, Table};
use crate::gym::PythonRandom;
use crate::gym::python::Value;
use crate::gym::tool::Call;

/// A goal, the calls between opening the sheet and the end, and the rows that there should be.
pub(super) struct Draft {
    pub(super) goal: String,
    pub(super) calls: Vec<Call>,
    pub(super) rows: Vec<Vec<Datum>>,
}

/// A kind of task; none where it does not fit the sheet, or the draw does not make a good one.
pub(super) type Kind = fn(&Table, &mut PythonRandom) -> Option<Draft>;

/// One of the phrases, filled; `{sheet}` is the table's name.
pub(super) fn say(table: &Table, random: &mut PythonRandom, phrases: &[&str], words: &[(&str, &str)]) -> String {
    let phrase = random.choice(phrases).copied().unwrap_or_default().replace("{sheet}", &table.name);
    words.iter().fold(phrase, |text, (slot, word)| text.replace(&format!("{{{slot}}}"), word))
}

/// A row of an item.
pub(super) fn item(table: &Table, random: &mut PythonRandom) -> usize {
    let rows = table.items();
    rows.start + random.below(rows.len())
}

pub(super) fn at(row: usize, col: usize) -> String {
    Position { row, col }.to_string()
}

pub(super) fn header(table: &Table, col: usize) -> &str {
    match &table.rows[0][col] {
        Datum::Text(text) => text,
        _ => "",
    }
}

fn written(lines: &[Vec<Datum>]) -> Value {
    lines.iter().map(|line| line.iter().map(Datum::written).collect::<Value>()).collect()
}

pub(super) fn update_cell(row: usize, col: usize, datum: &Datum) -> Call {
    Call::new("update_cell", [("position", at(row, col).into()), ("value", datum.written())])
}

pub(super) fn update_range(first: (usize, usize), last: (usize, usize), lines: &[Vec<Datum>]) -> Call {
    let corner = |(row, col)| Value::from(at(row, col));
    let corners = [("start_position", corner(first)), ("end_position", corner(last))];
    let [start, end] = corners;
    Call::new("update_range", [start, end, ("values_list", written(lines))])
}

/// An operator over a part of a column, into a cell.
pub(super) fn compute(operator: &str, col: usize, rows: std::ops::Range<usize>, result: (usize, usize)) -> Call {
    Call::new(
        "update_cell_by_formula",
        [
            ("start_position", at(rows.start, col).into()),
            ("end_position", at(rows.end - 1, col).into()),
            ("result_position", at(result.0, result.1).into()),
            ("operator", operator.into()),
        ],
    )
}

/// An operator over cells, into a cell.
pub(super) fn compute_of(operator: &str, cells: &[(usize, usize)], result: (usize, usize)) -> Call {
    let cells: Value = cells.iter().map(|(row, col)| at(*row, *col)).collect();
    let result = at(result.0, result.1).into();
    Call::new(
        "update_cell_by_formula",
        [("position_list", cells), ("result_position", result), ("operator", operator.into())],
    )
}

/// The value of an operator over a part of a column.
pub(super) fn value_of(operator: &str, col: usize, rows: std::ops::Range<usize>) -> Call {
    Call::new(
        "get_value_by_formula",
        [
            ("start_position", at(rows.start, col).into()),
            ("end_position", at(rows.end - 1, col).into()),
            ("operator", operator.into()),
        ],
    )
}

fn lines_of(rows: impl IntoIterator<Item = usize>) -> Value {
    rows.into_iter().map(|row| row as i64 + 1).collect()
}

pub(super) fn delete_rows(rows: impl IntoIterator<Item = usize>) -> Call {
    Call::new("delete_batch_data", [("dimension", "row".into()), ("index_list", lines_of(rows))])
}

pub(super) fn delete_cols(cols: impl IntoIterator<Item = usize>) -> Call {
    Call::new("delete_batch_data", [("dimension", "col".into()), ("index_list", lines_of(cols))])
}

pub(super) fn insert_rows(lines: &[Vec<Datum>], before: usize) -> Call {
    Call::new("insert_rows", [("values_list", written(lines)), ("row_idx", Value::Int(before as i64 + 1))])
}

pub(super) fn insert_cols(lines: &[Vec<Datum>], before: usize) -> Call {
    Call::new("insert_cols", [("values_list", written(lines)), ("col_idx", Value::Int(before as i64 + 1))])
}

/// Sorting below the header.
pub(super) fn sort(col: usize, order: &str) -> [Call; 2] {
    [
        Call::new("freeze_data", [("dimension", "row".into()), ("num", Value::Int(1))]),
        Call::new("sort_sheet_by_col", [("col_num", Value::Int(col as i64 + 1)), ("order", order.into())]),
    ]
}

pub(super) fn merge(first: (usize, usize), last: (usize, usize)) -> Call {
    let corner = |(row, col)| Value::from(at(row, col));
    Call::new("merge_cells", [("start_position", corner(first)), ("end_position", corner(last))])
}

pub(super) fn get_note(row: usize, col: usize) -> Call {
    Call::new("get_note", [("position", at(row, col).into())])
}

pub(super) fn update_note(row: usize, col: usize, content: &str) -> Call {
    Call::new("update_note", [("position", at(row, col).into()), ("content", content.into())])
}

/// All cells of a column with exactly this text.
pub(super) fn filter(text: &str, col: usize) -> Call {
    let query = format!("^{text}$").into();
    Call::new("filter_cells", [("query", query), ("in_row", Value::None), ("in_column", Value::Int(col as i64 + 1))])
}
