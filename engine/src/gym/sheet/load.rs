//! The original's files, for whoever has them: `sheet.jsonl`, and its workbook in a form that whoever reads `.xlsx` can
//! write: names, cells, number formats, notes and merges.

use std::sync::Arc;

use serde_json::Value as Json;
use thiserror::Error;

use super::position::Area;
use super::{Cell, Format, Grid, GridError, Sheet, Task, Workbook};
use crate::gym::python::Value;

/// A sheet as a file has it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Cells, row by row; texts are taken as if they were typed.
    pub cells: Vec<Vec<Cell>>,
    /// Merged areas.
    pub merges: Vec<Area>,
}

/// Why files are not loaded.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LoadError {
    /// Not JSON.
    #[error("{what} is not JSON: {error}")]
    Json {
        /// Which file, or which line of it.
        what: String,
        /// What the parser says.
        error: String,
    },
    /// Something is missing, or is something else.
    #[error("{what} has no {missing}")]
    Missing {
        /// Of what.
        what: String,
        /// What is not there.
        missing: String,
    },
    /// A sheet that cannot be.
    #[error("the sheet {name}: {error}")]
    Grid {
        /// Its name.
        name: String,
        /// Why.
        error: GridError,
    },
}

fn missing(what: &str, missing: &str) -> LoadError {
    LoadError::Missing { what: what.to_owned(), missing: missing.to_owned() }
}

impl Source {
    /// Reads `{"sheets": [{"name": …, "cells": [[…]], "merges": ["A1:B2"]}]}`. A cell is a text, a number or `null`, or
    /// `{"value": …, "format": "0.00", "note": …}`.
    ///
    /// # Errors
    /// [`LoadError`] naming the sheet.
    pub fn from_json(bytes: &[u8]) -> Result<Vec<Self>, LoadError> {
        let what = "the workbook";
        let file: Json = serde_json::from_slice(bytes)
            .map_err(|error| LoadError::Json { what: what.to_owned(), error: error.to_string() })?;
        let sheets = file["sheets"].as_array().ok_or_else(|| missing(what, "sheets"))?;
        sheets.iter().map(Self::of_json).collect()
    }

    fn of_json(sheet: &Json) -> Result<Self, LoadError> {
        let name = sheet["name"].as_str().ok_or_else(|| missing("a sheet", "name"))?;
        let rows = sheet["cells"].as_array().ok_or_else(|| missing(name, "cells"))?;
        let row = |row: &Json| {
            let cells = row.as_array().ok_or_else(|| missing(name, "array for a row"))?;
            cells.iter().map(|cell| read(cell).ok_or_else(|| missing(name, "value for a cell"))).collect()
        };
        let merges = sheet["merges"].as_array().map(Vec::as_slice).unwrap_or_default();
        let merge = |area: &Json| area.as_str().and_then(Area::parse).ok_or_else(|| missing(name, "area for a merge"));
        Ok(Self {
            name: name.to_owned(),
            cells: rows.iter().map(row).collect::<Result<_, _>>()?,
            merges: merges.iter().map(merge).collect::<Result<_, _>>()?,
        })
    }

    /// Reads comma-separated values, quoted where they have commas, quotes or line ends in them (RFC 4180).
    #[must_use]
    pub fn from_csv(name: &str, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut rows = vec![vec![String::new()]];
        let mut quoted = false;
        let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
        while let Some(c) = chars.next() {
            let row = rows.last_mut().expect("invariant: there is a row");
            let field = row.last_mut().expect("invariant: a row has a field");
            match c {
                '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
                '"' if quoted || field.is_empty() => quoted = !quoted,
                c if quoted => field.push(c),
                ',' => row.push(String::new()),
                '\r' if chars.peek() == Some(&'\n') => {}
                '\n' => rows.push(vec![String::new()]),
                c => field.push(c),
            }
        }
        rows.pop_if(|last| last.concat().is_empty());
        let cell = |text: String| {
            let mut cell = Cell::default();
            cell.type_in(&text);
            cell
        };
        let cells = rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect();
        Self { name: name.to_owned(), cells, merges: Vec::new() }
    }

