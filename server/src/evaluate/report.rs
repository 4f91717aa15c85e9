//! `duet report`: every run that the paper's test-time claims need, and a page of results with their conditions.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use duet_engine::reason::measure::{Interval, choose_gate};
use duet_engine::reason::search::{Mode, SearchRequest};
use duet_engine::reason::{GateName, Pair, Side};
use serde::Serialize;

use super::chart::{self, Series};
use super::score::{self, After, Answers, ByLevel, Estimate, Reading, Response, Single, Voting};
use super::sweep::sha256;
use super::{Dataset, Stored, Sweep, compare, sweep};
use crate::durable;

/// How large the report's runs are.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The actor's file.
    pub actor: PathBuf,
    /// The critic's file.
    pub critic: PathBuf,
    /// Where stored answers lie; what is there already is not searched again.
    pub runs: PathBuf,
    /// The Markdown file; charts and numbers go beside it, into a folder of its name.
    pub out: PathBuf,
    /// Seeds: other problems and other noise each.
    pub seeds: Vec<u64>,
    /// Test stories of each level and seed for the greedy table.
    pub single: u64,
    /// Test stories of each level and seed for votes, sequences and levels.
    pub votes: u64,
    /// Samples with critic.
    pub k: usize,
}

/// Of the correct answers, those that a threshold may destroy on the development split.
const HARM: f64 = 0.02;
const TEMPERATURE: f32 = 0.7;
const MAX_TOKENS: usize = 320;

/// All that the report says, as numbers.
#[derive(Serialize)]
struct Results {
    threshold: Option<f64>,
    table: Vec<Single>,
    by_seed: Vec<(u64, Vec<Single>)>,
    by_story_level: Vec<(u8, Vec<Single>)>,
    leak: Option<Estimate>,
    masked: Option<Estimate>,
    curves: Vec<Voting>,
    levels: Vec<ByLevel>,
}

/// Runs what is not there yet and writes the report.
///
/// # Errors
/// What failed; stored answers are kept and gone on with.
pub fn report(pair: &mut Pair, plan: &Plan) -> anyhow::Result<()> {
    let hashes = [sha256(&plan.actor)?, sha256(&plan.critic)?];
    let mut runner = Runner { pair, plan, hashes: [&hashes[0], &hashes[1]] };
    let development = runner.run("development", "development", 0, plan.single, &greedy())?;
    let development: Vec<Response> = development.iter().flat_map(score::responses).collect();
    let threshold = choose_gate(&score::outcomes(&development), HARM).threshold;
    let (mut single, mut parallel, mut plain, mut sequential) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for seed in &plan.seeds {
        let sampled = |mode, k, gate| SearchRequest { mode, k, gate, seed: *seed, ..sampled() };
        single.push((*seed, runner.run("single", "test", *seed, plan.single, &greedy())?));
        let votes = plan.votes;
        parallel.extend(runner.run(
            "parallel",
            "test",
            *seed,
            votes,
            &sampled(Mode::Parallel, plan.k, GateName::Always),
        )?);
        plain.extend(runner.run("plain", "test", *seed, votes, &sampled(Mode::Plain, 3 * plan.k, GateName::Always))?);
        let request = sampled(Mode::Sequential, plan.k, GateName::Always);
        sequential.extend(runner.run("sequential", "test", *seed, votes, &request)?);
    }
    let all: Vec<Stored> = single.iter().flat_map(|(_, stored)| stored.clone()).collect();
    let responses: Vec<Response> = all.iter().flat_map(score::responses).collect();
    let gates = gates(threshold);
    let table = |responses: &[Response]| -> Vec<Single> {
        gates.iter().filter_map(|(name, after)| score::single(name, responses, *after)).collect()
    };
    let by_seed = single
        .iter()
        .map(|(seed, stored)| (*seed, table(&stored.iter().flat_map(score::responses).collect::<Vec<_>>())));
    let by_story_level = (1..=5).map(|level| {
        let of = all.iter().filter(|stored| stored.problem.level == Some(level));
        (level, table(&of.flat_map(score::responses).collect::<Vec<_>>()))
    });
    let masked = compare::masked_refinements(runner.pair, &all)?;
    let results = Results {
        threshold,
        table: table(&responses),
        by_seed: by_seed.collect(),
        by_story_level: by_story_level.collect(),
        leak: score::leak_rate(&responses),
        masked: score::share(&masked.into_iter().flatten().collect::<Vec<_>>()),
        curves: curves(&parallel, &plain, &sequential, threshold, plan.k),
        levels: score::by_level(&plain, &parallel, After::Always),
    };
    let conditions = runner.conditions(&results)?;
    write(plan, &results, &conditions)
}

