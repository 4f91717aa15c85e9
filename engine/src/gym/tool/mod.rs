//! What the tool environments share (AgentBoard's five servers; `specs/agentgym.md` §1.9): the grammar of their actions,
//! their sentences, and subgoals.
//!
//! An action is a line `Action: name with Action Input: {…}` at the end of the model's text; its input is a Python
//! literal. The original calls `eval()` on it; here it is parsed, and what would have to be evaluated is refused with the
//! sentence that the original has for inputs that do not evaluate.
//!
//! Kept as the original has it: an action that contains "finish" anywhere, in its name or in its input, known or not,
//! ends the episode; the last line counts, whatever stands before; a server goes on after the end. In v2, only a call of
//! `finish` is to end an episode ([`Call::is_finish`]).

mod action;
mod call;
mod day;
mod subgoals;
#[cfg(test)]
mod tests;

pub use action::{Call, Line, MAX_ACTION};
pub use call::{Arguments, CallError};
pub use day::Day;
pub use subgoals::Subgoals;

use super::python::Value;

/// What an agent sees first; `GET /observation` shows it during the whole episode.
#[must_use]
pub fn opening(goal: &str) -> String {
    format!("Now new trial starts.\nYou should perform actions to accomplish the goal: {goal}\nGive me one action.")
}

/// The answer to a text that has no action in its last line.
pub const FORMAT_ERROR: &str = "Format error, please response in the format of  \"Action: [your action] with Action Input: \
    [your action input]";

/// Which spellings of "finish" end an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// `finish` and `Finish`: weather, movie, academia, todo.
    TwoSpellings,
    /// All: sheet.
    AnyCase,
}

impl Finish {
    /// Whether an action, as a whole, ends the episode.
    #[must_use]
    pub fn is_in(self, action: &str) -> bool {
        match self {
            Self::TwoSpellings => action.contains("finish") || action.contains("Finish"),
            Self::AnyCase => action.to_lowercase().contains("finish"),
        }
    }
}

/// The tools of an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Toolbox {
    /// Their names, in the order in which `check_valid_actions` lists them.
    pub names: &'static [&'static str],
    /// What ends an episode.
    pub finish: Finish,
}

/// What an action came to, before the environment rewards it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// What the agent sees.
    pub observation: String,
    /// Whether the action ends the episode.
    pub done: bool,
    /// The call and its result, where it succeeded.
    pub success: Option<(Call, Value)>,
}

impl Toolbox {
    /// Reads the model's text, and has `tool` carry out the call, if it is one of a tool that there is.
    pub fn step(&self, text: &str, tool: impl FnOnce(&Call) -> Result<Value, CallError>) -> Reply {
        let Some(line) = Line::last_of(text) else {
            return Reply { observation: FORMAT_ERROR.to_owned(), done: false, success: None };
        };
        let done = self.finish.is_in(line.as_str());
        let result = line.call().and_then(|call| self.carry_out(&call, tool).map(|result| (call, result)));
        let shown = match &result {
            Ok((_, value)) => value.to_string(),
            Err(error) => error.to_string(),
        };
        Reply { observation: format!("Observation: {shown}\nGive me one action."), done, success: result.ok() }
    }

    fn carry_out(&self, call: &Call, tool: impl FnOnce(&Call) -> Result<Value, CallError>) -> Result<Value, CallError> {
        match call.name.as_str() {
            name if !self.names.contains(&name) => Err(CallError::Invalid(name.to_owned())),
            "check_valid_actions" => {
                let names: Value = self.names.iter().copied().collect();
                Ok(Value::Str(format!("You can use following valid actions: {names}")))
            }
            _ => tool(call),
        }
    }
}
