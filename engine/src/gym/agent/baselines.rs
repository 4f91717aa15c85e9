//! Agents without a language model: to compare with, and to record trajectories.

use std::collections::VecDeque;

use super::{Agent, Intent, Situation};
use crate::gym::PythonRandom;

/// The action as a message, without a thought.
fn message(situation: &Situation, action: String) -> Option<String> {
    situation.client.write(situation.format, &Intent { thought: String::new(), action })
}

/// Takes any of the available actions that the format has words for.
#[derive(Debug, Clone)]
pub struct Random {
    random: PythonRandom,
}

impl Random {
    /// The same seed takes the same actions.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: PythonRandom::new(seed) }
    }
}

impl Agent for Random {
    fn act(&mut self, situation: &Situation) -> Option<String> {
        let actions = situation.episode.available_actions().into_iter();
        let messages: Vec<String> = actions.filter_map(|action| message(situation, action)).collect();
        self.random.choice(&messages).cloned()
    }
}

/// Takes the actions of a list, and gives up behind its end.
#[derive(Debug, Clone)]
pub struct Scripted {
    actions: VecDeque<String>,
}

impl Scripted {
    /// Actions as the environment takes them.
    pub fn new(actions: impl IntoIterator<Item = String>) -> Self {
        Self { actions: actions.into_iter().collect() }
    }
}

impl Agent for Scripted {
    fn act(&mut self, situation: &Situation) -> Option<String> {
        message(situation, self.actions.pop_front()?)
    }
}

/// Follows the environment's plan, which sees the whole state.
#[derive(Debug, Clone, Copy, Default)]
pub struct Oracle;

impl Agent for Oracle {
    fn act(&mut self, situation: &Situation) -> Option<String> {
        message(situation, situation.episode.plan()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gym::agent::{Format, play};
    use crate::gym::{Episode, all, find};

    fn begin(name: &str, task: u64) -> Episode {
        find(name).expect("registered").begin(task).expect("a task")
    }

    #[test]
    fn the_oracle_solves_what_the_planner_solves() {
        for gym in all() {
            let mut planned = gym.begin(0).expect("a task");
            while let Some(action) = planned.plan().filter(|_| !planned.is_done()) {
                planned.step(&action).expect("not over");
            }
            let mut episode = gym.begin(0).expect("a task");
            play(&mut Oracle, &mut episode, Format::React, 400);
            assert_eq!(episode.turns(), planned.turns(), "{}", gym.info().name);
        }
        let mut episode = begin("textcraft", 500);
        play(&mut Oracle, &mut episode, Format::React, 20);
        assert!(episode.is_success());
    }

    #[test]
    fn a_script_is_followed_to_its_end() {
        let mut episode = begin("textcraft", 0);
        let actions = ["get 1 acacia logs", "craft 4 acacia planks using 1 acacia logs", "inventory"];
        let mut agent = Scripted::new(actions.map(str::to_owned));
        play(&mut agent, &mut episode, Format::React, 20);
        assert_eq!((episode.turns().len(), episode.is_success()), (2, true));
        let mut episode = begin("textcraft", 1);
        play(&mut agent, &mut episode, Format::React, 20);
        assert_eq!((episode.turns().len(), episode.is_success()), (1, false));
    }

    #[test]
    fn the_same_seed_takes_the_same_way() {
        let walk = |seed: u64| {
            let mut episode = begin("maze", 0);
            play(&mut Random::new(seed), &mut episode, Format::React, 15);
            episode.turns().iter().map(|turn| turn.action.clone()).collect::<Vec<_>>()
        };
        assert_eq!((walk(1), walk(1).len()), (walk(1), 15));
        assert_ne!(walk(1), walk(2));
        let moves = ["move left", "move right", "move up", "move down"];
        assert!(walk(3).iter().all(|action| moves.contains(&action.as_str())));
    }

    /// Chance solves a few: what any trained agent has to beat.
    #[test]
    fn chance_crafts_some_goals_of_one_step() {
        let solved = (0..50).filter(|task| {
            let mut episode = begin("textcraft", *task);
            play(&mut Random::new(*task), &mut episode, Format::React, 20);
            episode.is_success()
        });
        let solved = solved.count();
        assert!((1..50).contains(&solved), "{solved} of 50");
    }
}
