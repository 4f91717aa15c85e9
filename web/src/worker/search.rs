//! Searching one problem: its events go to the page in small bundles, its record at the end.

use std::ops::ControlFlow;

use duet_engine::reason::search::{SearchError, SearchEvent, SearchRequest};

use super::desk::Desk;
use super::line::Answerer;
use super::pause::now_ms;
use super::players::Stoppable;
use super::solve::{failed, refused};
use crate::protocol::{Failure, Found, Reply};

/// Milliseconds between two bundles: dozens of samples write at once, and a screen shows sixty pictures a second.
const BUNDLE_MS: f64 = 60.0;

/// Searches a problem.
pub(super) async fn search(desk: &mut Desk, request: &SearchRequest, answerer: &Answerer) -> Result<Reply, Failure> {
    let mut bundle = Bundle { answerer, began_ms: now_ms(), sent_ms: now_ms(), waiting: Vec::new() };
    let mut players = Stoppable::new(desk.cast()?, answerer);
    let mut sink = async |event: SearchEvent| {
        bundle.add(event);
        ControlFlow::Continue(())
    };
    let outcome = duet_engine::reason::search::search(&mut players, request, &mut sink).await;
    bundle.send();
    match outcome {
        Ok(record) => {
            let record = serde_json::to_string(&record).expect("invariant: a record is plain data");
            Ok(Reply::Searched { record })
        }
        Err(SearchError::Request(error)) => Err(refused(&error)),
        Err(SearchError::Player(error)) => Err(failed(desk, &error)),
    }
}

/// Events on their way to the page.
struct Bundle<'a> {
    answerer: &'a Answerer,
    began_ms: f64,
    sent_ms: f64,
    waiting: Vec<Found>,
}

impl Bundle<'_> {
    fn add(&mut self, event: SearchEvent) {
        let now = now_ms();
        if matches!(event, SearchEvent::Prefill { .. }) {
            return; // the page shows who writes, not who reads
        }
        self.waiting.push(Found { at_ms: (now - self.began_ms) as u64, event });
        if now - self.sent_ms >= BUNDLE_MS {
            self.send();
        }
    }

    fn send(&mut self) {
        self.sent_ms = now_ms();
        let waiting = std::mem::take(&mut self.waiting);
        if !waiting.is_empty() {
            self.answerer.send(&Reply::Found(waiting));
        }
    }
}
