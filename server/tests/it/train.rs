//! `duet train` as people run it: killed in the middle, it goes on as if nothing had happened.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RECIPE: &str = r#"
name = "tiny"
seed = 5
[tokenizer]
vocab = 400
stories = 20
[model]
layers = 1
width = 32
heads = 2
kv_heads = 1
hidden = 32
context = 640
[[step]]
do = "train"
name = "first"
steps = 60
decay_over = 90
verdict_weight = 4
batch = 4
learning_rate = 1e-2
[[step.source]]
kind = "story"
task = "compare"
split = "train"
levels = [0, 1, 0, 0, 0]
seed = 3
limit = 50
weight = 0.2
[[step.source]]
kind = "story"
task = "calculate"
split = "train"
levels = [0, 1, 0, 0, 0]
seed = 4
weight = 0.2
[[step.source]]
kind = "story"
task = "solve"
split = "train"
levels = [1, 0, 0, 0, 0]
seed = 1
limit = 50
weight = 1.0
[[step]]
do = "train"
name = "second"
from = "first"
steps = 10
batch = 2
learning_rate = 1e-3
[[step.source]]
kind = "file"
path = "lines.jsonl"
weight = 1.0
[[step.source]]
kind = "story"
task = "refine"
split = "train"
levels = [0, 1, 0, 0, 0]
seed = 2
weight = 1.0
[[step]]
do = "export"
name = "model"
stage = "second"
title = "Tiny"
format = "q8_0"
"#;

const LINES: &str = r#"{"messages":[{"role":"user","content":"2 + 2?"}],"output":"4"}
{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},{"role":"user","content":"Bye"}],"output":"Bye."}
"#;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("duet-train-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder); // of a run that was killed
    std::fs::create_dir_all(&folder).expect("writable");
    std::fs::write(folder.join("recipe.toml"), RECIPE).expect("writable");
    std::fs::write(folder.join("lines.jsonl"), LINES).expect("writable");
    folder
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duet"));
    command.arg("train").arg("--recipe").arg(folder.join("recipe.toml")).arg("--out").arg(folder);
    command.args(["--checkpoint-every", "0", "--evaluated", "1"]).stderr(Stdio::piped());
    command
}

fn finish(folder: &Path) {
    let output = command(folder).output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    let (whole, cut) = (folder("whole"), folder("cut"));
    finish(&whole);
    let mut child = command(&cut).spawn().expect("runs");
    let began = Instant::now();
    while !cut.join("first/checkpoint.safetensors").exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "no checkpoint within a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it runs"); // SIGKILL
    let _ = child.wait();
    assert!(!cut.join("model.gguf").exists(), "it was killed before its end");
    finish(&cut);
    for file in ["tokenizer.gguf", "first/model-f32.gguf", "second/model-f32.gguf", "model.gguf"] {
        let [a, b] = [&whole, &cut].map(|folder| std::fs::read(folder.join(file)).expect("written"));
        assert!(a == b, "{file} differs");
    }
    let log = std::fs::read_to_string(cut.join("first/log.jsonl")).expect("written");
    let steps: Vec<u64> = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON")["step"].as_u64().expect("a number"))
        .collect();
    assert_eq!(steps, [10, 20, 30, 40, 50, 60]);
    finish(&cut); // nothing is left to do
    for folder in [whole, cut] {
        std::fs::remove_dir_all(folder).expect("removable");
    }
}

/// A folder with `player.gguf` and `judge.gguf`, hardly trained: whether things run, not how well.
pub(crate) fn trained_pair() -> PathBuf {
    let folder = folder("pair");
    let first =
        RECIPE.split("[[step]]").take(2).collect::<Vec<_>>().join("[[step]]").replace("steps = 60", "steps = 4");
    let exports = ["player", "judge"].map(|name| {
        format!(
            "[[step]]\ndo = \"export\"\nname = \"{name}\"\nstage = \"first\"\ntitle = \"{name}\"\nformat = \"Q8_0\"\n"
        )
    });
    std::fs::write(folder.join("recipe.toml"), first + &exports.concat()).expect("writable");
    finish(&folder);
    folder
}

#[test]
fn a_folder_takes_one_run_at_a_time() {
    let folder = folder("taken");
    let lock = std::fs::File::create(folder.join("lock")).expect("writable");
    lock.lock().expect("free");
    let output = command(&folder).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("another `duet train` is at work in"), "{said}");
    assert!(!folder.join("tokenizer.gguf").exists(), "it did nothing");
    drop(lock);
    std::fs::remove_dir_all(folder).expect("removable");
}

#[test]
fn a_bad_recipe_is_refused_with_the_reason() {
    for (from, to, message) in [
        ("from = \"first\"", "from = \"zeroth\"", "needs `zeroth`, which no earlier step trains"),
        ("seed = 5", "seeds = 5", "unknown field `seeds`"),
        ("split = \"train\"", "split = \"test\"", "the test split cannot be trained on"),
        ("learning_rate = 1e-2", "learning_rate = -1", "`learning_rate` is -1, it must be above 0"),
        ("width = 32", "width = 31", "head_dim is 15, must be a multiple of 4"),
        ("decay_over = 90", "decay_over = 59", "decay_over is 59, it must be at least the 60 steps"),
        ("verdict_weight = 4", "verdict_weight = 0", "verdict_weight is 0, it must be within 0.001 to 1000"),
        ("vocab = 400", "vocab = 40", "`vocab` is 40, it must be at least"),
    ] {
        assert!(RECIPE.contains(from));
        let folder = folder("bad"); // nothing is left of the case before
        std::fs::write(folder.join("recipe.toml"), RECIPE.replacen(from, to, 1)).expect("writable");
        let output = command(&folder).output().expect("runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(message), "{to}: {said}");
        std::fs::remove_dir_all(folder).expect("removable");
    }
}
