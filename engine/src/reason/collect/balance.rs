//! Which paths are criticised: each once, and about as many right as wrong (`specs/critique.md` §2.1).

use std::collections::{BTreeMap, HashSet};

use super::block::{Balance, CollectOptions};
use super::paths::Path;
use super::{Generator, Question};
use crate::reason::story::Rng;

/// The paths without repetitions within a question, and how many those were. A path that several generators found is the
/// first one's.
pub(super) fn distinct(mut paths: Vec<Path>) -> (Vec<Path>, u64) {
    paths.sort_by_key(|path| (path.question, path.generator, path.sample));
    let all = paths.len();
    let mut seen = HashSet::new();
    paths.retain(|path| seen.insert((path.question, path.steps.clone())));
    let repeated = (all - paths.len()) as u64;
    (paths, repeated)
}

/// The wanted share of right paths, at each level or in all, the wrong ones from every generator in turn; in the order of
/// (question, generator, sample).
pub(super) fn balanced(paths: Vec<Path>, questions: &[Question], options: &CollectOptions, seed: u64) -> Vec<Path> {
    let right_percent = options.right_percent.min(100);
    let mut levels: BTreeMap<u8, (Vec<Path>, Vec<Path>)> = BTreeMap::new();
    for path in paths {
        let level = match options.balance {
            Balance::Level => questions[path.question].level(),
            Balance::Whole => 0,
        };
        let (right, wrong) = levels.entry(level).or_default();
        if path.correct { right } else { wrong }.push(path);
    }
    let mut kept = Vec::new();
    for (level, (mut right, wrong)) in levels {
        let mut rng = Rng::new(seed ^ u64::from(level));
        rng.shuffle(&mut right);
        let wrong = in_turn(wrong, &mut rng);
        let wrong_percent = 100 - right_percent;
        let most_right = (wrong.len() * right_percent).checked_div(wrong_percent).unwrap_or(usize::MAX);
        let most_wrong = (right.len() * wrong_percent).checked_div(right_percent).unwrap_or(usize::MAX);
        kept.extend(right.into_iter().take(most_right));
        kept.extend(wrong.into_iter().take(most_wrong));
    }
    kept.sort_by_key(|path| (path.question, path.generator, path.sample));
    kept
}

/// The paths shuffled, one generator after the other as long as each has any.
fn in_turn(paths: Vec<Path>, rng: &mut Rng) -> Vec<Path> {
    let mut piles: BTreeMap<Generator, Vec<Path>> = BTreeMap::new();
    for path in paths {
        piles.entry(path.generator).or_default().push(path);
    }
    piles.values_mut().for_each(|pile| rng.shuffle(pile));
    let mut mixed = Vec::new();
    while piles.values().any(|pile| !pile.is_empty()) {
        mixed.extend(piles.values_mut().filter_map(Vec::pop));
    }
    mixed
}
