//! Sheet (AgentBoard's spreadsheet server; `specs/agentgym.md` §1.9): a sheet is changed through tools until it is as the
//! goal says.
//!
//! Kept as the original has it: grammar and sentences ([`tool`](super::tool)); any action that contains "finish", in
//! whatever case, is the end; the reward is the part of the cells that agree with the answer's, the largest so far, whether
//! the action was an error or not. Only cells that both have are compared, so rows that are missing, or too many, cost
//! nothing; in v2 the whole sheet is to be compared ([`SheetState::is_exact`]).
//!
//! The original copies a spreadsheet of a cloud service for every episode. Here one is computed: contents as they would be
//! typed, number formats, notes, merges, frozen rows, and formulas of one operator that follow their cells. Sheets and tasks
//! are our own, made by a seed ([`made`]); whoever has the original's loads them ([`Sheet::load`]). Texts of results that
//! are not public are ours: edits of single cells answer with those cells, others with the whole sheet.

mod cell;
mod formula;
mod grid;
mod load;
pub mod made;
mod pattern;
mod plan;
mod position;
mod shown;
#[cfg(test)]
mod tests;
mod tools;
mod workbook;

use std::sync::{Arc, LazyLock};

pub use cell::{Cell, Content, Format};
pub use formula::{Formula, Operator};
pub use grid::{Grid, GridError, MAX_BYTES, MAX_FORMULAS, MAX_MERGES, MAX_TEXT, Order};
pub use load::{LoadError, Source};
pub use pattern::{MAX_PATTERN, Pattern, PatternError, Search};
pub use position::{Area, Axis, MAX_COLS, MAX_ROWS, Position};
pub use tools::TOOLS;
pub use workbook::Workbook;

use super::tool::{self, Call};
use super::{Environment, Info, Outcome, Split, Success, TaskError, View};

static INFO: Info = Info {
    name: "sheet",
    title: "Sheet",
    summary: "Bring a spreadsheet into the form that is asked for, through tools: fill, compute, sort, insert, delete, merge.",
    instruction: "You work with spreadsheets. Each turn, think, then write one call in the last line, in this form:\nAction: \
        name with Action Input: {'argument': value}\nThe input is a Python dict; an empty one is {}. A position is a capital \
        letter and a row's number, like B3; rows and columns are counted from 1.\nTools:\nopen_sheet {'name': str} has to \
        come first. del_sheet {'name': str} deletes a sheet.\nget_all_values {}, get_range_values {'start_position': str, \
        'end_position': str}, get_cell_value {'position': str} and get_note {'position': str} read.\nfilter_cells {'query': \
        str, 'in_row': int or None, 'in_column': int or None} finds the cells that a regular expression is found \
        in.\nget_A1_annotation {'row': int, 'col': int} names a position.\nget_value_by_formula {'operator': str, \
        'start_position': str, 'end_position': str} computes SUM, AVERAGE, COUNT, MAX, MIN, PRODUCT, or MINUS of two cells; \
        instead of the two corners, 'position_list': [str] may name cells. update_cell_by_formula takes \
        'result_position': str too and puts the formula there.\nupdate_cell {'position': str, 'value': value} and \
        update_range {'start_position': str, 'end_position': str, 'values_list': [[value]]} write. update_note {'position': \
        str, 'content': str} notes.\ninsert_rows {'values_list': [[value]], 'row_idx': int} and insert_cols {'values_list': \
        [[value]], 'col_idx': int} insert before a line. delete_batch_data {'dimension': 'row' or 'col', 'index_list': \
        [int]} deletes lines.\nfreeze_data {'dimension': 'row' or 'col', 'num': int} keeps the first lines in place, a \
        header for instance, when sort_sheet_by_col {'col_num': int, 'order': 'asc' or 'des'} sorts the \
        others.\nmerge_cells {'start_position': str, 'end_position': str} makes one cell of \
        several.\ncheck_valid_actions {} lists the tools. finish {} ends the work.",
    max_rounds: 15,
    success: Success::Full,
    deviations: &[
        "Sheets and tasks are made by a seed: the licence of the original's is unclear.",
        "The input of an action is parsed as a Python literal, not evaluated.",
        "The texts of results that are not public are ours, and filter_cells answers with positions and values.",
        "Formulas are one operator over cells; others are refused.",
        "An action is done once; the original repeats edits after an error.",
    ],
};

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What the agent is asked for.
    pub goal: String,
    /// All sheets at the beginning.
    pub workbook: Workbook,
    /// The sheet that is compared.
    pub sheet: String,
    /// What it should show.
    pub answer: Vec<Vec<String>>,
    /// Calls that lead there, the last one `finish`; empty where only the answer is known.
    pub route: Vec<Call>,
}

