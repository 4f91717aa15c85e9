//! From stored trajectories to numbers with intervals. No model is asked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use duet_engine::gym::find;
use duet_engine::gym::rollout::{Score, Statistics, split_of, statistics};
use duet_engine::gym::trajectory::{ItemId, Trajectory};
use duet_engine::reason::measure::{Bootstrap, Interval};
use serde::Serialize;
use serde_json::Value;

use super::line::{Ended, Line, Tokens};
use super::store::conditions_of;

/// What the trajectories of a file are worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// The file.
    pub file: String,
    /// What it was made with; none for files of others.
    pub conditions: Option<Value>,
    /// By environment.
    pub environments: Vec<Scored>,
    /// By environment and type of task.
    pub types: Vec<Scored>,
    /// Trajectories of which it is not known what they are worth; they count nowhere else.
    pub unscored: usize,
    /// Why episodes ended, where the file says so.
    pub ends: BTreeMap<String, usize>,
    /// What all texts cost.
    pub tokens: Tokens,
}

/// The worth of some trajectories.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scored {
    /// Their environment.
    pub environment: String,
    /// The type of their tasks; none: all.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Trajectories.
    pub episodes: usize,
    /// Tasks among them.
    pub tasks: usize,
    /// Those that solved their task.
    pub successes: usize,
    /// Their share.
    pub success: f64,
    /// Where it lies (95 %, Wilson's interval; samples of a task count as far as they differ).
    pub success_interval: (f64, f64),
    /// Mean reward, in the environment's own scale.
    pub score: f64,
    /// Where it lies (95 %, tasks resampled).
    pub score_interval: (f64, f64),
    /// Mean number of the agent's texts.
    pub rounds: f64,
}

/// The numbers of a file's trajectories.
///
/// # Errors
/// When the conditions beside the file cannot be read.
pub fn numbers(path: &Path, lines: &[Line]) -> anyhow::Result<Numbers> {
    let trajectories: Vec<&Trajectory> = lines.iter().map(|line| &line.trajectory).collect();
    let Statistics { environments, kinds, unscored } = statistics(trajectories.iter().copied(), kind_of);
    let scored = |name: String, kind: Option<String>, score: Score| {
        let is_part = |item: &ItemId| item.environment() == name && (kind.is_none() || kind_of(item) == kind);
        let part = trajectories.iter().filter(|trajectory| is_part(&trajectory.item_id));
        let rewards: Vec<(&ItemId, f64)> =
            part.filter_map(|trajectory| Some((&trajectory.item_id, trajectory.reward?))).collect();
        let Interval { low, high } = Bootstrap::default()
            .clustered(
                &rewards,
                |(item, _)| *item,
                |rewards| Some(rewards.iter().map(|(_, reward)| reward).sum::<f64>() / rewards.len() as f64),
            )
            .unwrap_or(Interval { low: score.mean_score, high: score.mean_score });
        Scored {
            episodes: score.episodes,
            tasks: score.items,
            successes: score.successes,
            success: score.success_rate(),
            success_interval: score.interval,
            score: score.mean_score,
            score_interval: (low, high),
            rounds: score.mean_rounds,
            environment: name,
            kind,
        }
    };
    let mut ends = BTreeMap::<String, usize>::new();
    for end in lines.iter().filter_map(|line| line.end) {
        *ends.entry(end.name().to_owned()).or_default() += 1;
    }
    let unplayable = lines.iter().filter(|line| line.end == Some(Ended::Unplayable)).count();
    let sum = |sum: Tokens, more: Tokens| Tokens { read: sum.read + more.read, written: sum.written + more.written };
    Ok(Numbers {
        file: path.display().to_string(),
        conditions: conditions_of(path)?,
        environments: environments.into_iter().map(|(name, score)| scored(name, None, score)).collect(),
        types: kinds.into_iter().map(|((name, kind), score)| scored(name, Some(kind), score)).collect(),
        unscored: unscored.saturating_sub(unplayable),
        ends,
        tokens: lines.iter().filter_map(|line| line.tokens).fold(Tokens::default(), sum),
    })
}

/// The type of a task; its split in environments whose tasks are all of one type.
fn kind_of(item: &ItemId) -> Option<String> {
    find(item.environment())?.kind(item.task()).or_else(|| split_of(item))
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.file)?;
        if let Some(conditions) = &self.conditions {
            writeln!(f, "agent {}, format {}", words(&conditions["agent"]), words(&conditions["format"]))?;
        }
        let heads = ["", "tasks", "episodes", "success %, 95 % interval", "score, 95 % interval", "rounds"];
        let [name, tasks, episodes, success, score, rounds] = heads;
        writeln!(f, "{name:<24} {tasks:>6} {episodes:>8}  {success:<25} {score:<25} {rounds:>6}")?;
        for whole in &self.environments {
            row(f, &whole.environment, whole)?;
            let parts: Vec<_> = self.types.iter().filter(|part| part.environment == whole.environment).collect();
            // A part that is all there is says nothing new.
            for part in parts.iter().filter(|_| parts.len() > 1) {
                row(f, &format!("  {}", part.kind.as_deref().unwrap_or_default()), part)?;
            }
        }
        let ends: Vec<String> = self.ends.iter().map(|(end, count)| format!("{end} {count}")).collect();
        if !ends.is_empty() {
            writeln!(f, "ended by: {}", ends.join(", "))?;
        }
        if self.tokens != Tokens::default() {
            writeln!(f, "tokens: {} read, {} written", self.tokens.read, self.tokens.written)?;
        }
        if self.unscored > 0 {
            writeln!(f, "without a reward: {}", self.unscored)?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, scored: &Scored) -> fmt::Result {
    let percent = |share: f64| 100.0 * share;
    let (low, high) = scored.success_interval;
    let success = format!("{:.1} ({:.1} to {:.1})", percent(scored.success), percent(low), percent(high));
    let (low, high) = scored.score_interval;
    let score = format!("{:.3} ({low:.3} to {high:.3})", scored.score);
    let (tasks, episodes, rounds) = (scored.tasks, scored.episodes, scored.rounds);
    writeln!(f, "{name:<24} {tasks:>6} {episodes:>8}  {success:<25} {score:<25} {rounds:>6.2}")
}

/// JSON as a few words.
fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) if fields.contains_key("sha256") => words(&fields["name"]),
        Value::Object(fields) => {
            let others = fields.iter().filter(|(key, _)| *key != "name");
            let others = others.map(|(key, value)| format!("{} {}", key.replace('_', " "), words(value)));
            std::iter::once(words(&value["name"])).chain(others).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
