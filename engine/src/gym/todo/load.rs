//! The original's files, for whoever has them: `todo.jsonl` and `projects.json`.
//!
//! Of the second only its purpose is public, so what a to-do application exports is read: an array of projects, or an
//! object with `projects` and, where they are not within their projects, `tasks` that name theirs. A task's day may be
//! `due_date` or `due.date`, its time `duration.amount` and `.unit`.

use std::sync::Arc;

use serde_json::Value as Json;
use thiserror::Error;

use super::{Account, Duration, Item, Project, Setting, Task, Todo};
use crate::gym::python::Value;

/// Why files are not loaded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
    /// More than can be meant.
    #[error("{what} has {count} entries, more than {limit}")]
    TooMany {
        /// Which file.
        what: String,
        /// How many.
        count: usize,
        /// How many at most.
        limit: usize,
    },
}

/// Projects, tasks of an account, and lines, at most.
const MAX_ENTRIES: usize = 10_000;

impl Todo {
    /// The environment with the tasks of `todo.jsonl` over the account of `projects.json`. Ids are numbers in the order of
    /// the file: the original's are new in every episode. Tasks have no planner.
    ///
    /// # Errors
    /// [`LoadError`] naming the line.
    pub fn load(tasks: &[u8], projects: &[u8]) -> Result<Self, LoadError> {
        let account = account(&parse(projects, "projects.json")?)?;
        let text = String::from_utf8_lossy(tasks);
        let lines: Vec<(usize, &str)> = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
        check_count("todo.jsonl", lines.len())?;
        let tasks = lines.into_iter().map(|(index, line)| {
            let what = format!("line {} of todo.jsonl", index + 1);
            task(&parse(line.as_bytes(), &what)?, &what, &account).map(Arc::new)
        });
        Ok(Self { loaded: Some(tasks.collect::<Result<_, _>>()?) })
    }
}

fn parse(bytes: &[u8], what: &str) -> Result<Json, LoadError> {
    serde_json::from_slice(bytes).map_err(|error| LoadError::Json { what: what.to_owned(), error: error.to_string() })
}

fn check_count(what: &str, count: usize) -> Result<(), LoadError> {
    match count <= MAX_ENTRIES {
        true => Ok(()),
        false => Err(LoadError::TooMany { what: what.to_owned(), count, limit: MAX_ENTRIES }),
    }
}

fn task(line: &Json, what: &str, account: &Account) -> Result<Task, LoadError> {
    let missing = |missing: &str| LoadError::Missing { what: what.to_owned(), missing: missing.to_owned() };
    let goal = line["goal"].as_str().ok_or_else(|| missing("goal"))?;
    let subgoals = match &line["subgoals"] {
        Json::Array(values) if !values.is_empty() => values.iter().map(Value::from_json).collect(),
        single @ (Json::String(_) | Json::Number(_) | Json::Bool(_) | Json::Object(_)) => {
            vec![Value::from_json(single)]
        }
        _ => return Err(missing("subgoals")),
    };
    let more = &line["additional_info"];
    let text = |key: &str| more["init_config"][key].as_str().unwrap_or_default().to_owned();
    let setting = Setting { current_date: text("current_date"), current_location: text("current_location") };
    // A question's answer is no account: the account has to stay as it is.
    let answer = Value::from_json(&more["answer"]);
    let is_account = answer.get("projects").is_some() && answer.get("tasks").is_some();
    Ok(Task {
        goal: goal.to_owned(),
        account: account.clone(),
        setting,
        subgoals: subgoals.iter().map(super::account::without_ids).collect(),
        answer: if is_account { super::account::without_ids(&answer) } else { account.state() },
        route: Vec::new(),
    })
}

fn account(file: &Json) -> Result<Account, LoadError> {
    let missing = |what: &str, missing: &str| LoadError::Missing { what: what.to_owned(), missing: missing.to_owned() };
    let list = file.as_array().or_else(|| file["projects"].as_array());
    let list = list.ok_or_else(|| missing("projects.json", "array of projects"))?;
    let flat = file["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
    check_count("projects.json", list.len().saturating_add(flat.len()))?;
    let mut next_id = 0;
    let mut id = || {
        next_id += 1;
        next_id.to_string()
    };
    let mut projects = Vec::new();
    for (index, entry) in list.iter().enumerate() {
        let what = format!("project {} of projects.json", index + 1);
        let name = entry["name"].as_str().ok_or_else(|| missing(&what, "name"))?;
        let within = entry["tasks"].as_array().map(Vec::as_slice).unwrap_or_default();
        let items = within.iter().chain(flat.iter().filter(|task| is_in(task, entry, name)));
        let items: Vec<Item> = items
            .enumerate()
            .map(|(at, task)| {
                item(task, at, id()).ok_or_else(|| missing(&format!("task {} of {what}", at + 1), "content"))
            })
            .collect::<Result<_, _>>()?;
        projects.push(Project {
            id: id(),
            order: entry["order"].as_i64().unwrap_or(index as i64 + 1),
            color: entry["color"].as_str().unwrap_or("charcoal").to_owned(),
            name: name.to_owned(),
            is_favorite: entry["is_favorite"].as_bool().unwrap_or(false),
            items,
        });
    }
    Ok(Account { projects })
}

/// Whether a task that stands by itself names this project.
fn is_in(task: &Json, project: &Json, name: &str) -> bool {
    let id = &project["id"];
    (!id.is_null() && task["project_id"] == *id) || task["project"].as_str() == Some(name)
}

fn item(task: &Json, index: usize, id: String) -> Option<Item> {
    let due = task["due_date"].as_str().or_else(|| task["due"]["date"].as_str());
    let duration = &task["duration"];
    let unit = || duration["unit"].as_str().or_else(|| task["duration_unit"].as_str()).unwrap_or("minute").to_owned();
    let amount = duration["amount"].as_i64().or_else(|| duration.as_i64());
    Some(Item {
        id,
        order: task["order"].as_i64().unwrap_or(index as i64 + 1),
        content: task["content"].as_str()?.to_owned(),
        description: task["description"].as_str().unwrap_or_default().to_owned(),
        is_completed: task["is_completed"].as_bool().unwrap_or(false),
        priority: task["priority"].as_i64().unwrap_or(1),
        due_date: due.map(str::to_owned),
        duration: amount.map(|amount| Duration { amount, unit: unit() }),
    })
}
