//! `duet bench` on this machine's processors.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::thread::available_parallelism;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Effort;
use super::figure::{Better, Figure, Samples};
use super::llama::{self, Llama};
use crate::{paths, process};

/// What `duet bench --json` and the page's `duetBench` report beside speeds: field, name, unit.
const COUNTS: [(&str, &str, &str); 4] = [
    ("load_seconds", "load", "s"),
    ("dispatches_per_token", "dispatches per token", ""),
    ("readback_bytes_per_token", "read back per token", "B"),
    ("submits_per_token", "submits per token", ""),
];

/// All runs of one engine, over the rounds.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Row name → tokens/s, in the order of the rows.
    pub(crate) speeds: Rows,
    counts: BTreeMap<&'static str, Samples>,
}

/// Samples by row name. Rows keep the order in which they first appeared.
#[derive(Debug, Default)]
pub(crate) struct Rows(Vec<(String, Samples)>);

impl Rows {
    /// Adds runs to the row `name`.
    pub(crate) fn add(&mut self, name: &str, runs: Samples) {
        match self.0.iter_mut().find(|(row, _)| row == name) {
            Some((_, samples)) => samples.0.extend(runs.0),
            None => self.0.push((name.into(), runs)),
        }
    }

    /// The runs of the row `name`; none when there is no such row.
    pub(crate) fn get(&self, name: &str) -> Samples {
        self.0.iter().find(|(row, _)| row == name).map(|(_, samples)| samples.clone()).unwrap_or_default()
    }
}

impl Measured {
    /// Adds one report in the form of `duet bench --json`.
    ///
    /// # Errors
    /// The report has another form.
    pub(crate) fn add(&mut self, report: &Value) -> Result<()> {
        let rows = report["rows"].as_array().context("the report has no `rows`")?;
        for row in rows {
            let name = row["name"].as_str().context("a row has no `name`")?;
            let runs = match row["runs"].as_array() {
                Some(runs) => runs.iter().filter_map(Value::as_f64).collect(),
                None => vec![row["tokens_per_second"].as_f64().context("a row has no `tokens_per_second`")?],
            };
            self.speeds.add(name, Samples(runs));
        }
        for (field, _, _) in COUNTS {
            // A backend that dispatches nothing has nothing to count.
            if let Some(value) = report[field].as_f64().filter(|value| *value > 0.0) {
                self.counts.entry(field).or_default().0.push(value);
            }
        }
        Ok(())
    }

    /// The rows of the table, each speed beside `peer`'s row of the same name.
    pub(crate) fn figures(&self, group: &str, peer_name: &str, peer: &Rows) -> Vec<Figure> {
        let speeds = self.speeds.0.iter().map(|(name, ours)| {
            Figure::new(group, name, "tokens/s", Better::Higher, ours.clone()).beside(peer_name, peer.get(name))
        });
        let counts = COUNTS.iter().filter_map(|(field, name, unit)| {
            let ours = self.counts.get(field)?.clone();
            Some(Figure::new(group, name, unit, Better::Lower, ours).beside(peer_name, peer.get(name)))
        });
        speeds.chain(counts).collect()
    }
}

/// The CPU backend on one thread and on all, in turns with llama.cpp.
///
/// # Errors
/// A program fails.
pub(crate) fn cpu(model: &Path, effort: Effort, notes: &mut Vec<String>) -> Result<Vec<Figure>> {
    let llama = Llama::find();
    if llama.is_none() {
        notes.push("llama.cpp is not there; `cargo xtask bench peers` builds it".into());
    }
    let all = available_parallelism()?.get();
    let mut figures = Vec::new();
    for threads in if all > 1 { vec![1, all] } else { vec![1] } {
        eprintln!("native CPU, {threads} thread(s)");
        let (mut ours, mut theirs) = (Measured::default(), Rows::default());
        for _ in 0..effort.rounds {
            ours.add(&duet_bench(model, "cpu", threads, effort.runs)?)?;
            let Some(llama) = &llama else { continue };
            for (name, samples) in llama.single(model, threads, effort.runs)? {
                theirs.add(&name, samples);
            }
            for _ in 0..effort.runs {
                for (name, samples) in llama.batched(model, threads)? {
                    theirs.add(&name, samples);
                }
            }
        }
        let group = format!("native CPU, {threads} thread{}", if threads == 1 { "" } else { "s" });
        figures.extend(ours.figures(&group, llama::NAME, &theirs));
    }
    Ok(figures)
}

/// The GPU backend, once: it has no peer here to take turns with.
///
/// # Errors
/// The report has another form. A machine without a GPU is a note.
pub(crate) fn gpu(model: &Path, notes: &mut Vec<String>) -> Result<Vec<Figure>> {
    eprintln!("native GPU");
    let mut ours = Measured::default();
    match duet_bench(model, "gpu", 1, 1) {
        Ok(report) => ours.add(&report)?,
        Err(error) => notes.push(format!("native GPU: {error:#}")),
    }
    Ok(ours.figures("native GPU", "", &Rows::default()))
}

fn duet_bench(model: &Path, backend: &str, threads: usize, runs: usize) -> Result<Value> {
    let mut command = Command::new(paths::duet());
    command.arg("bench").arg("--model").arg(model).args(["--backend", backend]);
    command.args(["--threads", &threads.to_string(), "--reps", &runs.to_string(), "--json"]);
    serde_json::from_str(&process::capture(&mut command)?).context("`duet bench --json` wrote no JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Measured, Rows, Samples};

    #[test]
    fn rounds_add_up_and_stand_beside_the_peers_row_of_the_same_name() {
        let mut ours = Measured::default();
        for runs in [[1.0, 2.0], [4.0, 3.0]] {
            let rows = json!([{"name": "decode 64", "tokens_per_second": 9.0, "runs": runs}]);
            ours.add(&json!({"rows": rows, "load_seconds": 0.5})).unwrap();
        }
        let mut peer = Rows::default();
        peer.add("decode 64", Samples(vec![8.0]));
        let figures = ours.figures("group", "peer", &peer);
        assert_eq!(figures[0].ours, Samples(vec![1.0, 2.0, 4.0, 3.0]));
        assert_eq!(figures[0].ratio(), Some(0.5));
        assert_eq!((figures[1].name.as_str(), figures[1].ratio()), ("load", None));
    }

    #[test]
    fn a_report_of_another_form_is_an_error() {
        assert!(Measured::default().add(&json!({})).is_err());
        assert!(Measured::default().add(&json!({"rows": [{"name": "decode 64"}]})).is_err());
    }
}
