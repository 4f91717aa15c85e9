//! The tools, and their results.

use super::formula::{Formula, Operator};
use super::grid::{Grid, GridError, Order};
use super::pattern::{Pattern, PatternError};
use super::position::{Area, Axis, Position};
use super::{Desk, MAX_COLS, MAX_ROWS};
use crate::gym::python::Value;
use crate::gym::tool::{Arguments, Call, CallError, Finish, Toolbox};

/// All tools.
pub const TOOLS: Toolbox = Toolbox {
    names: &[
        "open_sheet",
        "del_sheet",
        "freeze_data",
        "get_A1_annotation",
        "insert_cols",
        "insert_rows",
        "delete_batch_data",
        "update_cell",
        "update_cell_by_formula",
        "update_range",
        "sort_sheet_by_col",
        "merge_cells",
        "update_note",
        "get_all_values",
        "get_range_values",
        "get_cell_value",
        "get_value_by_formula",
        "filter_cells",
        "get_note",
        "check_valid_actions",
        "finish",
    ],
    finish: Finish::AnyCase,
};

/// A call of each tool that works on a sheet.
#[rustfmt::skip]
pub(super) const EXAMPLES: [(&str, &str); 20] = [
    ("get_all_values", "{}"),
    ("get_range_values", "{'start_position': 'A1', 'end_position': 'B3'}"),
    ("get_cell_value", "{'position': 'A1'}"),
    ("get_note", "{'position': 'A1'}"),
    ("filter_cells", "{'query': '^A', 'in_row': None, 'in_column': 1}"),
    ("get_A1_annotation", "{'row': 2, 'col': 1}"),
    ("get_value_by_formula", "{'start_position': 'C2', 'end_position': 'C5', 'operator': 'SUM'}"),
    ("update_cell_by_formula", "{'position_list': ['C2', 'D2'], 'result_position': 'E2', 'operator': 'PRODUCT'}"),
    ("update_cell", "{'position': 'C2', 'value': 12.5}"),
    ("update_range", "{'start_position': 'C2', 'end_position': 'C3', 'values_list': [[1], [2]]}"),
    ("update_note", "{'position': 'C2', 'content': 'checked'}"),
    ("insert_rows", "{'values_list': [['x', 1]], 'row_idx': 2}"),
    ("insert_cols", "{'values_list': [['x', 1]], 'col_idx': 2}"),
    ("delete_batch_data", "{'dimension': 'row', 'index_list': [2, 3]}"),
    ("freeze_data", "{'dimension': 'row', 'num': 1}"),
    ("sort_sheet_by_col", "{'col_num': 2, 'order': 'asc'}"),
    ("merge_cells", "{'start_position': 'B2', 'end_position': 'B3'}"),
    ("del_sheet", "{'name': 'a sheet'}"),
    ("check_valid_actions", "{}"),
    ("finish", "{}"),
];

impl From<GridError> for CallError {
    fn from(error: GridError) -> Self {
        Self::refused(format!("Error: {error}"))
    }
}

impl From<PatternError> for CallError {
    fn from(error: PatternError) -> Self {
        Self::refused(format!("Error: {error}"))
    }
}

/// Whether a tool changes a sheet.
pub(super) fn is_edit(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "freeze_data"
            | "insert_cols"
            | "insert_rows"
            | "delete_batch_data"
            | "update_cell"
            | "update_cell_by_formula"
            | "update_range"
            | "sort_sheet_by_col"
            | "merge_cells"
            | "update_note"
    )
}

/// Carries a call out.
pub(super) fn call(desk: &mut Desk, call: &Call) -> Result<Value, CallError> {
    let arguments = call.arguments();
    match call.name.as_str() {
        "open_sheet" => {
            let name = sheet_name(desk, arguments)?;
            desk.open = Some(name.clone());
            Ok(format!("You have opened the sheet {name}.").into())
        }
        "del_sheet" => {
            let name = sheet_name(desk, arguments)?;
            desk.workbook.remove(&name);
            desk.open.take_if(|open| *open == name);
            Ok(format!("You have deleted the sheet {name}.").into())
        }
        "get_A1_annotation" => {
            let (row, col) = (arguments.count("row")?, arguments.count("col")?);
            match row <= MAX_ROWS && col <= MAX_COLS {
                true => Ok(Position { row: row - 1, col: col - 1 }.to_string().into()),
                false => Err(GridError::TooLarge.into()),
            }
        }
        "finish" => Ok("You have finished the task.".into()),
        _ => {
            let closed = || CallError::refused("Please open a sheet before operating it");
            let name = desk.open.as_deref().ok_or_else(closed)?;
            match is_edit(call) {
                true => edit(desk.workbook.get_mut(name).ok_or_else(closed)?, call),
                false => read(desk.workbook.get(name).ok_or_else(closed)?, call),
            }
        }
    }
}

