//! The page of results: Markdown, charts, and the numbers as JSON.

use std::fmt::Write;

use anyhow::Context;
use duet_engine::reason::measure::Interval;

use super::chart::{self, Series};
use super::report::{Plan, Results, ks};
use super::score::{Calibration, Estimate, Single, Voting};
use crate::durable;

/// Writes the report's files.
///
/// # Errors
/// What cannot be written.
pub(super) fn write(plan: &Plan, results: &Results, conditions: &str) -> anyhow::Result<()> {
    let folder = plan.out.with_extension("");
    let name = folder.file_name().context("the report's file has no name")?.to_string_lossy().into_owned();
    let charts = [
        ("votes", votes_chart(results, false)?),
        ("compute", votes_chart(results, true)?),
        ("sequential", sequential_chart(results)?),
    ];
    for (chart, svg) in &charts {
        durable::write(&folder.join(format!("{chart}.svg")), svg.as_bytes())?;
    }
    durable::write(&folder.join("results.json"), &serde_json::to_vec_pretty(results)?)?;
    durable::write(&plan.out, markdown(plan, results, conditions, &name)?.as_bytes())
}

fn named<'a>(results: &'a Results, name: &str) -> Option<&'a Voting> {
    results.curves.iter().find(|curve| curve.name == name)
}

fn votes_chart(results: &Results, against_tokens: bool) -> anyhow::Result<String> {
    let names = ["with critic, Maj@K", "with critic, gated by verdict, Maj@K", "without critic, Maj@K"];
    let series: Vec<Series> =
        names.iter().filter_map(|name| Some(series(named(results, name)?, against_tokens))).collect();
    match against_tokens {
        true => chart::lines("Majority vote against tokens", "tokens read and written for one problem", &series),
        false => chart::lines("Majority vote against samples", "samples K", &series),
    }
}

fn sequential_chart(results: &Results) -> anyhow::Result<String> {
    let names = ["with critic, Maj@K", "sequential, vote over K rounds", "sequential, last of K rounds"];
    let series: Vec<Series> = names.iter().filter_map(|name| Some(series(named(results, name)?, false))).collect();
    chart::lines("Parallel and sequential", "samples or rounds K", &series)
}

fn series(curve: &Voting, against_tokens: bool) -> Series {
    let bounds = |interval: Interval| (interval.low, interval.high);
    let x = |k: usize, tokens: f64| if against_tokens { tokens } else { k as f64 };
    let points = curve.points.iter().map(|(k, e, tokens)| (x(*k, *tokens), e.value, e.interval.map(bounds)));
    Series { name: curve.name.clone(), points: points.collect() }
}

/// A share with its interval, in percent.
pub(super) fn percent(estimate: Option<&Estimate>) -> String {
    let Some(Estimate { value, interval, .. }) = estimate else { return "–".to_owned() };
    match interval {
        Some(Interval { low, high }) => format!("{:.1} ({:.1}–{:.1})", value * 100.0, low * 100.0, high * 100.0),
        None => format!("{:.1}", value * 100.0),
    }
}

/// A probability, by its distance from 1 where that is small: the verdicts of a critic that is seldom in doubt are told
/// apart there.
pub(super) fn probability(p: f64) -> String {
    match 1.0 - p {
        doubt if doubt <= 0.0 => "1".to_owned(),
        doubt if doubt < 0.001 => format!("1 − {doubt:.1e}"),
        _ => format!("{p:.3}"),
    }
}

