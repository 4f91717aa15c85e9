use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::*;

const GOLDEN: &str = include_str!("../../../tests/fixtures/gym/babyai.json");

fn golden() -> Vec<Value> {
    serde_json::from_str(GOLDEN).expect("JSON")
}

fn reset(task: u64) -> (BabyState, String) {
    BabyAi.reset(task).expect("a task")
}

/// minigrid's `str(grid.encode().tolist())`: columns of rows of bytes.
fn grid(state: &BabyState) -> String {
    let (width, height) = (state.world.width, state.world.height);
    let column = |x: i32| (0..height).map(|y| state.encoded(Point::new(x, y)).to_vec()).collect::<Vec<_>>();
    format!("{:?}", (0..width).map(column).collect::<Vec<_>>())
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all");
        hex
    })
}

/// The original server's answers (`shared/golden/babyai.json`): worlds first.
#[test]
fn every_recorded_world_is_generated() {
    for entry in golden() {
        let (state, _) = reset(entry["data_idx"].as_u64().expect("a number"));
        assert_eq!(entry["level"], state.level());
        assert_eq!(entry["mission"], state.mission(), "{}", entry["data_idx"]);
        assert_eq!(entry["max_steps"], state.max_steps());
        let Point { x, y } = state.world.pose.at;
        assert_eq!(entry["agent_pos"], serde_json::json!([x, y]), "{}", entry["data_idx"]);
        assert_eq!(entry["agent_dir"], state.world.pose.way.index());
        assert_eq!(entry["size"], serde_json::json!([state.world.width, state.world.height]));
        assert_eq!(entry["grid_sha"], sha256(&grid(&state)), "{}", entry["data_idx"]);
        if !entry["grid"].is_null() {
            assert_eq!(entry["grid"], serde_json::from_str::<Value>(&grid(&state)).expect("a list"));
        }
    }
}

#[test]
fn every_recorded_answer_is_reproduced() {
    let mut played = 0;
    for entry in golden() {
        let task = entry["data_idx"].as_u64().expect("a number");
        let (mut state, first) = reset(task);
        assert_eq!(entry["reset"]["observation"], first, "{task}");
        let is_close = |value: &Value, to: f64| value.as_f64().is_some_and(|value| (value - to).abs() < 1e-12);
        assert_eq!(entry["reset"]["reward"].as_f64(), Some(state.reward()));
        assert_eq!(entry["reset"]["done"], state.done());
        for step in entry["steps"].as_array().expect("steps") {
            let (action, answer) = (step[0].as_str().expect("an action"), &step[1]);
            let outcome = BabyAi.step(&mut state, action);
            assert_eq!(answer["observation"], outcome.observation, "{task}: {action}");
            assert!(is_close(&answer["reward"], outcome.reward), "{task}: {action}: {answer} {outcome:?}");
            assert!(is_close(&answer["score"], state.score()), "{task}: {action}: {answer} {outcome:?}");
            assert_eq!(answer["done"], outcome.done, "{task}: {action}");
            played += 1;
        }
    }
    assert_eq!(played, 736);
}

/// Actions that follow from the task alone, chosen among those of the menu.
fn wander(task: u64) -> String {
    let (mut state, first) = reset(task);
    let mut transcript = first;
    let mut random = task + 1;
    for _ in 0..12 {
        random = (random * 1_103_515_245 + 12_345) & 0x7fff_ffff;
        let actions = BabyAi.available_actions(&state);
        let action = &actions[(random >> 16) as usize % (actions.len() - 1)];
        let outcome = BabyAi.step(&mut state, action);
        write!(transcript, "\n> {action}\n{}\n{:.9} {}", outcome.observation, outcome.reward, outcome.done)
            .expect("a string takes all");
        if outcome.done {
            break;
        }
    }
    transcript
}

/// All tasks against minigrid 2.3.1 itself (`babyai.py` beside the file): the world that is generated, and what twelve
/// actions come to.
#[test]
fn all_tasks_are_minigrids() {
    let recorded: Vec<[String; 2]> =
        serde_json::from_str(include_str!("../../../tests/fixtures/gym/babyai_digests.json")).expect("JSON");
    assert_eq!(recorded.len() as u64, TASKS);
    for (task, [world, walk]) in (0..).zip(&recorded) {
        let (state, _) = reset(task);
        let (Point { x, y }, way) = (state.world.pose.at, state.world.pose.way.index());
        let text = format!("{}|{}|{x},{y},{way}|{}", state.mission(), state.max_steps(), grid(&state));
        assert_eq!(world, &sha256(&text)[..8], "{task}: {text}");
        let transcript = wander(task);
        assert_eq!(walk, &sha256(&transcript)[..8], "{task}: {transcript}");
    }
}

/// Lets the planner play until something is scored; how many actions that took.
fn play(task: u64) -> Option<usize> {
    let (mut state, _) = reset(task);
    let mut actions = 0;
    while state.score() == 0.0 {
        let action = BabyAi.plan(&state).filter(|_| actions < 100)?;
        BabyAi.step(&mut state, &action);
        actions += 1;
    }
    Some(actions)
}

