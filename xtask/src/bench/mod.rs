//! `cargo xtask bench`: our figures beside their peers', measured in turns on this machine.

mod browser;
mod contention;
mod figure;
mod llama;
mod native;
mod peers;
mod report;
mod training;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Subcommand, ValueEnum};

use crate::{dist, models, paths, process};
use contention::Contention;
use figure::{Better, Figure, Samples};
use report::Report;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    chore: Option<Chore>,
    /// Every row once, and no prompts of 512 tokens in the browser.
    #[arg(long)]
    quick: bool,
    /// Writes everything that was measured to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Measures these parts alone (repeat, or separate by commas).
    #[arg(long, value_delimiter = ',')]
    only: Vec<Part>,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds llama.cpp into the cache folder, to measure against (about 25 minutes on two cores).
    Peers,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Effort {
    /// How often ours and the peer take turns.
    rounds: usize,
    /// Runs of every row in one turn: the same for both, since the best of more runs is the better one by luck.
    runs: usize,
    /// Without the longest rows.
    quick: bool,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `duet bench --backend cpu` beside llama.cpp, on one thread and on all.
    Cpu,
    /// `duet bench --backend gpu`.
    Gpu,
    /// The page's engine beside wllama in the same browser.
    Browser,
    /// What a first visit downloads.
    Page,
    /// `duet bench --training` beside PyTorch.
    Training,
}

/// Measures, prints the table, and writes the JSON file when one is asked for.
///
/// # Errors
/// Something does not build or does not run. A peer that is not there only leaves its column empty.
pub(crate) fn run(options: &Options) -> Result<()> {
    if matches!(options.chore, Some(Chore::Peers)) {
        return peers::build();
    }
    let chosen = |part| options.only.is_empty() || options.only.contains(&part);
    let runs = if options.quick { 1 } else { 2 };
    let effort = Effort { rounds: if options.quick { 1 } else { 3 }, runs, quick: options.quick };
    let mut report = Report { quick: options.quick, runs: effort.rounds * runs, ..Report::default() };
    let needs_model = [Part::Cpu, Part::Gpu, Part::Browser].into_iter().any(chosen);
    let model = if needs_model { models::fetch()? } else { PathBuf::new() };
    let before = Contention::measure();
    if [Part::Cpu, Part::Gpu, Part::Training].into_iter().any(chosen) {
        process::run(process::cargo(&paths::root()).args(["build", "--release", "--bin", "duet"]))?;
    }
    if chosen(Part::Cpu) {
        report.figures.extend(native::cpu(&model, effort, &mut report.notes)?);
    }
    if chosen(Part::Gpu) {
        report.figures.extend(native::gpu(&model, &mut report.notes)?);
    }
    if chosen(Part::Training) {
        report.figures.extend(training::figures(effort, &mut report.notes)?);
    }
    if chosen(Part::Browser) || chosen(Part::Page) {
        report.figures.extend(page_size(&dist::build()?));
    }
    if chosen(Part::Browser) {
        report.figures.extend(browser::measure(&model, effort, &mut report.notes)?);
    }
    report.contention = Some(before.worst(Contention::measure()));
    print!("{report}");
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(&report.to_json())?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    Ok(())
}

/// The page's own files, then everything: the worker's program arrives while the recorded run already plays.
fn page_size(built: &dist::Built) -> [Figure; 2] {
    let figure = |name: &str, bytes: u64| {
        let kilobytes = Samples(vec![bytes as f64 / 1000.0]);
        Figure::new("page, before any model", name, "kB gzip", Better::Lower, kilobytes)
    };
    [figure("first paint", built.gzip() - built.gzip_of("worker")), figure("with the engine", built.gzip())]
}
