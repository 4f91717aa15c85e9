//! Critics on paths that are given: ProcessBench (where is the first error?) and RealCritic (does the critique lead to a
//! right correction?). Their answers are stored, and scored again without a model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, ensure};
use duet_engine::reason::measure::{FirstError, Found, Transitions};
use duet_engine::reason::{Answer, Critique, Pair, Player, Problem, Side, Speech, Verdict, extract_answer, prompts};
use duet_engine::runtime::Sampling;
use serde::{Deserialize, Serialize};

use super::compare::say;

/// A path with what is known of it, and what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Its name in its file.
    pub id: String,
    /// The word problem.
    pub question: String,
    /// The path's steps.
    pub steps: Vec<String>,
    /// The first wrong step from 0, none when all are right; absent where the data set does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Option<usize>>,
    /// The gold answer, where the data set has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gold: Option<String>,
    /// Whether the path's answer is right.
    pub correct: bool,
    /// The critique.
    #[serde(default)]
    pub critique: String,
    /// The refinement that followed it.
    #[serde(default)]
    pub refinement: String,
}

/// A line of ProcessBench.
#[derive(Deserialize)]
struct ProcessBench {
    id: String,
    problem: String,
    steps: Vec<String>,
    label: i64,
    final_answer_correct: bool,
}

/// A line of RealCritic.
#[derive(Deserialize)]
struct RealCritic {
    idx: u64,
    question: String,
    gt: String,
    reasoning: String,
    previous_score: Vec<bool>,
}

/// The paths of a file: ProcessBench's JSON array, or RealCritic's JSON lines.
///
/// # Errors
/// What cannot be read, with its place.
pub fn read_paths(path: &Path, limit: Option<usize>) -> anyhow::Result<Vec<Judged>> {
    let place = || format!("{}", path.display());
    let text = std::fs::read_to_string(path).with_context(place)?;
    let limit = limit.unwrap_or(usize::MAX);
    let paths: Vec<Judged> = if text.trim_start().starts_with('[') {
        let items: Vec<ProcessBench> = serde_json::from_str(&text).with_context(place)?;
        items.into_iter().take(limit).map(process_bench).collect()
    } else {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).take(limit).enumerate();
        let line = |(index, line)| -> anyhow::Result<Judged> {
            let item = serde_json::from_str(line).with_context(|| format!("{}, line {}", path.display(), index + 1))?;
            Ok(real_critic(item))
        };
        lines.map(line).collect::<Result<_, _>>()?
    };
    ensure!(!paths.is_empty(), "{} holds no path", path.display());
    Ok(paths)
}

fn process_bench(item: ProcessBench) -> Judged {
    Judged {
        id: item.id,
        question: item.problem,
        // A step of several lines is one line for the critic, so that its index stays.
        steps: item.steps.iter().map(|step| step.split_whitespace().collect::<Vec<_>>().join(" ")).collect(),
        label: Some(usize::try_from(item.label).ok()),
        gold: None,
        correct: item.final_answer_correct,
        critique: String::new(),
        refinement: String::new(),
    }
}

fn real_critic(item: RealCritic) -> Judged {
    Judged {
        id: format!("realcritic.{}", item.idx),
        question: item.question,
        steps: duet_engine::reason::split_steps(&item.reasoning),
        label: None,
        gold: Some(item.gt),
        correct: item.previous_score.first().copied().unwrap_or(false),
        critique: String::new(),
        refinement: String::new(),
    }
}

