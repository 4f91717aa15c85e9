//! `duet gym`: an interrupted run becomes the uninterrupted one, replays find what changed, scores are those that a hand
//! computes.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use duet_engine::gym::rollout::{Ask, Limits};
use duet_engine::gym::trajectory::Message;
use duet_engine::gym::{Gym, find};
use duet_engine::reason::story::Rng;
use duet_server::rollouts::{Agent, Answer, Ended, Format, Outcome, Run, Said, Watch, numbers, read, replay, roll_out};
use indicatif::ProgressBar;
use serde_json::{Value, json};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("duet-gym-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn gym(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_duet")).arg("gym").args(args).env_remove("RUST_LOG").output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    said
}

/// Walks and guesses by chance, in texts that want tidying; fails when its patience is over. A token is a character.
struct Child {
    format: Format,
    patience: usize,
    asked: usize,
    is_costly: bool,
}

const ACTIONS: [&str; 8] =
    ["move up", "move down", "move left", "move right", "s h i r e", "p a n i c", "m o u n t", "what?"];

impl Child {
    fn new(patience: usize) -> Self {
        Self { format: Format::React, patience, asked: 0, is_costly: true }
    }

    fn say(&self, ask: &Ask) -> String {
        let seen = &ask.conversation[ask.conversation.len() - 1].value;
        let asked = format!("{}{}{}{seen}", ask.key.item, ask.key.sample, ask.round);
        let seed = asked.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
        let action = ACTIONS[Rng::new(seed).below(ACTIONS.len())];
        let text = self.format.say(ask.key.item.environment(), "Why not?", action).unwrap();
        format!("{text}\nObservation: I made this up.")
    }
}

impl Agent for Child {
    fn described(&self) -> Value {
        json!({ "name": "child" })
    }

    fn tokens(&self, conversation: &[Message]) -> usize {
        conversation.iter().map(|message| message.value.len()).sum()
    }

    fn is_costly(&self) -> bool {
        self.is_costly
    }

    fn say_all(&mut self, asks: &[Ask], told: &mut dyn FnMut(u64) -> ControlFlow<()>) -> anyhow::Result<Vec<Answer>> {
        self.patience = self.patience.checked_sub(1).ok_or_else(|| anyhow::anyhow!("the child is tired"))?;
        self.asked += asks.len();
        let text = |ask: &Ask| {
            let (text, read) = (self.say(ask), self.tokens(&ask.conversation) as u64);
            Answer::Text(Said { written: text.len() as u64, text, read })
        };
        let answer = |ask| if told(1).is_break() { Answer::Stopped } else { text(ask) };
        Ok(asks.iter().map(answer).collect())
    }
}

fn environment(name: &str) -> &'static dyn Gym {
    find(name).expect("registered")
}

fn run(out: PathBuf, together: usize) -> Run {
    let tasks = vec![(environment("maze"), (10..19).collect()), (environment("wordle"), vec![0, 7, 999])];
    let limits = Limits { context: 3_000, ..Limits::default() };
    Run { out, tasks, samples: 2, format: Format::React, limits, together }
}

fn rolled(run: &Run, child: &mut Child) -> anyhow::Result<Outcome> {
    roll_out(run, child, &Watch { bar: ProgressBar::hidden(), stop: &|| false })
}

#[test]
fn planners_solve_everything() {
    let folder = Folder::new("planner");
    let out = folder.file("all.jsonl");
    let out = out.to_str().unwrap();
    let rollout = ["rollout", "--env", "maze,wordle", "--tasks", "0-24", "--agent", "planner", "--out", out];
    for format in ["react", "function", "code"] {
        let text = said(&gym(&[&rollout[..], &["--format", format]].concat()));
        let lines = read(Path::new(out)).unwrap();
        assert_eq!(lines.len(), 50);
        assert!(lines.iter().all(|line| line.trajectory.success == Some(true) && line.end == Some(Ended::Done)));
        let numbers = numbers(Path::new(out), &lines).unwrap();
        assert_eq!(numbers.environments.iter().map(|scored| scored.success).collect::<Vec<_>>(), [1.0, 1.0]);
        assert!(text.contains("agent planner, format ") && text.contains("this run: 50 trajectories"), "{text}");
        let again = said(&gym(&[&rollout[..], &["--format", format]].concat()));
        assert!(again.contains("this run: 0 trajectories, 0 rounds"), "{again}");
        let replayed = said(&gym(&["replay", out]));
        assert!(replayed.contains("50 trajectories") && replayed.ends_with("all the same\n"), "{replayed}");
        if format == "code" {
            let other = complaint(&gym(&[&rollout[..], &["--format", "react"]].concat()));
            assert!(other.contains("begun with other options") && other.contains("`format` was \"code\""), "{other}");
        }
        folder.names().into_iter().for_each(|name| std::fs::remove_file(folder.file(&name)).unwrap());
    }
}

