use proptest::prelude::*;
use serde_json::Value;

use super::planner::{choose, marks};
use super::*;
use crate::gym::PythonRandom;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/gym/lmrlgym.json")).expect("JSON")
}

/// Takes a recorded step; false when the original refused it.
fn same_step(state: &mut WordleState, action: &Value, answer: &Value) -> bool {
    if answer["error"].is_string() {
        assert!(state.done, "{action}: {answer}");
        return false;
    }
    let outcome = Wordle.step(state, action.as_str().expect("an action"));
    assert_eq!(answer["observation"], outcome.observation, "{action}");
    assert_eq!(answer["reward"].as_f64(), Some(outcome.reward), "{action}");
    assert_eq!(answer["done"], outcome.done, "{action}");
    true
}

/// The original server's answers (`shared/golden/lmrlgym.json`): action, answer, filtered vocabulary.
#[test]
fn every_recorded_answer_is_reproduced() {
    let golden = golden();
    let (mut played, mut filtered) = (0, 0);
    for run in golden["wordle"].as_array().expect("runs") {
        let (mut state, first) = Wordle.reset(run["seed"].as_u64().expect("a seed")).expect("a task");
        assert_eq!(run["reset"]["observation"], first);
        for step in run["steps"].as_array().expect("steps") {
            played += usize::from(same_step(&mut state, &step[0], &step[1]));
            // Asked after the end, the original says that it is over.
            match &step[2] {
                Value::Array(words) => {
                    assert_eq!(words, filtered_vocabulary(&state), "{}: {}", run["seed"], step[0]);
                    filtered += 1;
                }
                error => assert!(error["error"].is_string() && state.done, "{error}"),
            }
        }
    }
    assert_eq!((played, filtered), (115, 95));
}

#[test]
fn recorded_guesses_that_are_no_words_are_answered_alike() {
    let golden = golden();
    let (mut state, _) = Wordle.reset(0).expect("a task");
    let steps = golden["wordle_invalid"].as_array().expect("steps");
    let played = steps.iter().filter(|step| same_step(&mut state, &step[0], &step[1])).count();
    assert_eq!((played, steps.len()), (6, 7));
    assert_eq!(filtered_vocabulary(&state), VOCABULARY, "nothing was drawn");
}

#[test]
fn agents_are_told_the_vocabulary() {
    let (_, list) = INFO.instruction.split_once("a guess: ").expect("a list");
    let (list, _) = list.split_once('.').expect("its end");
    assert_eq!(list.split(", ").collect::<Vec<_>>(), VOCABULARY);
    assert!(INFO.instruction.ends_with(&format!("{}.", spaced(VOCABULARY[2]))));
}

fn guesses_needed(seed: u64) -> Option<usize> {
    let mut state = WordleState::new(seed);
    while let Some(action) = Wordle.plan(&state) {
        Wordle.step(&mut state, &action);
    }
    state.is_solved().then_some(state.guesses.len())
}

/// Counted by a Python script with CPython's own generator.
#[test]
fn the_planner_solves_every_task() {
    let mut needed = [0; GUESSES + 1];
    for seed in 0..TASKS {
        needed[guesses_needed(seed).unwrap_or_else(|| panic!("seed {seed} is not solved"))] += 1;
    }
    assert_eq!(needed, [0, 27, 617, 356, 0, 0, 0]);
}

/// The guesses that the planner needs when the worst is drawn, always.
fn worst(remaining: &[&'static str]) -> usize {
    let guess = choose(remaining);
    let after = remaining.iter().filter(|drawn| **drawn != guess).map(|drawn| {
        let left: Vec<&str> =
            remaining.iter().copied().filter(|word| marks(guess, word) == marks(guess, drawn)).collect();
        assert!(left.len() < remaining.len(), "{guess} tells nothing of {remaining:?}");
        worst(&left)
    });
    1 + after.max().unwrap_or(0)
}

#[test]
fn the_planner_needs_three_guesses_whatever_is_drawn() {
    assert_eq!(worst(&VOCABULARY), 3);
}

#[test]
fn guesses_are_read_as_python_reads_them() {
    let says = |action: &str| {
        let mut state = WordleState::new(0);
        state.guess(action);
        state.observation()
    };
    for action in ["panic", " p a n i c\n", "\u{1f}p  anic\t", "\u{3000}panic"] {
        assert_eq!(says(action), "b y b b b\n", "{action:?}");
    }
    for action in ["p\ta n i c", "PANIC", "p,a,n,i,c", "pánic", "panics", "pani", "p\u{a0}a n i c"] {
        assert_eq!(says(action), "invalid word", "{action:?}");
    }
}

#[test]
fn an_episode_that_is_over_stays_as_it_is() {
    let mut state = WordleState::new(3);
    (0..GUESSES).for_each(|_| state.guess("no word"));
    let before = state.clone();
    assert!(state.done && !state.is_solved());
    state.guess("panic");
    assert_eq!(state, before);
    assert_eq!(Wordle.plan(&state), None);
}

#[test]
fn the_board_shows_marks_and_bounded_nonsense() {
    let mut state = WordleState::new(0);
    state.guess("p a n i c");
    state.guess(&"🙂".repeat(10_000));
    let View::Wordle(view) = Wordle.view(&state) else { panic!("its own view") };
    let tile = |letter, mark| Tile { letter, mark };
    let first = [
        tile('p', Mark::Absent),
        tile('a', Mark::Elsewhere),
        tile('n', Mark::Absent),
        tile('i', Mark::Absent),
        tile('c', Mark::Absent),
    ];
    assert_eq!(view.guesses, [Guess::Word(first), Guess::Invalid("🙂".repeat(40))]);
    assert_eq!(view.remaining, ["solar", "sugar", "shard", "aloft", "frame", "ultra", "aroma", "shake"]);
    assert!(!view.solved);
}

fn actions() -> impl Strategy<Value = Vec<String>> {
    let word = (0..VOCABULARY.len()).prop_map(|word| spaced(VOCABULARY[word]));
    prop::collection::vec(prop_oneof![9 => word, 1 => any::<String>()], 0..9)
}

proptest! {
    /// What is known in cells per letter, and what marks alone say, are the same; so are the draws of a generator beside.
    #[test]
    fn cells_know_what_marks_say(seed in any::<u64>(), actions in actions()) {
        let mut state = WordleState::new(seed);
        let (mut random, mut left) = (PythonRandom::new(seed), VOCABULARY.to_vec());
        for action in &actions {
            let over = state.done;
            let outcome = Wordle.step(&mut state, action);
            let guess = action.replace(' ', "");
            if over || !VOCABULARY.contains(&guess.as_str()) {
                continue;
            }
            let drawn = *random.choice(&left).expect("a word remains");
            let expected = marks(&guess, drawn);
            left.retain(|word| marks(&guess, word) == expected);
            prop_assert_eq!(outcome.observation, expected.map(|mark| mark.letter().to_string()).join(" ") + "\n");
            prop_assert_eq!(filtered_vocabulary(&state), &left[..]);
            prop_assert_eq!(state.is_solved(), guess == drawn);
            prop_assert!(left.contains(&drawn));
        }
        prop_assert!(state.guesses.len() <= GUESSES);
    }

    #[test]
    fn a_cloned_state_has_the_same_future(seed in any::<u64>(), before in actions(), after in actions()) {
        let mut state = WordleState::new(seed);
        before.iter().for_each(|action| state.guess(action));
        let mut twin = state.clone();
        for action in &after {
            prop_assert_eq!(Wordle.step(&mut state, action), Wordle.step(&mut twin, action));
        }
        prop_assert_eq!(state, twin);
    }
}
