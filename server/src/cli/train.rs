//! `duet train`

use std::path::PathBuf;
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
