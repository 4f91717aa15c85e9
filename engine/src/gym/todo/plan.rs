//! A planner: the next call of the route that is still to be made.

use super::account::Account;
use super::task::is_edit;
use super::{Task, TodoState};
use crate::gym::python::Value;
use crate::gym::tool::Call;

/// The next call. None where something was completed or deleted that should not have been, which no tool undoes, and in
/// a task without a route.
pub(super) fn next(state: &TodoState) -> Option<Call> {
    let task = &*state.task;
    let finish = task.route.last()?;
    let open = task.route.iter().zip(&state.made).find(|(call, made)| match () {
        () if call.is_finish() => false,
        () if is_edit(call) => !(**made && holds(&state.account, call)),
        () => !**made,
    });
    match open.map(|(call, _)| call) {
        Some(call) if is_edit(call) && !is_possible(&state.account, call) => None,
        Some(call) => Some(call.clone()),
        None if state.account.state() == task.answer => Some(finish.clone()),
        None => repair(&state.account, task),
    }
}

fn argument<'a>(call: &'a Call, name: &str) -> Option<&'a Value> {
    call.input.get(name)
}

/// Whether what a call was to change is so.
fn holds(account: &Account, call: &Call) -> bool {
    let item = argument(call, "task_id").and_then(Value::as_str).and_then(|id| account.item(id));
    match call.name.as_str() {
        "update_project" => {
            let project = argument(call, "project_id").and_then(Value::as_str).and_then(|id| account.project(id));
            project.map(|project| Value::Bool(project.is_favorite)).as_ref() == argument(call, "is_favorite")
        }
        "update_task" => {
            item.and_then(|item| item.due_date.as_deref()) == argument(call, "due_date").and_then(Value::as_str)
        }
        "complete_task" => item.is_some_and(|item| item.is_completed),
        _ => item.is_none(),
    }
}

fn is_possible(account: &Account, call: &Call) -> bool {
    let id = argument(call, "task_id").and_then(Value::as_str);
    id.is_none_or(|id| account.item(id).is_some())
}

/// Sets back a favourite or a date that the agent changed without being asked to. Only where the accounts have the same
/// items, so that places in the lists agree.
fn repair(account: &Account, task: &Task) -> Option<Call> {
    if contents(&account.state()) != contents(&task.answer) {
        return None;
    }
    let wanted = |list: &str, index: usize, key: &str| match task.answer.get(list) {
        Some(Value::List(entries)) => entries.get(index).and_then(|entry| entry.get(key)).cloned(),
        _ => None,
    };
    let project = account.projects.iter().enumerate().find_map(|(index, project)| {
        let is_favorite = wanted("projects", index, "is_favorite")?;
        let id = project.id.as_str().into();
        let call = Call::new("update_project", [("project_id", id), ("is_favorite", is_favorite)]);
        (!holds(account, &call)).then_some(call)
    });
    let item = || {
        account.items().enumerate().find_map(|(index, item)| {
            let due = wanted("tasks", index, "due_date").filter(|due| !matches!(due, Value::None))?;
            let call = Call::new("update_task", [("task_id", item.id.as_str().into()), ("due_date", due)]);
            (!holds(account, &call)).then_some(call)
        })
    };
    project.or_else(item)
}

fn contents(state: &Value) -> Vec<Option<Value>> {
    match state.get("tasks") {
        Some(Value::List(items)) => items.iter().map(|item| item.get("content").cloned()).collect(),
        _ => Vec::new(),
    }
}
