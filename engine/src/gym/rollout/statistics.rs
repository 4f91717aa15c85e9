//! How good an agent is, by environment and by kind of task.

use std::collections::BTreeMap;

use crate::gym::find;
use crate::gym::trajectory::{ItemId, Trajectory};

/// What trajectories are worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Trajectories.
    pub episodes: usize,
    /// Tasks among them.
    pub items: usize,
    /// Trajectories that solved their task.
    pub successes: usize,
    /// Mean reward, in the environment's own scale.
    pub mean_score: f64,
    /// Mean number of the agent's texts.
    pub mean_rounds: f64,
    /// Where the rate of success lies, in 95 of 100 such experiments (Wilson's interval).
    pub interval: (f64, f64),
}

impl Score {
    /// The share that solved their task.
    #[must_use]
    pub fn success_rate(&self) -> f64 {
        self.successes as f64 / self.episodes as f64
    }
}

/// Scores of parts of an evaluation; a part without trajectories has none.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Statistics {
    /// By environment.
    pub environments: BTreeMap<String, Score>,
    /// By environment and kind of task.
    pub kinds: BTreeMap<(String, String), Score>,
    /// Trajectories of which it is not known what they are worth; they count nowhere else.
    pub unscored: usize,
}

/// What counts of a trajectory.
struct Entry<'t> {
    item: &'t ItemId,
    success: bool,
    reward: f64,
    rounds: usize,
}

/// Scores trajectories. Success is decided by the environment's rule (`specs/agentgym.md` §9.3), as files of the original
/// count it otherwise for some; only for environments that are not known here it is what the file says.
///
/// `kind` tells the kind of a task where it has one, for example [`split_of`].
pub fn statistics<'t>(
    trajectories: impl IntoIterator<Item = &'t Trajectory>,
    kind: impl Fn(&ItemId) -> Option<String>,
) -> Statistics {
    let mut environments = BTreeMap::<String, Vec<Entry>>::new();
    let mut kinds = BTreeMap::<(String, String), Vec<Entry>>::new();
    let mut unscored = 0;
    for trajectory in trajectories {
        let item = &trajectory.item_id;
        let (Some(reward), Some(success)) = (trajectory.reward, is_success(trajectory)) else {
            unscored += 1;
            continue;
        };
        let entry = || Entry { item, success, reward, rounds: trajectory.rounds() };
        environments.entry(item.environment().to_owned()).or_default().push(entry());
        if let Some(kind) = kind(item) {
            kinds.entry((item.environment().to_owned(), kind)).or_default().push(entry());
        }
    }
    Statistics {
        environments: environments.into_iter().map(|(name, entries)| (name, score(&entries))).collect(),
        kinds: kinds.into_iter().map(|(name, entries)| (name, score(&entries))).collect(),
        unscored,
    }
}

/// The part of its environment's tasks that a task belongs to.
#[must_use]
pub fn split_of(item: &ItemId) -> Option<String> {
    let splits = find(item.environment())?.splits();
    splits.into_iter().find(|split| split.tasks.contains(&item.task())).map(|split| split.name.to_owned())
}

fn is_success(trajectory: &Trajectory) -> Option<bool> {
    match find(trajectory.item_id.environment()) {
        Some(gym) => trajectory.reward.map(|reward| gym.info().success.is_reached(reward)),
        None => trajectory.success,
    }
}

fn score(entries: &[Entry]) -> Score {
    let mut items = BTreeMap::<&ItemId, Vec<bool>>::new();
    for entry in entries {
        items.entry(entry.item).or_default().push(entry.success);
    }
    let n = entries.len() as f64;
    let items: Vec<Vec<bool>> = items.into_values().collect();
    Score {
        episodes: entries.len(),
        items: items.len(),
        successes: entries.iter().filter(|entry| entry.success).count(),
        mean_score: entries.iter().map(|entry| entry.reward).sum::<f64>() / n,
        mean_rounds: entries.iter().map(|entry| entry.rounds as f64).sum::<f64>() / n,
        interval: interval(&items),
    }
}

