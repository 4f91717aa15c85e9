//! One search over all problems of a data set.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use duet_engine::reason::Pair;
use duet_engine::reason::search::{SearchRequest, search_all};
use indicatif::{ProgressBar, ProgressStyle};

use super::store::{Conditions, Store};
use super::{Dataset, Problem, Stored};

/// What is to be searched, and where the answers go.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The problems.
    pub dataset: Dataset,
    /// The search; its problem and seed are filled in.
    pub search: SearchRequest,
    /// Where the answers go; what is there already is gone on with.
    pub out: PathBuf,
    /// Problems that are searched together.
    pub together: usize,
    /// What the progress bar calls it.
    pub title: String,
}

/// Searches every problem that the file has no answer for yet; returns all answers in the order of the problems.
///
/// # Errors
/// What failed; the answers until then are in the file.
pub fn sweep(pair: &mut Pair, sha256: [&str; 2], sweep: &Sweep) -> anyhow::Result<Vec<Stored>> {
    let problems = sweep.dataset.problems()?;
    let conditions = Conditions {
        actor: sha256[0].to_owned(),
        critic: sha256[1].to_owned(),
        dataset: serde_json::to_value(&sweep.dataset)?,
        search: serde_json::to_value(&sweep.search)?,
    };
    let mut store = Store::open(&sweep.out, &conditions)?;
    let bar = ProgressBar::new(problems.len() as u64).with_position(store.done.len() as u64);
    let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len}, {eta} left");
    bar.set_style(style.expect("invariant: a valid template"));
    bar.set_prefix(sweep.title.clone());
    let missing: Vec<&Problem> = problems.iter().filter(|problem| !store.done.contains_key(&problem.id)).collect();
    for problems in missing.chunks(sweep.together.max(1)) {
        store.add(search(pair, problems, &sweep.search)?)?;
        bar.inc(problems.len() as u64);
    }
    bar.finish_and_clear();
    let stored = problems.iter().map(|problem| store.done.remove(&problem.id));
    stored.collect::<Option<_>>().context("invariant: every problem was searched")
}

fn search(pair: &mut Pair, problems: &[&Problem], template: &SearchRequest) -> anyhow::Result<Vec<Stored>> {
    let requests: Vec<SearchRequest> = problems
        .iter()
        .map(|problem| SearchRequest {
            problem: problem.question.clone(),
            // Every problem has noise of its own.
            seed: template.seed ^ fingerprint(&problem.id),
            ..template.clone()
        })
        .collect();
    let records = pollster::block_on(search_all(pair, &requests, &mut async |_, _| ControlFlow::Continue(())))?;
    let mut stored = Vec::new();
    for (problem, record) in problems.iter().zip(records) {
        let record = record.with_context(|| format!("problem {}", problem.id))?;
        if record.cancelled {
            bail!("problem {} was cancelled", problem.id);
        }
        stored.push(Stored { problem: (*problem).clone(), record });
    }
    Ok(stored)
}

/// SHA-256 of a file, in hexadecimal.
///
/// # Errors
/// When it cannot be read.
pub fn sha256(path: &Path) -> anyhow::Result<String> {
    use sha2::Digest;
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A number for a name (FNV-1a); within what JSON numbers carry without rounding.
fn fingerprint(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash >> 12
}
