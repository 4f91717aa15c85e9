//! `duet report`: every run that the paper's test-time claims need, and a page of results with their conditions.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use duet_engine::reason::measure::choose_gate;
use duet_engine::reason::search::{Mode, SearchRequest};
use duet_engine::reason::{GateName, Pair, Side};
use serde::Serialize;

use super::markdown::{percent, probability, single_table, write};
use super::score::{self, After, Answers, ByLevel, Calibration, Estimate, Reading, Response, Single, Voting};
use super::sweep::sha256;
use super::{Dataset, Stored, Sweep, compare, sweep};

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
pub(super) struct Results {
    pub(super) threshold: Option<f64>,
    pub(super) table: Vec<Single>,
    pub(super) by_seed: Vec<(u64, Vec<Single>)>,
    pub(super) by_story_level: Vec<(u8, Vec<Single>)>,
    pub(super) calibration: Option<Calibration>,
    pub(super) leak: Option<Estimate>,
    pub(super) masked: Option<Estimate>,
    pub(super) curves: Vec<Voting>,
    pub(super) levels: Vec<ByLevel>,
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
        calibration: score::calibration(&responses),
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
        gates.push((format!("gated by P(wrong) ≥ {}", probability(threshold)), After::Probability(threshold)));
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
pub(super) fn ks(k: usize) -> Vec<usize> {
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
        let threshold = results.threshold.map_or("none".to_owned(), probability);
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
