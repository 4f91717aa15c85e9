//! `duet critique`

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use duet_engine::reason::collect::{CollectOptions, EngineSampler, FilterOptions, Generator, ModelAnnotator, Oracle};
use duet_engine::reason::story::LabelRule;
use duet_engine::runtime::{AnyEngine, LoadOptions, Sampling};
use duet_engine::template::PromptStyle;
use duet_server::critique::{
    CollectRun, Collected, ExportRun, FileFormat, FilterReport, FilterRun, ModelId, Purpose, Source, collect, export,
    filter, stats,
};
use duet_server::{BackendKind, EngineOptions};
use indicatif::{ProgressBar, ProgressStyle};

use super::load;

#[derive(Debug, Args)]
pub(super) struct CritiqueArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
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
struct PlaceArgs {
    /// Where the models run
    #[arg(long, value_enum, default_value = "cpu")]
    backend: BackendKind,
    /// Threads of the CPU backend [default: the machine's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Texts that are written at the same time
    #[arg(long, value_name = "N", default_value = "128", value_parser = clap::value_parser!(u16).range(1..=1024))]
    alive: u16,
    /// Tokens of prompt and answer together, at most; shortened to what the model was trained on
    #[arg(long, value_name = "N", default_value = "2048", value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    context: u32,
    /// Tokens of a text, at most
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_tokens: u32,
}

