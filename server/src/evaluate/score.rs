//! From stored answers to numbers with intervals. No model is asked.

use std::collections::BTreeMap;

use duet_engine::reason::measure::{
    Bootstrap, Discriminability, Interval, Outcome, Subsets, Transitions, brier, calibration_error, leaks, level,
    majority_at_k, pass_at_k, weighted_vote,
};
use duet_engine::reason::search::Chain;
use duet_engine::reason::{Answer, Verdict};
use serde::Serialize;

use super::Stored;

/// A number with its interval (95 %, problems resampled).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Where it lies.
    pub interval: Option<Interval>,
    /// Problems or responses that it stands on.
    pub count: usize,
}

/// Estimates a statistic of units that are independent of each other.
fn estimate<T>(units: &[T], statistic: impl Fn(&[&T]) -> Option<f64>) -> Option<Estimate> {
    let all: Vec<&T> = units.iter().collect();
    let value = statistic(&all)?;
    Some(Estimate { value, interval: Bootstrap::default().interval(units, statistic), count: units.len() })
}

/// Mean of numbers.
fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// One response with its critique and its refinement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Response {
    pub(super) before: bool,
    pub(super) after: bool,
    pub(super) verdict: Option<Verdict>,
    pub(super) p_wrong: Option<f32>,
    pub(super) leaks: bool,
    /// Tokens of attempt, critique and refinement.
    pub(super) tokens: [usize; 3],
}

/// What decides, after the fact, whether a refinement stands in for its attempt: the run refined them all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum After {
    /// No critic.
    Never,
    /// Every one.
    Always,
    /// Those whose final answer the critic calls wrong.
    Verdict,
    /// Those whose P(wrong) is at least this.
    Probability(f64),
    /// Those that are wrong.
    Oracle,
}

impl After {
    fn refines(self, response: &Response) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Verdict => response.verdict == Some(Verdict::Wrong),
            Self::Probability(threshold) => response.p_wrong.is_some_and(|p| f64::from(p) >= threshold),
            Self::Oracle => !response.before,
        }
    }

    fn outcome(self, response: &Response) -> bool {
        if self.refines(response) { response.after } else { response.before }
    }

    fn tokens(self, response: &Response) -> usize {
        let [attempt, critique, refinement] = response.tokens;
        match self {
            Self::Never => attempt,
            _ => attempt + critique + if self.refines(response) { refinement } else { 0 },
        }
    }
}

/// The responses of a run in which every chain was criticised and refined (mode `parallel`, gate `always`).
pub(super) fn responses(stored: &Stored) -> Vec<Response> {
    stored.record.chains.iter().filter_map(|chain| response(stored, chain)).collect()
}

fn response(stored: &Stored, chain: &Chain) -> Option<Response> {
    let (attempt, review) = (chain.attempt.as_ref()?, chain.review.as_ref()?);
    let problem = &stored.problem;
    let before = problem.is_right(attempt.answer.as_deref());
    let refined = chain.refinement.as_ref().filter(|path| path.answer.is_some());
    let after = refined.map_or(before, |path| problem.is_right(path.answer.as_deref()));
    let gold = Answer::parse(&problem.gold).and_then(|answer| answer.value());
    let tokens = |usage: duet_engine::reason::Usage| usage.prompt_tokens + usage.completion_tokens;
    Some(Response {
        before,
        after,
        verdict: review.verdict,
        p_wrong: review.p_wrong,
        leaks: gold.is_some_and(|gold| leaks(gold, &review.text, &problem.question, &attempt.text)),
        tokens: [tokens(attempt.usage), tokens(review.usage), chain.refinement.as_ref().map_or(0, |p| tokens(p.usage))],
    })
}

/// The numbers of one critique and one refinement under one gate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Single {
    /// What it is called.
    pub gate: String,
    /// The gold answer decided: a bound, not a result.
    pub oracle: bool,
    /// Accuracy after refinement.
    pub accuracy: Estimate,
    /// Share of verdicts that are right.
    pub discriminability: Option<Estimate>,
    /// The same on right and on wrong responses.
    pub on_correct: Option<Estimate>,
    /// See above.
    pub on_wrong: Option<Estimate>,
    /// Of the wrong responses, those right afterwards.
    pub helpfulness: Option<Estimate>,
    /// Of the right responses, those wrong afterwards.
    pub harm: Option<Estimate>,
    /// Tokens read and written for one problem, mean.
    pub tokens: f64,
    /// c→c, c→i, i→c, i→i.
    pub transitions: Transitions,
}