#[test]
fn an_interrupted_run_becomes_the_uninterrupted_one() {
    let folder = Folder::new("interrupted");
    let whole = folder.file("whole.jsonl");
    let mut child = Child::new(usize::MAX);
    let all = rolled(&run(whole.clone(), 24), &mut child).unwrap();
    assert_eq!((all.trajectories, all.added, all.missing), (24, 24, 0));
    let expected = std::fs::read(&whole).unwrap();
    let texts = child.asked;
    assert_eq!(all.rounds, texts as u64);
    assert_eq!(folder.names(), ["whole.jsonl", "whole.jsonl.run.json"], "the journal is gone");
    // The same, whatever is asked together, with a crash after every few batches.
    for (together, patience) in [(1, 9), (5, 3), (7, 1), (100, 2)] {
        let cut = folder.file(&format!("cut-{together}.jsonl"));
        let (mut asked, mut crashes) = (0, 0);
        loop {
            let mut child = Child::new(patience);
            let outcome = rolled(&run(cut.clone(), together), &mut child);
            asked += child.asked;
            match outcome {
                Ok(outcome) => break assert_eq!((outcome.trajectories, outcome.missing), (24, 0)),
                Err(error) => assert_eq!(error.to_string(), "the child is tired"),
            }
            crashes += 1;
            // What a crash in the middle of writing leaves is dropped.
            for name in ["", ".journal"] {
                let path = PathBuf::from(format!("{}{name}", cut.display()));
                let mut bytes = std::fs::read(&path).unwrap();
                bytes.extend_from_slice("{\"item_id\":\"lmrlgym_maze_1\",\"text\":\"\u{fc}".as_bytes());
                bytes.pop();
                std::fs::write(path, bytes).unwrap();
            }
        }
        assert!(crashes > 2, "{crashes} crashes");
        assert!(std::fs::read(&cut).unwrap() == expected, "together {together}");
        assert_eq!(asked, texts, "no text was asked for twice");
    }
    replay(&whole, &read(&whole).unwrap()).unwrap();
}

#[test]
fn a_stopped_run_keeps_what_was_said() {
    let folder = Folder::new("stopped");
    let (whole, cut) = (folder.file("whole.jsonl"), folder.file("cut.jsonl"));
    rolled(&run(whole.clone(), 4), &mut Child::new(usize::MAX)).unwrap();
    let left = Cell::new(10);
    let stop = || {
        left.set(left.get() - 1);
        left.get() < 0
    };
    let mut child = Child::new(usize::MAX);
    let stopped =
        roll_out(&run(cut.clone(), 4), &mut child, &Watch { bar: ProgressBar::hidden(), stop: &stop }).unwrap();
    assert!(stopped.missing > 0 && stopped.rounds == 10, "{stopped:?}");
    let more = Run { samples: 3, ..run(cut.clone(), 9) };
    let rest = rolled(&more, &mut Child::new(usize::MAX)).unwrap();
    assert_eq!((rest.trajectories, rest.missing), (36, 0));
    // More samples go on with the same file.
    assert!(std::fs::read(&cut).unwrap().starts_with(&std::fs::read(&whole).unwrap()));
}

#[test]
fn episodes_end_with_the_context() {
    let folder = Folder::new("context");
    let out = folder.file("short.jsonl");
    let short = Run { limits: Limits { context: 900, ..Limits::default() }, ..run(out.clone(), 8) };
    let mut child = Child { is_costly: false, ..Child::new(usize::MAX) };
    rolled(&short, &mut child).unwrap();
    let lines = read(&out).unwrap();
    let full = lines.iter().filter(|line| line.end == Some(Ended::Context));
    assert!(full.clone().count() > 5);
    for conversation in full.map(|line| &line.trajectory.conversation) {
        let before = conversation.len() - 2; // messages when its last text was asked for
        assert!(child.tokens(conversation) >= 900);
        assert!(before < 3 || child.tokens(&conversation[..before]) < 900);
    }
    assert!(lines.iter().all(|line| line.tokens.is_none()), "what costs nothing has no costs");
}

