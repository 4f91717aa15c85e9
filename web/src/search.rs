//! A search as the page shows it: a fold over its events.

use duet_engine::reason::search::{Mode, Review, SearchEvent, SearchRequest, Tally};
use duet_engine::reason::{Side, Usage};

use crate::protocol::Found;

/// Everything that happened so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchView {
    /// Who takes part and what was asked, once the search began.
    pub cast: Option<SearchCast>,
    /// Samples, rounds or nodes, in order.
    pub chains: Vec<ChainView>,
    /// The vote as the engine last told it.
    pub vote: Tally,
    /// Milliseconds of the search.
    pub at_ms: u64,
    /// Tokens of complete turns, then of the whole search.
    pub usage: Usage,
    /// How it ended.
    pub ending: Option<Ending>,
}

/// Who takes part.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchCast {
    /// What is searched.
    pub request: SearchRequest,
    /// The actor's model.
    pub actor: String,
    /// The critic's model.
    pub critic: String,
    /// Where they run.
    pub backend: String,
}

/// A path, its critique and its refinement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChainView {
    /// The round before, or the node that this one branched from.
    pub parent: Option<usize>,
    /// Steps kept from there.
    pub kept: usize,
    /// What is criticised.
    pub attempt: Words,
    /// The critic's text.
    pub critique: String,
    /// The critique as a whole, and the gate's decision.
    pub review: Option<Review>,
    /// The refinement; of a tree's node, its children are that.
    pub refinement: Option<Words>,
    /// Why a wanted refinement is missing.
    pub dropped: Option<String>,
}

/// A solution, while and after it is written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Words {
    /// The text so far.
    pub text: String,
    /// Its answer, once complete.
    pub answer: Option<String>,
    /// Whether it is complete.
    pub done: bool,
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// To its end, or as far as the visitor let it.
    Done {
        /// The vote's answer.
        answer: Option<String>,
        /// The visitor stopped it.
        cancelled: bool,
    },
    /// With an error.
    Failed(String),
}

/// Complete turns of a kind, and those that are wanted so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Complete.
    pub done: usize,
    /// Wanted.
    pub of: usize,
}

impl ChainView {
    fn refines(&self) -> bool {
        self.review.as_ref().is_some_and(|review| review.refine)
    }

    /// The answer that stands: the refinement's where it has one.
    #[must_use]
    pub fn answer(&self) -> Option<&str> {
        let refined = self.refinement.as_ref().and_then(|words| words.answer.as_deref());
        refined.or(self.attempt.answer.as_deref())
    }
}

impl SearchView {
    /// Takes in what happened.
    pub fn apply(&mut self, found: Vec<Found>) {
        for Found { at_ms, event } in found {
            self.at_ms = at_ms;
            self.take(event);
        }
    }

    fn take(&mut self, event: SearchEvent) {
        match event {
            SearchEvent::Started { request, actor, critic, backend, .. } => {
                let roots = match request.mode {
                    Mode::Plain | Mode::Parallel => request.k,
                    Mode::Sequential => 1,
                    Mode::Tree => request.branch.min(request.k),
                };
                self.chains = vec![ChainView::default(); roots];
                self.cast = Some(SearchCast { request, actor, critic, backend });
            }
            SearchEvent::Branch { chain, parent, kept } => self.branch(chain, parent, kept),
            SearchEvent::Text { chain, side: Side::Critique, text } => self.chain(chain).critique.push_str(&text),
            SearchEvent::Text { chain, side, text } => self.words(chain, side).text.push_str(&text),
            SearchEvent::Said { chain, side, text, answer, usage } => {
                *self.words(chain, side) = Words { text, answer, done: true };
                self.usage += usage;
            }
            SearchEvent::Review { chain, review } => {
                self.usage += review.usage;
                let chain = self.chain(chain);
                chain.critique.clone_from(&review.text);
                chain.review = Some(review);
            }
            SearchEvent::Dropped { chain, message } => self.chain(chain).dropped = Some(message),
            SearchEvent::Vote { tally, .. } => self.vote = tally,
            SearchEvent::Done { answer, usage, cancelled, .. } => {
                self.usage = usage;
                self.ending = Some(Ending::Done { answer, cancelled });
            }
            SearchEvent::Failed { message } => self.ending = Some(Ending::Failed(message)),
            SearchEvent::Prefill { .. } | SearchEvent::Step { .. } | SearchEvent::Judged { .. } => {}
        }
    }

