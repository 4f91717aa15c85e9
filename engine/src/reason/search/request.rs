//! What to search and how far.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::reason::event::default_max_tokens;
use crate::reason::request::{check_gold, check_turns};
use crate::reason::{Answer, Gate, GateName, Problem, RequestError};

/// The shape of a search (`specs/critique.md` §4.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// k attempts and no critic: the control. Its first 3k answers cost about what k criticised ones do.
    Plain,
    /// k attempts, each criticised and, where the gate says so, refined once.
    #[default]
    Parallel,
    /// One attempt, then k rounds of critique and refinement; vote and last answer come of the same chain.
    Sequential,
    /// At a critique that finds a wrong step, the steps before it are kept and several refinements go on from there; at
    /// most k paths in all.
    Tree,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "plain" => Self::Plain,
            "parallel" => Self::Parallel,
            "sequential" => Self::Sequential,
            "tree" => Self::Tree,
            _ => return Err(format!("`{text}` must be one of plain, parallel, sequential, tree")),
        })
    }
}

/// A search; the wire format of `POST /v1/duet/solve` with a `search`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchRequest {
    /// The word problem, at most 4,000 characters.
    pub problem: String,
    /// The shape.
    pub mode: Mode,
    /// Attempts, rounds or paths: 1..=64, of plain attempts 1..=192.
    pub k: usize,
    /// When the actor refines.
    pub gate: GateName,
    /// P(wrong) from which on [`GateName::Probability`] refines; absent: [`Gate::DEFAULT_THRESHOLD`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f32>,
    /// The right answer, for [`GateName::Oracle`] alone; no player sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gold: Option<String>,
    /// Temperature of attempts and refinements; the critic is always greedy.
    pub temperature: f32,
    /// Same seed, same search (on one backend). Attempt i has a stream of its own, so fewer are the first of more.
    pub seed: u64,
    /// Tokens per turn, at most.
    pub max_tokens: usize,
    /// Tree: attempts at its root, and refinements that go on from one node: 1..=8.
    pub branch: usize,
    /// Tree: tokens read and written in all, after which no node is branched. An estimate goes by what paths cost so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<usize>,
}

impl Default for SearchRequest {
    /// Eight parallel chains, gated by the verdict, at temperature 0.7; the problem is still to be given.
    fn default() -> Self {
        Self {
            problem: String::new(),
            mode: Mode::Parallel,
            k: 8,
            gate: GateName::Verdict,
            threshold: None,
            gold: None,
            temperature: 0.7,
            seed: 0,
            max_tokens: default_max_tokens(),
            branch: 2,
            budget: None,
        }
    }
}

/// A request that was checked.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// What is to be solved.
    pub(super) problem: Problem,
    /// When the actor refines.
    pub(super) gate: Gate,
    /// The right answer, if it is known.
    pub(super) gold: Option<Answer>,
}

impl SearchRequest {
    /// Attempts, rounds or paths at most.
    pub const MAX_K: usize = 64;

    /// Plain attempts at most: three times as many, for the compute-fair control.
    pub const MAX_PLAIN: usize = 3 * Self::MAX_K;

    /// Refinements of one node at most.
    pub const MAX_BRANCH: usize = 8;

    /// Largest token budget.
    pub const MAX_BUDGET: usize = 10_000_000;

    /// Checks every field.
    ///
    /// # Errors
    /// The first [`RequestError`] found.
    pub fn validate(&self) -> Result<(), RequestError> {
        self.terms().map(|_| ())
    }

    pub(super) fn terms(&self) -> Result<Terms, RequestError> {
        let problem = Problem::new(&self.problem)?;
        let (most, reason) = match self.mode {
            Mode::Plain => (Self::MAX_PLAIN, ""),
            _ => (Self::MAX_K, " (more are for the mode `plain` alone)"),
        };
        count("k", self.k, most, reason)?;
        count("branch", self.branch, Self::MAX_BRANCH, "")?;
        self.budget.map_or(Ok(()), |budget| count("budget", budget, Self::MAX_BUDGET, " tokens"))?;
        check_turns(self.temperature, self.max_tokens)?;
        let gold = check_gold(self.gold.as_deref())?;
        let gate = Gate::new(self.gate, self.threshold, self.gold.as_deref())?;
        Ok(Terms { problem, gate, gold })
    }
}

fn count(name: &'static str, value: usize, most: usize, reason: &'static str) -> Result<(), RequestError> {
    match (1..=most).contains(&value) {
        true => Ok(()),
        false => Err(RequestError::Count { name, value, least: 1, most, reason }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(change: impl FnOnce(&mut SearchRequest)) -> String {
        let mut request = SearchRequest { problem: "How many?".to_owned(), ..SearchRequest::default() };
        change(&mut request);
        request.validate().map_or_else(|error| format!("{}: {error}", error.field()), |()| "fine".to_owned())
    }

    #[test]
    fn limits_are_named_with_the_value() {
        assert_eq!(message(|_| {}), "fine");
        assert_eq!(message(|r| (r.mode, r.k) = (Mode::Plain, 192)), "fine");
        assert_eq!(message(|r| r.k = 64), "fine");
        assert_eq!(
            message(|r| r.k = 65),
            "k: `k` is 65, it must be within 1..=64 (more are for the mode `plain` alone)"
        );
        assert_eq!(message(|r| (r.mode, r.k) = (Mode::Plain, 193)), "k: `k` is 193, it must be within 1..=192");
        assert!(message(|r| r.k = 0).starts_with("k: `k` is 0, "));
        assert_eq!(message(|r| r.branch = 9), "branch: `branch` is 9, it must be within 1..=8");
        assert!(message(|r| r.budget = Some(0)).starts_with("budget: `budget` is 0, it must be within 1..=10000000"));
        assert!(message(|r| r.problem = " ".to_owned()).starts_with("problem: "));
        assert!(message(|r| r.temperature = 9.0).starts_with("temperature: "));
        assert!(message(|r| r.max_tokens = 0).starts_with("max_tokens: "));
        assert!(message(|r| r.threshold = Some(0.5)).starts_with("threshold: "));
        assert!(message(|r| r.gate = GateName::Oracle).starts_with("gold: "));
        assert_eq!(message(|r| (r.gate, r.gold) = (GateName::Oracle, Some("$1,200".to_owned()))), "fine");
        assert_eq!(message(|r| r.gold = Some("many".to_owned())), "gold: `gold` is `many`, it must be a number");
    }

    #[test]
    fn modes_are_typed_as_they_are_sent() {
        for mode in [Mode::Plain, Mode::Parallel, Mode::Sequential, Mode::Tree] {
            let written = serde_json::to_value(mode).expect("plain data");
            assert_eq!(written.as_str().expect("a word").parse(), Ok(mode));
        }
        assert!("beam".parse::<Mode>().is_err());
    }
}