#[test]
fn another_run_is_refused() {
    let folder = Folder::new("refused");
    let out = folder.file("run.jsonl");
    rolled(&run(out.clone(), 4), &mut Child::new(usize::MAX)).unwrap();
    let refused = |run: &Run| format!("{:#}", rolled(run, &mut Child::new(0)).unwrap_err());
    let other = Run { tasks: vec![(environment("maze"), vec![3])], ..run(out.clone(), 4) };
    let error = refused(&other);
    assert!(error.contains("begun with other options") && error.contains("`environments` was"), "{error}");
    let text = std::fs::read_to_string(&out).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    std::fs::write(&out, format!("{rest}{first}\n")).unwrap();
    let error = refused(&run(out.clone(), 4));
    assert!(
        error.contains("line 1: found `lmrlgym_maze_11`, sample 0, where this run has `lmrlgym_maze_10`"),
        "{error}"
    );
    let lock = std::fs::File::open(&out).unwrap();
    lock.lock().unwrap();
    assert!(refused(&run(out.clone(), 4)).contains("another `duet gym rollout` is at work on"));
    drop(lock);
    std::fs::remove_file(folder.file("run.jsonl.run.json")).unwrap();
    assert!(refused(&run(out.clone(), 4)).contains("run.jsonl.run.json is not"));
}

#[test]
fn a_replay_names_item_sample_and_step() {
    let folder = Folder::new("replay");
    let out = folder.file("run.jsonl");
    let file = out.to_str().unwrap().to_owned();
    rolled(&run(out.clone(), 4), &mut Child::new(usize::MAX)).unwrap();
    assert!(said(&gym(&["replay", &file])).contains("24 trajectories"));
    let right = std::fs::read_to_string(&out).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut lines: Vec<Value> = right.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        change(&mut lines[14]); // the third task's second attempt
        std::fs::write(&out, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        complaint(&gym(&["replay", &file]))
    };
    let said = changed(&|line| line["conversations"][6]["value"] = "Success\n".into());
    assert!(said.contains("`lmrlgym_maze_12`, sample 1: ") && said.contains("step 2: the trajectory has"), "{said}");
    let said = changed(&|line| line["reward"] = 0.25.into());
    assert!(said.contains("sample 1: ") && said.contains("reward is 0.25"), "{said}");
    let said = changed(&|line| line["sample"] = 0.into());
    assert!(said.contains("`lmrlgym_maze_12`, sample 0: is there twice"), "{said}");
    let said = changed(&|line| line["item_id"] = "webshop_3".into());
    assert!(said.contains("`webshop_3`, sample 1: no environment `webshop` is here"), "{said}");
}

/// A trajectory as AgentGym's files have it.
fn record(item: &str, reward: f64, texts: usize) -> Value {
    let message = |from: &str, loss: Value| json!({ "from": from, "loss": loss, "value": "" });
    let mut conversation =
        vec![message("human", Value::Null), message("gpt", false.into()), message("human", Value::Null)];
    for _ in 0..texts {
        conversation.extend([message("gpt", true.into()), message("human", Value::Null)]);
    }
    json!({ "conversations": conversation, "item_id": item, "reward": reward, "success": 0 })
}

