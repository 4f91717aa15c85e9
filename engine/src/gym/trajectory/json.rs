//! AgentGym's files (`specs/agentgym.md` §3.1): a JSON array of records, or a record per line.
//!
//! A record is `{"conversations": [{"from", "loss", "value"}, …], "item_id"}`; results add `reward` and `success`. Files
//! of items have no conversations, or `null`. Other fields are passed over.

use serde_json::{Map, Value, json};
use thiserror::Error;

use super::{Invalid, ItemId, Message, Speaker, Trajectory, excerpt};

/// A file that holds no trajectories.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FileError {
    /// It is not JSON.
    #[error("line {line}: {reason}")]
    Syntax {
        /// From 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// A record is not as it has to be.
    #[error(transparent)]
    Record(#[from] Invalid),
}

/// Reads a file in either form: an array when it begins with `[`, else a record per line.
///
/// # Errors
/// [`FileError`] naming the line, or the item and the message.
pub fn parse(text: &str) -> Result<Vec<Trajectory>, FileError> {
    match text.trim_start().starts_with('[') {
        true => parse_array(text),
        false => parse_lines(text),
    }
}

/// Reads a JSON array of records.
///
/// # Errors
/// [`FileError`] naming the line, or the item and the message.
pub fn parse_array(text: &str) -> Result<Vec<Trajectory>, FileError> {
    let records: Vec<Value> = serde_json::from_str(text)
        .map_err(|error| FileError::Syntax { line: error.line(), reason: error.to_string() })?;
    let read = |(number, record)| Ok(read(record, &format!("record {number}"))?);
    records.iter().enumerate().map(read).collect()
}

/// Reads a record per line; empty lines are passed over.
///
/// # Errors
/// [`FileError`] naming the line, or the item and the message.
pub fn parse_lines(text: &str) -> Result<Vec<Trajectory>, FileError> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    let read = |(text, line)| {
        let syntax = |error: serde_json::Error| FileError::Syntax { line, reason: error.to_string() };
        Ok(read(&serde_json::from_str(text).map_err(syntax)?, &format!("line {line}"))?)
    };
    lines.map(read).collect()
}

/// Writes a JSON array, a line for each record.
#[must_use]
pub fn array(trajectories: &[Trajectory]) -> String {
    let records: Vec<String> = trajectories.iter().map(|trajectory| to_value(trajectory).to_string()).collect();
    format!("[\n{}\n]\n", records.join(",\n"))
}

/// Writes a record per line.
#[must_use]
pub fn lines(trajectories: &[Trajectory]) -> String {
    trajectories.iter().map(|trajectory| to_value(trajectory).to_string() + "\n").collect()
}

/// A trajectory as a record. `success` is a number there, as the original's evaluator writes it.
#[must_use]
pub fn to_value(trajectory: &Trajectory) -> Value {
    let message =
        |message: &Message| json!({ "from": message.from.name(), "loss": message.loss, "value": message.value });
    let mut record = Map::new();
    record.insert("conversations".to_owned(), trajectory.conversation.iter().map(message).collect());
    record.insert("item_id".to_owned(), trajectory.item_id.to_string().into());
    if let Some(reward) = trajectory.reward {
        record.insert("reward".to_owned(), reward.into());
    }
    if let Some(success) = trajectory.success {
        record.insert("success".to_owned(), f64::from(u8::from(success)).into());
    }
    Value::Object(record)
}

/// The trajectory in a record. Its types are checked, its order is not: see [`Trajectory::validate`].
///
/// # Errors
/// [`Invalid`] naming the item and the message.
pub fn from_value(record: &Value) -> Result<Trajectory, Invalid> {
    read(record, "a record")
}

fn read(record: &Value, place: &str) -> Result<Trajectory, Invalid> {
    if !record.is_object() {
        return Err(invalid(place, None, "an object", record));
    }
    let id = record["item_id"].as_str().and_then(|id| id.parse::<ItemId>().ok());
    let item_id = id.ok_or_else(|| invalid(place, None, "an `item_id` like \"webshop_6\"", &record["item_id"]))?;
    let name = format!("`{item_id}`");
    let conversation = match &record["conversations"] {
        Value::Null => Vec::new(),
        Value::Array(messages) => {
            let read = |(number, message)| read_message(&name, number, message);
            messages.iter().enumerate().map(read).collect::<Result<_, _>>()?
        }
        other => return Err(invalid(&name, None, "`conversations` to be an array", other)),
    };
    let number = |found: &Value, expected| match found {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(f64::from(u8::from(*truth)))),
        found => found.as_f64().map(Some).ok_or_else(|| invalid(&name, None, expected, found)),
    };
    let reward = number(&record["reward"], "`reward` to be a number")?;
    let success = number(&record["success"], "`success` to be true, false, 1 or 0")?.map(|success| success > 0.0);
    Ok(Trajectory { item_id, conversation, reward, success })
}

fn read_message(record: &str, number: usize, message: &Value) -> Result<Message, Invalid> {
    let invalid = |expected: &str, found: &Value| invalid(record, Some(number), expected, found);
    let from = [Speaker::Human, Speaker::Gpt].into_iter().find(|speaker| message["from"] == speaker.name());
    let from = from.ok_or_else(|| invalid("`from` to be \"human\" or \"gpt\"", &message["from"]))?;
    let loss = match &message["loss"] {
        Value::Null => None,
        Value::Bool(loss) => Some(*loss),
        found => return Err(invalid("`loss` to be true, false or null", found)),
    };
    let value = message["value"].as_str().ok_or_else(|| invalid("`value` to be a text", &message["value"]))?;
    Ok(Message { from, loss, value: value.to_owned() })
}

fn invalid(record: &str, message: Option<usize>, expected: &str, found: &Value) -> Invalid {
    let found = excerpt(&found.to_string());
    Invalid { record: record.to_owned(), message, expected: expected.to_owned(), found }
}
