//! `duet bench --training` in turns with PyTorch on the same network.

use std::env;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Effort;
use super::figure::{Figure, Samples};
use super::native::{Measured, Rows};
use crate::{paths, process, system};

const SCRIPT: &str = include_str!("training.py");
/// Steps that are timed together.
const STEPS: usize = 8;

/// Training speed on one thread and on all. The peer's row is our fused one's; candle's own operations stand below it.
///
/// # Errors
/// Our program fails. A Python without PyTorch leaves the peer's column empty.
pub(crate) fn figures(effort: Effort, notes: &mut Vec<String>) -> Result<Vec<Figure>> {
    let all = available_parallelism()?.get();
    let mut figures = Vec::new();
    let mut peer_name = None;
    for threads in if all > 1 { vec![1, all] } else { vec![1] } {
        eprintln!("training, {threads} thread(s)");
        let (mut ours, mut theirs) = (Measured::default(), Rows::default());
        for _ in 0..effort.rounds {
            let report = duet(threads, effort.runs)?;
            ours.add(&report)?;
            let row = report["rows"][0]["name"].as_str().context("the report has no row")?;
            match torch(threads, effort.runs) {
                Ok((version, speeds)) => {
                    theirs.add(row, Samples(speeds));
                    peer_name = Some(format!("torch {version}"));
                }
                Err(problem) if peer_name.is_none() => {
                    notes.push(format!("no PyTorch to train beside (DUET_TORCH_PYTHON names its Python): {problem}"));
                    peer_name = Some("torch".into());
                }
                Err(_) => {}
            }
        }
        let group = format!("training, 2.9 M, {threads} thread{}", if threads == 1 { "" } else { "s" });
        figures.extend(ours.figures(&group, peer_name.as_deref().unwrap_or("torch"), &theirs));
    }
    Ok(figures)
}

fn duet(threads: usize, runs: usize) -> Result<Value> {
    let mut command = Command::new(paths::duet());
    command.args(["bench", "--training", "--json", "--threads", &threads.to_string(), "--reps", &runs.to_string()]);
    // A thread for each shard: candle's own threads would only wait for each other beside them.
    command.env("RAYON_NUM_THREADS", "1");
    serde_json::from_str(&process::capture(&mut command)?).context("`duet bench --json` wrote no JSON")
}

/// The version and tokens/s of every run.
fn torch(threads: usize, runs: usize) -> Result<(String, Vec<f64>)> {
    let python = env::var_os("DUET_TORCH_PYTHON").unwrap_or_else(|| system::python().into());
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).args([threads, runs, STEPS].map(|number| number.to_string()));
    let report: Value = serde_json::from_str(process::capture(&mut command)?.trim())?;
    let version = report["version"].as_str().context("PyTorch gave no version")?;
    let speeds = serde_json::from_value(report["tokens_per_second"].clone()).context("PyTorch gave no speeds")?;
    Ok((version.split('+').next().unwrap_or(version).to_owned(), speeds))
}