/// The sheets, and the one that is open.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Desk {
    /// All sheets.
    pub workbook: Workbook,
    /// The name of the one that tools work on.
    pub open: Option<String>,
}

/// The environment: its own tasks, or loaded ones.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    loaded: Option<Arc<[Arc<Task>]>>,
}

static OWN: LazyLock<Arc<[Arc<Task>]>> = LazyLock::new(|| made::tasks().into_iter().map(Arc::new).collect());

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetState {
    /// The task.
    pub task: Arc<Task>,
    /// The sheets as they are now.
    pub desk: Desk,
    /// Which calls of the task's route were made.
    made: Vec<bool>,
    /// The last reward.
    pub reward: f64,
    /// Whether the last action was an end.
    pub done: bool,
}

impl SheetState {
    /// What `GET /observation` shows during the whole episode.
    #[must_use]
    pub fn opening(&self) -> String {
        tool::opening(&self.task.goal)
    }

    /// What the sheet shows that is compared; nothing once it is deleted.
    #[must_use]
    pub fn values(&self) -> Vec<Vec<String>> {
        self.desk.workbook.get(&self.task.sheet).map_or(Vec::new(), Grid::values)
    }

    /// Whether the whole sheet is as it should be, not only the part that the reward compares.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.values() == self.task.answer
    }
}

/// The part of the cells that agree, of those that both have; nothing where there are none.
#[must_use]
pub fn agreement(values: &[Vec<String>], answer: &[Vec<String>]) -> f64 {
    let rows = values.len().min(answer.len());
    let width = |rows: &[Vec<String>]| rows.first().map_or(0, Vec::len);
    let cols = width(values).min(width(answer));
    let agrees =
        |(one, other): (&Vec<String>, &Vec<String>)| (0..cols).filter(|col| one.get(*col) == other.get(*col)).count();
    let agreeing: usize = values.iter().zip(answer).take(rows).map(agrees).sum();
    if rows * cols == 0 { 0.0 } else { agreeing as f64 / (rows * cols) as f64 }
}

/// A spreadsheet.
#[derive(Debug, Clone, PartialEq)]
pub struct SheetView {
    /// What is asked for.
    pub goal: String,
    /// Names of all sheets.
    pub sheets: Vec<String>,
    /// The sheet that is shown: the one that is open, or else the one that is compared.
    pub name: String,
    /// Whether it is open.
    pub is_open: bool,
    /// Its cells, row by row.
    pub cells: Vec<Vec<CellView>>,
    /// Its merged areas.
    pub merges: Vec<Area>,
    /// Frozen rows and columns.
    pub frozen: (usize, usize),
    /// The part of the cells that agreed at best.
    pub agreement: f64,
}

/// A cell of a [`SheetView`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CellView {
    /// What it shows.
    pub text: String,
    /// Its note; empty for none.
    pub note: String,
    /// Whether it is computed.
    pub is_formula: bool,
    /// Whether the beginning showed something else there.
    pub changed: bool,
}

impl Sheet {
    fn list(&self) -> &[Arc<Task>] {
        self.loaded.as_ref().unwrap_or(&OWN)
    }

