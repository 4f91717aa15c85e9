//! `duet critique stats`

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use duet_engine::reason::measure::{Share, leaks, masked};
use duet_engine::reason::{Answer, Critique};
use serde::Serialize;

use super::counts::Counts;
use super::line::{RecordLine, read};
use super::shards::read_all;

/// What is in a data set.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// Critiques.
    pub critiques: u64,
    /// Questions that have any.
    pub questions: u64,
    /// By generator.
    pub generator: BTreeMap<String, u64>,
    /// By level (0: none).
    pub level: BTreeMap<String, u64>,
    /// By verdict on the answer.
    pub verdict: BTreeMap<String, u64>,
    /// By the type of the mistake that was put in on purpose.
    pub error_type: BTreeMap<String, u64>,
    /// By what the oracle calls the first wrong step.
    pub fault: BTreeMap<String, u64>,
    /// Steps of a path, on average.
    pub mean_steps: f64,
    /// Steps that a critique judges, on average.
    pub mean_judged_steps: f64,
    /// The most that one judges.
    pub max_judged_steps: usize,
    /// Characters of a critique, on average.
    pub mean_critique_chars: f64,
    /// Critiques by their first wrong step, from 1; 0: none is.
    pub first_wrong_step: BTreeMap<usize, u64>,
    /// Critiques of flawed paths that give the answer away (`specs/critique.md` §4.4).
    pub leaks: Share,
    /// Critiques that say a number which is in neither the question nor the path, so that masking changes them.
    pub masked: Share,
}

/// Counts what is in the folder of a collection, or of the critiques that a filter kept.
///
/// # Errors
/// When the shards are not what the manifest says.
pub fn stats(folder: &Path) -> anyhow::Result<Stats> {
    let (_, texts) = read_all(folder)?;
    let (mut stats, mut counts) = (Stats::default(), Counts::default());
    let mut sums = Sums::default();
    for text in &texts {
        let lines = read(text)?;
        let mut questions: Vec<(&str, u64)> = lines.iter().map(|line| (line.dataset.as_str(), line.idx)).collect();
        questions.dedup(); // a question's records stand together, in one shard
        stats.questions += questions.len() as u64;
        lines.iter().for_each(|line| {
            counts.count(line);
            stats.count(line, &mut sums);
        });
    }
    let mean = |sum: usize| if stats.critiques == 0 { 0.0 } else { sum as f64 / stats.critiques as f64 };
    (stats.mean_steps, stats.mean_judged_steps) = (mean(sums.steps), mean(sums.judged));
    stats.mean_critique_chars = mean(sums.chars);
    let Counts { generator, level, verdict, error_type, fault, .. } = counts;
    Ok(Stats { generator, level, verdict, error_type, fault, ..stats })
}

#[derive(Default)]
struct Sums {
    steps: usize,
    judged: usize,
    chars: usize,
}

impl Stats {
    fn count(&mut self, line: &RecordLine, sums: &mut Sums) {
        let path = line.path.join("\n");
        let critique = Critique::parse(&line.critique, &line.path);
        let judged = critique.judgements.len();
        self.critiques += 1;
        self.max_judged_steps = self.max_judged_steps.max(judged);
        sums.steps += line.path.len();
        sums.judged += judged;
        sums.chars += line.critique.chars().count();
        *self.first_wrong_step.entry(critique.first_wrong().map_or(0, |step| step + 1)).or_default() += 1;
        let add =
            |share: &mut Share, hit: bool| *share = Share { hits: share.hits + usize::from(hit), all: share.all + 1 };
        if !line.correct {
            let gold = Answer::parse(&line.gold_answer).and_then(|gold| gold.value());
            add(&mut self.leaks, gold.is_some_and(|gold| leaks(gold, &line.critique, &line.question, &path)));
        }
        add(&mut self.masked, masked(&line.critique, &line.question, &path) != line.critique);
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} critiques of {} questions", self.critiques, self.questions)?;
        let groups = [
            ("verdict", &self.verdict),
            ("generator", &self.generator),
            ("level", &self.level),
            ("mistake put in", &self.error_type),
            ("first fault", &self.fault),
        ];
        for (name, group) in groups.into_iter().filter(|(_, group)| !group.is_empty()) {
            writeln!(f, "{name}: {}", listed(group.iter(), self.critiques))?;
        }
        writeln!(f, "first wrong step (0: none): {}", listed(self.first_wrong_step.iter(), self.critiques))?;
        writeln!(
            f,
            "steps: {:.2} a path, {:.2} judged (at most {}), {:.0} characters a critique",
            self.mean_steps, self.mean_judged_steps, self.max_judged_steps, self.mean_critique_chars
        )?;
        let percent =
            |share: Share| share.rate().map_or_else(|| "-".to_owned(), |rate| format!("{:.1}%", 100.0 * rate));
        writeln!(f, "leak rate: {} of the flawed ({} of {})", percent(self.leaks), self.leaks.hits, self.leaks.all)?;
        writeln!(f, "changed by masking: {} ({} of {})", percent(self.masked), self.masked.hits, self.masked.all)
    }
}

fn listed<K: fmt::Display>(group: impl Iterator<Item = (K, impl std::borrow::Borrow<u64>)>, all: u64) -> String {
    let part = |(key, count): (K, _)| {
        let count: u64 = *std::borrow::Borrow::borrow(&count);
        format!("{key} {count} ({:.1}%)", 100.0 * count as f64 / all.max(1) as f64)
    };
    group.map(part).collect::<Vec<_>>().join(", ")
}
