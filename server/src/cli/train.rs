//! `duet train`

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use duet_server::train::{Options, Recipe, run as train};

/// The recipe of the models that ship.
const DEFAULT: &str = include_str!("../../../models/default.toml");

#[derive(Debug, Args)]
pub(super) struct TrainArgs {
    /// The recipe: a TOML file, or `default` for the one that made the models that ship
    #[arg(long, value_name = "FILE")]
    recipe: PathBuf,
    /// The folder of the run; what is there already is gone on with
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Only this step
    #[arg(long, value_name = "NAME")]
    step: Option<String>,
    /// Seconds between checkpoints
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    checkpoint_every: u64,
    /// Development stories of each level in an evaluation
    #[arg(long, value_name = "N", default_value = "40", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    evaluated: u64,
    /// Train on CUDA device 0 instead of the CPU
    #[arg(long)]
    cuda: bool,
}

pub(super) fn run(args: &TrainArgs) -> anyhow::Result<()> {
    let path = &args.recipe;
    let text = match path.to_str() {
        Some("default") => DEFAULT.to_owned(),
        _ => std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?,
    };
    let recipe = Recipe::parse(&text).with_context(|| format!("{}", path.display()))?;
    if recipe.is_sharded() {
        begin_anew_for_shards()?;
    }
    let device = match args.cuda {
        true => candle_core::Device::new_cuda(0).context("no CUDA device (was this built with feature `cuda`?)")?,
        false => candle_core::Device::Cpu,
    };
    let options = Options {
        folder: args.out.clone(),
        step: args.step.clone(),
        checkpoint_every: Duration::from_secs(args.checkpoint_every),
        evaluated: args.evaluated,
    };
    train(&recipe, &options, &device)
}

/// What a sharded run wants of its environment. candle asks RAYON_NUM_THREADS alone how many threads a product may take,
/// and shards have a thread each already. mimalloc gives a step's buffers back to the system in between unless it is told
/// not to; getting them anew took a tenth of a step.
const ENVIRONMENT: [(&str, &str); 2] = [("RAYON_NUM_THREADS", "1"), ("MIMALLOC_PURGE_DELAY", "-1")];

/// Runs this command again in place of itself with [`ENVIRONMENT`], which is read when a process begins. What the caller
/// has set is kept.
fn begin_anew_for_shards() -> anyhow::Result<()> {
    let missing: Vec<_> = ENVIRONMENT.into_iter().filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let program = std::env::current_exe().context("cannot find this program to start it again")?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1)).envs(missing);
    replace_by(again)
}

#[cfg(unix)]
fn replace_by(mut again: Command) -> anyhow::Result<()> {
    use std::os::unix::process::CommandExt;
    Err(again.exec()).context("cannot start this program again")
}

#[cfg(not(unix))]
fn replace_by(mut again: Command) -> anyhow::Result<()> {
    let status = again.status().context("cannot start this program again")?;
    std::process::exit(status.code().unwrap_or(1))
}
