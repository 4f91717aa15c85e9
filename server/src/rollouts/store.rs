//! The file of a run, and beside it the conditions that it was begun with.

use std::path::Path;

use anyhow::{Context, bail};
use duet_engine::gym::rollout::Key;
use serde_json::Value;

use super::Line;
use super::journal::{Growing, Journal, begins_with, beside};
use crate::critique::same;
use crate::durable;

/// Trajectories that are being collected.
pub(super) struct Store {
    file: Growing,
    /// Those that are there, in their order.
    pub(super) done: Vec<Key>,
}

impl Store {
    /// Opens a file that a run with the same conditions began, or begins one. `wanted` is what the run will write.
    pub(super) fn open(path: &Path, conditions: &Value, wanted: &[Key]) -> anyhow::Result<Self> {
        let aside = beside(path, CONDITIONS);
        match conditions_of(path)? {
            Some(begun) => same(&begun, conditions)
                .with_context(|| format!("{} was begun with other options; name another file", path.display()))?,
            None => {
                if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
                    bail!("{} is there, and {} is not: name another file", path.display(), aside.display());
                }
                Journal::remove(path)?;
                let text = serde_json::to_string_pretty(conditions)? + "\n";
                durable::write(&aside, text.as_bytes())?;
            }
        }
        let (file, lines) = Growing::open(path)?;
        let key = |(line, number): (&String, usize)| {
            let line = Line::of_text(line).with_context(|| format!("{}, line {number}", path.display()))?;
            anyhow::Ok(line.key())
        };
        let done = lines.iter().zip(1..).map(key).collect::<anyhow::Result<Vec<_>>>()?;
        begins_with(&done, wanted, path)?;
        Ok(Self { file, done })
    }

    /// Adds trajectories; when it returns they are on the disk.
    pub(super) fn add(&mut self, lines: &[Line]) -> anyhow::Result<()> {
        let text = lines.iter().map(Line::text).collect::<anyhow::Result<String>>()?;
        self.file.add(&text)?;
        self.done.extend(lines.iter().map(Line::key));
        Ok(())
    }
}

const CONDITIONS: &str = ".run.json";

/// What a file's run was begun with; none for files of others.
pub(super) fn conditions_of(path: &Path) -> anyhow::Result<Option<Value>> {
    let aside = beside(path, CONDITIONS);
    match std::fs::read_to_string(&aside) {
        Ok(text) => serde_json::from_str(&text).map(Some).with_context(|| format!("{} is no JSON", aside.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", aside.display())),
    }
}
