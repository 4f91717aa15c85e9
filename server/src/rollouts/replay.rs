//! `duet gym replay`: do the environments still show what stored agents saw?

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, anyhow, bail, ensure};
use duet_engine::gym::find;
use duet_engine::gym::trajectory::replay_with;

use super::Line;
use super::line::Ended;

/// What was replayed without a difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Trajectories.
    pub trajectories: usize,
    /// Their steps.
    pub steps: usize,
}

/// Plays every trajectory of a file again.
///
/// # Errors
/// The first difference, with the item, the sample and the step; and how many more trajectories differ.
pub fn replay(path: &Path, lines: &[Line]) -> anyhow::Result<Replayed> {
    let (mut replayed, mut seen, mut errors) = (Replayed::default(), BTreeSet::new(), Vec::new());
    for line in lines {
        let steps = match seen.insert(line.key()) {
            true => steps(line),
            false => Err(anyhow!("is there twice")),
        };
        match steps {
            Ok(steps) => replayed.steps += steps,
            Err(error) => {
                let (item, sample) = (&line.trajectory.item_id, line.sample);
                errors.push(error.context(format!("{}: `{item}`, sample {sample}", path.display())));
            }
        }
        replayed.trajectories += 1;
    }
    let more = errors.len().saturating_sub(1);
    match errors.into_iter().next() {
        None => Ok(replayed),
        Some(error) if more == 0 => Err(error),
        Some(error) => bail!("{error:#}; {more} more of {} trajectories differ", replayed.trajectories),
    }
}

fn steps(line: &Line) -> anyhow::Result<usize> {
    let item = &line.trajectory.item_id;
    let gym = find(item.environment()).with_context(|| format!("no environment `{}` is here", item.environment()))?;
    if line.end == Some(Ended::Unplayable) {
        ensure!(gym.begin(item.task()).is_err(), "the file says that it cannot be played, and it can");
        return Ok(0);
    }
    let episode = replay_with(gym, &line.trajectory, |text| line.format.action(item.environment(), text))?;
    if let Some(success) = line.trajectory.success {
        let expected = episode.is_success();
        ensure!(
            success == expected,
            "after {} steps: success is {success}, the rule says {expected}",
            episode.turns().len()
        );
    }
    Ok(episode.turns().len())
}
