//! Searches from beginning to end.

use std::ops::ControlFlow;

use thiserror::Error;

use super::hear::Batch;
use super::state::{Search, Turn};
use super::tree::values;
use super::{Mode, SearchEvent, SearchRecord, SearchRequest};
use crate::reason::{Part, PlayerError, Players, RequestError, Side};

/// Why a search did not come to its end.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SearchError {
    /// A request is out of range; nothing was asked of a player, nothing sent to the receiver.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A player failed; the receiver got [`SearchEvent::Failed`] as its last event.
    #[error(transparent)]
    Player(#[from] PlayerError),
}

impl SearchError {
    /// Whether the request is at fault, rather than a player.
    #[must_use]
    pub fn is_callers_fault(&self) -> bool {
        match self {
            Self::Request(_) => true,
            Self::Player(error) => error.callers_fault,
        }
    }
}

/// Searches one problem, and tells `sink` what happens as it happens. When `sink` breaks, the players stop at their next
/// chunk, nothing more is sent, and the record says `cancelled`.
///
/// # Errors
/// [`SearchError`] when the request is out of range or a player fails.
pub async fn search<P: Players>(
    players: &mut P,
    request: &SearchRequest,
    sink: &mut impl AsyncFnMut(SearchEvent) -> ControlFlow<()>,
) -> Result<SearchRecord, SearchError> {
    let mut sink = async |_: usize, event: SearchEvent| sink(event).await;
    let mut records = search_all(players, std::slice::from_ref(request), &mut sink).await?;
    Ok(records.pop().expect("invariant: one record for one request")?)
}

/// Searches many problems together, which is what keeps a machine busy: the attempts of all of them in one batch, then the
/// critiques, then the refinements, and so on. Each record is the one that [`search`] gives for its request alone (on the
/// GPU but for rounding). `sink` gets the request's number with every event; when it breaks, all are stopped.
///
/// # Errors
/// [`RequestError`] of the first request out of range, before anything is done. A player that fails fails the searches
/// that it speaks for; the others go on.
pub async fn search_all<P: Players>(
    players: &mut P,
    requests: &[SearchRequest],
    sink: &mut impl AsyncFnMut(usize, SearchEvent) -> ControlFlow<()>,
) -> Result<Vec<Result<SearchRecord, PlayerError>>, RequestError> {
    let search = |request| Ok(Search::new(request, SearchRequest::terms(request)?, players));
    let mut searches: Vec<Search<'_>> = requests.iter().map(search).collect::<Result<_, RequestError>>()?;
    let names = Names::of(players);
    match names.greet(&searches, sink).await {
        ControlFlow::Continue(()) => run(players, &mut searches, sink).await,
        ControlFlow::Break(()) => searches.iter_mut().for_each(|search| search.cancelled = true),
    }
    Ok(searches.into_iter().map(|search| names.record(search)).collect())
}

/// Batch after batch, until all are over or the receiver leaves.
async fn run<P: Players>(
    players: &mut P,
    searches: &mut [Search<'_>],
    sink: &mut impl AsyncFnMut(usize, SearchEvent) -> ControlFlow<()>,
) {
    let mut ended = vec![false; searches.len()];
    loop {
        let mut turns = Vec::new();
        for (index, search) in searches.iter_mut().enumerate() {
            let mut events = Vec::new();
            turns.extend(search.turns(&mut events).into_iter().map(|turn| (index, turn)));
            let ends = search.is_over() && !ended[index];
            if ends {
                events.push(last_event(search));
            }
            for event in events {
                if sink(index, event).await.is_break() {
                    return stop(searches, &ended);
                }
            }
            ended[index] |= ends;
        }
        if turns.is_empty() {
            return;
        }
        if batch(players, searches, sink, turns).await.is_break() {
            return stop(searches, &ended);
        }
    }
}

/// The receiver left: what has not been told its end is cut short.
fn stop(searches: &mut [Search<'_>], ended: &[bool]) {
    for (search, _) in searches.iter_mut().zip(ended).filter(|(_, ended)| !**ended) {
        search.cancelled = true;
    }
}

async fn batch<P: Players>(
    players: &mut P,
    searches: &mut [Search<'_>],
    sink: &mut impl AsyncFnMut(usize, SearchEvent) -> ControlFlow<()>,
    turns: Vec<(usize, Turn)>,
) -> ControlFlow<()> {
    let parts: Vec<Part> = turns.iter().map(|(_, turn)| turn.part.clone()).collect();
    let mut busy: Vec<usize> = turns.iter().map(|(search, _)| *search).collect();
    busy.dedup();
    let mut batch = Batch::new(searches, sink, turns);
    let answers = players.say_all(&parts, &mut async |part, delta| batch.hear(part, delta).await).await;
    batch.end(answers).await;
    let left = batch.left;
    for index in busy {
        let mut events = Vec::new();
        if !searches[index].is_over() {
            searches[index].advance(true, &mut events);
        }
        for event in events {
            if left || sink(index, event).await.is_break() {
                return ControlFlow::Break(());
            }
        }
    }
    if left { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn last_event(search: &Search<'_>) -> SearchEvent {
    if let Some(error) = &search.failure {
        return SearchEvent::Failed { message: error.message.clone() };
    }
    let (last, answer) = search.outcome();
    let values = if search.request.mode == Mode::Tree { values(&search.chains) } else { Vec::new() };
    let (usage, cancelled, oracle) = (search.usage, search.cancelled, search.is_oracle());
    SearchEvent::Done { answer, last, usage, cancelled, oracle, values }
}

/// Who played, and where.
struct Names {
    actor: String,
    critic: String,
    backend: String,
}

impl Names {
    fn of(players: &impl Players) -> Self {
        let [actor, critic] = [Side::Attempt, Side::Critique].map(|side| players.model(side));
        Self { actor, critic, backend: players.backend() }
    }

    async fn greet(
        &self,
        searches: &[Search<'_>],
        sink: &mut impl AsyncFnMut(usize, SearchEvent) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (index, search) in searches.iter().enumerate() {
            let (actor, critic, backend) = (self.actor.clone(), self.critic.clone(), self.backend.clone());
            let (request, oracle) = (search.request.clone(), search.is_oracle());
            sink(index, SearchEvent::Started { request, actor, critic, backend, oracle }).await?;
        }
        ControlFlow::Continue(())
    }

    fn record(&self, search: Search<'_>) -> Result<SearchRecord, PlayerError> {
        if let Some(error) = search.failure {
            return Err(error);
        }
        let oracle = search.is_oracle();
        let Search { request, mut chains, usage, cancelled, .. } = search;
        if request.mode == Mode::Tree {
            let values = values(&chains);
            chains.iter_mut().zip(values).for_each(|(chain, value)| chain.value = Some(value));
        }
        let Self { actor, critic, backend } = self;
        let [actor, critic, backend] = [actor, critic, backend].map(Clone::clone);
        Ok(SearchRecord { request: request.clone(), actor, critic, backend, oracle, chains, usage, cancelled })
    }
}
