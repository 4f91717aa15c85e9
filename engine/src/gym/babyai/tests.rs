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
        assert_eq!(entry["reset"]["reward"].as_f64(), Some(state.reward()));
        assert_eq!(entry["reset"]["done"], state.done());
        for step in entry["steps"].as_array().expect("steps") {
            let (action, answer) = (step[0].as_str().expect("an action"), &step[1]);
            let outcome = BabyAi.step(&mut state, action);
            assert_eq!(answer["observation"], outcome.observation, "{task}: {action}");
            assert_eq!(answer["reward"].as_f64(), Some(outcome.reward), "{task}: {action}");
            assert_eq!(answer["score"].as_f64(), Some(state.score()), "{task}: {action}");
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

struct Played {
    state: BabyState,
    actions: Vec<String>,
}

fn play(task: u64) -> Played {
    let (mut state, _) = reset(task);
    let mut actions = Vec::new();
    while let Some(action) = BabyAi.plan(&state).filter(|_| actions.len() < 150) {
        BabyAi.step(&mut state, &action);
        actions.push(action);
        if state.score() > 0.0 {
            break;
        }
    }
    Played { state, actions }
}

#[test]
fn bot_survey() {
    let mut text = String::new();
    for level in 0..40_u64 {
        let tasks: Vec<u64> = (0..23).map(|seed| seed * 40 + level).filter(|task| *task < 900).collect();
        let mut solved = 0;
        let mut total = 0;
        let mut failed = Vec::new();
        for task in &tasks {
            let played = play(*task);
            if std::env::var("DUMP").is_ok() {
                writeln!(text, "DUMP {task} {}", serde_json::json!(played.actions)).unwrap();
            }
            match played.state.score() > 0.0 {
                true => {
                    solved += 1;
                    total += played.actions.len();
                }
                false => failed.push(*task),
            }
        }
        writeln!(
            text,
            "{:25} {solved}/{} mean {:.1} failed {failed:?}",
            LEVELS[level as usize].name,
            tasks.len(),
            total as f64 / solved.max(1) as f64
        )
        .unwrap();
    }
    std::fs::write("/tmp/mg/survey.txt", text).unwrap();
}