/// Wilson's interval (1927) for a rate, from the outcomes of each item.
///
/// Samples of an item are alike, so they count for less than as many items: the variance between items is set against
/// that of independent samples (the design effect). With a sample per item it is the plain interval.
fn interval(items: &[Vec<bool>]) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let all = || items.iter().flatten();
    let samples = all().count() as f64;
    let p = all().filter(|success| **success).count() as f64 / samples;
    let distance = |success: &bool| f64::from(u8::from(*success)) - p;
    let independent: f64 = all().map(|success| distance(success).powi(2)).sum();
    let between: f64 = items.iter().map(|samples| samples.iter().map(distance).sum::<f64>().powi(2)).sum();
    let n = match independent > 0.0 {
        true => (samples * independent / between).clamp(items.len() as f64, samples),
        // All the same: nothing says that samples of an item differ.
        false => items.len() as f64,
    };
    let center = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (((center - half) / whole).max(0.0), ((center + half) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gym::trajectory::Message;

    fn trajectory(item: &str, reward: f64, success: bool, texts: usize) -> Trajectory {
        let told = || Message::told("");
        let mut conversation = vec![told(), Message { loss: Some(false), ..Message::said("") }, told()];
        conversation.extend((0..texts).flat_map(|_| [Message::said(""), told()]));
        let item_id = item.parse().expect("an item");
        Trajectory { item_id, conversation, reward: Some(reward), success: Some(success) }
    }

    fn near((low, high): (f64, f64), expected: (f64, f64)) {
        assert!((low - expected.0).abs() < 5e-4 && (high - expected.1).abs() < 5e-4, "{low} to {high}");
    }

    /// Numbers of Newcombe (1998), table I, method 3.
    #[test]
    fn intervals_are_those_of_the_literature() {
        let outcomes = |yes: usize, of: usize| (0..of).map(|i| vec![i < yes]).collect::<Vec<_>>();
        for (yes, of, expected) in [
            (81, 263, (0.2553, 0.3662)),
            (15, 148, (0.0624, 0.1605)),
            (0, 20, (0.0, 0.1611)),
            (1, 29, (0.0061, 0.1718)),
        ] {
            near(interval(&outcomes(yes, of)), expected);
            near(interval(&outcomes(of - yes, of)), (1.0 - expected.1, 1.0 - expected.0));
        }
    }

    #[test]
    fn equal_samples_of_an_item_are_worth_one() {
        let of = |samples: usize| (0..29).map(|i| vec![i < 9; samples]).collect::<Vec<_>>();
        near(interval(&of(8)), interval(&of(1)));
        // Samples that have nothing in common with others of their item count in full.
        let mixed: Vec<Vec<bool>> = (0..40).map(|i| vec![i % 2 < 1, i / 2 % 2 < 1]).collect();
        let single: Vec<Vec<bool>> = mixed.iter().flatten().map(|success| vec![*success]).collect();
        near(interval(&mixed), interval(&single));
    }

    #[test]
    fn scores_come_by_environment_and_kind() {
        let mut unscored = trajectory("maze_3", 0.0, false, 1);
        unscored.reward = None;
        let trajectories = [
            trajectory("wordle_3", 1.0, true, 2),
            trajectory("wordle_990", 0.0, false, 6),
            trajectory("wordle_3", 0.0, false, 4),
            // The rule decides, not the file; and the file where there is no rule.
            trajectory("lmrlgym_maze_3", 1.0, false, 9),
            trajectory("nowhere_7", 100.0, true, 1),
            unscored,
        ];
        let statistics = statistics(&trajectories, split_of);
        let wordle = &statistics.environments["wordle"];
        assert_eq!((wordle.episodes, wordle.items, wordle.successes), (3, 2, 1));
        assert_eq!((wordle.mean_score, wordle.mean_rounds, wordle.success_rate()), (1.0 / 3.0, 4.0, 1.0 / 3.0));
        assert_eq!(statistics.environments["maze"].successes, 1);
        assert_eq!(statistics.environments["nowhere"].mean_score, 100.0);
        let kinds: Vec<(&str, &str, usize)> =
            statistics.kinds.iter().map(|((name, kind), score)| (&**name, &**kind, score.episodes)).collect();
        assert_eq!(kinds, [("maze", "test", 1), ("wordle", "test", 1), ("wordle", "train", 2)]);
        assert_eq!(statistics.unscored, 1);
    }
}
