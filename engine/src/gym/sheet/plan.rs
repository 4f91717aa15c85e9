//! A planner: the next call of the task's route, wherever on it the sheet is; off the route, whatever brings the sheet
//! closer to a place of it.

use super::position::{Area, Axis, Position};
use super::{Grid, SheetState, agreement, tools};
use crate::gym::python::Value;
use crate::gym::tool::Call;

/// What a sheet looks like, by which its place on the route is known.
#[derive(PartialEq)]
struct Look {
    values: Vec<Vec<String>>,
    merges: Vec<Area>,
    frozen: (usize, usize),
}

impl Look {
    fn of(grid: &Grid) -> Self {
        Self { values: grid.values(), merges: grid.merges().to_vec(), frozen: grid.frozen() }
    }
}

/// The next call; none where the sheet is gone, where nothing brings it closer, and in a task without a route.
pub(super) fn next(state: &SheetState) -> Option<Call> {
    let task = &*state.task;
    let last = task.route.len().checked_sub(1)?;
    let grid = state.desk.workbook.get(&task.sheet)?;
    if state.desk.open.as_deref() != Some(&task.sheet) {
        return Some(Call::new("open_sheet", [("name", task.sheet.as_str().into())]));
    }
    let looks = looks(state)?;
    let now = Look::of(grid);
    if let Some(at) = looks.iter().rposition(|look| *look == now) {
        // Calls that do not change how it looks were made or not.
        let unmade = (0..at).find(|index| !state.made[*index] && looks[*index] == looks[index + 1]);
        return Some(task.route[unmade.unwrap_or(at)].clone());
    }
    if now.values == task.answer {
        return Some(task.route[last].clone());
    }
    let closest = looks.iter().rev().filter(|look| look.merges == now.merges);
    let target = closest
        .min_by(|one, other| distance(&now.values, &one.values).total_cmp(&distance(&now.values, &other.values)));
    repair(grid, &now, target.unwrap_or(looks.last()?))
}

/// What the sheet looks like before each call of the route.
fn looks(state: &SheetState) -> Option<Vec<Look>> {
    let mut grid = state.task.workbook.get(&state.task.sheet)?.clone();
    let mut looks = Vec::new();
    for call in &state.task.route {
        looks.push(Look::of(&grid));
        if tools::is_edit(call) {
            tools::edit(&mut grid, call).ok()?;
        }
    }
    Some(looks)
}

/// Lines that are missing or too many, and then the part of the cells that differs.
fn distance(values: &[Vec<String>], wanted: &[Vec<String>]) -> f64 {
    let lines = values.len().abs_diff(wanted.len()) + width(values).abs_diff(width(wanted));
    2.0 * lines as f64 + 1.0 - agreement(values, wanted)
}

/// Frozen lines first, then surplus rows and columns, then all cells that differ at once.
fn repair(grid: &Grid, now: &Look, wanted: &Look) -> Option<Call> {
    if now.frozen.0 != wanted.frozen.0 {
        let rows = Value::Int(wanted.frozen.0 as i64);
        return Some(Call::new("freeze_data", [("dimension", "row".into()), ("num", rows)]));
    }
    if now.frozen.1 != wanted.frozen.1 {
        let cols = Value::Int(wanted.frozen.1 as i64);
        return Some(Call::new("freeze_data", [("dimension", "col".into()), ("num", cols)]));
    }
    let call = size(&now.values, &wanted.values).or_else(|| cells(&now.values, &wanted.values))?;
    let mut repaired = grid.clone();
    tools::edit(&mut repaired, &call).ok()?;
    (distance(&repaired.values(), &wanted.values) < distance(&now.values, &wanted.values)).then_some(call)
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
