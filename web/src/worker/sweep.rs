//! Searching many stories, one after another, for curves that grow.

use std::ops::ControlFlow;

use duet_engine::reason::search::{Mode, SearchEvent, SearchRecord, SearchRequest, search_all};
use duet_engine::reason::story::{Level, Split, Story};
use serde::Serialize;

use super::chart::{self, Axis};
use super::curve::{Scored, counts, curves};
use super::desk::Desk;
use super::line::Answerer;
use super::pause::now_ms;
use super::players::Stoppable;
use super::solve::{failed, refused};
use crate::protocol::{Failure, Reply, Sweep, Swept};

/// What is kept of a story.
#[derive(Serialize)]
struct Kept<'a> {
    level: u8,
    seed: u64,
    gold: &'a str,
    refined: &'a SearchRecord,
    plain: &'a SearchRecord,
}

/// Searches the stories; after each one the page hears what the curves are now.
pub(super) async fn sweep(desk: &mut Desk, sweep: &Sweep, answerer: &Answerer) -> Result<Reply, Failure> {
    let began_ms = now_ms();
    let ks = counts(sweep.request.k);
    let mut scored = Vec::new();
    for index in 0..sweep.stories {
        let story = story(sweep, index);
        let gold = story.answer.to_string();
        let Some([refined, plain]) = both(desk, sweep, &story, answerer).await? else { break };
        // Without a record of every sample there is nothing to count.
        let Some(score) = Scored::of(&refined, &plain, &gold, &ks) else { continue };
        scored.push(score);
        let (level, seed) = (story.level.number(), story.seed);
        let kept = Kept { level, seed, gold: &gold, refined: &refined, plain: &plain };
        let record = serde_json::to_string(&kept).expect("invariant: records are plain data");
        let curves = curves(&scored, &ks);
        let charts = [Axis::Samples, Axis::Tokens].map(|axis| chart::draw(&curves, axis, sweep.width));
        let (done, at_ms) = (index + 1, (now_ms() - began_ms) as u64);
        answerer.send(&Reply::Swept(Box::new(Swept { done, at_ms, curves, charts, record })));
    }
    Ok(Reply::Ended)
}

/// The story at a place of the sweep.
fn story(sweep: &Sweep, index: usize) -> Story {
    let level = sweep.level.and_then(|level| Level::new(level).ok()).unwrap_or(Level::ALL[index % Level::ALL.len()]);
    Story::generate(Split::Test, level, sweep.request.seed + index as u64)
}

/// A story with critic and, three times as many samples, without; both in one batch. Nothing when it was stopped.
async fn both(
    desk: &mut Desk,
    sweep: &Sweep,
    story: &Story,
    answerer: &Answerer,
) -> Result<Option<[SearchRecord; 2]>, Failure> {
    let problem = story.question.clone();
    let refined = SearchRequest { problem, mode: Mode::Parallel, ..sweep.request.clone() };
    let plain = SearchRequest { mode: Mode::Plain, k: 3 * refined.k, ..refined.clone() };
    let mut players = Stoppable::new(desk.cast()?, answerer);
    let mut sink = async |_: usize, _: SearchEvent| ControlFlow::Continue(());
    let records = search_all(&mut players, &[refined, plain], &mut sink).await.map_err(|error| refused(&error))?;
    let records: Vec<SearchRecord> =
        records.into_iter().collect::<Result<_, _>>().map_err(|error| failed(desk, &error))?;
    let records: [SearchRecord; 2] = records.try_into().expect("invariant: one record for one request");
    Ok((!answerer.is_cancelled()).then_some(records))
}
