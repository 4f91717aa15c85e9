//! `duet eval` and `duet report`

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use duet_engine::reason::search::{Mode, SearchRequest};
use duet_engine::reason::{GateName, Pair};
use duet_server::evaluate::{self, Dataset, Judged, Plan, Sweep, corrections, first_error, judge_paths, read_paths};
use duet_server::{EngineOptions, load_engine};

use super::EngineArgs;
use super::output::say;

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    #[command(subcommand)]
    command: EvalCommand,
}

#[derive(Debug, Subcommand)]
enum EvalCommand {
    /// Search every problem of a data set and store the answers; an interrupted run goes on
    Run(RunArgs),
    /// Score stored answers again, without a model
    Score(ScoreArgs),
    /// Let the critic judge given paths: ProcessBench's JSON or RealCritic's JSON lines
    Paths(PathsArgs),
}

/// Actor and critic.
#[derive(Debug, Args)]
struct Players {
    /// The actor's GGUF file
    #[arg(long, value_name = "FILE")]
    actor: PathBuf,
    /// The critic's GGUF file; the actor's when absent
    #[arg(long, value_name = "FILE")]
    critic: Option<PathBuf>,
    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Debug, Args)]
struct RunArgs {
    #[command(flatten)]
    players: Players,
    /// Stories: SPLIT:COUNT:SEED, so many of each level
    #[arg(long, value_name = "SPLIT:COUNT:SEED", conflicts_with = "gsm8k")]
    stories: Option<Dataset>,
    /// Problems of GSM8K's form, one JSON object a line
    #[arg(long, value_name = "FILE")]
    gsm8k: Option<PathBuf>,
    /// The first so many problems of the file
    #[arg(long, value_name = "N", requires = "gsm8k")]
    limit: Option<usize>,
    /// plain, parallel, sequential or tree
    #[arg(long, default_value = "parallel")]
    mode: Mode,
    /// Attempts, rounds or paths
    #[arg(long, default_value = "1")]
    k: usize,
    /// always, verdict or probability
    #[arg(long, default_value = "always")]
    gate: GateName,
    /// P(wrong) from which on `--gate probability` refines
    #[arg(long, value_name = "P")]
    threshold: Option<f32>,
    /// Temperature of attempts and refinements
    #[arg(long, default_value = "0")]
    temperature: f32,
    /// Same seed, same answers
    #[arg(long, default_value = "0")]
    seed: u64,
    /// Tokens per turn, at most
    #[arg(long, default_value = "320")]
    max_tokens: usize,
    /// Where the answers go
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct ScoreArgs {
    /// Files of `duet eval run`
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PathsArgs {
    #[command(flatten)]
    players: Players,
    /// ProcessBench's JSON array, or RealCritic's JSON lines
    #[arg(long, value_name = "FILE")]
    paths: PathBuf,
    /// The first so many
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Tokens per turn, at most
    #[arg(long, default_value = "512")]
    max_tokens: usize,
    /// Where critiques and refinements go; a file that is there is scored without a model
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    players: Players,
    /// The report
    #[arg(long, value_name = "FILE", default_value = "docs/results.md")]
    out: PathBuf,
    /// Where stored answers lie; what is there is not searched again
    #[arg(long, value_name = "FOLDER", default_value = "runs/report")]
    runs: PathBuf,
    /// Seeds
    #[arg(long, value_delimiter = ',', default_value = "1,2,3")]
    seeds: Vec<u64>,
    /// Test stories of each level and seed in the greedy tables
    #[arg(long, value_name = "N", default_value = "100")]
    single: u64,
    /// Test stories of each level and seed in votes, sequences and levels
    #[arg(long, value_name = "N", default_value = "20")]
    votes: u64,
    /// Samples with critic; three times as many without
    #[arg(long, default_value = "16", value_parser = clap::value_parser!(u8).range(1..=64))]
    k: u8,
}

pub(super) fn run(args: &EvalArgs) -> anyhow::Result<()> {
    match &args.command {
        EvalCommand::Run(args) => search(args),
        EvalCommand::Score(args) => score(args),
        EvalCommand::Paths(args) => paths(args),
    }
}

pub(super) fn report(args: &ReportArgs) -> anyhow::Result<()> {
    let mut pair = args.players.load()?;
    let plan = Plan {
        actor: args.players.actor.clone(),
        critic: args.players.critic().to_owned(),
        runs: args.runs.clone(),
        out: args.out.clone(),
        seeds: args.seeds.clone(),
        single: args.single,
        votes: args.votes,
        k: usize::from(args.k),
    };
    evaluate::report(&mut pair, &plan)?;
    say(&format!("{}\n", args.out.display()))
}

impl Players {
    fn critic(&self) -> &Path {
        self.critic.as_deref().unwrap_or(&self.actor)
    }

    fn load(&self) -> anyhow::Result<Pair> {
        let options = self.engine.options();
        let load = |path: &Path, options: &EngineOptions| {
            let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
            load_engine(&name, path, options, &mut |_, _| {}).context("cannot load the model")
        };
        Ok(Pair { actor: load(&self.actor, &options)?, critic: load(self.critic(), &options)? })
    }
}

fn search(args: &RunArgs) -> anyhow::Result<()> {
    let dataset = match (&args.stories, &args.gsm8k) {
        (Some(stories), None) => stories.clone(),
        (None, Some(path)) => Dataset::Gsm8k { path: path.clone(), limit: args.limit },
        _ => bail!("give --stories or --gsm8k"),
    };
    if args.gate == GateName::Oracle {
        bail!("the oracle gate needs no run of its own: run with --gate always, `duet eval score` shows the bound");
    }
    let search = SearchRequest {
        mode: args.mode,
        k: args.k,
        gate: args.gate,
        threshold: args.threshold,
        temperature: args.temperature,
        seed: args.seed,
        max_tokens: args.max_tokens,
        ..SearchRequest::default()
    };
    SearchRequest { problem: "any".to_owned(), ..search.clone() }.validate()?;
    let mut pair = args.players.load()?;
    let hashes = [evaluate::sha256(&args.players.actor)?, evaluate::sha256(args.players.critic())?];
    let together = (256 / args.k).max(4);
    let run = Sweep { dataset, search, out: args.out.clone(), together, title: "searching".to_owned() };
    let stored = evaluate::sweep(&mut pair, [&hashes[0], &hashes[1]], &run)?;
    say(&format!("{}\n", evaluate::summary(&stored)))
}

fn score(args: &ScoreArgs) -> anyhow::Result<()> {
    for path in &args.files {
        let stored = evaluate::read(path)?;
        match args.json {
            true => say(&format!("{}\n", serde_json::to_string(&evaluate::numbers(&stored))?))?,
            false => say(&format!("{}\n{}\n", path.display(), evaluate::summary(&stored)))?,
        }
    }
    Ok(())
}

fn paths(args: &PathsArgs) -> anyhow::Result<()> {
    let judged = if args.out.exists() {
        let text = std::fs::read_to_string(&args.out).with_context(|| format!("cannot read {}", args.out.display()))?;
        text.lines().map(serde_json::from_str).collect::<Result<Vec<Judged>, _>>()?
    } else {
        let mut judged = read_paths(&args.paths, args.limit)?;
        judge_paths(&mut args.players.load()?, &mut judged, args.max_tokens)?;
        let lines = judged.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(&args.out, text).with_context(|| format!("cannot write {}", args.out.display()))?;
        judged
    };
    let rate = |share: duet_engine::reason::measure::Share| match share.rate() {
        Some(rate) => format!("{:.1} % of {}", rate * 100.0, share.all),
        None => "none".to_owned(),
    };
    let first = first_error(&judged);
    if let Some(f1) = first.f1() {
        let (erroneous, correct, f1) = (rate(first.erroneous), rate(first.correct), f1 * 100.0);
        say(&format!(
            "first error found: {erroneous}; nothing found where nothing is: {correct}; F1 {f1:.1}
"
        ))?;
    }
    let (transitions, verdicts) = corrections(&judged);
    say(&format!("verdicts right: {verdicts} of {}\n", judged.len()))?;
    if transitions.all() > 0 {
        let (before, after) = (rate(transitions.before()), rate(transitions.after()));
        say(&format!("right before {before}, after correction {after}\n"))?;
    }
    Ok(())
}
