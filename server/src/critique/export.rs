//! `duet critique export`: training files for `duet train`, LLaMA-Factory and TRL.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use anyhow::ensure;
use duet_engine::reason::measure::masked;
use duet_engine::reason::{Critique, Problem, prompts};
use duet_engine::template::{Message, PromptStyle, Turn};
use serde_json::{Value, json};

use super::line::{RecordLine, read};
use super::recipes;
use super::shards::{jsonl, read_all};
use crate::durable;

/// Who learns from the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// The critic, to judge paths.
    Critic,
    /// The actor, to refine after a critique.
    ActorRefine,
    /// The actor, to solve.
    ActorReason,
}

impl Purpose {
    /// As files are named after it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critic => "critic",
            Self::ActorRefine => "actor-refine",
            Self::ActorReason => "actor-reason",
        }
    }
}

/// Whose form the file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FileFormat {
    /// `duet train`.
    Duet,
    /// LLaMA-Factory's Alpaca form.
    Alpaca,
    /// LLaMA-Factory's ShareGPT form.
    Sharegpt,
    /// TRL: conversations with prompt and completion.
    Trl,
}

/// An export.
#[derive(Debug, Clone)]
pub struct ExportRun {
    /// The critiques, collected or kept by a filter.
    pub source: PathBuf,
    /// Where files go.
    pub folder: PathBuf,
    /// Who learns.
    pub purpose: Purpose,
    /// The files' form.
    pub format: FileFormat,
    /// How the model is asked: small models of ours read bare texts.
    pub style: PromptStyle,
    /// Whether numbers that are in neither question nor path are cut out of the critiques (`specs/critique.md` §4.4).
    pub masked: bool,
    /// The model that another engine begins with.
    pub base: String,
    /// Own solutions of a critic that solves first, by question; where there is none, the reference stands for it.
    pub thoughts: BTreeMap<String, String>,
}

/// A chat and how it goes on.
struct Example {
    messages: Vec<Message>,
    output: String,
}

/// Writes the training file and what its engine needs beside it. Returns the number of examples and the command that
/// trains on them.
///
/// # Errors
/// When the critiques are not what their manifest says, or a file cannot be written.
pub fn export(run: &ExportRun) -> anyhow::Result<(usize, String)> {
    let (_, texts) = read_all(&run.source)?;
    let (mut lines, mut seen) = (Vec::new(), HashSet::new());
    for text in &texts {
        for mut record in read(text)? {
            if run.masked {
                record.critique = masked(&record.critique, &record.question, &record.path.join("\n"));
            }
            let fresh = run.purpose != Purpose::ActorReason || seen.insert((record.dataset.clone(), record.idx));
            if fresh {
                let thought = run.thoughts.get(&record.question).map(String::as_str);
                lines.push(line(run.format, &example(&record, run.purpose, run.style, thought)?));
            }
        }
    }
    ensure!(!lines.is_empty(), "{} holds no critique", run.source.display());
    let path = file(run);
    durable::write(&path, &jsonl(&lines)?)?;
    Ok((lines.len(), recipes::write(run, &path)?))
}

/// The questions of a data set, each once, in order.
///
/// # Errors
/// When the critiques are not what their manifest says.
pub fn questions(folder: &Path) -> anyhow::Result<Vec<String>> {
    let (_, texts) = read_all(folder)?;
    let (mut questions, mut seen) = (Vec::new(), HashSet::new());
    for text in &texts {
        for record in read(text)? {
            if seen.insert(record.question.clone()) {
                questions.push(record.question);
            }
        }
    }
    Ok(questions)
}

fn file(run: &ExportRun) -> PathBuf {
    let name = run.purpose.name();
    match run.format {
        FileFormat::Duet => run.folder.join(format!("{name}.jsonl")),
        FileFormat::Alpaca => run.folder.join(format!("{name}-alpaca.jsonl")),
        FileFormat::Sharegpt => run.folder.join(format!("{name}-sharegpt.jsonl")),
        // TRL reads every file of a folder.
        FileFormat::Trl => run.folder.join(Path::new(&format!("{name}-trl")).join("train.jsonl")),
    }
}

fn example(
    record: &RecordLine,
    purpose: Purpose,
    style: PromptStyle,
    thought: Option<&str>,
) -> anyhow::Result<Example> {
    let problem = Problem::new(&record.question)?;
    let path = record.path.join("\n");
    let begun = |solution: &str| format!("{}{solution}", prompts::solution_prefill(style));
    Ok(match purpose {
        Purpose::Critic => {
            let thought = thought.unwrap_or(&record.gold_solution);
            let messages = prompts::critique(style, &problem, thought, &path);
            Example { messages, output: record.critique.clone() }
        }
        Purpose::ActorRefine => {
            let critique = Critique::parse(&record.critique, &record.path);
            let messages = prompts::refinement(style, &problem, &path, &critique, &record.critique);
            Example { messages, output: begun(&refined(record, &path)) }
        }
        Purpose::ActorReason => {
            Example { messages: prompts::attempt(style, &problem), output: begun(&record.gold_solution) }
        }
    })
}

/// What a refinement should be: the path itself where it is right; else the actor's own right refinement where the
/// reference was written by somebody else, and the reference.
fn refined(record: &RecordLine, path: &str) -> String {
    let own = record.refinement.as_ref().filter(|_| record.story_seed.is_none());
    match record.correct {
        true => path.to_owned(),
        false => own.unwrap_or(&record.gold_solution).clone(),
    }
}

fn line(format: FileFormat, example: &Example) -> Value {
    let chat = |messages: &[Message]| -> Vec<Value> {
        messages.iter().map(|message| json!({ "role": message.turn.role(), "content": message.content })).collect()
    };
    match format {
        FileFormat::Duet => json!({ "messages": chat(&example.messages), "output": example.output }),
        FileFormat::Trl => json!({
            "prompt": chat(&example.messages),
            "completion": [{ "role": "assistant", "content": example.output }],
        }),
        FileFormat::Alpaca => alpaca(example),
        FileFormat::Sharegpt => sharegpt(example),
    }
}

/// The last request as the instruction, the exchanges before it as the history.
fn alpaca(example: &Example) -> Value {
    let (system, turns) = system(&example.messages);
    let (last, before) = turns.split_last().map_or(("", turns), |(last, before)| (last.content.as_str(), before));
    let history: Vec<Value> =
        before.chunks(2).map(|pair| pair.iter().map(|turn| turn.content.as_str()).collect()).collect();
    json!({ "instruction": last, "input": "", "output": example.output, "system": system, "history": history })
}

fn sharegpt(example: &Example) -> Value {
    let (system, turns) = system(&example.messages);
    let from = |turn: Turn| if turn == Turn::Assistant { "gpt" } else { "human" };
    let said = turns.iter().map(|message| json!({ "from": from(message.turn), "value": message.content }));
    let said: Vec<Value> = said.chain([json!({ "from": "gpt", "value": example.output })]).collect();
    json!({ "conversations": said, "system": system })
}

fn system(messages: &[Message]) -> (&str, &[Message]) {
    match messages {
        [Message { turn: Turn::System, content }, turns @ ..] => (content, turns),
        turns => ("", turns),
    }
}
