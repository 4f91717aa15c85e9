//! A task: an account, what is to become of it, and how.

use super::account::{Account, without_ids};
use super::tools::{self, Setting};
use crate::gym::python::Value;
use crate::gym::tool::{Call, CallError};

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What the agent is asked for.
    pub goal: String,
    /// The account at the beginning.
    pub account: Account,
    /// Where and when.
    pub setting: Setting,
    /// Values that calls are to return, without ids.
    pub subgoals: Vec<Value>,
    /// The account as it should be at the end, without ids.
    pub answer: Value,
    /// Calls that lead there, the last one `finish`; empty where only the answer is known.
    pub route: Vec<Call>,
}

/// Whether a tool changes the account.
pub(super) fn is_edit(call: &Call) -> bool {
    matches!(call.name.as_str(), "update_project" | "complete_task" | "update_task" | "delete_task")
}

impl Task {
    /// The task that a route solves: its subgoals are what the edits return, and the answer, if one is asked for; its
    /// account at the end is what the edits make of it.
    ///
    /// # Errors
    /// [`CallError`] where a call of the route fails.
    pub(super) fn of_route(
        goal: String,
        account: &Account,
        setting: &Setting,
        mut route: Vec<Call>,
        answer: Option<Value>,
    ) -> Result<Self, CallError> {
        let asked = answer.is_some();
        route.push(Call::new("finish", [("answer", answer.unwrap_or_else(|| "Done.".into()))]));
        let mut end = account.clone();
        let mut subgoals = Vec::new();
        for call in &route {
            let result = tools::call(&mut end, setting, call)?;
            if is_edit(call) || (asked && call.is_finish()) {
                subgoals.push(without_ids(&result));
            }
        }
        Ok(Self { goal, account: account.clone(), setting: setting.clone(), subgoals, answer: end.state(), route })
    }
}