/// Scores responses under one gate.
pub(super) fn single(name: &str, responses: &[Response], after: After) -> Option<Single> {
    let transitions = |units: &[&Response]| -> Transitions {
        units.iter().map(|response| (response.before, after.outcome(response))).collect()
    };
    let verdicts = |units: &[&Response]| -> Discriminability {
        units.iter().map(|response| (response.before, response.verdict)).collect()
    };
    let all: Vec<&Response> = responses.iter().collect();
    let judged = after != After::Never;
    let verdict = |pick: fn(&Discriminability) -> Option<f64>| {
        judged.then(|| estimate(responses, |units| pick(&verdicts(units)))).flatten()
    };
    Some(Single {
        gate: name.to_owned(),
        oracle: after == After::Oracle,
        accuracy: estimate(responses, |units| transitions(units).after().rate())?,
        discriminability: verdict(|verdicts| verdicts.overall().rate()),
        on_correct: verdict(|verdicts| verdicts.on_correct.rate()),
        on_wrong: verdict(|verdicts| verdicts.on_wrong.rate()),
        helpfulness: judged.then(|| estimate(responses, |units| transitions(units).helpfulness().rate())).flatten(),
        harm: judged.then(|| estimate(responses, |units| transitions(units).harm().rate())).flatten(),
        tokens: mean(responses.iter().map(|response| after.tokens(response) as f64)).unwrap_or_default(),
        transitions: transitions(&all),
    })
}

/// Responses as what a threshold is chosen on.
pub(super) fn outcomes(responses: &[Response]) -> Vec<Outcome> {
    let outcome = |response: &Response| Outcome {
        p_wrong: response.p_wrong.map_or(f64::NAN, f64::from),
        correct: response.before,
        refined: response.after,
    };
    responses.iter().map(outcome).collect()
}

/// How far the critic's P(wrong) can be believed: Brier score, and calibration error in ten bins.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Calibration {
    pub(super) brier: f64,
    pub(super) error: f64,
}

/// The calibration over the responses whose P(wrong) is known.
pub(super) fn calibration(responses: &[Response]) -> Option<Calibration> {
    let known = responses.iter().filter_map(|response| Some((f64::from(response.p_wrong?), response.before)));
    let known: Vec<(f64, bool)> = known.collect();
    Some(Calibration { brier: brier(&known)?, error: calibration_error(&known, 10)? })
}

/// Share of wrong responses whose critique gives the answer away.
pub(super) fn leak_rate(responses: &[Response]) -> Option<Estimate> {
    let wrong: Vec<&Response> = responses.iter().filter(|response| !response.before).collect();
    estimate(&wrong, |units| mean(units.iter().map(|response| f64::from(u8::from(response.leaks)))))
}

/// A share of independent trials.
pub(super) fn share(trials: &[bool]) -> Option<Estimate> {
    estimate(trials, |units| mean(units.iter().map(|hit| f64::from(u8::from(**hit)))))
}

/// One curve against the number of samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Voting {
    /// What it is called.
    pub name: String,
    /// k, the number at k, and tokens for one problem.
    pub points: Vec<(usize, Estimate, f64)>,
}

/// What is read off k answers of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The majority of any k of them.
    Majority,
    /// Whether any of k is right, without bias.
    Pass,
    /// The majority of the first k (rounds of a chain are in order).
    FirstMajority,
    /// The k-th.
    Last,
}

/// Answers of one problem, with what they cost one by one.
pub(super) struct Answers<'a> {
    pub(super) stored: &'a Stored,
    pub(super) answers: Vec<Option<String>>,
    pub(super) tokens: Vec<usize>,
}

/// The answers that stand in the chains, under a gate.
pub(super) fn answers<'a>(stored: &'a Stored, after: After) -> Answers<'a> {
    let mut found = Answers { stored, answers: Vec::new(), tokens: Vec::new() };
    for chain in &stored.record.chains {
        let attempt = chain.attempt.as_ref().and_then(|path| path.answer.clone());
        let refined = || chain.refinement.as_ref().and_then(|path| path.answer.clone());
        match response(stored, chain) {
            Some(response) => {
                let answer = if after.refines(&response) { refined().or(attempt) } else { attempt };
                found.answers.push(answer);
                found.tokens.push(after.tokens(&response));
            }
            None => {
                found.answers.push(attempt);
                found.tokens.push(chain.usage().prompt_tokens + chain.usage().completion_tokens);
            }
        }
    }
    found
}

/// A curve: for every k, the mean over the problems of what is read off `times · k` answers.
pub(super) fn curve(name: &str, problems: &[Answers<'_>], (reading, times): (Reading, usize), ks: &[usize]) -> Voting {
    let subsets = Subsets { most: 100, seed: 1 };
    let point = |k: usize| {
        let n = k * times;
        let scores: Vec<f64> = problems.iter().filter_map(|problem| read(problem, reading, n, &subsets)).collect();
        if scores.len() < problems.len() {
            return None; // some problem has fewer answers
        }
        let cost = |problem: &Answers<'_>| {
            let each = problem.tokens.iter().sum::<usize>() as f64 / problem.tokens.len() as f64;
            each * n as f64
        };
        let tokens = mean(problems.iter().map(cost))?;
        Some((k, estimate(&scores, |units| mean(units.iter().map(|score| **score)))?, tokens))
    };
    Voting { name: name.to_owned(), points: ks.iter().filter_map(|k| point(*k)).collect() }
}