    /// The task of this number.
    #[must_use]
    pub fn task(&self, task: u64) -> Option<&Arc<Task>> {
        usize::try_from(task).ok().and_then(|task| self.list().get(task))
    }
}

impl Environment for Sheet {
    type State = SheetState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        self.list().len() as u64
    }

    /// Sheets of the test are in no task of the training.
    fn splits(&self) -> Vec<Split> {
        let all = Environment::tasks(self);
        match self.loaded {
            None => vec![
                Split { name: "train", tasks: 0..made::TRAINING, own: true },
                Split { name: "test", tasks: made::TRAINING..all, own: true },
            ],
            Some(_) => vec![Split { name: "test", tasks: 0..all, own: false }],
        }
    }

    fn reset(&self, task: u64) -> Result<(SheetState, String), TaskError> {
        let unknown = TaskError::Unknown { environment: INFO.name, task, count: Environment::tasks(self) };
        let task = self.task(task).ok_or(unknown)?;
        let state = SheetState {
            task: Arc::clone(task),
            desk: Desk { workbook: task.workbook.clone(), open: None },
            made: vec![false; task.route.len()],
            reward: 0.0,
            done: false,
        };
        let first = state.opening();
        Ok((state, first))
    }

    fn step(&self, state: &mut SheetState, action: &str) -> Outcome {
        let reply = TOOLS.step(action, |call| tools::call(&mut state.desk, call));
        if let Some((call, _)) = &reply.success {
            for (route, made) in state.task.route.iter().zip(&mut state.made) {
                *made |= route.is_in(call);
            }
        }
        state.done = reply.done;
        // What is no action at all leaves the reward alone.
        if reply.observation != tool::FORMAT_ERROR {
            state.reward = state.reward.max(agreement(&state.values(), &state.task.answer));
        }
        Outcome { observation: reply.observation, reward: state.reward, done: state.done }
    }

    fn available_actions(&self, state: &SheetState) -> Vec<String> {
        let sheets = state.desk.workbook.names().map(|name| Call::new("open_sheet", [("name", name.into())]).text());
        let others = tools::EXAMPLES.map(|(name, input)| format!("Action: {name} with Action Input: {input}"));
        sheets.chain(others).collect()
    }

    fn score(&self, state: &SheetState) -> f64 {
        state.reward
    }

    fn plan(&self, state: &SheetState) -> Option<String> {
        plan::next(state).map(|call| call.text())
    }

    fn view(&self, state: &SheetState) -> View {
        let name = state.desk.open.clone().unwrap_or_else(|| state.task.sheet.clone());
        let grid = state.desk.workbook.get(&name);
        let before = state.task.workbook.get(&name).map_or(Vec::new(), Grid::values);
        let texts = grid.map_or(Vec::new(), Grid::values);
        let cell = |row: usize, col: usize, text: &String| {
            let cell = grid.and_then(|grid| grid.cell(Position { row, col }));
            CellView {
                text: text.clone(),
                note: cell.map_or(String::new(), |cell| cell.note.clone()),
                is_formula: cell.is_some_and(|cell| matches!(cell.content, Content::Formula(_))),
                changed: before.get(row).and_then(|row| row.get(col)) != Some(text),
            }
        };
        let row = |(index, texts): (usize, &Vec<String>)| {
            texts.iter().enumerate().map(|(col, text)| cell(index, col, text)).collect()
        };
        View::Sheet(SheetView {
            goal: state.task.goal.clone(),
            sheets: state.desk.workbook.names().map(str::to_owned).collect(),
            is_open: state.desk.open.is_some(),
            cells: texts.iter().enumerate().map(row).collect(),
            merges: grid.map_or(Vec::new(), |grid| grid.merges().to_vec()),
            frozen: grid.map_or((0, 0), Grid::frozen),
            agreement: state.reward,
            name,
        })
    }
}
