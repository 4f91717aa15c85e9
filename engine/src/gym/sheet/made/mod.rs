//! Sheets and tasks of our own, made by a seed. What a sheet should show at the end is computed from exact tables, without
//! the tools; the route to it goes through them.

mod draft;
mod edits;
mod sums;
mod table;
mod words;

use super::grid::Grid;
use super::{Task, Workbook, agreement};
use crate::gym::PythonRandom;
use crate::gym::tool::Call;
use draft::{Draft, Kind};
use table::{Layout, Table};

/// Sheets, each with [`PER_SHEET`] tasks.
const SHEETS: usize = 25;
const PER_SHEET: usize = 4;

/// Tasks for training; the sheets of those behind them are used in none of these.
pub const TRAINING: u64 = 80;

/// Calls of a route at most, with opening, looking and `finish`: an evaluation has 15 rounds.
const LONGEST_ROUTE: usize = 14;

/// Draws of a kind after which it is given up for a sheet.
const DRAWS: u64 = 30;

/// Kinds that fit a layout, those that it is made for first, others between them.
fn kinds(layout: Layout) -> Vec<Kind> {
    let own: Vec<Kind> = match layout {
        Layout::Plain => sums::PLAIN.into_iter().chain(edits::PLAIN).collect(),
        Layout::Totals => sums::TOTALS.to_vec(),
        Layout::Grouped => sums::GROUPED.to_vec(),
    };
    let longest = own.len().max(edits::ANY.len());
    (0..longest)
        .flat_map(|index| {
            [own.get(index % own.len()), edits::ANY.get(index)].into_iter().flatten().copied().collect::<Vec<_>>()
        })
        .collect()
}

/// All tasks.
#[must_use]
pub fn tasks() -> Vec<Task> {
    let tables: Vec<Table> = (0..SHEETS).map(Table::draw).collect();
    let mut workbook = Workbook::default();
    for table in &tables {
        workbook.put(&table.name, table.grid());
    }
    let mut tasks: Vec<Task> = Vec::new();
    // Each layout goes on where its last sheet ended, so that all kinds come.
    let mut next_kinds = [0; 3];
    for (number, table) in tables.iter().enumerate() {
        let kinds = kinds(table.layout);
        let next = &mut next_kinds[table.layout as usize];
        let end = tasks.len() + PER_SHEET;
        while tasks.len() < end {
            let seed = (number * 1_000 + *next) as u64 * DRAWS;
            let kind = kinds[*next % kinds.len()];
            let drawn = (seed..seed + DRAWS).find_map(|seed| task(kind, table, &workbook, seed));
            tasks.extend(drawn.filter(|drawn| tasks.iter().all(|task| task.goal != drawn.goal)));
            *next += 1;
        }
    }
    tasks
}

fn task(kind: Kind, table: &Table, workbook: &Workbook, seed: u64) -> Option<Task> {
    let mut random = PythonRandom::new(1_000_000 + seed);
    let Draft { goal, calls, rows } = kind(table, &mut random)?;
    let mut route =
        vec![Call::new("open_sheet", [("name", table.name.as_str().into())]), Call::new("get_all_values", [])];
    route.extend(calls);
    route.push(Call::new("finish", []));
    let answer: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(table::Datum::shown).collect()).collect();
    // What compares as equal at once would be no task.
    let before = workbook.get(&table.name).map_or(Vec::new(), Grid::values);
    let is_task = route.len() <= LONGEST_ROUTE && agreement(&before, &answer) < 1.0;
    is_task.then(|| Task { goal, workbook: workbook.clone(), sheet: table.name.clone(), answer, route })
}
