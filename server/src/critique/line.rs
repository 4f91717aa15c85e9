//! A record as a line of JSON.

use anyhow::{Context, anyhow};
use duet_engine::reason::Verdict;
use duet_engine::reason::collect::{Generator, Record, StoryKey, fault_name, kind_name};
use duet_engine::reason::story::{Fault, LabelRule, Level, MistakeKind, Split};
use serde::{Deserialize, Serialize};

/// The fields of [`Record`], and after the filter a refinement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordLine {
    pub(super) id: String,
    pub(super) dataset: String,
    pub(super) idx: u64,
    pub(super) sample_id: u32,
    pub(super) question: String,
    pub(super) gold_solution: String,
    pub(super) gold_answer: String,
    pub(super) split: Option<String>,
    pub(super) level: Option<u8>,
    pub(super) story_seed: Option<u64>,
    pub(super) path: Vec<String>,
    pub(super) correct: bool,
    pub(super) generator: String,
    pub(super) temperature: f32,
    pub(super) parent_id: Option<String>,
    pub(super) error_step: Option<usize>,
    pub(super) error_type: Option<String>,
    pub(super) fault: Option<String>,
    pub(super) critique: String,
    pub(super) verdict: Verdict,
    pub(super) annotator: String,
    pub(super) label_rule: Option<String>,
    pub(super) seed: u64,
    /// A right refinement after this critique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refinement: Option<String>,
}

impl From<Record> for RecordLine {
    fn from(record: Record) -> Self {
        Self {
            id: record.id,
            dataset: record.dataset,
            idx: record.idx,
            sample_id: record.sample_id,
            question: record.question,
            gold_solution: record.gold_solution,
            gold_answer: record.gold_answer,
            split: record.story.map(|story| split_name(story.split).to_owned()),
            level: record.story.map(|story| story.level.number()),
            story_seed: record.story.map(|story| story.seed),
            path: record.path,
            correct: record.correct,
            generator: record.generator.name().to_owned(),
            temperature: record.temperature,
            parent_id: record.parent_id,
            error_step: record.error_step,
            error_type: record.error_type.map(|kind| kind_name(kind).to_owned()),
            fault: record.fault.map(|fault| fault_name(fault).to_owned()),
            critique: record.critique,
            verdict: record.verdict,
            annotator: record.annotator,
            label_rule: record.label_rule.map(|rule| rule_name(rule).to_owned()),
            seed: record.seed,
            refinement: None,
        }
    }
}

impl TryFrom<RecordLine> for Record {
    type Error = anyhow::Error;

    fn try_from(line: RecordLine) -> anyhow::Result<Self> {
        let story = match (&line.split, line.level, line.story_seed) {
            (Some(split), Some(level), Some(seed)) => {
                let split = named("split", split, &Split::ALL, split_name)?;
                Some(StoryKey { split, level: Level::new(level)?, seed })
            }
            _ => None,
        };
        let kind = |name: &String| named("error_type", name, &MistakeKind::ALL, kind_name);
        let fault = |name: &String| named("fault", name, &FAULTS, fault_name);
        let rule = |name: &String| named("label_rule", name, &RULES, rule_name);
        Ok(Self {
            story,
            error_type: line.error_type.as_ref().map(kind).transpose()?,
            fault: line.fault.as_ref().map(fault).transpose()?,
            label_rule: line.label_rule.as_ref().map(rule).transpose()?,
            generator: named("generator", &line.generator, &Generator::ALL, Generator::name)?,
            id: line.id,
            dataset: line.dataset,
            idx: line.idx,
            sample_id: line.sample_id,
            question: line.question,
            gold_solution: line.gold_solution,
            gold_answer: line.gold_answer,
            path: line.path,
            correct: line.correct,
            temperature: line.temperature,
            parent_id: line.parent_id,
            error_step: line.error_step,
            critique: line.critique,
            verdict: line.verdict,
            annotator: line.annotator,
            seed: line.seed,
        })
    }
}

const FAULTS: [Fault; 9] = [
    Fault::Calculation,
    Fault::Operation,
    Fault::Operand,
    Fault::Order,
    Fault::MissingStep,
    Fault::ExtraStep,
    Fault::Sign,
    Fault::Unreadable,
    Fault::Answer,
];

const RULES: [LabelRule; 2] = [LabelRule::StopAtFirstError, LabelRule::All];

/// As it is written in records and typed on the command line.
pub(super) fn rule_name(rule: LabelRule) -> &'static str {
    match rule {
        LabelRule::StopAtFirstError => "stop",
        LabelRule::All => "all",
    }
}

/// As it is written in records and typed on the command line.
pub(super) fn split_name(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Query => "query",
        Split::Development => "development",
        Split::Test => "test",
    }
}

/// The one of `all` that has this name.
pub(super) fn named<T: Copy>(field: &str, name: &str, all: &[T], of: fn(T) -> &'static str) -> anyhow::Result<T> {
    let names = || all.iter().map(|one| of(*one)).collect::<Vec<_>>().join(", ");
    let found = all.iter().copied().find(|one| of(*one) == name);
    found.ok_or_else(|| anyhow!("`{field}` is `{name}`, it must be one of {}", names()))
}

/// Reads the lines of a shard.
pub(super) fn read(text: &str) -> anyhow::Result<Vec<RecordLine>> {
    let line = |(index, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("line {} is no critique record", index + 1))
    };
    text.lines().enumerate().map(line).collect()
}
