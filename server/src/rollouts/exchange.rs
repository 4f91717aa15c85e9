//! `duet gym export` and `import`: AgentGym's files (`specs/agentgym.md` §3.1).

use std::path::Path;

use anyhow::{Context, bail, ensure};
use duet_engine::gym::trajectory::{Trajectory, first_of_each_item, json, without_repeats};

use super::Format;
use super::line::{Line, read};
use crate::durable;

/// Which of several trajectories are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Kept {
    /// All
    #[default]
    All,
    /// The first of each conversation
    Conversations,
    /// The first of each task
    Tasks,
}

impl Kept {
    fn of(self, trajectories: Vec<Trajectory>) -> Vec<Trajectory> {
        match self {
            Self::All => trajectories,
            Self::Conversations => without_repeats(trajectories),
            Self::Tasks => first_of_each_item(trajectories),
        }
    }
}

/// Writes trajectories as AgentGym's JSON array; `wanted` chooses among them before repetitions are left out. Returns how
/// many there are.
///
/// # Errors
/// When a file cannot be read or written, or holds something that is no trajectory.
pub fn export(
    files: &[impl AsRef<Path>],
    out: &Path,
    kept: Kept,
    wanted: impl Fn(&Line) -> bool,
) -> anyhow::Result<usize> {
    let mut trajectories = Vec::new();
    for path in files.iter().map(AsRef::as_ref) {
        let lines = read(path)?.into_iter().filter(|line| !line.trajectory.conversation.is_empty() && wanted(line));
        for Line { trajectory, sample, .. } in lines {
            trajectory.validate().with_context(|| format!("{}, sample {sample}", path.display()))?;
            trajectories.push(trajectory);
        }
    }
    let trajectories = kept.of(trajectories);
    durable::write(out, json::array(&trajectories).as_bytes())?;
    Ok(trajectories.len())
}

/// Writes the trajectories of AgentGym's files as lines of agents that write in this form, the samples of a task numbered.
/// Returns how many there are.
///
/// # Errors
/// When a file cannot be read, holds something that is no trajectory, or the other file is there already.
pub fn import(files: &[impl AsRef<Path>], out: &Path, format: Format) -> anyhow::Result<usize> {
    if out.exists() {
        bail!("{} is there already", out.display());
    }
    let mut lines: Vec<Line> = Vec::new();
    for path in files.iter().map(AsRef::as_ref) {
        for line in read(path)? {
            line.trajectory.validate().with_context(|| path.display().to_string())?;
            lines.push(line);
        }
    }
    ensure!(!lines.is_empty(), "nothing is to be imported");
    let mut samples = std::collections::BTreeMap::new();
    for line in &mut lines {
        let next = samples.entry(line.trajectory.item_id.clone()).or_insert(0);
        line.sample = *next;
        *next += 1;
        line.format = format;
    }
    let text = lines.iter().map(Line::text).collect::<anyhow::Result<String>>()?;
    durable::write(out, text.as_bytes())?;
    Ok(lines.len())
}
