//! The page's engine and wllama in the same browser, in turns; `e2e/bench/` drives them.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Effort;
use super::figure::Figure;
use super::native::{Measured, Rows};
use crate::system::{self, Need};
use crate::{node, process};

const PEER: &str = "wllama";

/// Both engines of the page beside wllama on one CPU thread: its WebGPU backend needs shader-f16, which a software
/// adapter has not.
///
/// # Errors
/// The browser or its driver fails. An engine that fails is a note.
pub(crate) fn measure(model: &Path, effort: Effort, notes: &mut Vec<String>) -> Result<Vec<Figure>> {
    system::require(&[Need::Chromium, Need::Node, Need::Npm])?;
    node::install_packages()?;
    eprintln!("browser");
    let options =
        json!({"model": model, "rounds": effort.rounds, "runs": effort.runs, "quick": effort.quick}).to_string();
    let report = process::capture(node::node().arg("bench/browser.js").arg(options))?;
    let report: Value = serde_json::from_str(&report).context("e2e/bench/browser.js wrote no JSON")?;

    let mut wllama = Measured::default();
    collect(&report, PEER, &mut wllama, notes)?;
    let mut figures = Vec::new();
    for (engine, group) in [("cpu", "browser CPU, 1 thread"), ("gpu", "browser WebGPU")] {
        let mut ours = Measured::default();
        collect(&report, engine, &mut ours, notes)?;
        figures.extend(ours.figures(group, PEER, &wllama.speeds));
        figures.extend(gain_of_batching(group, &ours.speeds));
    }
    Ok(figures)
}

/// Adds what `engine` reported in all rounds; what went wrong becomes a note, once.
fn collect(report: &Value, engine: &str, into: &mut Measured, notes: &mut Vec<String>) -> Result<()> {
    for round in report[engine].as_array().with_context(|| format!("the browser's report lacks `{engine}`"))? {
        match round["error"].as_str() {
            None => into.add(round).with_context(|| format!("engine `{engine}`"))?,
            Some(error) => {
                let note = format!("browser, {engine}: {error}");
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
    }
    Ok(())
}

/// 16 samples of one prompt beside one: what two-player search in the page lives on.
fn gain_of_batching(group: &str, speeds: &Rows) -> Option<Figure> {
    let (one, sixteen) = (speeds.get("batched decode 1"), speeds.get("batched decode 16"));
    if one.0.is_empty() || sixteen.0.is_empty() {
        return None;
    }
    let figure = Figure::new(group, "16 samples beside 1", "tokens/s", super::Better::Higher, sixteen);
    Some(figure.beside("own, 1 sample", one))
}
