//! The soft filter (`specs/critique.md` §2.4): a critique is worth what the actor makes of it.

use super::Record;
use super::paths::MAX_STEPS;
use super::sampler::{Ask, Said, Sampler};
use crate::reason::measure::shortcut;
use crate::reason::prompts::{refinement, solution_prefill};
use crate::reason::story::Rng;
use crate::reason::{Answer, Critique, PlayerError, Problem, Verdict, extract_answer, split_steps};

/// How refinements are sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FilterOptions {
    /// Same seed, same refinements.
    pub seed: u64,
    /// Refinements of each critique (the paper's N).
    pub samples: usize,
    /// Their temperature.
    pub temperature: f32,
    /// Tokens of each, at most.
    pub max_tokens: usize,
}

/// What the actor made of a critique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refined {
    /// The record's id.
    pub id: String,
    /// Refinements sampled.
    pub samples: usize,
    /// Those with the reference answer that pass the shortcut barrier (the paper's N_correct).
    pub right: usize,
    /// Those with the reference answer that do not pass it.
    pub shortcuts: usize,
    /// The first of the right ones.
    pub refinement: Option<String>,
}

/// Samples refinements after every critique.
///
/// # Errors
/// [`PlayerError`] when the actor fails, or a record holds no question.
pub async fn refine(
    records: &[Record],
    options: &FilterOptions,
    actor: &mut impl Sampler,
) -> Result<Vec<Refined>, PlayerError> {
    let style = actor.prompts();
    let ask = |record: &Record| -> Result<Ask, PlayerError> {
        let problem = Problem::new(&record.question).map_err(|error| PlayerError {
            message: format!("record `{}`: {error}", record.id),
            callers_fault: true,
        })?;
        let critique = Critique::parse(&record.critique, &record.path);
        Ok(Ask {
            messages: refinement(style, &problem, &record.path.join("\n"), &critique, &record.critique),
            prefill: solution_prefill(style).to_owned(),
            samples: options.samples,
            temperature: options.temperature,
            // By what the record was made from, not by its place: a shard's order does not matter.
            seed: Rng::new(options.seed ^ Rng::new(fingerprint(&record.id)).bits()).bits() >> 11,
            max_tokens: options.max_tokens,
            one_line: false,
        })
    };
    let asks: Vec<Ask> = records.iter().map(ask).collect::<Result<_, _>>()?;
    let answers = actor.say_all(&asks).await?;
    Ok(records.iter().zip(answers).map(|(record, said)| graded(record, &said, options.samples)).collect())
}

fn graded(record: &Record, said: &[Said], samples: usize) -> Refined {
    let gold = Answer::parse(&record.gold_answer);
    let flawed = record.path.join("\n");
    let solves = |said: &&Said| said.finished && gold.is_some() && extract_answer(&said.text) == gold;
    let solved: Vec<&Said> = said.iter().filter(solves).collect();
    let is_shortcut = |said: &&&Said| shortcut(&record.gold_solution, &flawed, &said.text);
    let shortcuts = solved.iter().filter(is_shortcut).count();
    let first = solved.iter().find(|said| !is_shortcut(said)).map(|said| split_steps(&said.text));
    let refinement = first.filter(|steps| steps.len() <= MAX_STEPS).map(|steps| steps.join("\n"));
    Refined { id: record.id.clone(), samples, right: solved.len() - shortcuts, shortcuts, refinement }
}

/// Whether a critique is kept at this k. After a flawed path at least k refinements must be right. After a right path
/// (our rule, §2.4) the verdict must be Correct, and all but k refinements keep the answer.
#[must_use]
pub fn keeps(record: &Record, refined: &Refined, k: usize) -> bool {
    match record.correct {
        false => refined.right >= k,
        true => record.verdict == Verdict::Correct && refined.right + k >= refined.samples,
    }
}

/// FNV-1a: a number for an id.
fn fingerprint(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