fn sheet_name(desk: &Desk, arguments: Arguments<'_>) -> Result<String, CallError> {
    let name = arguments.text("name")?;
    match desk.workbook.get(&name) {
        Some(_) => Ok(name),
        None => Err(CallError::refused(format!("Error: there is no sheet named {name}"))),
    }
}

/// Carries out a call that changes the sheet.
pub(super) fn edit(grid: &mut Grid, call: &Call) -> Result<Value, CallError> {
    let arguments = call.arguments();
    match call.name.as_str() {
        "freeze_data" => {
            grid.freeze(axis(arguments)?, arguments.text("num")?.parse().map_err(|_| wrong(arguments, "num"))?)?;
            Ok(all(grid))
        }
        "insert_cols" => insert(grid, Axis::Cols, "col_idx", arguments),
        "insert_rows" => insert(grid, Axis::Rows, "row_idx", arguments),
        "delete_batch_data" => {
            let lines = arguments.counts("index_list")?.into_iter().map(|line| line - 1);
            grid.delete(axis(arguments)?, &lines.collect::<Vec<_>>())?;
            Ok(all(grid))
        }
        "update_cell" => {
            let position = position(arguments, "position")?;
            grid.write(position, &[vec![arguments.get("value")?.clone()]])?;
            Ok(one(grid, position))
        }
        "update_cell_by_formula" => {
            let position = position(arguments, "result_position")?;
            grid.compute(position, formula(arguments)?)?;
            Ok(one(grid, position))
        }
        "update_range" => update_range(grid, arguments),
        "sort_sheet_by_col" => sort(grid, arguments),
        "merge_cells" => {
            grid.merge(area(arguments)?)?;
            Ok(all(grid))
        }
        "update_note" => {
            let position = position(arguments, "position")?;
            grid.note(position, &arguments.text("content")?)?;
            Ok(format!("The note of {position} is updated.").into())
        }
        other => Err(CallError::Invalid(other.to_owned())),
    }
}

/// Carries out a call that only looks at the sheet.
fn read(grid: &Grid, call: &Call) -> Result<Value, CallError> {
    let arguments = call.arguments();
    match call.name.as_str() {
        "get_all_values" => Ok(all(grid)),
        "get_range_values" => Ok(matrix(grid.values_of(&area(arguments)?))),
        "get_cell_value" => Ok(value(grid, position(arguments, "position")?).into()),
        "get_value_by_formula" => Ok(grid.value_of(&formula(arguments)?).into()),
        "filter_cells" => filter(grid, arguments),
        "get_note" => {
            let cell = grid.cell(position(arguments, "position")?);
            Ok(cell.map_or("", |cell| &cell.note).into())
        }
        other => Err(CallError::Invalid(other.to_owned())),
    }
}

fn all(grid: &Grid) -> Value {
    matrix(grid.values())
}

fn matrix(rows: Vec<Vec<String>>) -> Value {
    rows.into_iter().map(Value::from_iter).collect()
}

fn value(grid: &Grid, position: Position) -> String {
    grid.values_of(&Area::cell(position)).concat().concat()
}

/// A cell that was changed, and what it shows now.
fn one(grid: &Grid, position: Position) -> Value {
    Value::dict([(position.to_string().as_str(), value(grid, position).into())])
}

fn wrong(arguments: Arguments<'_>, name: &str) -> CallError {
    let found = arguments.get(name).map_or_else(|_| String::new(), Value::repr);
    CallError::refused(format!("Error: {name} cannot be {found}"))
}

fn axis(arguments: Arguments<'_>) -> Result<Axis, CallError> {
    let name = arguments.text("dimension")?;
    Axis::parse(&name).ok_or_else(|| CallError::refused(format!("Error: dimension should be row or col, not {name}")))
}

fn read_position(text: &str) -> Result<Position, CallError> {
    let form = "a capital letter and a row's number, like B3";
    Position::parse(text).ok_or_else(|| CallError::refused(format!("Error: a position is {form}, not {text}")))
}

fn position(arguments: Arguments<'_>, name: &str) -> Result<Position, CallError> {
    read_position(&arguments.text(name)?)
}

