//! `duet critique filter`: the critiques after which the actor's refinements come out right (`specs/critique.md` §2.4).

use std::path::PathBuf;

use anyhow::ensure;
use duet_engine::reason::collect::{FilterOptions, Record, Refined, Sampler, keeps, refine};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::line::{RecordLine, read};
use super::shards::{ModelId, Shards, read_all};

/// What is reported besides the chosen k.
const YIELDS: [usize; 4] = [1, 3, 5, 8];

/// A filtering.
#[derive(Debug, Clone)]
pub struct FilterRun {
    /// The collected critiques.
    pub source: PathBuf,
    /// Where the refinements' counts and the kept critiques go, in folders of their own.
    pub folder: PathBuf,
    /// How refinements are sampled.
    pub options: FilterOptions,
    /// Right refinements that a critique of a flawed path must lead to.
    pub k: usize,
    /// Who refines.
    pub actor: ModelId,
}

/// A record's refinements, as a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct RefinedLine {
    id: String,
    samples: usize,
    right: usize,
    shortcuts: usize,
    refinement: Option<String>,
}

/// How much is kept at a k.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Yield {
    /// Right refinements asked of a critique.
    pub k: usize,
    /// Critiques of flawed paths that are kept.
    pub flawed: u64,
    /// Critiques of right paths that are kept.
    pub right: u64,
}

/// What the filter found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterReport {
    /// Critiques of flawed paths.
    pub flawed: u64,
    /// Critiques of right paths.
    pub right: u64,
    /// Refinements sampled.
    pub refinements: u64,
    /// Those with the reference answer.
    pub solved: u64,
    /// Those of them that the shortcut barrier rejected.
    pub shortcuts: u64,
    /// For each k of interest.
    pub yields: Vec<Yield>,
}

impl FilterReport {
    fn count(&mut self, record: &Record, refined: &Refined) {
        *(if record.correct { &mut self.right } else { &mut self.flawed }) += 1;
        self.refinements += refined.samples as u64;
        self.solved += (refined.right + refined.shortcuts) as u64;
        self.shortcuts += refined.shortcuts as u64;
        for of in &mut self.yields {
            let kept = u64::from(keeps(record, refined, of.k));
            *(if record.correct { &mut of.right } else { &mut of.flawed }) += kept;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.flawed += other.flawed;
        self.right += other.right;
        self.refinements += other.refinements;
        self.solved += other.solved;
        self.shortcuts += other.shortcuts;
        if self.yields.is_empty() {
            self.yields = other.yields.iter().map(|of| Yield { k: of.k, ..Yield::default() }).collect();
        }
        for (sum, of) in self.yields.iter_mut().zip(&other.yields) {
            sum.flawed += of.flawed;
            sum.right += of.right;
        }
    }
}

/// Samples refinements after every critique, shard by shard, and writes the shards of those that are kept at k. With
/// another k nothing is sampled again.
///
/// # Errors
/// When the critiques are not what their manifest says, the folder belongs to a run with other options or cannot be
/// written, or the actor fails.
pub fn filter(run: &FilterRun, actor: &mut impl Sampler, bar: &ProgressBar) -> anyhow::Result<FilterReport> {
    let FilterOptions { seed, samples, temperature, max_tokens } = run.options;
    ensure!((1..=samples).contains(&run.k), "k is {}, it must be within 1..={samples}", run.k);
    let (collected, texts) = read_all(&run.source)?;
    let options = json!({
        "command": "critique filter", "collected": collected, "actor": run.actor, "seed": seed, "samples": samples,
        "temperature": temperature.to_string(), "max_tokens": max_tokens,
    });
    let mut sampled: Shards<Empty> = Shards::open(&run.folder.join("refined"), "refined", options.clone())?;
    let kept_folder = run.folder.join(format!("kept-k{}", run.k));
    let mut kept_options = options;
    kept_options["k"] = json!(run.k);
    let mut kept: Shards<FilterReport> = Shards::open(&kept_folder, "critiques", kept_options)?;
    bar.set_length(texts.len() as u64);
    for (index, text) in texts.iter().enumerate() {
        let lines = read(text)?;
        let records = lines.iter().cloned().map(Record::try_from).collect::<anyhow::Result<Vec<_>>>()?;
        let refined = match index < sampled.len() {
            true => stored(&sampled.read(index)?)?,
            false => {
                let refined = pollster::block_on(refine(&records, &run.options, actor))?;
                let lines: Vec<RefinedLine> = refined.iter().map(RefinedLine::from).collect();
                sampled.add(&lines, Empty {}, |_, _| {})?;
                refined
            }
        };
        ensure!(
            refined.len() == records.len(),
            "shard {index} has {} critiques, its refinements are of {}",
            records.len(),
            refined.len()
        );
        if index >= kept.len() {
            let (lines, report) = chosen(run.k, samples, lines, &records, &refined);
            kept.add(&lines, report, FilterReport::merge)?;
        }
        bar.inc(1);
        bar.set_message(format!("{} critiques kept", kept.manifest.records));
    }
    Ok(kept.manifest.totals)
}

/// Nothing to count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Empty {}

fn chosen(
    k: usize,
    samples: usize,
    lines: Vec<RecordLine>,
    records: &[Record],
    refined: &[Refined],
) -> (Vec<RecordLine>, FilterReport) {
    let mut ks: Vec<usize> = YIELDS.into_iter().filter(|k| *k <= samples).chain([k]).collect();
    ks.sort_unstable();
    ks.dedup();
    let yields = ks.into_iter().map(|k| Yield { k, ..Yield::default() }).collect();
    let mut report = FilterReport { yields, ..FilterReport::default() };
    let mut kept = Vec::new();
    for ((mut line, record), refined) in lines.into_iter().zip(records).zip(refined) {
        report.count(record, refined);
        if keeps(record, refined, k) {
            line.refinement.clone_from(&refined.refinement);
            kept.push(line);
        }
    }
    (kept, report)
}

fn stored(text: &str) -> anyhow::Result<Vec<Refined>> {
    let line = |line: &str| -> anyhow::Result<Refined> {
        let RefinedLine { id, samples, right, shortcuts, refinement } = serde_json::from_str(line)?;
        Ok(Refined { id, samples, right, shortcuts, refinement })
    };
    text.lines().map(line).collect()
}

impl From<&Refined> for RefinedLine {
    fn from(refined: &Refined) -> Self {
        let Refined { id, samples, right, shortcuts, refinement } = refined.clone();
        Self { id, samples, right, shortcuts, refinement }
    }
}
