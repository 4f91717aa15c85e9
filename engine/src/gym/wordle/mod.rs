//! Wordle (LMRL-Gym's, with its vocabulary of 40 words; `specs/agentgym.md` §1.2): find a word in six guesses from marks.
//!
//! Kept as the original has it: no word is hidden from the beginning. Every guess that is a word is compared with one
//! drawn anew, by CPython's generator, from the words that all marks so far leave; so a task's seed alone does not say
//! which word is found, and a guess is right exactly when it is the one that is drawn. Repeated letters are each marked
//! for themselves, unlike in the newspaper's game. What is no word of the vocabulary uses up a guess, capitals too.
//!
//! [`Environment::plan`] knows what an agent knows, the remaining words, and nothing of the generator: what it does can be
//! learnt from its trajectories. It needs at most three guesses whatever is drawn (a test goes through all draws).

mod game;
mod planner;
#[cfg(test)]
mod tests;

pub use game::{GUESSES, Guess, LETTERS, Mark, Tile, VOCABULARY, WordleState, filtered_vocabulary};

use super::{Environment, Info, Outcome, Split, Success, TaskError, View};

/// What the original's server answers to a reset, whatever the seed.
const FIRST: &str = "Let's start Wordle!";

const TASKS: u64 = 1_000;

static INFO: Info = Info {
    name: "wordle",
    title: "Wordle",
    summary: "Find a five-letter word in six guesses, from how each letter of a guess is marked.",
    instruction: "Find the secret five-letter word in at most six guesses. It is one of these 40 words, and no other is a \
        guess: panic, solar, shire, proxy, point, robot, prick, wince, crimp, knoll, sugar, whack, mount, perky, could, \
        wrung, light, those, moist, shard, pleat, aloft, skill, elder, frame, humor, pause, ulcer, ultra, robin, cynic, \
        aroma, caulk, shake, dodge, swill, tacit, other, thorn, trove. Each guess is answered with a mark for each of \
        its letters: g, the secret word has the letter at this place; y, it has the letter, but elsewhere; b, it does \
        not have the letter. A letter that you guess twice is marked twice, each by this rule. The secret word may \
        change after a guess, but only to one that fits all marks so far. Anything else than a word of the list is \
        answered with `invalid word` and uses up a guess. Actions: a word in small letters with spaces between them, \
        for example: s h i r e.",
    max_rounds: 8,
    success: Success::Full,
    deviations: &["Tasks are the seeds 0 to 999; the original takes any number as a seed."],
};

/// The environment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wordle;

/// The guesses of an episode on their board, and what they leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordleView {
    /// From the first; a board has [`GUESSES`] rows.
    pub guesses: Vec<Guess>,
    /// The words that the secret one may still be, in the vocabulary's order.
    pub remaining: Vec<&'static str>,
    /// Whether the last guess was the word.
    pub solved: bool,
}

/// A word as agents write it: `s h i r e`.
fn spaced(word: &str) -> String {
    word.split("").filter(|letter| !letter.is_empty()).collect::<Vec<_>>().join(" ")
}

impl Environment for Wordle {
    type State = WordleState;

    fn info(&self) -> &'static Info {
        &INFO
    }

    fn tasks(&self) -> u64 {
        TASKS
    }

    /// As many to test with as AgentEval has (`specs/agentgym.md` §3.2).
    fn splits(&self) -> Vec<Split> {
        vec![
            Split { name: "train", tasks: 0..TASKS - 25, own: true },
            Split { name: "test", tasks: TASKS - 25..TASKS, own: true },
        ]
    }

    fn reset(&self, task: u64) -> Result<(WordleState, String), TaskError> {
        match task < TASKS {
            true => Ok((WordleState::new(task), FIRST.to_owned())),
            false => Err(TaskError::Unknown { environment: INFO.name, task, count: TASKS }),
        }
    }

    fn step(&self, state: &mut WordleState, action: &str) -> Outcome {
        state.guess(action);
        Outcome { observation: state.observation(), reward: state.reward, done: state.done }
    }

    fn available_actions(&self, _: &WordleState) -> Vec<String> {
        VOCABULARY.map(spaced).to_vec()
    }

    fn score(&self, state: &WordleState) -> f64 {
        state.reward
    }

    /// The guess after which fewest words are left, on average over the words that may be drawn.
    fn plan(&self, state: &WordleState) -> Option<String> {
        (!state.done).then(|| spaced(planner::choose(filtered_vocabulary(state))))
    }

    fn view(&self, state: &WordleState) -> View {
        let remaining = filtered_vocabulary(state).to_vec();
        View::Wordle(WordleView { guesses: state.guesses.clone(), remaining, solved: state.is_solved() })
    }
}
