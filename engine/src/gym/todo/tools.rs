//! The tools, and their results.

use super::account::{Account, Item, Project};
use crate::gym::python::Value;
use crate::gym::tool::{Arguments, Call, CallError, Day, Finish, Toolbox};

/// All tools.
pub const TOOLS: Toolbox = Toolbox {
    names: &[
        "get_user_current_date",
        "get_user_current_location",
        "get_projects",
        "update_project",
        "get_tasks",
        "get_task_description",
        "get_task_duration",
        "complete_task",
        "update_task",
        "delete_task",
        "check_valid_actions",
        "finish",
    ],
    finish: Finish::TwoSpellings,
};

/// Where and when the user is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Setting {
    /// `2024-02-29`.
    pub current_date: String,
    /// A town.
    pub current_location: String,
}

/// Carries a call out.
pub(super) fn call(account: &mut Account, setting: &Setting, call: &Call) -> Result<Value, CallError> {
    let arguments = call.arguments();
    match call.name.as_str() {
        "get_user_current_date" => Ok(setting.current_date.as_str().into()),
        "get_user_current_location" => Ok(setting.current_location.as_str().into()),
        "get_projects" => Ok(Value::List(account.projects.iter().map(Project::shown).collect())),
        "update_project" => update_project(account, arguments),
        "get_tasks" => {
            let id = arguments.text("project_id")?;
            let project = account.project(&id).ok_or_else(|| unknown("project", &id))?;
            Ok(Value::List(project.items.iter().map(Item::shown).collect()))
        }
        "get_task_description" => {
            let item = item(account, arguments)?;
            Ok(Value::dict([
                ("id", item.id.as_str().into()),
                ("content", item.content.as_str().into()),
                ("description", item.description.as_str().into()),
            ]))
        }
        "get_task_duration" => {
            let duration = item(account, arguments)?.duration.as_ref();
            let duration =
                duration.ok_or_else(|| CallError::raised("TypeError", "'NoneType' object is not subscriptable"))?;
            Ok(format!("{}({})", duration.amount, duration.unit).into())
        }
        "complete_task" => {
            let item = item_mut(account, arguments)?;
            item.is_completed = true;
            Ok(done("Complete task successfully.", "task", item.shown_completed()))
        }
        "update_task" => update_task(account, arguments),
        "delete_task" => {
            let id = arguments.text("task_id")?;
            let item = account.remove(&id).ok_or_else(|| unknown("task", &id))?;
            Ok(done("Delete the task successfully.", "task", item.shown()))
        }
        "finish" => match arguments.get("answer")? {
            Value::List(items) => Ok(Value::List(Value::sorted(items)?)),
            answer => Ok(answer.clone()),
        },
        other => Err(CallError::Invalid(other.to_owned())),
    }
}

fn update_project(account: &mut Account, arguments: Arguments<'_>) -> Result<Value, CallError> {
    let id = arguments.text("project_id")?;
    let is_favorite = match arguments.get("is_favorite")? {
        Value::Bool(value) => *value,
        other => {
            return Err(CallError::refused(format!(
                "Error: is_favorite should be True or False, not {}",
                other.repr()
            )));
        }
    };
    let project = account.project_mut(&id).ok_or_else(|| unknown("project", &id))?;
    project.is_favorite = is_favorite;
    Ok(done("Update the project successfully.", "project", project.shown()))
}

fn update_task(account: &mut Account, arguments: Arguments<'_>) -> Result<Value, CallError> {
    let id = arguments.text("task_id")?;
    let due = arguments.text("due_date")?;
    let day = Day::parse(&due)
        .ok_or_else(|| CallError::refused(format!("Error: due_date should be a date like 2024-01-31, not {due}")))?;
    let item = account.item_mut(&id).ok_or_else(|| unknown("task", &id))?;
    item.due_date = Some(day.to_string());
    Ok(done("Update the task successfully.", "task", item.shown()))
}

fn item<'a>(account: &'a Account, arguments: Arguments<'_>) -> Result<&'a Item, CallError> {
    let id = arguments.text("task_id")?;
    account.item(&id).ok_or_else(|| unknown("task", &id))
}

fn item_mut<'a>(account: &'a mut Account, arguments: Arguments<'_>) -> Result<&'a mut Item, CallError> {
    let id = arguments.text("task_id")?;
    account.item_mut(&id).ok_or_else(|| unknown("task", &id))
}

fn unknown(what: &str, id: &str) -> CallError {
    CallError::refused(format!("Error: there is no {what} with id {id}"))
}

fn done(message: &str, key: &str, value: Value) -> Value {
    Value::dict([("message", message.into()), (key, value)])
}
