//! From the sources of a recipe to those of the engine.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use duet_engine::learn::{
    ChatFormat, Dialogue, Example, Levels, Mixture, Source, Stories, StorySource, Task, amending, calculating,
    comparing, judging, refining, solving,
};
use duet_engine::reason::story::{LabelRule, Split};
use duet_engine::template::{Message, Turn};
use serde::{Deserialize, Serialize};

use super::recipe::{Recipe, SourceRecipe, SplitRecipe, Stage, TaskRecipe};

/// A line of a training file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// The chat so far.
    pub messages: Vec<LineMessage>,
    /// What the assistant says next.
    pub output: String,
}

/// One message of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LineMessage {
    /// `user`, `assistant` or `system`.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// Instructions.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// The mixture of a stage.
pub(super) fn mixture(
    recipe: &Recipe,
    stage: &Stage,
    folder: &Path,
    format: &Arc<ChatFormat>,
) -> anyhow::Result<Mixture> {
    let mut sources: Vec<(Box<dyn Source>, f64)> = Vec::new();
    for (index, source) in stage.sources.iter().enumerate() {
        let name = format!("{}.{index}", stage.name);
        match source {
            SourceRecipe::Story { task, labels, weight, .. } => {
                let stories = stories(source)?.context("invariant: a story source has stories")?;
                let task = (task_of(*task), labels.rule());
                sources.push((Box::new(StorySource::new(&name, stories, task, format.clone())), *weight));
            }
            SourceRecipe::File { path, weight } => {
                let dialogues = read(&folder.join(path))?;
                sources.push((Box::new(Lines::new(name, &dialogues, format, recipe.model.context)?), *weight));
            }
        }
    }
    Ok(Mixture::new(sources, recipe.seed ^ fingerprint(&stage.name))?)
}

/// Texts to train the tokenizer on.
pub(super) fn texts(recipe: &Recipe) -> anyhow::Result<Vec<String>> {
    let (levels, seed) = (Levels::new([1.0; 5])?, recipe.seed);
    let stories = Stories { split: Split::Train, levels, seed, limit: None };
    let mut texts = Vec::new();
    for index in 0..recipe.tokenizer.stories {
        let story = stories.story(index);
        for task in [solving, judging, refining] {
            let Some(dialogue) = task(&story, index, LabelRule::StopAtFirstError) else { continue };
            texts.extend(dialogue.messages.into_iter().map(|message| message.content));
            texts.push(dialogue.output);
        }
    }
    Ok(texts)
}

fn stories(source: &SourceRecipe) -> anyhow::Result<Option<Stories>> {
    let SourceRecipe::Story { split, levels, seed, limit, .. } = source else { return Ok(None) };
    let split = match split {
        SplitRecipe::Train => Split::Train,
        SplitRecipe::Query => Split::Query,
        SplitRecipe::Development => Split::Development,
        SplitRecipe::Test => Split::Test,
    };
    ensure!(split != Split::Test, "the test split cannot be trained on");
    Ok(Some(Stories { split, levels: Levels::new(*levels)?, seed: *seed, limit: *limit }))
}

fn task_of(task: TaskRecipe) -> Task {
    match task {
        TaskRecipe::Solve => solving,
        TaskRecipe::Judge => judging,
        TaskRecipe::Refine => refining,
        TaskRecipe::Compare => comparing,
        TaskRecipe::Calculate => calculating,
        TaskRecipe::Amend => amending,
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Dialogue>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut dialogues = Vec::new();
    for (index, line) in std::io::BufReader::new(file).lines().enumerate() {
        let place = || format!("{}, line {}", path.display(), index + 1);
        let line = line.with_context(place)?;
        if line.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&line).with_context(place)?;
        let messages = line.messages.into_iter().map(|message| {
            let turn = match message.role {
                Role::System => Turn::System,
                Role::User => Turn::User,
                Role::Assistant => Turn::Assistant,
            };
            Message { turn, content: message.content }
        });
        dialogues.push(Dialogue { messages: messages.collect(), output: line.output });
    }
    ensure!(!dialogues.is_empty(), "{} holds no example", path.display());
    Ok(dialogues)
}

/// The examples of a file.
struct Lines {
    name: String,
    examples: Vec<Example>,
}

impl Lines {
    /// Examples that are longer than the context are left out, and said to be: paths are a model's, and some ramble.
    fn new(name: String, dialogues: &[Dialogue], format: &ChatFormat, context: usize) -> anyhow::Result<Self> {
        let examples = dialogues.iter().map(|dialogue| format.example(dialogue)).collect::<Result<Vec<_>, _>>()?;
        let all = examples.len();
        let examples: Vec<Example> =
            examples.into_iter().filter(|example| example.tokens().len() <= context + 1).collect();
        if examples.len() < all {
            tracing::warn!("{name}: {} of {all} examples are longer than {context} tokens", all - examples.len());
        }
        ensure!(!examples.is_empty(), "{name}: all {all} examples are longer than the context of {context} tokens");
        Ok(Self { name, examples })
    }
}

impl Source for Lines {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> Option<u64> {
        Some(self.examples.len() as u64)
    }

    fn example(&self, index: u64) -> Example {
        self.examples[index as usize].clone()
    }
}

/// A number for a name (FNV-1a).
pub(super) fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
