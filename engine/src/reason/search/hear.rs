//! A batch while it is being said: every sample has a listener, and what completes is told at once.

use std::ops::ControlFlow;

use super::state::{Critiqued, Search, Turn};
use super::{Path, SearchEvent};
use crate::reason::listen::Listener;
use crate::reason::steps::split_steps;
use crate::reason::{PlayerError, Side, SolveEvent, Spoken, Usage, extract_answer};
use crate::runtime::{Delta, Halt};

/// The turns of all searches that are said together.
pub(super) struct Batch<'b, 'a, S> {
    /// The searches.
    pub(super) searches: &'b mut [Search<'a>],
    /// Where events go, with the search's number.
    pub(super) sink: &'b mut S,
    /// The receiver wants no more.
    pub(super) left: bool,
    turns: Vec<(usize, Turn, Vec<Ear>)>, // with the search's number, an ear for every sample
}

/// Who listens to one sample.
struct Ear {
    listener: Listener,
    usage: Usage,
    closed: bool,
}

impl<'b, 'a, S: AsyncFnMut(usize, SearchEvent) -> ControlFlow<()>> Batch<'b, 'a, S> {
    pub(super) fn new(searches: &'b mut [Search<'a>], sink: &'b mut S, turns: Vec<(usize, Turn)>) -> Self {
        let ears = |search: usize, turn: &Turn| -> Vec<Ear> {
            let listener = |chain: &usize| searches[search].listener(turn.part.speech.side, *chain, &turn.kept);
            let ear = |chain| Ear { listener: listener(chain), usage: Usage::default(), closed: false };
            turn.chains.iter().map(ear).collect()
        };
        let turns = turns.into_iter().map(|(search, turn)| {
            let ears = ears(search, &turn);
            (search, turn, ears)
        });
        let turns = turns.collect();
        Self { searches, sink, left: false, turns }
    }

    /// Takes what a player says of one part.
    pub(super) async fn hear(&mut self, at: usize, delta: Delta) -> ControlFlow<Halt> {
        let (search, turn, ears) = &mut self.turns[at];
        let (search, side) = (*search, turn.part.speech.side);
        if turn.silent {
            // Progress is told, so that a receiver can leave.
            let Delta::Prefill { done, total } = delta else { return ControlFlow::Continue(()) };
            let events = vec![SearchEvent::Prefill { chain: turn.chains[0], side, done, total }];
            let flow = self.tell(search, events).await;
            return if flow.is_break() { ControlFlow::Break(Halt::All) } else { ControlFlow::Continue(()) };
        }
        let (sample, ended) = match &delta {
            Delta::Prefill { total, .. } => {
                ears[0].usage.prompt_tokens = *total;
                (0, false)
            }
            Delta::Text { sample, tokens, .. } => {
                ears[*sample].usage.completion_tokens = *tokens;
                (*sample, false)
            }
            Delta::Finished { sample, .. } => (*sample, true),
        };
        let listener = &mut ears[sample].listener;
        let heard = listener.hear(delta);
        let complete = listener.is_complete();
        let chain = turn.chains[sample];
        let mut events: Vec<SearchEvent> = heard.into_iter().filter_map(|event| of_chain(chain, event)).collect();
        // A critique is closed when its logits are there, with the batch.
        if (complete || ended) && side != Side::Critique {
            events.extend(self.close(at, sample));
        }
        if self.tell(search, events).await.is_break() {
            return ControlFlow::Break(Halt::All);
        }
        if complete { ControlFlow::Break(Halt::Sample) } else { ControlFlow::Continue(()) }
    }

    /// A solution is complete.
    fn close(&mut self, at: usize, sample: usize) -> Vec<SearchEvent> {
        let (search, turn, ears) = &mut self.turns[at];
        let Ear { listener, usage, closed } = &mut ears[sample];
        if std::mem::replace(closed, true) {
            return Vec::new();
        }
        let chain = turn.chains[sample];
        let mut events: Vec<SearchEvent> =
            listener.end().into_iter().filter_map(|event| of_chain(chain, event)).collect();
        let text = listener.text().to_owned();
        let answer = extract_answer(&text).map(|answer| answer.to_string());
        let path = Path { text, answer, kept: split_steps(&turn.kept).len(), usage: *usage };
        events.extend(self.searches[*search].said(chain, turn.part.speech.side, path));
        events
    }

    /// The batch is over: takes what the players return.
    pub(super) async fn end(&mut self, answers: Vec<Result<Vec<Spoken>, PlayerError>>) {
        for (at, answer) in answers.into_iter().enumerate() {
            let (search, turn, _) = &self.turns[at];
            let search = *search;
            let events = match answer {
                Err(error) => self.searches[search].refused(turn, error),
                Ok(said) => {
                    said.into_iter().enumerate().flat_map(|(sample, spoken)| self.take(at, sample, spoken)).collect()
                }
            };
            if !self.left {
                // What a receiver that leaves here misses is nothing that it asked for.
                let _ = self.tell(search, events).await;
            }
        }
    }

    fn take(&mut self, at: usize, sample: usize, spoken: Spoken) -> Vec<SearchEvent> {
        let (search, turn, ears) = &mut self.turns[at];
        let Ear { listener, usage, closed } = &mut ears[sample];
        if *closed {
            return Vec::new();
        }
        if turn.silent && !spoken.cancelled {
            *closed = true;
            self.searches[*search].thought(&spoken.text, spoken.usage);
            return Vec::new();
        }
        if spoken.cancelled && !listener.is_complete() {
            self.searches[*search].cancelled = true;
            return Vec::new();
        }
        *usage = spoken.usage;
        let chain = turn.chains[sample];
        if turn.part.speech.side != Side::Critique {
            return self.close(at, sample);
        }
        let events: Vec<_> = listener.end().into_iter().filter_map(|event| of_chain(chain, event)).collect();
        *closed = true;
        let (text, odds) = (listener.text().to_owned(), spoken.odds);
        let nothing = Listener::to_solution(Side::Attempt);
        let critique = std::mem::replace(listener, nothing).into_critique();
        let critiqued = Critiqued { text, critique, odds, usage: spoken.usage, failure: None };
        self.searches[*search].judged(chain, critiqued);
        events
    }

    async fn tell(&mut self, search: usize, events: Vec<SearchEvent>) -> ControlFlow<()> {
        for event in events {
            if (self.sink)(search, event).await.is_break() {
                self.left = true;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}

/// What a listener says, as an event of a chain.
fn of_chain(chain: usize, event: SolveEvent) -> Option<SearchEvent> {
    Some(match event {
        SolveEvent::Prefill { side, done, total } => SearchEvent::Prefill { chain, side, done, total },
        SolveEvent::Text { side, text } => SearchEvent::Text { chain, side, text },
        SolveEvent::Step { side, index, text } => SearchEvent::Step { chain, side, index, text },
        SolveEvent::Judged(judgement) => SearchEvent::Judged { chain, judgement },
        _ => return None,
    })
}
