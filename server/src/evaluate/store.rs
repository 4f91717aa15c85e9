//! Stored answers: JSON lines, the first of which says how they came to be.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use duet_engine::reason::search::SearchRecord;
use serde::{Deserialize, Serialize};

use super::Problem;
use crate::durable;

/// A problem and what was said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The problem.
    pub problem: Problem,
    /// The search.
    pub record: SearchRecord,
}

/// The first line: what must be the same for a file to be gone on with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Conditions {
    /// SHA-256 of the actor's file.
    pub(super) actor: String,
    /// SHA-256 of the critic's file.
    pub(super) critic: String,
    /// The data set, as JSON.
    pub(super) dataset: serde_json::Value,
    /// The search, without its problem, as JSON.
    pub(super) search: serde_json::Value,
}

/// A file of answers that grows.
pub(super) struct Store {
    path: PathBuf,
    file: File,
    /// What is there already, by problem.
    pub(super) done: BTreeMap<String, Stored>,
}

impl Store {
    /// Opens a file, or begins one; a line that a crash cut is dropped.
    pub(super) fn open(path: &Path, conditions: &Conditions) -> anyhow::Result<Self> {
        let mut done = BTreeMap::new();
        if path.exists() {
            let (found, stored) = load(path)?;
            ensure!(
                found == *conditions,
                "{} holds answers of another run (other models, data set or settings); move it away, or name another file",
                path.display()
            );
            done = stored.into_iter().map(|stored| (stored.problem.id.clone(), stored)).collect();
        }
        let mut text = format!("{}\n", serde_json::to_string(conditions)?);
        for stored in done.values() {
            text.push_str(&serde_json::to_string(stored)?);
            text.push('\n');
        }
        durable::write(path, text.as_bytes())?;
        let file = OpenOptions::new().append(true).open(path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { path: path.to_owned(), file, done })
    }

    /// Adds answers; when it returns they are on the disk.
    pub(super) fn add(&mut self, more: Vec<Stored>) -> anyhow::Result<()> {
        let lines = more.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.with_context(|| format!("cannot write {}", self.path.display()))?;
        self.done.extend(more.into_iter().map(|stored| (stored.problem.id.clone(), stored)));
        Ok(())
    }
}

/// The answers of a file.
///
/// # Errors
/// What cannot be read, with its line.
pub fn read(path: &Path) -> anyhow::Result<Vec<Stored>> {
    load(path).map(|(_, stored)| stored)
}

fn load(path: &Path) -> anyhow::Result<(Conditions, Vec<Stored>)> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let lines: Vec<String> = BufReader::new(file)
        .lines()
        .collect::<Result<_, _>>()
        .with_context(|| format!("cannot read {}", path.display()))?;
    let (first, rest) = lines.split_first().with_context(|| format!("{} is empty", path.display()))?;
    let conditions = serde_json::from_str(first).with_context(|| format!("{}, line 1", path.display()))?;
    let mut stored = Vec::new();
    for (index, line) in rest.iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(line) => stored.push(line),
            // Only the last line can have been cut by a crash.
            Err(_) if index + 1 == rest.len() => {}
            Err(error) => return Err(error).with_context(|| format!("{}, line {}", path.display(), index + 2)),
        }
    }
    Ok((conditions, stored))
}
