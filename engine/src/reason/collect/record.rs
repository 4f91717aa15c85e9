//! A critique of a path, with everything that it came from (`specs/critique.md` §2.1, §2.5).

use crate::reason::Verdict;
use crate::reason::story::{Fault, Level, MistakeKind, Split};

/// How a path came about (`specs/critique.md` §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generator {
    /// Sampled from the question.
    Rg1,
    /// A sampled path, from some step on written anew at a higher temperature.
    Rg2,
    /// Right steps, one with a mistake of a named type, and the actor's way on from there.
    Rg3,
    /// The reference solution: right paths where the actor has too few of its own.
    Gold,
}

impl Generator {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rg1, Self::Rg2, Self::Rg3, Self::Gold];

    /// As it is written in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rg1 => "rg1",
            Self::Rg2 => "rg2",
            Self::Rg3 => "rg3",
            Self::Gold => "gold",
        }
    }
}

/// What a story is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoryKey {
    /// Its split.
    pub split: Split,
    /// Its level.
    pub level: Level,
    /// Its seed.
    pub seed: u64,
}

/// One critique.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Unique: the question's, the generator and the number of the sample.
    pub id: String,
    /// The data set.
    pub dataset: String,
    /// The question's number in it.
    pub idx: u64,
    /// Which path of the generator for this question.
    pub sample_id: u32,
    /// The question.
    pub question: String,
    /// The reference solution, a line per step.
    pub gold_solution: String,
    /// The reference answer.
    pub gold_answer: String,
    /// The story that the question is.
    pub story: Option<StoryKey>,
    /// The steps that are criticised.
    pub path: Vec<String>,
    /// Whether the path's answer is the reference answer.
    pub correct: bool,
    /// How the path came about.
    pub generator: Generator,
    /// The temperature of its sampled part; 0 where nothing was sampled.
    pub temperature: f32,
    /// The id of the path that it begins like, which may have been left out of the data set.
    pub parent_id: Option<String>,
    /// The first wrong step, from 0, by the annotator.
    pub error_step: Option<usize>,
    /// The type of the mistake that was put in on purpose.
    pub error_type: Option<MistakeKind>,
    /// What the oracle calls the first wrong step.
    pub fault: Option<Fault>,
    /// The critique's text.
    pub critique: String,
    /// Its verdict on the final answer.
    pub verdict: Verdict,
    /// Who wrote the critique.
    pub annotator: String,
    /// `stop` or `all`: which steps have a label; none where the annotator chose.
    pub label_rule: Option<crate::reason::story::LabelRule>,
    /// What the sampled part was drawn with.
    pub seed: u64,
}

/// As the type is written in records.
#[must_use]
pub fn kind_name(kind: MistakeKind) -> &'static str {
    match kind {
        MistakeKind::Calculation => "calculation",
        MistakeKind::Operation => "operation",
        MistakeKind::Operand => "operand",
        MistakeKind::MissingStep => "missing_step",
        MistakeKind::UnitOrPercentage => "unit_or_percentage",
        MistakeKind::Sign => "sign",
        MistakeKind::MisreadCondition => "misread_condition",
    }
}

/// As the fault is written in records.
#[must_use]
pub fn fault_name(fault: Fault) -> &'static str {
    match fault {
        Fault::Calculation => "calculation",
        Fault::Operation => "operation",
        Fault::Operand => "operand",
        Fault::Order => "order",
        Fault::MissingStep => "missing_step",
        Fault::ExtraStep => "extra_step",
        Fault::Sign => "sign",
        Fault::Unreadable => "unreadable",
        Fault::Answer => "answer",
    }
}
