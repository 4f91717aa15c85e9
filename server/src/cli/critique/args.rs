//! What can be typed behind `duet critique`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use duet_engine::reason::collect::Generator;
use duet_engine::runtime::{AnyEngine, LoadOptions};
use duet_server::critique::{FileFormat, ModelId, Purpose};
use duet_server::train::BalanceRecipe;
use duet_server::{BackendKind, EngineOptions};

use crate::cli::load;

#[derive(Debug, Args)]
pub(in crate::cli) struct CritiqueArgs {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Let an actor write right and flawed solutions, and write a critique of each
    Collect(Box<CollectArgs>),
    /// Keep the critiques after which the actor's refinements come out right
    Filter(FilterArgs),
    /// Count what is in a folder of critiques
    Stats(StatsArgs),
    /// Write training files for `duet train`, LLaMA-Factory or TRL
    Export(ExportArgs),
}

/// How many texts at once, and where.
#[derive(Debug, Args)]
pub(super) struct PlaceArgs {
    /// Where the models run
    #[arg(long, value_enum, default_value = "cpu")]
    pub(super) backend: BackendKind,
    /// Threads of the CPU backend [default: the machine's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) threads: Option<u16>,
    /// Texts that are written at the same time
    #[arg(long, value_name = "N", default_value = "128", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) alive: u16,
    /// Tokens of prompt and answer together, at most; shortened to what the model was trained on
    #[arg(long, value_name = "N", default_value = "2048", value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    pub(super) context: u32,
    /// Tokens of a text, at most
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(super) max_tokens: u32,
}

impl PlaceArgs {
    pub(super) fn options(&self) -> EngineOptions {
        let machine = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (context, samples) = (self.context as usize, usize::from(self.alive));
        // A text, and a short prompt that few others share.
        let cache = context + samples * (self.max_tokens as usize + 128).min(context);
        EngineOptions {
            backend: self.backend,
            threads: self.threads.map_or_else(machine, usize::from),
            load: LoadOptions { context, samples, cache, ..LoadOptions::default() },
        }
    }

    pub(super) fn load(&self, model: &Path) -> anyhow::Result<(AnyEngine, ModelId)> {
        Ok((load(model, &self.options())?.0, ModelId::of(model)?))
    }
}

#[derive(Debug, Args)]
pub(super) struct CollectArgs {
    /// The actor's GGUF file
    #[arg(long, value_name = "FILE")]
    pub(super) actor: PathBuf,
    /// Stories as questions: split, levels, and how many at most, as `query:1-5:40000`
    #[arg(long, value_name = "SPLIT:LEVELS[:COUNT]", required_unless_present = "gsm8k")]
    pub(super) stories: Option<String>,
    /// A JSONL file in GSM8K's form as questions
    #[arg(long, value_name = "FILE", conflicts_with = "stories")]
    pub(super) gsm8k: Option<PathBuf>,
    /// Same seed, same critiques
    #[arg(long, value_name = "S", default_value = "0")]
    pub(super) seed: u64,
    /// Solutions sampled from each question
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) samples: u16,
    /// Their temperature
    #[arg(long, value_name = "T", default_value = "0.7")]
    pub(super) temperature: f32,
    /// Where solutions come from: sampling, hot tails, mistakes put in, and the reference where right ones are few
    #[arg(long, value_delimiter = ',', value_parser = generator, default_value = "rg1,rg2,rg3,gold")]
    pub(super) generators: Vec<Generator>,
    /// Beginnings per question that rg2 goes on with, and mistakes that rg3 puts in
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(super) tails: u32,
    /// Critiques of right solutions in a hundred; where there are too few of either, others are left out
    #[arg(long, value_name = "PERCENT", default_value = "50", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(super) right: u8,
    /// Among which paths that share holds: at each level, or in all
    #[arg(long, value_enum, default_value = "level")]
    pub(super) balance: BalanceRecipe,
    /// End with the shard that reaches so many critiques
    #[arg(long, value_name = "N")]
    pub(super) target: Option<u64>,
    /// Which steps have a label
    #[arg(long, value_enum, default_value = "stop")]
    pub(super) label_rule: Rule,
    /// Who writes the critiques: `oracle` (stories only), or a GGUF file that is shown the reference
    #[arg(long, value_name = "oracle|FILE", default_value = "oracle")]
    pub(super) annotator: String,
    /// Questions in a shard
    #[arg(long, value_name = "N", default_value = "128", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    pub(super) block: u64,
    /// The folder of the data set; what is there already is gone on with
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Rule {
    /// All up to the first wrong one
    Stop,
    /// All
    All,
}

#[derive(Debug, Args)]
pub(super) struct FilterArgs {
    /// The folder of the collected critiques
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// The actor's GGUF file
    #[arg(long, value_name = "FILE")]
    pub(super) actor: PathBuf,
    /// Refinements of each critique
    #[arg(long, short, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(super) n: u16,
    /// Right ones that a critique of a flawed solution must lead to
    #[arg(long, short, value_name = "K", default_value = "3")]
    pub(super) k: usize,
    /// Same seed, same refinements
    #[arg(long, value_name = "S", default_value = "0")]
    pub(super) seed: u64,
    /// Their temperature
    #[arg(long, value_name = "T", default_value = "0.7")]
    pub(super) temperature: f32,
    /// Where counts and kept critiques go
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: PathBuf,
    /// The report as JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) place: PlaceArgs,
}

#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// The folder of the critiques
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// The folder of the critiques
    #[arg(value_name = "FOLDER")]
    pub(super) folder: PathBuf,
    /// Who learns from them
    #[arg(long = "for", value_enum)]
    pub(super) purpose: Purpose,
    /// Whose form the files have
    #[arg(long, value_enum, default_value = "duet")]
    pub(super) format: FileFormat,
    /// How the model is asked [default: bare texts for `duet train`, instructions for others]
    #[arg(long, value_enum)]
    pub(super) style: Option<Style>,
    /// Cut out of the critiques the numbers that are in neither question nor solution
    #[arg(long)]
    pub(super) masked: bool,
    /// The model that LLaMA-Factory or TRL begins with
    #[arg(long, value_name = "MODEL", default_value = "meta-llama/Meta-Llama-3-8B")]
    pub(super) base: String,
    /// Where the files go
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Style {
    /// Bare texts, for models trained on nothing else
    Trained,
    /// Instructions, for models that follow them
    Instructed,
}

fn generator(name: &str) -> Result<Generator, String> {
    let found = Generator::ALL.into_iter().find(|generator| generator.name() == name);
    found.ok_or_else(|| format!("`{name}` is none of {}", Generator::ALL.map(Generator::name).join(", ")))
}