fn markdown(plan: &Plan, results: &Results, conditions: &str, folder: &str) -> anyhow::Result<String> {
    let mut text = String::new();
    writeln!(text, "# Results\n")?;
    writeln!(text, "Written by `duet report`; numbers in `{folder}/results.json`. Percent, with 95 % intervals.\n")?;
    writeln!(text, "{conditions}")?;
    writeln!(text, "## One critique, one refinement, greedy\n")?;
    single_table(&mut text, &results.table)?;
    writeln!(text, "\nBy seed (accuracy):\n\n| seed |{} |", gate_names(&results.table).join(" |"))?;
    writeln!(text, "|---|{}", "---|".repeat(results.table.len()))?;
    for (seed, table) in &results.by_seed {
        let cells: Vec<String> = table.iter().map(|row| percent(Some(&row.accuracy))).collect();
        writeln!(text, "| {seed} | {} |", cells.join(" | "))?;
    }
    writeln!(text, "\nBy story level (accuracy):\n\n| level |{} |", gate_names(&results.table).join(" |"))?;
    writeln!(text, "|---|{}", "---|".repeat(results.table.len()))?;
    for (level, table) in &results.by_story_level {
        let cells: Vec<String> = table.iter().map(|row| percent(Some(&row.accuracy))).collect();
        writeln!(text, "| {level} | {} |", cells.join(" | "))?;
    }
    writeln!(text, "\n## Leak and mask\n")?;
    writeln!(text, "- Critiques of wrong attempts that state the gold answer: {}.", percent(results.leak.as_ref()))?;
    let helped = results.table.iter().find(|row| row.gate == "always refined").and_then(|row| row.helpfulness.as_ref());
    writeln!(
        text,
        "- Helpfulness: {}; with every number that is in neither question nor path taken out of the critique: {}.\n",
        percent(helped),
        percent(results.masked.as_ref())
    )?;
    if let Some(Calibration { brier, error }) = results.calibration {
        writeln!(
            text,
            "P(wrong) of the final verdict against what was so: Brier score {brier:.3}, expected calibration error {error:.3} \
             (ten bins).\n"
        )?;
    }
    votes(&mut text, results, folder)?;
    levels(&mut text, results)?;
    writeln!(text, "## Shapes (specs/critique.md §12)\n")?;
    for line in shapes(results, plan.k) {
        writeln!(text, "- {line}")?;
    }
    Ok(text)
}

fn gate_names(table: &[Single]) -> Vec<String> {
    table.iter().map(|row| format!(" {}", row.gate)).collect()
}

/// A row for each gate.
pub(super) fn single_table(text: &mut String, table: &[Single]) -> std::fmt::Result {
    writeln!(
        text,
        "| | accuracy | discriminability | on correct | on wrong | helpfulness | destroyed | c→c / c→i / i→c / i→i | tokens |"
    )?;
    writeln!(text, "|---|---|---|---|---|---|---|---|---|")?;
    for row in table {
        let t = row.transitions;
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} / {} / {} / {} | {:.0} |",
            row.gate,
            percent(Some(&row.accuracy)),
            percent(row.discriminability.as_ref()),
            percent(row.on_correct.as_ref()),
            percent(row.on_wrong.as_ref()),
            percent(row.helpfulness.as_ref()),
            percent(row.harm.as_ref()),
            t.cc,
            t.ci,
            t.ic,
            t.ii,
            row.tokens
        )?;
    }
    Ok(())
}

fn votes(text: &mut String, results: &Results, folder: &str) -> std::fmt::Result {
    writeln!(text, "## Votes against compute\n")?;
    for chart in ["votes", "compute", "sequential"] {
        writeln!(text, "![{chart}]({folder}/{chart}.svg)")?;
    }
    let ks: Vec<usize> = results.curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.0)).collect();
    let ks: std::collections::BTreeSet<usize> = ks.into_iter().collect();
    let heads: Vec<String> = ks.iter().map(|k| format!(" K={k} |")).collect();
    writeln!(text, "\n| |{}\n|---|{}", heads.concat(), "---|".repeat(ks.len()))?;
    for curve in &results.curves {
        let cell = |k: &usize| match curve.points.iter().find(|point| point.0 == *k) {
            Some((_, estimate, tokens)) => format!(" {}; {tokens:.0} tokens |", percent(Some(estimate))),
            None => " – |".to_owned(),
        };
        writeln!(text, "| {} |{}", curve.name, ks.iter().map(cell).collect::<String>())?;
    }
    writeln!(text)
}

