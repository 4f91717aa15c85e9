//! A planner: the next call of the task's route, wherever on it the sheet is; off the route, whatever brings the sheet
//! closer to the answer.

use super::position::{Area, Axis, Position};
use super::{Grid, SheetState, agreement, tools};
use crate::gym::python::Value;
use crate::gym::tool::Call;

/// The next call; none where the sheet is gone, where nothing brings it closer, and in a task without a route.
pub(super) fn next(state: &SheetState) -> Option<Call> {
    let task = &*state.task;
    let finish = task.route.last()?;
    let grid = state.desk.workbook.get(&task.sheet)?;
    if state.desk.open.as_deref() != Some(&task.sheet) {
        return Some(Call::new("open_sheet", [("name", task.sheet.as_str().into())]));
    }
    if let Some(at) = place(state, grid) {
        let unread = task.route[..at].iter().zip(&state.made).find(|(call, made)| !**made && !tools::is_edit(call));
        return Some(unread.map_or(&task.route[at], |(call, _)| call).clone());
    }
    if state.is_exact() { Some(finish.clone()) } else { repair(grid, &task.answer) }
}

/// The last place of the route at which the sheet is as it is now.
fn place(state: &SheetState, grid: &Grid) -> Option<usize> {
    let mut on_route = state.task.workbook.get(&state.task.sheet)?.clone();
    let mut place = None;
    for (at, call) in state.task.route.iter().enumerate() {
        if on_route == *grid {
            place = Some(at);
        }
        if tools::is_edit(call) {
            tools::edit(&mut on_route, call).ok()?;
        }
    }
    place
}

/// Rows and columns first, then all cells that differ at once.
fn repair(grid: &Grid, answer: &[Vec<String>]) -> Option<Call> {
    let values = grid.values();
    let call = size(&values, answer).or_else(|| cells(&values, answer))?;
    let mut repaired = grid.clone();
    tools::edit(&mut repaired, &call).ok()?;
    let repaired = repaired.values();
    let distance = |values: &[Vec<String>]| {
        let lines = values.len().abs_diff(answer.len()) + width(values).abs_diff(width(answer));
        (lines, 1.0 - agreement(values, answer))
    };
    (distance(&repaired) < distance(&values)).then_some(call)
}

fn width(rows: &[Vec<String>]) -> usize {
    rows.first().map_or(0, Vec::len)
}

/// Deletes what is too much at the end. What is missing there is written with the cells.
fn size(values: &[Vec<String>], answer: &[Vec<String>]) -> Option<Call> {
    let surplus = |axis: Axis, have: usize, want: usize| {
        let dimension = if axis == Axis::Rows { "row" } else { "col" };
        let lines: Value = (want + 1..=have).map(|line| line as i64).collect();
        (have > want).then(|| Call::new("delete_batch_data", [("dimension", dimension.into()), ("index_list", lines)]))
    };
    surplus(Axis::Rows, values.len(), answer.len()).or_else(|| surplus(Axis::Cols, width(values), width(answer)))
}

fn cells(values: &[Vec<String>], answer: &[Vec<String>]) -> Option<Call> {
    let text = |rows: &[Vec<String>], Position { row, col }: Position| {
        rows.get(row).and_then(|row| row.get(col)).cloned().unwrap_or_default()
    };
    let corner = Position { row: answer.len().checked_sub(1)?, col: width(answer).checked_sub(1)? };
    let all = Area { first: Position { row: 0, col: 0 }, last: corner };
    let area = all
        .positions()
        .filter(|position| text(values, *position) != text(answer, *position))
        .map(Area::cell)
        .reduce(|one, other| one.joined(&other))?;
    let rows = area.first.row..=area.last.row;
    let row = |row| (area.first.col..=area.last.col).map(|col| text(answer, Position { row, col })).collect::<Value>();
    Some(Call::new(
        "update_range",
        [
            ("start_position", area.first.to_string().into()),
            ("end_position", area.last.to_string().into()),
            ("values_list", rows.map(row).collect()),
        ],
    ))
}
