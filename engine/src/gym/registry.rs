//! The environments that there are.

use std::sync::LazyLock;

use super::{Gym, alfworld, babyai, maze, sheet, textcraft, todo, wordle};

static ALL: LazyLock<Vec<Box<dyn Gym>>> = LazyLock::new(|| {
    vec![
        Box::new(maze::Maze),
        Box::new(wordle::Wordle),
        Box::new(babyai::BabyAi),
        Box::new(textcraft::TextCraft),
        Box::new(alfworld::Alfworld::default()),
        Box::new(todo::Todo::default()),
        Box::new(sheet::Sheet::default()),
    ]
});

/// All environments.
pub fn all() -> impl Iterator<Item = &'static dyn Gym> {
    ALL.iter().map(|gym| &**gym)
}

/// The environment of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Gym> {
    all().find(|gym| gym.info().name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_splits_lie_apart_within_the_tasks() {
        let names: BTreeSet<&str> = all().map(|gym| gym.info().name).collect();
        assert_eq!(names.len(), all().count());
        for gym in all() {
            let mut end = 0;
            for split in gym.splits() {
                assert!(split.tasks.start >= end && !split.tasks.is_empty(), "{}: {split:?}", gym.info().name);
                end = split.tasks.end;
            }
            assert!(end <= gym.tasks(), "{}", gym.info().name);
        }
    }

    /// What the page and the server rely on: same task, same actions, same transcript; and the score is the planner's.
    #[test]
    fn episodes_repeat_themselves() {
        for gym in all() {
            let play = || {
                let mut episode = gym.begin(1).expect("a second task");
                for _ in 0..gym.info().max_rounds {
                    let Some(action) = episode.plan().filter(|_| !episode.is_done()) else { break };
                    episode.step(&action).expect("not over");
                }
                episode
            };
            let (one, other) = (play(), play());
            assert!(!one.turns().is_empty(), "{} has no plan", gym.info().name);
            assert_eq!((one.first(), one.turns()), (other.first(), other.turns()), "{}", gym.info().name);
        }
    }

    #[test]
    fn no_text_is_a_panic() {
        let texts = [
            "",
            " ",
            "\n",
            "é",
            "🙂".repeat(300).as_str(),
            "craft",
            "get 99999999999999999999999 x",
            "[",
            "{'",
            "\u{0}",
        ]
        .map(str::to_owned);
        for gym in all() {
            let mut episode = gym.begin(0).expect("a first task");
            for text in &texts {
                if !episode.is_done() {
                    episode.step(text).expect("not over");
                }
            }
            assert!(gym.begin(u64::MAX).is_err() || gym.tasks() == u64::MAX, "{}", gym.info().name);
        }
    }
}