impl PlaceArgs {
    fn options(&self) -> EngineOptions {
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

    fn load(&self, model: &Path) -> anyhow::Result<(AnyEngine, ModelId)> {
        Ok((load(model, &self.options())?.0, ModelId::of(model)?))
    }
}

#[derive(Debug, Args)]
struct CollectArgs {
    /// The actor's GGUF file
    #[arg(long, value_name = "FILE")]
    actor: PathBuf,
    /// Stories as questions: split, levels, and how many at most, as `query:1-5:40000`
    #[arg(long, value_name = "SPLIT:LEVELS[:COUNT]", required_unless_present = "gsm8k")]
    stories: Option<String>,
    /// A JSONL file in GSM8K's form as questions
    #[arg(long, value_name = "FILE", conflicts_with = "stories")]
    gsm8k: Option<PathBuf>,
    /// Same seed, same critiques
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,
    /// Solutions sampled from each question
    #[arg(long, value_name = "N", default_value = "8", value_parser = clap::value_parser!(u16).range(1..=256))]
    samples: u16,
    /// Their temperature
    #[arg(long, value_name = "T", default_value = "0.7")]
    temperature: f32,
    /// Where solutions come from: sampling, hot tails, mistakes put in, and the reference where right ones are few
    #[arg(long, value_delimiter = ',', value_parser = generator, default_value = "rg1,rg2,rg3,gold")]
    generators: Vec<Generator>,
    /// Beginnings per question that rg2 goes on with, and mistakes that rg3 puts in
    #[arg(long, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u32).range(1..=64))]
    tails: u32,
    /// Critiques of right solutions in a hundred; where there are too few of either, others are left out
    #[arg(long, value_name = "PERCENT", default_value = "50", value_parser = clap::value_parser!(u8).range(0..=100))]
    right: u8,
    /// End with the shard that reaches so many critiques
    #[arg(long, value_name = "N")]
    target: Option<u64>,
    /// Which steps have a label
    #[arg(long, value_enum, default_value = "stop")]
    label_rule: Rule,
    /// Who writes the critiques: `oracle` (stories only), or a GGUF file that is shown the reference
    #[arg(long, value_name = "oracle|FILE", default_value = "oracle")]
    annotator: String,
    /// Questions in a shard
    #[arg(long, value_name = "N", default_value = "128", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    block: u64,
    /// The folder of the data set; what is there already is gone on with
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Rule {
    /// All up to the first wrong one
    Stop,
    /// All
    All,
}

#[derive(Debug, Args)]
struct FilterArgs {
    /// The folder of the collected critiques
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// The actor's GGUF file
    #[arg(long, value_name = "FILE")]
    actor: PathBuf,
    /// Refinements of each critique
    #[arg(long, short, value_name = "N", default_value = "10", value_parser = clap::value_parser!(u16).range(1..=256))]
    n: u16,
    /// Right ones that a critique of a flawed solution must lead to
    #[arg(long, short, value_name = "K", default_value = "3")]
    k: usize,
    /// Same seed, same refinements
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,
    /// Their temperature
    #[arg(long, value_name = "T", default_value = "0.7")]
    temperature: f32,
    /// Where counts and kept critiques go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, Args)]
struct StatsArgs {
    /// The folder of the critiques
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// The folder of the critiques
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Who learns from them
    #[arg(long = "for", value_enum)]
    purpose: Purpose,
    /// Whose form the files have
    #[arg(long, value_enum, default_value = "duet")]
    format: FileFormat,
    /// How the model is asked [default: bare texts for `duet train`, instructions for others]
    #[arg(long, value_enum)]
    style: Option<Style>,
    /// Cut out of the critiques the numbers that are in neither question nor solution
    #[arg(long)]
    masked: bool,
    /// The model that LLaMA-Factory or TRL begins with
    #[arg(long, value_name = "MODEL", default_value = "meta-llama/Meta-Llama-3-8B")]
    base: String,
    /// Where the files go
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Style {
    /// Bare texts, for models trained on nothing else
    Trained,
    /// Instructions, for models that follow them
    Instructed,
}

pub(super) fn run(args: &CritiqueArgs) -> anyhow::Result<()> {
    match &args.command {
        Command::Collect(args) => run_collect(args),
        Command::Filter(args) => run_filter(args),
        Command::Stats(args) => {
            let stats = stats(&args.folder)?;
            say(&if args.json { serde_json::to_string_pretty(&stats)? + "\n" } else { stats.to_string() })
        }
        Command::Export(args) => run_export(args),
    }
}

fn generator(name: &str) -> Result<Generator, String> {
    let found = Generator::ALL.into_iter().find(|generator| generator.name() == name);
    found.ok_or_else(|| format!("`{name}` is none of {}", Generator::ALL.map(Generator::name).join(", ")))
}

fn run_collect(args: &CollectArgs) -> anyhow::Result<()> {
    let run = collection(args)?;
    let (mut actor, _) = load(&args.actor, &args.place.options())?;
    let bar = bar(if args.target.is_some() { "critiques" } else { "questions" });
    let (start, texts) = (Instant::now(), std::cell::Cell::new(0_u64));
    let told = || {
        let (bar, written) = (bar.clone(), &texts);
        move |ended: usize| {
            written.set(written.get() + ended as u64);
            bar.set_prefix(format!("{} texts", written.get()));
        }
    };
    let mut actor = EngineSampler { engine: &mut actor, told: told() };
    let collected = match &run.annotator {
        None => {
            let rule = match args.label_rule {
                Rule::Stop => LabelRule::StopAtFirstError,
                Rule::All => LabelRule::All,
            };
            collect(&run, &mut actor, &mut Oracle(rule), &bar)?
        }
        Some(_) => {
            let (mut engine, _) = load(Path::new(&args.annotator), &args.place.options())?;
            let sampler = EngineSampler { engine: &mut engine, told: told() };
            let max_tokens = 4 * args.place.max_tokens as usize;
            collect(&run, &mut actor, &mut ModelAnnotator { sampler, max_tokens }, &bar)?
        }
    };
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    say(&summary(&collected, &args.out))?;
    let (added, texts) = (collected.added, texts.get());
    let rate = |count: u64| count as f64 / seconds;
    say(&format!(
        "this run: {added} critiques and {texts} texts in {seconds:.1} s, {:.1} and {:.1} a second\n",
        rate(added),
        rate(texts)
    ))?;
    let critiques = collected.critiques;
    match args.target {
        Some(target) if critiques < target => {
            bail!("the questions gave {critiques} critiques, not {target}: ask for more questions or samples")
        }
        _ => Ok(()),
    }
}

fn collection(args: &CollectArgs) -> anyhow::Result<CollectRun> {
    let source = match (&args.stories, &args.gsm8k) {
        (Some(stories), _) => stories.parse::<Source>()?.seeded(args.seed),
        (None, Some(file)) => Source::gsm8k(file)?,
        (None, None) => bail!("no questions: `--stories` or `--gsm8k`"),
    };
    Sampling::new(args.temperature, 0, 1.0, 0)?;
    let oracle = args.annotator == "oracle";
    if oracle && !source.is_stories() {
        bail!("the oracle judges stories only: for `--gsm8k`, give a model to `--annotator`");
    }
    if source.len().is_none() && args.target.is_none() {
        bail!("there is no end to the stories: give their number in `--stories`, or a `--target`");
    }
    let mut generators = args.generators.clone();
    generators.sort_unstable();
    generators.dedup();
    Ok(CollectRun {
        folder: args.out.clone(),
        source,
        options: CollectOptions {
            seed: args.seed,
            samples: usize::from(args.samples.min(args.place.alive)),
            temperature: args.temperature,
            generators,
            tails: args.tails,
            max_tokens: args.place.max_tokens as usize,
            right_percent: usize::from(args.right),
        },
        block: args.block,
        target: args.target,
        actor: ModelId::of(&args.actor)?,
        annotator: (!oracle).then(|| ModelId::of(Path::new(&args.annotator))).transpose()?,
    })
}

fn summary(Collected { critiques, counts, .. }: &Collected, folder: &Path) -> String {
    let listed = |map: &std::collections::BTreeMap<String, u64>| {
        map.iter().map(|(key, count)| format!("{key} {count}")).collect::<Vec<_>>().join(", ")
    };
    let solved = counts.solved.iter().map(|(level, share)| format!("{level} {:.2}", share.rate().unwrap_or(0.0)));
    format!(
        "{critiques} critiques of {} questions in {}\nverdict: {}\ngenerator: {}\nlevel: {}\n\
         solved by the actor, by level: {}\npaths: {}, {} without an end, {} repeated, {} surplus, {} refused\n",
        counts.questions,
        folder.display(),
        listed(&counts.verdict),
        listed(&counts.generator),
        listed(&counts.level),
        solved.collect::<Vec<_>>().join(", "),
        counts.paths,
        counts.unfinished,
        counts.repeated,
        counts.surplus,
        counts.refused,
    )
}

fn run_filter(args: &FilterArgs) -> anyhow::Result<()> {
    Sampling::new(args.temperature, 0, 1.0, 0)?;
    if args.n > args.place.alive {
        return Err(anyhow!("{} refinements of a critique, but `--alive` is {}", args.n, args.place.alive));
    }
    let (mut engine, actor) = args.place.load(&args.actor)?;
    let run = FilterRun {
        source: args.folder.clone(),
        folder: args.out.clone(),
        options: FilterOptions {
            seed: args.seed,
            samples: usize::from(args.n),
            temperature: args.temperature,
            max_tokens: args.place.max_tokens as usize,
        },
        k: args.k,
        actor,
    };
    let bar = bar("shards");
    let mut ended = 0_u64;
    let told = |more: usize| {
        ended += more as u64;
        bar.set_prefix(format!("{ended} refinements"));
    };
    let report = filter(&run, &mut EngineSampler { engine: &mut engine, told }, &bar)?;
    bar.finish_and_clear();
    say(&if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { filtered(&report, args) })
}

fn filtered(report: &FilterReport, args: &FilterArgs) -> String {
    let percent = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
    let mut text = format!(
        "{} critiques of flawed and {} of right solutions, {} refinements each\n{} of {} refinements right, {} of them \
         ({:.2}%) rejected as shortcuts\n",
        report.flawed,
        report.right,
        args.n,
        report.solved,
        report.refinements,
        report.shortcuts,
        percent(report.shortcuts, report.solved)
    );
    for kept in &report.yields {
        text += &format!(
            "k = {}: {} of the flawed kept ({:.1}%), {} of the right ({:.1}%)\n",
            kept.k,
            kept.flawed,
            percent(kept.flawed, report.flawed),
            kept.right,
            percent(kept.right, report.right)
        );
    }
    text + &format!("kept at k = {}: {}\n", args.k, args.out.join(format!("kept-k{}", args.k)).display())
}

fn run_export(args: &ExportArgs) -> anyhow::Result<()> {
    let style = match (args.style, args.format) {
        (Some(Style::Trained), _) | (None, FileFormat::Duet) => PromptStyle::Trained,
        _ => PromptStyle::Instructed,
    };
    let run = ExportRun {
        source: args.folder.clone(),
        folder: args.out.clone(),
        purpose: args.purpose,
        format: args.format,
        style,
        masked: args.masked,
        base: args.base.clone(),
    };
    let (examples, command) = export(&run)?;
    say(&format!("{examples} examples in {}\n{command}\n", args.out.display()))
}

fn bar(unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = format!("{{bar:32}} {{pos}}/{{len}} {unit}, {{msg}}, {{prefix}}, {{eta}} left");
    bar.set_style(ProgressStyle::with_template(&template).expect("invariant: a valid template"));
    bar
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