/// A corner, under its name in other tools, or under the short one that `update_range` is described with.
fn corner(arguments: Arguments<'_>, name: &str, short: &str) -> Result<Position, CallError> {
    let name = if arguments.optional(name).is_none() && arguments.optional(short).is_some() { short } else { name };
    position(arguments, name)
}

fn area(arguments: Arguments<'_>) -> Result<Area, CallError> {
    let first = corner(arguments, "start_position", "start")?;
    Ok(Area::between(first, corner(arguments, "end_position", "end")?))
}

fn formula(arguments: Arguments<'_>) -> Result<Formula, CallError> {
    let name = arguments.text("operator")?;
    let names = Operator::ALL.map(Operator::name).join(", ");
    let operator = Operator::parse(&name)
        .ok_or_else(|| CallError::refused(format!("Error: operator should be one of {names}, not {name}")))?;
    let inputs = match arguments.optional("position_list") {
        Some(Value::List(items) | Value::Tuple(items)) => {
            let cells = items.iter().map(|item| read_position(&item.to_string()).map(Area::cell));
            cells.collect::<Result<Vec<_>, _>>()?
        }
        Some(_) => return Err(wrong(arguments, "position_list")),
        None => vec![area(arguments)?],
    };
    Formula::new(operator, inputs).ok_or_else(|| {
        CallError::refused(format!(
            "Error: {name} takes {}",
            match operator {
                Operator::Minus => "exactly two cells",
                _ => "one to a hundred cells, or an area",
            }
        ))
    })
}

/// Lines of values: a list of lists.
fn lines(arguments: Arguments<'_>) -> Result<Vec<Vec<Value>>, CallError> {
    let Value::List(lines) = arguments.get("values_list")? else {
        return Err(CallError::refused("Error: values_list should be a list of lists"));
    };
    let line = |line: &Value| match line {
        Value::List(values) | Value::Tuple(values) => Some(values.clone()),
        _ => None,
    };
    let lines = lines.iter().map(line).collect::<Option<Vec<_>>>();
    lines.ok_or_else(|| CallError::refused("Error: values_list should be a list of lists"))
}

fn insert(grid: &mut Grid, axis: Axis, index: &str, arguments: Arguments<'_>) -> Result<Value, CallError> {
    grid.insert(axis, arguments.count(index)? - 1, &lines(arguments)?)?;
    Ok(all(grid))
}

fn update_range(grid: &mut Grid, arguments: Arguments<'_>) -> Result<Value, CallError> {
    let (area, lines) = (area(arguments)?, lines(arguments)?);
    let height = area.last.row - area.first.row + 1;
    let width = area.last.col - area.first.col + 1;
    if lines.len() > height || lines.iter().any(|line| line.len() > width) {
        let text = format!("Error: values_list does not fit into {}:{}", area.first, area.last);
        return Err(CallError::refused(text));
    }
    grid.write(area.first, &lines)?;
    Ok(matrix(grid.values_of(&area)))
}

fn sort(grid: &mut Grid, arguments: Arguments<'_>) -> Result<Value, CallError> {
    let col = arguments.count("col_num")? - 1;
    let order = match arguments.text("order")?.to_ascii_lowercase().as_str() {
        "asc" => Order::Ascending,
        "des" | "desc" => Order::Descending,
        _ => return Err(CallError::refused("Error: order should be asc or des")),
    };
    grid.sort(col, order)?;
    Ok(all(grid))
}

/// Cells whose text has the pattern in it.
fn filter(grid: &Grid, arguments: Arguments<'_>) -> Result<Value, CallError> {
    let pattern = Pattern::new(&arguments.text("query")?)?;
    let line = |name: &str| match arguments.optional(name) {
        Some(_) => arguments.count(name).map(|line| Some(line - 1)),
        None => Ok(None),
    };
    let (in_row, in_col) = (line("in_row")?, line("in_column")?);
    let mut search = pattern.search();
    let mut found = Vec::new();
    for (row, texts) in grid.values().into_iter().enumerate() {
        for (col, text) in texts.into_iter().enumerate() {
            let is_asked = in_row.is_none_or(|only| only == row) && in_col.is_none_or(|only| only == col);
            if is_asked && search.is_in(&text)? {
                let position = Position { row, col }.to_string();
                found.push(Value::dict([("position", position.into()), ("value", text.into())]));
            }
        }
    }
    Ok(Value::List(found))
}
