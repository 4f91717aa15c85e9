//! The log of a stage: one line of JSON per report, cut back to the checkpoint when a run resumes.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::durable;

/// What happened up to a step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// Steps done.
    pub(super) step: u64,
    /// Mean loss since the last entry, nats a token.
    pub(super) loss: f64,
    /// Norm of the last gradients.
    pub(super) norm: f32,
    /// The last learning rate.
    pub(super) rate: f64,
    /// Tokens read since the beginning of the stage.
    pub(super) tokens: u64,
    /// Tokens a second since the last entry; measured, so not the same in two runs.
    pub(super) tokens_per_second: f64,
    /// Share of development stories solved, greedy, by level, when it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accuracy: Option<Vec<f64>>,
    /// Share of right verdicts on development stories, by what should be Correct and what Wrong: on single steps, and in
    /// whole critiques behind the right solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) verdicts: Option<[[f64; 2]; 2]>,
}

/// An open log.
pub(super) struct Log {
    path: PathBuf,
    file: File,
    pub(super) entries: Vec<Entry>,
}

impl Log {
    /// Opens the log, without what was written after `step`.
    pub(super) fn open(path: &Path, step: u64) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        // A line that was cut by a crash is after the checkpoint, too.
        let entries = text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
        let entries: Vec<Entry> = entries.filter(|entry| entry.step <= step).collect();
        let kept: Vec<String> = entries.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        durable::write(path, kept.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file, entries })
    }

    pub(super) fn add(&mut self, entry: Entry) -> anyhow::Result<()> {
        writeln!(self.file, "{}", serde_json::to_string(&entry)?)
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.entries.push(entry);
        Ok(())
    }
}