/// Has the critic judge paths and, where there is a gold answer to compare with, the actor refine them. A problem or a
/// path that does not fit the models' context keeps an empty critique, which counts against the critic.
///
/// # Errors
/// When a model fails.
pub fn judge_paths(pair: &mut Pair, paths: &mut [Judged], max_tokens: usize) -> anyhow::Result<()> {
    let thoughts = think(pair, paths, max_tokens)?;
    let speech = |pair: &Pair, path: &Judged| -> Option<Speech> {
        let problem = Problem::new(&path.question).ok()?;
        let style = pair.prompts(Side::Critique);
        let thought = thoughts.get(&path.question).map_or("", String::as_str);
        Some(Speech {
            side: Side::Critique,
            messages: prompts::critique(style, &problem, thought, &path.steps.join("\n")),
            prefill: prompts::critique_prefill(style, &path.steps),
            sampling: Sampling::GREEDY,
            max_tokens,
            stop: prompts::stops(),
        })
    };
    let asked: Vec<(usize, Speech)> =
        paths.iter().enumerate().filter_map(|(index, path)| Some((index, speech(pair, path)?))).collect();
    for (index, said) in say(pair, asked)? {
        paths[index].critique = said;
    }
    let speech = |pair: &Pair, path: &Judged| -> Option<Speech> {
        path.gold.as_ref()?;
        let style = pair.prompts(Side::Refinement);
        let critique = Critique::parse(&path.critique, &path.steps);
        let problem = Problem::new(&path.question).ok()?;
        Some(Speech {
            side: Side::Refinement,
            messages: prompts::refinement(style, &problem, &path.steps.join("\n"), &critique, &path.critique),
            prefill: prompts::solution_prefill(style).to_owned(),
            sampling: Sampling::GREEDY,
            max_tokens,
            stop: prompts::stops(),
        })
    };
    let asked: Vec<(usize, Speech)> =
        paths.iter().enumerate().filter_map(|(index, path)| Some((index, speech(pair, path)?))).collect();
    for (index, said) in say(pair, asked)? {
        paths[index].refinement = said;
    }
    Ok(())
}

/// The critic's own solutions, by question, where it wants any.
fn think(pair: &mut Pair, paths: &[Judged], max_tokens: usize) -> anyhow::Result<BTreeMap<String, String>> {
    let style = pair.prompts(Side::Critique);
    let speech = |path: &Judged| -> Option<Speech> {
        let messages = prompts::thought(style, &Problem::new(&path.question).ok()?)?;
        let (prefill, sampling, stop) = (String::new(), Sampling::GREEDY, prompts::stops());
        Some(Speech { side: Side::Critique, messages, prefill, sampling, max_tokens, stop })
    };
    let mut seen = BTreeSet::new();
    let asked = paths.iter().enumerate().filter(|(_, path)| seen.insert(path.question.as_str()));
    let asked = asked.filter_map(|(index, path)| Some((index, speech(path)?))).collect();
    let said = say(pair, asked)?.into_iter();
    Ok(said.map(|(index, text)| (paths[index].question.clone(), text.trim().to_owned())).collect())
}

impl Judged {
    fn parsed(&self) -> Critique {
        Critique::parse(&self.critique, &self.steps)
    }
}

/// ProcessBench's score of judged paths.
#[must_use]
pub fn first_error(paths: &[Judged]) -> FirstError {
    paths.iter().filter_map(|path| Some((path.label?, Found::by(&path.parsed())))).collect()
}

/// What refinement did to paths with a gold answer (RealCritic), and how many verdicts were right.
#[must_use]
pub fn corrections(paths: &[Judged]) -> (Transitions, usize) {
    let mut transitions = Transitions::default();
    let mut verdicts = 0;
    for path in paths {
        let truth = if path.correct { Verdict::Correct } else { Verdict::Wrong };
        verdicts += usize::from(path.parsed().answer == Some(truth));
        if let Some(gold) = path.gold.as_deref().and_then(Answer::parse) {
            transitions.count(path.correct, extract_answer(&path.refinement).is_some_and(|answer| answer == gold));
        }
    }
    (transitions, verdicts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_critiques_are_scored_without_a_model() {
        let path = |label, critique: &str| Judged {
            id: String::new(),
            question: String::new(),
            steps: vec!["1 + 1 = 2".to_owned(), "2 + 2 = 5".to_owned()],
            label: Some(label),
            gold: Some("4".to_owned()),
            correct: label.is_none(),
            critique: critique.to_owned(),
            refinement: "2 + 2 = 4\nThe answer is 4.".to_owned(),
        };
        let wrong = "Step sentence: 2 + 2 = 5\nCorrectness of the step: Wrong\nExplanation: 4.\n\n\
                     Correctness of the final answer: Wrong\nExplanation: No.";
        let right = "Correctness of the final answer: Correct\nExplanation: Yes.";
        let right = format!("Step sentence: 1 + 1 = 2\nCorrectness of the step: Correct\nExplanation: Yes.\n\n{right}");
        let paths = [path(Some(1), wrong), path(Some(0), wrong), path(None, &right), path(None, "")];
        let score = first_error(&paths);
        assert_eq!((score.erroneous.hits, score.erroneous.all, score.correct.hits, score.correct.all), (1, 2, 1, 2));
        let (transitions, verdicts) = corrections(&paths);
        assert_eq!((transitions.ic, transitions.cc, verdicts), (2, 2, 3));
    }
}