    fn grid(self) -> Result<(String, Grid), LoadError> {
        let grid = Grid::new(self.cells).and_then(|mut grid| {
            self.merges.into_iter().try_for_each(|area| grid.merge(area))?;
            Ok(grid)
        });
        match grid {
            Ok(grid) => Ok((self.name, grid)),
            Err(error) => Err(LoadError::Grid { name: self.name, error }),
        }
    }
}

fn read(json: &Json) -> Option<Cell> {
    let (value, format, note) = match json {
        Json::Object(entries) => {
            let text = |key: &str| entries.get(key).and_then(Json::as_str);
            (entries.get("value").unwrap_or(&Json::Null), text("format").and_then(Format::parse), text("note"))
        }
        value => (value, None, None),
    };
    let mut cell =
        Cell { format: format.unwrap_or_default(), note: note.unwrap_or_default().to_owned(), ..Cell::default() };
    cell.put(&Value::from_json(value))?;
    Some(cell)
}

impl Sheet {
    /// The environment with the tasks of `sheet.jsonl` over a workbook. A task's answer is a matrix, or the name of a sheet;
    /// where it says neither, it is the sheet `Answer1` for a goal that names `Sheet1`. Answers are no sheets of an episode.
    /// Tasks have no planner.
    ///
    /// # Errors
    /// [`LoadError`] naming the line or the sheet.
    pub fn load(tasks: &[u8], workbook: Vec<Source>) -> Result<Self, LoadError> {
        let mut all = Workbook::default();
        for source in workbook {
            let (name, grid) = source.grid()?;
            all.put(&name, grid);
        }
        let text = String::from_utf8_lossy(tasks);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let tasks: Vec<Task> = lines
            .map(|(index, line)| {
                let what = format!("line {} of sheet.jsonl", index + 1);
                let json = serde_json::from_str(line)
                    .map_err(|error| LoadError::Json { what: what.clone(), error: error.to_string() })?;
                task(&json, &what, &all)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { loaded: Some(tasks.into_iter().map(Arc::new).collect()) })
    }
}

fn task(line: &Json, what: &str, all: &Workbook) -> Result<Task, LoadError> {
    let goal = line["goal"].as_str().ok_or_else(|| missing(what, "goal"))?;
    let is_answer = |name: &str| name.starts_with("Answer");
    let sheet = named(goal, all.names().filter(|name| !is_answer(name)));
    let sheet = sheet.ok_or_else(|| missing(what, "sheet of the workbook in its goal"))?.to_owned();
    let found = &line["additional_info"]["answer"];
    let of_sheet = |name: &str| all.get(name).map(Grid::values);
    let answer = matrix(found)
        .or_else(|| found.as_str().and_then(of_sheet))
        .or_else(|| of_sheet(&sheet.replacen("Sheet", "Answer", 1)).filter(|_| sheet.starts_with("Sheet")));
    let mut workbook = all.clone();
    for name in all.names().filter(|name| is_answer(name)) {
        workbook.remove(name);
    }
    let answer = answer.ok_or_else(|| missing(what, "answer"))?;
    Ok(Task { goal: goal.to_owned(), workbook, sheet, answer, route: Vec::new() })
}

/// The longest name that a goal has in it as a word of its own.
fn named<'a>(goal: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_word = |name: &&str| {
        goal.match_indices(*name).any(|(at, _)| {
            let after = goal[at + name.len()..].chars().next();
            !after.is_some_and(char::is_alphanumeric)
        })
    };
    names.filter(is_word).max_by_key(|name| name.len())
}

/// Rows of texts; numbers are taken as Python shows them.
fn matrix(json: &Json) -> Option<Vec<Vec<String>>> {
    let row = |row: &Json| Some(row.as_array()?.iter().map(text).collect());
    json.as_array()?.iter().map(row).collect()
}

fn text(json: &Json) -> String {
    match json {
        Json::Null => String::new(),
        other => Value::from_json(other).to_string(),
    }
}