fn levels(text: &mut String, results: &Results) -> std::fmt::Result {
    writeln!(text, "## By difficulty\n")?;
    writeln!(
        text,
        "Levels by the actor's own pass rate over the plain samples; accuracy over the other samples, always refined.\n"
    )?;
    writeln!(text, "| level | problems | before | after one refinement | change |\n|---|---|---|---|---|")?;
    for row in &results.levels {
        let (before, after) = (percent(Some(&row.before)), percent(Some(&row.after)));
        writeln!(text, "| {} | {} | {before} | {after} | {} |", row.level, row.problems, percent(Some(&row.gain)))?;
    }
    writeln!(text)
}

/// Whether each of the shapes 1 to 4 appeared.
fn shapes(results: &Results, k: usize) -> Vec<String> {
    let said = |yes: bool| if yes { "appeared" } else { "did not appear" };
    let at = |name: &str, k: usize| {
        named(results, name).and_then(|curve| curve.points.iter().find(|p| p.0 == k)).map_or(f64::NAN, |p| p.1.value)
    };
    let mut lines = Vec::new();
    let gain =
        |level: usize| results.levels.iter().find(|row| row.level == level).map_or(f64::NAN, |row| row.gain.value);
    let best = (1..=5).filter(|l| !gain(*l).is_nan()).max_by(|a, b| gain(*a).total_cmp(&gain(*b))).unwrap_or(0);
    let gains: Vec<String> = (1..=5).map(|level| format!("{:+.1}", gain(level) * 100.0)).collect();
    lines.push(format!(
        "1, the critic's gain is at most 0 at level 1 and largest at levels 3 to 5: {} (gains by level: {} points).",
        said(gain(1) <= 0.0 && best >= 3),
        gains.join(", ")
    ));
    let (critic, fair) = ("with critic, Maj@K", "without critic, Maj@3K (compute-fair)");
    let compared: Vec<usize> = ks(k).into_iter().filter(|k| *k >= 4).collect();
    let wins = compared.iter().all(|k| at(critic, *k) > at(fair, *k));
    let rise = |name: &str| at(name, k) - at(name, (k / 4).max(1));
    let pairs: Vec<String> = compared
        .iter()
        .map(|k| format!("K={k}: {:.1} against {:.1}", at(critic, *k) * 100.0, at(fair, *k) * 100.0))
        .collect();
    lines.push(format!(
        "2, Maj@K with critic is above Maj@3K without for all K ≥ 4: {}; the curve without flattens first: {} ({}; rise over the \
         last factor of four: {:+.1} with, {:+.1} without).",
        said(wins),
        said(rise(critic) > rise("without critic, Maj@K")),
        pairs.join(", "),
        rise(critic) * 100.0,
        rise("without critic, Maj@K") * 100.0
    ));
    let (vote, last) = ("sequential, vote over K rounds", "sequential, last of K rounds");
    let behind = ks(k).into_iter().filter(|n| *n > 1 && *n < k).all(|n| at(vote, n) <= at(critic, n));
    lines.push(format!(
        "3, the last answer of a sequence plateaus: {} (rise over the last factor of four {:+.1} points); its vote overtakes the \
         parallel vote only at large K: {} (at K={k}: {:.1} against {:.1}).",
        said(rise(last).abs() < 0.02),
        rise(last) * 100.0,
        said(behind),
        at(vote, k) * 100.0,
        at(critic, k) * 100.0
    ));
    let row = |gate: &str| results.table.iter().find(|row| row.gate.starts_with(gate));
    let harm = |gate: &str| row(gate).and_then(|row| row.harm.as_ref()).map_or(f64::NAN, |harm| harm.value);
    let (always, gated) = (harm("always"), harm("gated by P").min(harm("gated by verdict")));
    lines.push(format!(
        "4, refinement without a gate destroys 5 to 40 % of the correct answers: {} ({:.1} %); the gate recovers most of it: {} \
         ({:.1} % left).",
        said((0.05..=0.4).contains(&always)),
        always * 100.0,
        said(gated < always / 2.0),
        gated * 100.0
    ));
    lines
}

#[cfg(test)]
mod tests {
    use super::probability;

    #[test]
    fn probabilities_near_one_can_be_told_apart() {
        let told = [0.5, 0.9986, 1.0 - 3e-6, 1.0].map(probability);
        assert_eq!(told, ["0.500", "0.999", "1 − 3.0e-6", "1"]);
    }
}
