//! The command line: what was typed, checked, and handed to one module per command.

mod bench;
mod critique;
mod eval;
mod generate;
mod gym;
mod inspect;
mod output;
mod render;
mod render_search;
mod serve;
mod solve;
mod train;

use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use duet_engine::runtime::{AnyEngine, LoadOptions};
use duet_server::{BackendKind, EngineOptions, load_engine};
use tracing_subscriber::EnvFilter;

/// Two-player reasoning with language models, on your own machine.
#[derive(Debug, Parser)]
#[command(name = "duet", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and the API on one port
    Serve(serve::ServeArgs),
    /// Solve a word problem: attempt, critique, refinement
    Solve(solve::SolveArgs),
    /// Continue a prompt
    Generate(generate::GenerateArgs),
    /// Tell what is in a model file
    Inspect(inspect::InspectArgs),
    /// Evaluate actor and critic over many problems
    Eval(eval::EvalArgs),
    /// Measure a pair and write the page of results
    Report(eval::ReportArgs),
    /// Train models by a recipe
    Train(train::TrainArgs),
    /// Collect, filter, count and export critiques
    Critique(critique::CritiqueArgs),
    /// Play the gym's environments, by hand or with agents, and score what they did
    Gym(gym::GymArgs),
    /// Measure a model's speed
    Bench(bench::BenchArgs),
}

/// Where and how large.
#[derive(Debug, Args)]
struct EngineArgs {
    /// Where the model runs
    #[arg(long, value_enum, default_value = "cpu")]
    backend: BackendKind,
    /// Threads of the CPU backend [default: the machine's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Tokens of prompt and answer together, at most; shortened to what the model was trained on
    #[arg(long, value_name = "N", default_value = "2048", value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    context: u32,
    /// Answers to one prompt that can be generated together
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=256))]
    samples: u16,
}

/// Cache positions kept for each sample beside the context: enough for answers of a few sentences on every sample.
const CACHE_PER_SAMPLE: usize = 128;

impl EngineArgs {
    fn options(&self) -> EngineOptions {
        let machine = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (context, samples) = (self.context as usize, usize::from(self.samples));
        let cache = context + samples * CACHE_PER_SAMPLE;
        EngineOptions {
            backend: self.backend,
            threads: self.threads.map_or_else(machine, usize::from),
            load: LoadOptions { context, samples, cache, ..LoadOptions::default() },
        }
    }
}

/// Runs the command. Errors are one line on stderr.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => error.exit(), // --help and --version
        Err(error) => return output::usage_error(&error),
    };
    let default_level = if matches!(cli.command, Command::Serve(_)) { "info" } else { "warn" };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default_level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(output::coloured(&std::io::stderr()))
        .init();
    let outcome = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Solve(args) => solve::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Report(args) => eval::report(&args),
        Command::Train(args) => train::run(&args),
        Command::Critique(args) => critique::run(&args),
        Command::Gym(args) => gym::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output::error(&error),
    }
}

/// Loads the model of a one-off command, named after its file; returns the seconds it took.
fn load(path: &Path, options: &EngineOptions) -> anyhow::Result<(AnyEngine, f64)> {
    let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy());
    let start = Instant::now();
    let engine = load_engine(&name, path, options, &mut |_, _| {}).context("cannot load the model")?;
    let seconds = start.elapsed().as_secs_f64();
    tracing::info!("loaded {name} in {seconds:.2} s on {}", engine.info().backend);
    Ok((engine, seconds))
}