#[test]
fn scores_are_those_that_a_hand_computes() {
    let folder = Folder::new("scores");
    let file = folder.file("made.jsonl");
    // One of 29 tasks: Newcombe (1998), table I, method 3. And every task of the maze lost.
    let wordle =
        (0..29).map(|task| record(&format!("lmrlgym_wordle_{}", 950 + task), f64::from(u8::from(task == 4)), 4));
    let maze = (0..20).map(|task| record(&format!("lmrlgym_maze_{task}"), -1.0, 15));
    let unknown = [json!({ "item_id": "webshop_1", "conversations": null })];
    let text: String = wordle.chain(maze).chain(unknown).map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, text).unwrap();
    let output = said(&gym(&["eval", file.to_str().unwrap(), "--json"]));
    let found: Value = serde_json::from_str(&output).unwrap();
    let near = |found: &Value, expected: f64| assert!((found.as_f64().unwrap() - expected).abs() < 5e-5, "{found}");
    let [maze, wordle] = [0, 1].map(|index| &found["environments"][index]);
    assert_eq!((&maze["environment"], &maze["successes"], &maze["rounds"]), (&json!("maze"), &json!(0), &json!(15.0)));
    near(&maze["success_interval"][0], 0.0);
    near(&maze["success_interval"][1], 0.1611);
    assert_eq!((&maze["score"], &maze["score_interval"]), (&json!(-1.0), &json!([-1.0, -1.0])));
    assert_eq!((&wordle["tasks"], &wordle["episodes"], &wordle["successes"]), (&json!(29), &json!(29), &json!(1)));
    near(&wordle["success"], 1.0 / 29.0);
    near(&wordle["success_interval"][0], 0.0061);
    near(&wordle["success_interval"][1], 0.1718);
    // The share of 29 draws with replacement that hit the one: 0 in 36 of 100 cases, above 3/29 in 2 of 100.
    near(&wordle["score_interval"][0], 0.0);
    near(&wordle["score_interval"][1], 3.0 / 29.0);
    let types = found["types"].as_array().unwrap();
    let types: Vec<_> = types.iter().map(|part| (&part["type"], &part["episodes"], &part["successes"])).collect();
    assert_eq!(types[1..], [(&json!("test"), &json!(4), &json!(0)), (&json!("train"), &json!(25), &json!(1))]);
    assert_eq!((&found["unscored"], &found["conditions"]), (&json!(1), &Value::Null));
    let table = said(&gym(&["eval", file.to_str().unwrap()]));
    insta::assert_snapshot!(table.replace(file.to_str().unwrap(), "made.jsonl"));
}

#[test]
fn files_go_to_agentgym_and_come_back() {
    let folder = Folder::new("exchange");
    let [from, there, back] = ["run.jsonl", "there.json", "back.jsonl"].map(|name| folder.file(name));
    let [from_name, there_name, back_name] = [&from, &there, &back].map(|path| path.to_str().unwrap().to_owned());
    rolled(&run(from.clone(), 4), &mut Child::new(usize::MAX)).unwrap();
    let lines = read(&from).unwrap();
    let export = |more: &[&str]| {
        said(&gym(&[&["export", &from_name, "--format", "agenttraj", "--out", &there_name], more].concat()));
        serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(&there).unwrap()).unwrap()
    };
    let solved = lines.iter().filter(|line| line.trajectory.success == Some(true)).count();
    assert!(solved > 0 && solved < 24);
    assert_eq!(export(&["--solved"]).len(), solved);
    assert_eq!(export(&["--keep", "tasks"]).len(), 12);
    let all = export(&[]);
    let fields: Vec<&String> = all[0].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["conversations", "item_id", "reward", "success"]);
    assert_eq!(said(&gym(&["import", &there_name, "--out", &back_name])), format!("24 trajectories in {back_name}\n"));
    let key_and_trajectory =
        |path: &Path| -> Vec<_> { read(path).unwrap().into_iter().map(|line| (line.key(), line.trajectory)).collect() };
    assert_eq!(key_and_trajectory(&back), key_and_trajectory(&from));
    assert!(said(&gym(&["replay", &back_name])).contains("24 trajectories"));
    assert!(complaint(&gym(&["import", &there_name, "--out", &back_name])).contains("is there already"));
    let wrong = json!([{ "item_id": "maze_1", "conversations": [] }]);
    std::fs::write(&there, wrong.to_string()).unwrap();
    let other = folder.file("other.jsonl");
    let refused = complaint(&gym(&["import", &there_name, "--out", other.to_str().unwrap()]));
    assert!(refused.contains("`lmrlgym_maze_1`: expected at least 3 messages, found 0"), "{refused}");
}

/// The tiny random model with a longer context: a number in its file, changed.
fn model(folder: &Folder) -> PathBuf {
    const KEY: &[u8] = b"llama.context_length";
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engine/tests/fixtures/tiny.gguf");
    let mut bytes = std::fs::read(tiny).unwrap();
    let at = bytes.windows(KEY.len()).position(|window| window == KEY).unwrap() + KEY.len() + 4; // behind its type
    assert_eq!(bytes[at..at + 4], 512_u32.to_le_bytes());
    bytes[at..at + 4].copy_from_slice(&2048_u32.to_le_bytes());
    let path = folder.file("tiny.gguf");
    std::fs::write(&path, bytes).unwrap();
    path
}