/// Of all 900 tasks, the planner solves 875. It knows no way in the 22 of `KeyInBox` (a box cannot be opened) nor in 246
/// and 566 (the key is in the locked room), and turns in circles in 673. Here, every seventh task is played.
#[test]
fn the_planner_solves_all_but_three_in_a_hundred() {
    let key_in_box = |task: u64| task % 40 == 25;
    let played: Vec<(u64, Option<usize>)> = (0..TASKS).step_by(7).map(|task| (task, play(task))).collect();
    let unsolved: Vec<u64> = played.iter().filter(|(_, actions)| actions.is_none()).map(|(task, _)| *task).collect();
    assert!(unsolved.iter().all(|task| key_in_box(*task) || *task == 246 || *task == 566), "{unsolved:?}");
    assert!(unsolved.len() * 100 <= played.len() * 4, "{unsolved:?} of {}", played.len());
    let within = played.iter().filter(|(_, actions)| actions.is_some_and(|n| n <= INFO.max_rounds as usize)).count();
    assert!(within * 10 >= played.len() * 9, "{within} of {} within the rounds of an evaluation", played.len());
}

/// Frames of minigrid 2.3.1 with tiles of 8 pixels, `get_frame(True, 8)`.
#[test]
fn pictures_are_minigrids() {
    let cases: [(u64, &[&str], &str); 5] = [
        (0, &[], "e8a0f83b"),
        (9, &[], "4cbef2c7"),
        (31, &["turn left"], "5c724844"),
        (
            11,
            &["toggle and go through yellow closed door 1", "go to grey closed door 1", "go to yellow open door 1"],
            "ce8e42e8",
        ),
        (77, &["pickup purple ball 1"], "55883da7"),
    ];
    for (task, actions, digest) in cases {
        let (mut state, _) = reset(task);
        for action in actions {
            BabyAi.step(&mut state, action);
        }
        let picture = Picture::of(&BabyView::of(&state), 8);
        let (width, height) = (picture.width, picture.height);
        let drawn: String = Sha256::digest(&picture.rgb).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(drawn, digest, "{task}: {width} by {height}");
    }
}

#[test]
fn what_cannot_be_done_is_refused_in_words() {
    let refused = |task: u64, before: &[&str], action: &str| {
        let (mut state, _) = reset(task);
        for action in before {
            BabyAi.step(&mut state, action);
        }
        let steps = state.steps();
        let outcome = BabyAi.step(&mut state, action);
        assert_eq!((state.steps(), outcome.reward, outcome.done), (steps, 0.0, false), "{action}");
        let (text, list) = outcome.observation.split_once("\nAvailable").expect("a list of actions");
        assert!(list.ends_with("\"check available actions\"]"), "{list}");
        text.to_owned()
    };
    let unknown = "The action is not recognized. Please check valid actions.";
    assert_eq!(refused(0, &[], "pick up red ball 1"), unknown);
    assert_eq!(refused(0, &[], "pickup red ball 2"), unknown);
    assert_eq!(refused(0, &[], " turn left"), unknown);
    assert_eq!(refused(0, &[], ""), "No change in state.");
    let barrier = "There is a barrier in front of you, you can't move forward.";
    assert_eq!(refused(54, &[], "move forward"), barrier);
    let locked = "You cannot toggle and go through grey locked door 1, as you are not carrying a key.";
    assert_eq!(refused(9, &[], "toggle and go through grey locked door 1"), locked);
    let far = "You cannot pickup grey key 1, as there is no path leading to it.";
    assert_eq!(refused(77, &DROPPED, "pickup grey key 1"), far);
    let shut = "You cannot go through red closed door 1, as it is closed. You should toggle it first.";
    assert_eq!(refused(54, &[], "go through red closed door 1"), shut);
}

/// Leads to a key that lies behind a ball (a recorded walk).
const DROPPED: [&str; 4] = ["pickup purple ball 1", "toggle and go through green closed door 2", "drop", "turn right"];

#[test]
fn checking_lists_the_actions_and_takes_no_step() {
    let (mut state, first) = reset(0);
    let outcome = BabyAi.step(&mut state, "please check");
    assert!(outcome.observation.starts_with("Available actions: [\"turn left\", "));
    assert!(first.ends_with(&outcome.observation));
    assert_eq!(state.steps(), 0);
}

/// A task that is solved late is not over for the original, and is a success all the same.
#[test]
fn a_late_success_does_not_end_the_episode() {
    let (mut state, _) = reset(2);
    for i in 0..40 {
        BabyAi.step(&mut state, if i % 2 == 0 { "turn left" } else { "turn right" });
    }
    while state.score() == 0.0 {
        let action = BabyAi.plan(&state).expect("a way");
        BabyAi.step(&mut state, &action);
    }
    assert!(state.reward() > 0.0 && state.reward() <= 0.5, "{}", state.reward());
    assert!(state.observation().contains("\n The task is completed."));
    assert!(!state.done() && INFO.success.is_reached(state.score()));
}

#[test]
fn a_clone_has_the_same_future() {
    let (mut state, _) = reset(38);
    for step in 0..20 {
        let actions = BabyAi.available_actions(&state);
        let action = &actions[step * 7 % (actions.len() - 1)];
        let mut clone = state.clone();
        assert_eq!(BabyAi.step(&mut state, action), BabyAi.step(&mut clone, action));
        assert_eq!(state, clone);
    }
}