fn read(problem: &Answers<'_>, reading: Reading, n: usize, subsets: &Subsets) -> Option<f64> {
    let gold = &problem.stored.problem;
    let right = |answer: &String| gold.is_right(Some(answer));
    if n > problem.answers.len() {
        return None;
    }
    let all = &problem.answers;
    let share = |hit: bool| Some(f64::from(u8::from(hit)));
    match reading {
        Reading::Majority => majority_at_k(all, n, subsets, right),
        Reading::Pass => pass_at_k(all.len(), all.iter().flatten().filter(|answer| right(answer)).count(), n),
        Reading::FirstMajority => share(duet_engine::reason::measure::majority(&all[..n]).is_some_and(right)),
        Reading::Last => share(all[n - 1].as_ref().is_some_and(right)),
    }
}

/// The vote of k attempts, each weighted by the critic's P(correct).
pub(super) fn weighted(name: &str, stored: &[Stored], ks: &[usize]) -> Voting {
    let subsets = Subsets { most: 100, seed: 1 };
    let score = |stored: &Stored, k: usize| {
        let votes: Vec<(Option<String>, f64)> = stored.record.chains.iter().map(vote_of).collect();
        subsets.mean(votes.len(), k, |subset| {
            let votes: Vec<(Option<String>, f64)> = subset.iter().map(|index| votes[*index].clone()).collect();
            let winner = weighted_vote(&votes);
            f64::from(u8::from(winner.is_some_and(|answer| stored.problem.is_right(Some(answer)))))
        })
    };
    let point = |k: usize| {
        let scores: Vec<f64> = stored.iter().filter_map(|stored| score(stored, k)).collect();
        let cost = |response: &Response| (response.tokens[0] + response.tokens[1]) as f64;
        let each = mean(stored.iter().flat_map(responses).map(|response| cost(&response)))?;
        Some((k, estimate(&scores, |units| mean(units.iter().map(|score| **score)))?, each * k as f64))
    };
    Voting { name: name.to_owned(), points: ks.iter().filter_map(|k| point(*k)).collect() }
}

fn vote_of(chain: &Chain) -> (Option<String>, f64) {
    let answer = chain.attempt.as_ref().and_then(|path| path.answer.clone());
    let p_wrong = chain.review.as_ref().and_then(|review| review.p_wrong).unwrap_or(0.5);
    (answer, 1.0 - f64::from(p_wrong))
}

/// Accuracy before and after one refinement, by difficulty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct ByLevel {
    pub(super) level: usize,
    pub(super) problems: usize,
    pub(super) before: Estimate,
    pub(super) after: Estimate,
    /// After minus before, the same problems on both sides.
    pub(super) gain: Estimate,
}

/// Levels by the actor's own pass rate over plain samples (§4.3); accuracy over other samples of the same problems.
pub(super) fn by_level(plain: &[Stored], refined: &[Stored], after: After) -> Vec<ByLevel> {
    let mut levels = BTreeMap::<usize, Vec<(f64, f64)>>::new();
    let plain: BTreeMap<&str, &Stored> = plain.iter().map(|stored| (stored.problem.id.as_str(), stored)).collect();
    for stored in refined {
        let Some(plain) = plain.get(stored.problem.id.as_str()) else { continue };
        let samples = answers(plain, After::Never).answers;
        let right = samples.iter().filter(|answer| plain.problem.is_right(answer.as_deref())).count();
        let responses = responses(stored);
        let share = |hit: &dyn Fn(&Response) -> bool| mean(responses.iter().map(|r| f64::from(u8::from(hit(r)))));
        let rates = share(&|r| r.before).zip(share(&|r| after.outcome(r)));
        if let (Some(level), Some(rates)) = (level(right, samples.len()), rates) {
            levels.entry(level).or_default().push(rates);
        }
    }
    let row = |(level, rates): (usize, Vec<(f64, f64)>)| {
        let of = |pick: fn(&(f64, f64)) -> f64| estimate(&rates, |units| mean(units.iter().map(|rates| pick(rates))));
        let (before, after, gain) = (of(|r| r.0)?, of(|r| r.1)?, of(|r| r.1 - r.0)?);
        Some(ByLevel { level, problems: rates.len(), before, after, gain })
    };
    levels.into_iter().filter_map(row).collect()
}
