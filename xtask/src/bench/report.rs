//! All figures of one run: the table, and the JSON file.

use std::fmt;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use serde_json::{Value, json};

use super::contention::Contention;
use super::figure::Figure;
use crate::{paths, process};

/// Everything that one run measured.
#[derive(Default)]
pub(crate) struct Report {
    /// Whether `--quick` was given.
    pub(crate) quick: bool,
    /// Runs of every row.
    pub(crate) runs: usize,
    /// In the order of the table.
    pub(crate) figures: Vec<Figure>,
    /// Why a row or a column is missing.
    pub(crate) notes: Vec<String>,
    /// The worse of before and after.
    pub(crate) contention: Option<Contention>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}, best of {} runs; a ratio above 1 means ours is better", machine(), self.runs)?;
        let mut group = "";
        for figure in &self.figures {
            if figure.group != group {
                group = &figure.group;
                writeln!(f, "\n{group:<28}{:>10}{:>10}{:>8}  {:<12} spread", "ours", "peer", "ratio", "")?;
            }
            write_row(f, figure)?;
        }
        writeln!(f)?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        match self.contention {
            Some(c) if c.is_busy() => {
                writeln!(f, "warning: the machine was busy ({:.2}); do not quote these figures", c.0)
            }
            Some(c) => writeln!(f, "the machine was quiet ({:.2})", c.0),
            None => Ok(()),
        }
    }
}

fn write_row(f: &mut fmt::Formatter<'_>, figure: &Figure) -> fmt::Result {
    let peer = figure.peer.as_ref();
    let peer_best = peer.and_then(|peer| peer.samples.best(figure.better));
    write!(f, "  {:<26}{:>10}", label(figure), number(figure.ours.best(figure.better)))?;
    write!(f, "{:>10}{:>8}", number(peer_best), ratio(figure.ratio()))?;
    write!(f, "  {:<12}", peer.map_or("", |peer| &peer.name))?;
    let spreads = [figure.ours.spread(), peer.and_then(|peer| peer.samples.spread())];
    writeln!(f, " {}", spreads.map(ratio).join(" / "))
}

fn label(figure: &Figure) -> String {
    match figure.unit {
        // The usual unit would only be noise.
        "" | "tokens/s" => figure.name.clone(),
        unit => format!("{}, {unit}", figure.name),
    }
}

fn number(value: Option<f64>) -> String {
    match value {
        None => "–".into(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn ratio(value: Option<f64>) -> String {
    value.map_or("–".into(), |value| format!("{value:.2}"))
}

impl Report {
    /// Everything, with all runs.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "machine": machine(),
            "commit": commit(),
            "quick": self.quick,
            "runs": self.runs,
            "contention": self.contention.map(|c| c.0),
            "notes": self.notes,
            "figures": self.figures.iter().map(figure_json).collect::<Vec<_>>(),
        })
    }
}

fn figure_json(figure: &Figure) -> Value {
    json!({
        "group": figure.group,
        "name": figure.name,
        "unit": figure.unit,
        "ours": figure.ours.best(figure.better),
        "runs": figure.ours.0,
        "peer": figure.peer.as_ref().map(|peer| json!({
            "name": peer.name,
            "best": peer.samples.best(figure.better),
            "runs": peer.samples.0,
        })),
        "ratio": figure.ratio(),
    })
}

/// `AMD EPYC, 2 threads, linux`.
fn machine() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let name = model.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let threads = available_parallelism().map_or(1, usize::from);
    format!("{name}, {threads} threads, {}", std::env::consts::OS)
}

fn commit() -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(paths::root()).args(["describe", "--always", "--dirty"]);
    process::capture(&mut git).ok().map(|text| text.trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::figure::{Better, Figure, Samples};
    use super::Report;

    #[test]
    fn a_row_without_a_peer_shows_dashes() {
        let ours = Samples(vec![12.345]);
        let figures = vec![Figure::new("native GPU", "decode 64", "tokens/s", Better::Higher, ours)];
        let text = Report { figures, ..Report::default() }.to_string();
        let row = text.lines().find(|line| line.contains("decode 64")).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words, ["decode", "64", "12.35", "–", "–", "–", "/", "–"]);
    }

    #[test]
    fn a_row_with_a_peer_shows_the_ratio_of_the_best_runs() {
        let figure = Figure::new("g", "load", "s", Better::Lower, Samples(vec![2.0, 1.0]));
        let figures = vec![figure.beside("wllama", Samples(vec![3.0]))];
        let text = Report { figures, ..Report::default() }.to_string();
        let row = text.lines().find(|line| line.contains("load, s")).unwrap();
        let words: Vec<&str> = row.split_whitespace().collect();
        assert_eq!(words, ["load,", "s", "1.00", "3.00", "3.00", "wllama", "2.00", "/", "–"]);
    }
}