    fn mode(&self) -> Mode {
        self.cast.as_ref().map_or(Mode::Parallel, |cast| cast.request.mode)
    }

    fn chain(&mut self, chain: usize) -> &mut ChainView {
        if self.chains.len() <= chain {
            self.chains.resize_with(chain + 1, ChainView::default);
        }
        &mut self.chains[chain]
    }

    /// Where a side's words go: of a tree, a refinement is a node of its own.
    fn words(&mut self, chain: usize, side: Side) -> &mut Words {
        let tree = self.mode() == Mode::Tree;
        let chain = self.chain(chain);
        match side {
            Side::Refinement if !tree => chain.refinement.get_or_insert_default(),
            _ => &mut chain.attempt,
        }
    }

    fn branch(&mut self, chain: usize, parent: usize, kept: usize) {
        let round = self.mode() == Mode::Sequential;
        let standing = self.chains.get(parent).filter(|_| round).map(|chain| {
            let refined = chain.refinement.as_ref().filter(|words| words.answer.is_some());
            refined.unwrap_or(&chain.attempt).clone()
        });
        let chain = self.chain(chain);
        (chain.parent, chain.kept) = (Some(parent), kept);
        chain.attempt = standing.unwrap_or_default();
    }

    /// How the attempts vote by themselves: those that nothing came before.
    #[must_use]
    pub fn attempts(&self) -> Tally {
        let first = self.chains.iter().filter(|chain| chain.parent.is_none() && chain.attempt.done);
        Tally::of(first.map(|chain| chain.attempt.answer.as_deref()))
    }

    /// Attempts, critiques and refinements.
    #[must_use]
    pub fn counts(&self) -> [Count; 3] {
        let count = |wanted: fn(&ChainView) -> bool, done: fn(&ChainView) -> bool| {
            let wanted = self.chains.iter().filter(|chain| wanted(chain));
            wanted.fold(Count::default(), |count, chain| Count {
                done: count.done + usize::from(done(chain)),
                of: count.of + 1,
            })
        };
        let refinements = if self.mode() == Mode::Tree {
            Count::default() // they are nodes of their own
        } else {
            count(ChainView::refines, |chain| chain.refinement.as_ref().is_some_and(|words| words.done))
        };
        [count(|_| true, |chain| chain.attempt.done), count(|_| true, |chain| chain.review.is_some()), refinements]
    }

    /// The chains as a list that reads as a tree: (depth, chain), children behind their parent. Rounds of one chain all
    /// have depth 0.
    #[must_use]
    pub fn rows(&self) -> Vec<(usize, usize)> {
        if self.mode() != Mode::Tree {
            return (0..self.chains.len()).map(|chain| (0, chain)).collect();
        }
        let mut rows = Vec::with_capacity(self.chains.len());
        let mut open: Vec<(usize, usize)> = self.children(None).map(|chain| (0, chain)).collect();
        open.reverse();
        while let Some((depth, chain)) = open.pop() {
            rows.push((depth, chain));
            let mut below: Vec<_> = self.children(Some(chain)).map(|chain| (depth + 1, chain)).collect();
            below.reverse();
            open.append(&mut below);
        }
        rows
    }

    fn children(&self, parent: Option<usize>) -> impl Iterator<Item = usize> + '_ {
        let own = self.chains.iter().enumerate().filter(move |(_, chain)| chain.parent == parent);
        own.map(|(index, _)| index)
    }
}

/// The leading answer and its votes; on a tie the one that was sampled first.
#[must_use]
pub fn leader(tally: &Tally) -> Option<&str> {
    let mut votes = tally.votes.iter();
    let first = votes.next()?;
    Some(votes.fold(first, |best, next| if next.count > best.count { next } else { best }).answer.as_str())
}

/// A chart for a file: every `var(--name,#colour)` becomes its colour, which programs other than browsers understand.
#[must_use]
pub fn fixed_colours(svg: &str) -> String {
    let mut parts = svg.split("var(--");
    let mut fixed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (inside, rest) = part.split_once(')').unwrap_or(("", part));
        fixed.push_str(inside.split_once(',').map_or("", |(_, colour)| colour));
        fixed.push_str(rest);
    }
    fixed
}

#[cfg(test)]
mod tests;
