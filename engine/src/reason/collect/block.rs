//! One block of questions: from the actor's paths to records.

use std::collections::BTreeMap;

use super::annotator::{Annotator, Case};
use super::paths::{Path, paths};
use super::sampler::Sampler;
use super::{Generator, Question, Record, StoryKey, balance};
use crate::reason::measure::Share;
use crate::reason::story::{Fault, check};
use crate::reason::{Critique, PlayerError};

/// How critiques are collected.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectOptions {
    /// Same seed, same records.
    pub seed: u64,
    /// Paths sampled from each question.
    pub samples: usize,
    /// Their temperature.
    pub temperature: f32,
    /// Where paths come from.
    pub generators: Vec<Generator>,
    /// Beginnings per question for [`Generator::Rg2`], and mistakes for [`Generator::Rg3`].
    pub tails: u32,
    /// Tokens of a path, at most.
    pub max_tokens: usize,
    /// Critiques of right paths in a hundred, 0 to 100; where there are too few of either, others are left out.
    pub right_percent: usize,
    /// Among which paths that share holds.
    pub balance: Balance,
}

/// Among which paths of a block the share of right ones holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Balance {
    /// At each level. A critic cannot learn what is usual for a level instead of looking; where right paths are rare, so
    /// are critiques.
    #[default]
    Level,
    /// In all. Each level keeps what is usual for it, as a critic meets it when it is used.
    Whole,
}

impl Balance {
    /// Its name in commands, recipes and manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Whole => "whole",
        }
    }
}

/// What became of the paths of a block.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Paths that came to an end.
    pub paths: u64,
    /// Paths that did not.
    pub unfinished: u64,
    /// Equal to another path of the same question.
    pub repeated: u64,
    /// Left out for the share of right ones.
    pub surplus: u64,
    /// Left out because the annotator's critique was unreadable or contradicted the truth.
    pub refused: u64,
    /// Right ones among the paths sampled from scratch, by level (0: none).
    pub solved: BTreeMap<u8, Share>,
}

/// The records of a block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// In the order of the questions.
    pub records: Vec<Record>,
    /// What else was there.
    pub tally: Tally,
}

/// Collects critiques on a block of questions.
///
/// # Errors
/// [`PlayerError`] when the actor or the annotator fails.
pub async fn collect(
    questions: &[Question],
    options: &CollectOptions,
    actor: &mut impl Sampler,
    annotator: &mut impl Annotator,
) -> Result<Block, PlayerError> {
    let (all, unfinished) = paths(questions, options, actor).await?;
    let mut tally = Tally { paths: all.len() as u64, unfinished, ..Tally::default() };
    for path in all.iter().filter(|path| path.generator == Generator::Rg1) {
        let solved = tally.solved.entry(questions[path.question].level()).or_default();
        *solved = Share { hits: solved.hits + usize::from(path.correct), all: solved.all + 1 };
    }
    let (distinct, repeated) = balance::distinct(all);
    let first = questions.first().map_or(0, |question| question.idx);
    let count = distinct.len();
    let kept = balance::balanced(distinct, questions, options, options.seed ^ first << 8);
    (tally.repeated, tally.surplus) = (repeated, (count - kept.len()) as u64);
    let critiques = annotator.annotate(&cases(&kept, questions)).await?;
    tally.refused = critiques.iter().filter(|critique| critique.is_none()).count() as u64;
    let records = kept.into_iter().zip(critiques).filter_map(|(path, critique)| {
        let question = &questions[path.question];
        record(question, path, &critique?, annotator)
    });
    Ok(Block { records: records.collect(), tally })
}

fn cases<'a>(paths: &'a [Path], questions: &'a [Question]) -> Vec<Case<'a>> {
    let case = |path: &'a Path| Case {
        question: &questions[path.question],
        path: &path.steps,
        correct: path.correct,
        generator: path.generator,
        planned: path.planned,
        kind: path.kind,
        seed: path.seed,
    };
    paths.iter().map(case).collect()
}

fn record(question: &Question, path: Path, critique: &Critique, annotator: &impl Annotator) -> Option<Record> {
    let story = question.story.as_ref();
    let fault = |story| -> Option<Fault> {
        let checked = check(story, &path.steps);
        checked.steps.get(checked.first_error?)?.fault
    };
    Some(Record {
        id: path.id(question),
        dataset: question.dataset.clone(),
        idx: question.idx,
        sample_id: path.sample,
        question: question.problem.text().to_owned(),
        gold_solution: question.gold_steps.join("\n"),
        gold_answer: question.gold.to_string(),
        story: story.map(|story| StoryKey { split: story.split, level: story.level, seed: story.seed }),
        fault: story.and_then(fault),
        correct: path.correct,
        generator: path.generator,
        temperature: path.temperature,
        parent_id: path.parent,
        error_step: critique.first_wrong(),
        error_type: path.kind,
        critique: critique.to_string().trim_end().to_owned(),
        verdict: critique.answer?,
        annotator: annotator.name(),
        label_rule: annotator.label_rule(),
        seed: path.seed,
        path: path.steps,
    })
}
