//! A trajectory as a line of JSON.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use duet_engine::gym::rollout::{End, Finished, Key};
use duet_engine::gym::trajectory::{ItemId, Trajectory, json};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Format;

/// A trajectory with what else is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What happened.
    pub trajectory: Trajectory,
    /// Which attempt at its task.
    pub sample: u32,
    /// The form of the agent's texts.
    pub format: Format,
    /// Why it ended; files of others do not say.
    pub end: Option<Ended>,
    /// Why it was given up, or cannot be played.
    pub reason: Option<String>,
    /// Tokens that a model read and wrote.
    pub tokens: Option<Tokens>,
}

/// Why an episode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The environment said so.
    Done,
    /// It had its rounds.
    Rounds,
    /// Its conversation filled the context.
    Context,
    /// The agent knew no way on.
    GaveUp,
    /// The task cannot be begun.
    Unplayable,
}

impl Ended {
    /// As files and tables write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Rounds => "rounds",
            Self::Context => "context",
            Self::GaveUp => "gave_up",
            Self::Unplayable => "unplayable",
        }
    }
}

/// What texts cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Tokens of prompts.
    pub read: u64,
    /// Tokens of texts.
    pub written: u64,
}

/// The fields that a record of AgentGym's does not have.
#[derive(Default, Serialize, Deserialize)]
struct More {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample: Option<u32>,
    #[serde(default)]
    format: Format,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Ended>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<Tokens>,
}

impl Line {
    /// The line of a job that is over.
    pub(super) fn of(finished: Finished, format: Format, tokens: Option<Tokens>) -> Self {
        let Key { item, sample } = finished.key;
        match finished.result {
            Ok(rollout) => {
                let (end, reason) = match rollout.end {
                    End::Done => (Ended::Done, None),
                    End::Rounds => (Ended::Rounds, None),
                    End::Context => (Ended::Context, None),
                    End::GaveUp(reason) => (Ended::GaveUp, Some(reason)),
                };
                Self { trajectory: rollout.trajectory, sample, format, end: Some(end), reason, tokens }
            }
            Err(error) => {
                let trajectory = Trajectory { item_id: item, conversation: Vec::new(), reward: None, success: None };
                let (end, reason) = (Some(Ended::Unplayable), Some(error.to_string()));
                Self { trajectory, sample, format, end, reason, tokens: None }
            }
        }
    }

    /// What tells it from all others.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { item: self.trajectory.item_id.clone(), sample: self.sample }
    }

    /// Its JSON, and a line break.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let mut record = json::to_value(&self.trajectory);
        let Self { sample, format, end, reason, tokens, .. } = self.clone();
        let more = serde_json::to_value(More { sample: Some(sample), format, end, reason, tokens })?;
        if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
            record.extend(more);
        }
        Ok(format!("{record}\n"))
    }

    /// The line in a record; `unnamed` gives it a sample when it has none.
    fn parse(record: &Value, unnamed: impl FnOnce(&ItemId) -> u32) -> anyhow::Result<Self> {
        let trajectory = json::from_value(record)?;
        let More { sample, format, end, reason, tokens } =
            More::deserialize(record).with_context(|| format!("`{}`", trajectory.item_id))?;
        let sample = sample.unwrap_or_else(|| unnamed(&trajectory.item_id));
        Ok(Self { trajectory, sample, format, end, reason, tokens })
    }

    /// The line in a text of JSON; without a sample it is the first.
    pub(super) fn of_text(text: &str) -> anyhow::Result<Self> {
        Self::parse(&serde_json::from_str(text)?, |_| 0)
    }
}

/// The trajectories of a file: JSON lines, or AgentGym's array. Records without a sample are numbered as they repeat their
/// item. A last line that is cut short is left out: the run that writes it is at work, or was stopped.
///
/// # Errors
/// What cannot be read, with its line or its number.
pub fn read(path: &Path) -> anyhow::Result<Vec<Line>> {
    let mut bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if let Err(error) = std::str::from_utf8(&bytes)
        && error.error_len().is_none()
    {
        bytes.truncate(error.valid_up_to()); // cut within a character
    }
    let text = String::from_utf8(bytes).ok().with_context(|| format!("{} is no text", path.display()))?;
    let mut samples = BTreeMap::<ItemId, u32>::new();
    let mut parse = |record: &Value, place: &str| {
        let line = Line::parse(record, |item| samples.get(item).copied().unwrap_or(0));
        let line = line.with_context(|| format!("{}, {place}", path.display()))?;
        let next = samples.entry(line.trajectory.item_id.clone()).or_default();
        *next = (*next).max(line.sample.saturating_add(1));
        anyhow::Ok(line)
    };
    if text.trim_start().starts_with('[') {
        let records: Vec<Value> =
            serde_json::from_str(&text).with_context(|| format!("{} is no JSON array", path.display()))?;
        return records.iter().enumerate().map(|(number, record)| parse(record, &format!("record {number}"))).collect();
    }
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.split_inclusive('\n')).filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("line {number}");
        match serde_json::from_str(line) {
            Ok(record) => lines.push(parse(&record, &place)?),
            Err(_) if !line.ends_with('\n') && number > 1 => {}
            Err(error) => return Err(error).with_context(|| format!("{}, {place}", path.display())),
        }
    }
    Ok(lines)
}