fn greedy() -> SearchRequest {
    SearchRequest {
        mode: Mode::Parallel,
        k: 1,
        gate: GateName::Always,
        temperature: 0.0,
        max_tokens: MAX_TOKENS,
        ..SearchRequest::default()
    }
}

fn sampled() -> SearchRequest {
    SearchRequest { temperature: TEMPERATURE, max_tokens: MAX_TOKENS, ..SearchRequest::default() }
}

fn gates(threshold: Option<f64>) -> Vec<(String, After)> {
    let mut gates = vec![
        ("no critic".to_owned(), After::Never),
        ("always refined".to_owned(), After::Always),
        ("gated by verdict".to_owned(), After::Verdict),
    ];
    if let Some(threshold) = threshold {
        gates.push((format!("gated by P(wrong) ≥ {threshold:.3}"), After::Probability(threshold)));
    }
    gates.push(("oracle gate (a bound)".to_owned(), After::Oracle));
    gates
}

/// The numbers of stored answers: one table of gates where every chain was refined, votes for every k.
#[must_use]
pub fn numbers(stored: &[Stored]) -> Numbers {
    let responses: Vec<Response> = stored.iter().flat_map(score::responses).collect();
    let table = gates(Some(0.5)).iter().filter_map(|(name, after)| score::single(name, &responses, *after)).collect();
    let k = stored.iter().map(|stored| stored.record.chains.len()).min().unwrap_or(0);
    let of = |after| -> Vec<Answers<'_>> { stored.iter().map(|stored| score::answers(stored, after)).collect() };
    let (attempts, refined) = (of(After::Never), of(After::Always));
    let mut votes = vec![score::curve("attempts, Maj@K", &attempts, (Reading::Majority, 1), &ks(k))];
    if !responses.is_empty() {
        votes.push(score::curve("refined, Maj@K", &refined, (Reading::Majority, 1), &ks(k)));
        votes.push(score::curve("refined, Pass@K", &refined, (Reading::Pass, 1), &ks(k)));
    }
    Numbers { problems: stored.len(), table, votes }
}

/// See [`numbers`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Numbers {
    /// Problems.
    pub problems: usize,
    /// By gate; empty for runs without a critic.
    pub table: Vec<Single>,
    /// By number of samples.
    pub votes: Vec<Voting>,
}

/// The same for people.
#[must_use]
pub fn summary(stored: &[Stored]) -> String {
    let Numbers { problems, table, votes } = numbers(stored);
    let mut text = format!("{problems} problems; percent, 95 % intervals over problems\n");
    // Writing into a string cannot fail.
    let _ = single_table(&mut text, &table);
    for curve in votes {
        let points =
            curve.points.iter().map(|(k, e, tokens)| format!("K={k} {} ({tokens:.0} tokens)", percent(Some(e))));
        let _ = writeln!(text, "{}: {}", curve.name, points.collect::<Vec<_>>().join(", "));
    }
    text
}

/// Powers of two up to k.
fn ks(k: usize) -> Vec<usize> {
    (0..).map(|power| 1 << power).take_while(|n| *n <= k).collect()
}

