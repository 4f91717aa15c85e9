//! What is in a shard, and in all of them.

use std::collections::BTreeMap;

use duet_engine::reason::collect::{Block, Tally};
use duet_engine::reason::measure::Share;
use serde::{Deserialize, Serialize};

use super::line::RecordLine;

/// Numbers of critiques by what they are about, and of the paths that they were chosen from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Questions asked.
    pub questions: u64,
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
    pub solved: BTreeMap<String, Share>,
    /// Critiques by how their path came about.
    pub generator: BTreeMap<String, u64>,
    /// By level (0: none).
    pub level: BTreeMap<String, u64>,
    /// By the verdict on the answer.
    pub verdict: BTreeMap<String, u64>,
    /// By the type of the mistake that was put in on purpose.
    pub error_type: BTreeMap<String, u64>,
    /// By what the oracle calls the first wrong step.
    pub fault: BTreeMap<String, u64>,
}

impl Counts {
    /// The counts of one block.
    pub(super) fn of(questions: u64, block: &Block, lines: &[RecordLine]) -> Self {
        let Tally { paths, unfinished, repeated, surplus, refused, solved } = block.tally.clone();
        let solved = solved.into_iter().map(|(level, share)| (level.to_string(), share)).collect();
        let mut counts = Self { questions, paths, unfinished, repeated, surplus, refused, solved, ..Self::default() };
        lines.iter().for_each(|line| counts.count(line));
        counts
    }

    /// Counts one critique.
    pub(super) fn count(&mut self, line: &RecordLine) {
        let add = |map: &mut BTreeMap<String, u64>, key: &str| *map.entry(key.to_owned()).or_default() += 1;
        add(&mut self.generator, &line.generator);
        add(&mut self.level, &line.level.unwrap_or(0).to_string());
        add(&mut self.verdict, &line.verdict.to_string().to_lowercase());
        line.error_type.iter().for_each(|kind| add(&mut self.error_type, kind));
        line.fault.iter().for_each(|fault| add(&mut self.fault, fault));
    }

    /// Adds another's.
    pub(super) fn merge(&mut self, other: &Self) {
        self.questions += other.questions;
        self.paths += other.paths;
        self.unfinished += other.unfinished;
        self.repeated += other.repeated;
        self.surplus += other.surplus;
        self.refused += other.refused;
        for (level, share) in &other.solved {
            let sum = self.solved.entry(level.clone()).or_default();
            *sum = Share { hits: sum.hits + share.hits, all: sum.all + share.all };
        }
        for (sum, map) in [
            (&mut self.generator, &other.generator),
            (&mut self.level, &other.level),
            (&mut self.verdict, &other.verdict),
            (&mut self.error_type, &other.error_type),
            (&mut self.fault, &other.fault),
        ] {
            map.iter().for_each(|(key, count)| *sum.entry(key.clone()).or_default() += count);
        }
    }
}
