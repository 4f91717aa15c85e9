//! `duet critique collect`

use std::path::PathBuf;

use duet_engine::reason::collect::{Annotator, CollectOptions, Sampler, collect as collect_block};
use indicatif::ProgressBar;
use serde_json::{Value, json};

use super::counts::Counts;
use super::line::{RecordLine, rule_name};
use super::shards::{ModelId, Shards};
use super::source::Source;

/// A collection.
#[derive(Debug, Clone)]
pub struct CollectRun {
    /// Where it goes; what is there already is gone on with.
    pub folder: PathBuf,
    /// The questions.
    pub source: Source,
    /// How paths are made.
    pub options: CollectOptions,
    /// Questions in a shard.
    pub block: u64,
    /// It ends with the shard that reaches so many critiques; none: with the questions.
    pub target: Option<u64>,
    /// The actor.
    pub actor: ModelId,
    /// The annotator, where it is a model.
    pub annotator: Option<ModelId>,
}

impl CollectRun {
    /// All that the records depend on. The target is not among it: a larger one goes on with the same shards.
    fn described(&self, rule: Option<&'static str>) -> Value {
        let CollectOptions { seed, samples, temperature, generators, tails, max_tokens, right_percent, balance } =
            &self.options;
        let generators: Vec<&str> = generators.iter().map(|generator| generator.name()).collect();
        json!({
            "command": "critique collect",
            "source": self.source.described(),
            "seed": seed,
            "samples": samples,
            "temperature": temperature.to_string(),
            "generators": generators,
            "tails": tails,
            "max_tokens": max_tokens,
            "right_percent": right_percent,
            "balance": balance.name(),
            "block": self.block,
            "actor": self.actor,
            "annotator": self.annotator.as_ref().map_or(json!("oracle"), |model| json!(model)),
            "label_rule": rule,
        })
    }
}

/// What is in the folder when a collection ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Critiques.
    pub critiques: u64,
    /// Those of them that this run added.
    pub added: u64,
    /// All of them, counted.
    pub counts: Counts,
}

/// Collects critiques, shard by shard.
///
/// # Errors
/// When the folder belongs to a run with other options or was changed, when it cannot be written, or a model fails.
pub fn collect(
    run: &CollectRun,
    actor: &mut impl Sampler,
    annotator: &mut impl Annotator,
    bar: &ProgressBar,
) -> anyhow::Result<Collected> {
    let mut shards: Shards<Counts> =
        Shards::open(&run.folder, "critiques", run.described(annotator.label_rule().map(rule_name)))?;
    let before = shards.manifest.records;
    bar.set_length(run.target.or(run.source.questions()).unwrap_or(0));
    show(bar, run, &shards);
    bar.reset_eta();
    while run.target.is_none_or(|target| shards.manifest.records < target) {
        let from = shards.len() as u64 * run.block;
        let questions = run.source.block(from, run.block)?;
        if questions.is_empty() {
            break;
        }
        let mut block = pollster::block_on(collect_block(&questions, &run.options, actor, annotator))?;
        let lines: Vec<RecordLine> = std::mem::take(&mut block.records).into_iter().map(RecordLine::from).collect();
        let counts = Counts::of(questions.len() as u64, &block, &lines);
        shards.add(&lines, counts, Counts::merge)?;
        show(bar, run, &shards);
    }
    let critiques = shards.manifest.records;
    Ok(Collected { critiques, added: critiques - before, counts: shards.manifest.totals })
}

fn show(bar: &ProgressBar, run: &CollectRun, shards: &Shards<Counts>) {
    let (records, questions) = (shards.manifest.records, shards.manifest.totals.questions);
    bar.set_position(if run.target.is_some() { records } else { questions });
    bar.set_message(format!("{records} critiques of {questions} questions"));
}