fn curves(
    parallel: &[Stored],
    plain: &[Stored],
    sequential: &[Stored],
    threshold: Option<f64>,
    k: usize,
) -> Vec<Voting> {
    fn of(stored: &[Stored], after: After) -> Vec<Answers<'_>> {
        stored.iter().map(|stored| score::answers(stored, after)).collect()
    }
    let (refined, chain) = (of(parallel, After::Always), of(sequential, After::Always));
    let (gated, alone) = (of(parallel, After::Verdict), of(plain, After::Never));
    let (ks, all) = (ks(k), ks(3 * k));
    let mut curves = vec![
        score::curve("with critic, Maj@K", &refined, (Reading::Majority, 1), &ks),
        score::curve("with critic, gated by verdict, Maj@K", &gated, (Reading::Majority, 1), &ks),
        score::curve("without critic, Maj@K", &alone, (Reading::Majority, 1), &all),
        score::curve("without critic, Maj@2K", &alone, (Reading::Majority, 2), &ks),
        score::curve("without critic, Maj@3K (compute-fair)", &alone, (Reading::Majority, 3), &ks),
        score::weighted("attempts weighted by the critic's P(correct)", parallel, &ks),
        score::curve("sequential, vote over K rounds", &chain, (Reading::FirstMajority, 1), &ks),
        score::curve("sequential, last of K rounds", &chain, (Reading::Last, 1), &ks),
        score::curve("with critic, Pass@K", &refined, (Reading::Pass, 1), &ks),
        score::curve("without critic, Pass@K", &alone, (Reading::Pass, 1), &ks),
    ];
    if let Some(threshold) = threshold {
        let gated = of(parallel, After::Probability(threshold));
        curves.push(score::curve("with critic, gated by P(wrong), Maj@K", &gated, (Reading::Majority, 1), &ks));
    }
    curves
}

struct Runner<'a> {
    pair: &'a mut Pair,
    plan: &'a Plan,
    hashes: [&'a str; 2],
}

impl Runner<'_> {
    fn run(
        &mut self,
        name: &str,
        split: &str,
        seed: u64,
        each: u64,
        search: &SearchRequest,
    ) -> anyhow::Result<Vec<Stored>> {
        let run = Sweep {
            dataset: Dataset::Stories { split: split.to_owned(), each, seed },
            search: search.clone(),
            out: self.plan.runs.join(format!("{name}.{seed}.jsonl")),
            together: (256 / search.k).max(4),
            title: format!("{name}, seed {seed}"),
        };
        sweep(self.pair, self.hashes, &run)
    }

    /// The sentences that say how the numbers came to be.
    fn conditions(&self, results: &Results) -> anyhow::Result<String> {
        let plan = self.plan;
        let file = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let [actor, critic] = [Side::Attempt, Side::Critique].map(|side| self.pair.of(side).info().clone());
        let seeds: Vec<String> = plan.seeds.iter().map(u64::to_string).collect();
        let mut text = String::new();
        writeln!(text, "- Actor `{}`, {} weights, sha256 `{}`.", file(&plan.actor), actor.parameters, self.hashes[0])?;
        writeln!(
            text,
            "- Critic `{}`, {} weights, sha256 `{}`.",
            file(&plan.critic),
            critic.parameters,
            self.hashes[1]
        )?;
        writeln!(
            text,
            "- Backend {}. No player sees a gold answer; rows that used one are called oracle.",
            actor.backend
        )?;
        writeln!(
            text,
            "- Problems: stories of the test split, as many of each of the five story levels; seeds {}, other problems and \
             other noise each. {} stories of each level and seed in the greedy tables, {} in votes, sequences and levels.",
            seeds.join(", "),
            plan.single,
            plan.votes
        )?;
        writeln!(text, "- Intervals: 95 %, bootstrap over problems, 2,000 resamples. The models were trained once.")?;
        let threshold = results.threshold.map_or("none".to_owned(), |threshold| format!("{threshold:.3}"));
        writeln!(
            text,
            "- The threshold of P(wrong), {threshold}, was chosen on {} development stories for the best accuracy at no more \
             than {:.0} % of correct answers destroyed there.",
            5 * plan.single,
            HARM * 100.0
        )?;
        writeln!(text, "- Tokens: read and written for one problem, mean; a prompt that samples share counts once.")?;
        Ok(text)
    }
}

fn write(plan: &Plan, results: &Results, conditions: &str) -> anyhow::Result<()> {
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

fn percent(estimate: Option<&Estimate>) -> String {
    let Some(Estimate { value, interval, .. }) = estimate else { return "–".to_owned() };
    match interval {
        Some(Interval { low, high }) => format!("{:.1} ({:.1}–{:.1})", value * 100.0, low * 100.0, high * 100.0),
        None => format!("{:.1}", value * 100.0),
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

fn single_table(text: &mut String, table: &[Single]) -> std::fmt::Result {
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