fn rollout(model: &Path, out: &Path, together: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_duet"));
    command
        .args(["gym", "rollout", "--env", "maze,wordle", "--tasks", "0-3", "--agent", "model", "--model"])
        .arg(model);
    command.args([
        "--temperature",
        "1.5",
        "--seed",
        "3",
        "--max-rounds",
        "3",
        "--max-tokens",
        "24",
        "--context",
        "2048",
    ]);
    command.args(["--threads", "1", "--together", together, "--out"]).arg(out);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A random model babbles; what counts is that it is asked, counted, kept and stopped.
#[test]
fn a_model_plays_and_is_stopped_and_goes_on() {
    let folder = Folder::new("model");
    let model = model(&folder);
    let (whole, cut) = (folder.file("whole.jsonl"), folder.file("cut.jsonl"));
    let text = said(&rollout(&model, &whole, "8").output().unwrap());
    assert!(text.contains("agent model") && text.contains("tiny.gguf") && text.contains(" a second"), "{text}");
    let lines = read(&whole).unwrap();
    assert_eq!(lines.len(), 8);
    for line in &lines {
        let (end, tokens) = (line.end.unwrap(), line.tokens.unwrap());
        assert!(line.trajectory.rounds() == 3 && end == Ended::Rounds, "{line:?}");
        assert!(tokens.read > tokens.written && tokens.written <= 24 * 3, "{tokens:?}");
    }
    replay(&whole, &lines).unwrap();
    let child = rollout(&model, &cut, "3").spawn().unwrap();
    let began = Instant::now();
    while std::fs::metadata(folder.file("cut.jsonl.journal")).map_or(0, |file| file.len()) == 0 {
        assert!(began.elapsed() < Duration::from_secs(120), "no text within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let stopped = complaint(&child.wait_with_output().unwrap());
    assert!(stopped.contains("stopped with") && stopped.contains("the same command goes on"), "{stopped}");
    assert!(read(&cut).unwrap().len() < 8);
    said(&rollout(&model, &cut, "5").output().unwrap());
    assert!(std::fs::read(&cut).unwrap() == std::fs::read(&whole).unwrap());
    assert!(!folder.file("cut.jsonl.journal").exists());
}

#[test]
fn wrong_words_are_refused() {
    let rollout = ["rollout", "--env", "maze", "--out", "no-such-folder/x.jsonl"];
    let planner = [&rollout[..], &["--agent", "planner"]].concat();
    let cases: Vec<(Vec<&str>, i32, Vec<&str>)> = vec![
        (vec!["play", "--env", "chess"], 1, vec!["no environment `chess`", "maze"]),
        (vec!["play", "--env", "maze", "--task", "25"], 1, vec!["task 25", "0 to 24"]),
        ([&planner[..], &["--tasks", "0-25"]].concat(), 1, vec!["task 25", "0 to 24"]),
        ([&planner[..], &["--tasks", "split:train"]].concat(), 1, vec!["no split `train`"]),
        ([&planner[..], &["--tasks", "7-x"]].concat(), 2, vec!["`x` in `7-x`"]),
        ([&planner[..], &["--model", "x.gguf"]].concat(), 1, vec!["--agent model"]),
        ([&planner[..], &["--format", "prose"]].concat(), 2, vec!["prose", "react"]),
        ([&planner[..], &["--samples", "0"]].concat(), 2, vec!["0", "1..=1024"]),
        ([&rollout[..], &["--agent", "model"]].concat(), 2, vec!["--model"]),
        ([&rollout[..], &["--agent", "model", "--model", "none.gguf"]].concat(), 1, vec!["none.gguf"]),
        (vec!["eval", "none.jsonl"], 1, vec!["none.jsonl"]),
    ];
    for (args, code, words) in cases {
        let output = gym(&args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.starts_with("error: ") && said.trim_end().lines().count() == 1, "{args:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{args:?}: {said} lacks one of {words:?}");
    }
    assert!(!Path::new("no-such-folder").exists());
}

#[test]
fn a_program_plays_by_lines() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_duet"))
        .args(["gym", "play", "--env", "maze", "--task", "17"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"move down\nmove down\n").unwrap();
    let text = said(&child.wait_with_output().unwrap());
    assert!(text.ends_with("> move down\nSuccess\n\nsolved, score 1 after 2 steps\n"), "{text}");
    let planned = said(&gym(&["play", "--env", "wordle", "--task", "3", "--plan", "--json"]));
    let last: Value = serde_json::from_str(planned.lines().last().unwrap()).unwrap();
    assert_eq!((&last["success"], &last["score"]), (&json!(true), &json!(1.0)));
    let list: Value = serde_json::from_str(&said(&gym(&["list", "--json"]))).unwrap();
    assert_eq!((&list[0]["name"], &list[0]["tasks"]), (&json!("maze"), &json!(25)));
}
