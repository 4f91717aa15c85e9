//! What a search leaves: plain data, from which votes of the first k chains follow for every k.

use serde::{Deserialize, Serialize};

use super::{Mode, SearchRequest};
use crate::reason::measure::majority;
use crate::reason::{Usage, Verdict};

/// A solution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// Its steps, a line each.
    pub text: String,
    /// The final answer found in it; equal answers read the same.
    pub answer: Option<String>,
    /// Steps at its beginning that were kept from another path, not generated.
    pub kept: usize,
    /// Tokens of this turn. A prompt that several samples share is counted in the first of them.
    pub usage: Usage,
}

/// What the critic said of a path, and what followed from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// An earlier chain with the same path, whose critique this is; it was paid for there.
    pub same_as: Option<usize>,
    /// The critic's own solution, where it wrote one before it judged; one for all critiques of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thought: Option<String>,
    /// The critique; empty when the critic could not speak.
    pub text: String,
    /// On the final answer; absent when the critique has none ("unparsable").
    pub verdict: Option<Verdict>,
    /// First step (from 0) judged wrong.
    pub first_wrong: Option<usize>,
    /// The critic's P(wrong) of the final answer, from its logits.
    pub p_wrong: Option<f32>,
    /// The same for each verdict on a step, in the order in which they were written.
    pub steps_p_wrong: Vec<f32>,
    /// The gate's decision.
    pub refine: bool,
    /// Its reason.
    pub reason: String,
    /// The gold answer decided.
    pub oracle: bool,
    /// Tokens of the critique.
    pub usage: Usage,
}

/// A path, its critique and its refinement. Of a tree: a node; its refinements are chains of their own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// The round before (sequential) or the node that this one branched from (tree).
    pub parent: Option<usize>,
    /// What is criticised: an attempt; of a later round or of a node that branched, a refinement, paid for there (round) or
    /// here (node). Absent when the search was stopped before.
    pub attempt: Option<Path>,
    /// Its critique.
    pub review: Option<Review>,
    /// The refinement, if the gate asked for one.
    pub refinement: Option<Path>,
    /// Why the gate's refinement is missing: its prompt did not fit.
    pub dropped: Option<String>,
    /// Of a tree's node: mean, over the leaves below it, of the share of all leaves that have the leaf's answer.
    pub value: Option<f32>,
}

impl Chain {
    /// The path that stands: the refinement where there is one that has an answer, else the attempt.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.refinement.as_ref().filter(|path| path.answer.is_some()).or(self.attempt.as_ref())
    }

    /// The answer that stands.
    #[must_use]
    pub fn answer(&self) -> Option<&str> {
        self.path()?.answer.as_deref()
    }

    /// Tokens of its turns.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let review = self.review.as_ref().map(|review| review.usage);
        [&self.attempt, &self.refinement].into_iter().flatten().map(|path| path.usage).chain(review).sum()
    }

    /// Whether its answer will change no more, in a mode without branches.
    pub(super) fn is_final(&self, mode: Mode) -> bool {
        match (mode, &self.review) {
            (Mode::Plain | Mode::Tree, _) => self.attempt.is_some(),
            (_, Some(review)) => !review.refine || self.refinement.is_some() || self.dropped.is_some(),
            (_, None) => false,
        }
    }
}

/// How the answers divide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Answers in the order in which they were sampled first.
    pub votes: Vec<Votes>,
    /// Chains that have no answer; they do not vote.
    pub unanswered: usize,
}

/// Votes for one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// The answer.
    pub answer: String,
    /// How many chains gave it.
    pub count: usize,
}

impl Tally {
    /// Counts answers in the order in which they were sampled.
    pub fn of<'a>(answers: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut tally = Self::default();
        for answer in answers {
            let Some(answer) = answer else {
                tally.unanswered += 1;
                continue;
            };
            match tally.votes.iter_mut().find(|votes| votes.answer == answer) {
                Some(votes) => votes.count += 1,
                None => tally.votes.push(Votes { answer: answer.to_owned(), count: 1 }),
            }
        }
        tally
    }

    /// The share of all voters and non-voters that gave this answer.
    pub(super) fn share(&self, answer: Option<&str>) -> f32 {
        let all = self.unanswered + self.votes.iter().map(|votes| votes.count).sum::<usize>();
        let votes = self.votes.iter().find(|votes| Some(votes.answer.as_str()) == answer);
        votes.map_or(0.0, |votes| votes.count as f32 / all as f32)
    }
}

/// A search that has ended, with the conditions of its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRecord {
    /// What was searched.
    pub request: SearchRequest,
    /// The actor's model.
    pub actor: String,
    /// The critic's model.
    pub critic: String,
    /// Where they ran.
    pub backend: String,
    /// The gold answer decided what was refined: a bound, not a result.
    pub oracle: bool,
    /// Samples, rounds or nodes, in order.
    pub chains: Vec<Chain>,
    /// Tokens of all turns: shared prompts and critiques of identical paths counted once.
    pub usage: Usage,
    /// It was stopped before its end.
    pub cancelled: bool,
}

impl SearchRecord {
    /// The answers that vote, in order: of a tree its leaves', else every chain's.
    #[must_use]
    pub fn answers(&self) -> Vec<Option<&str>> {
        answers(self.request.mode, &self.chains)
    }

    /// The vote.
    #[must_use]
    pub fn answer(&self) -> Option<String> {
        vote(&self.answers())
    }

    /// The answer of the last round of a sequential search.
    #[must_use]
    pub fn last(&self) -> Option<&str> {
        last(self.request.mode, &self.chains)
    }
}

/// The majority's answer.
pub(super) fn vote(answers: &[Option<&str>]) -> Option<String> {
    majority(answers).map(|answer| (*answer).to_owned())
}

/// The answer of the last round.
pub(super) fn last(mode: Mode, chains: &[Chain]) -> Option<&str> {
    chains.last().filter(|_| mode == Mode::Sequential)?.answer()
}

/// The answers of the chains whose answer will change no more; of a tree, those of its leaves.
pub(super) fn answers(mode: Mode, chains: &[Chain]) -> Vec<Option<&str>> {
    let inner = |index: usize| {
        mode == Mode::Tree && chains.iter().any(|chain| chain.parent == Some(index) && chain.attempt.is_some())
    };
    let voting = chains.iter().enumerate().filter(|(index, chain)| chain.is_final(mode) && !inner(*index));
    voting.map(|(_, chain)| chain.answer()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_counted_in_the_order_of_first_sight() {
        let tally = Tally::of([None, Some("4"), Some("5"), Some("5"), Some("4"), Some("6")]);
        let votes: Vec<_> = tally.votes.iter().map(|votes| (votes.answer.as_str(), votes.count)).collect();
        assert_eq!((votes, tally.unanswered), (vec![("4", 2), ("5", 2), ("6", 1)], 1));
        assert_eq!(tally.share(Some("5")), 1.0 / 3.0);
        assert_eq!(tally.share(None), 0.0);
    }

    #[test]
    fn a_refinement_without_an_answer_does_not_stand() {
        let path = |answer: Option<&str>| Path { answer: answer.map(str::to_owned), ..Path::default() };
        let mut chain = Chain { attempt: Some(path(Some("4"))), refinement: Some(path(None)), ..Chain::default() };
        assert_eq!(chain.answer(), Some("4"));
        chain.refinement = Some(path(Some("5")));
        assert_eq!(chain.answer(), Some("5"));
    }
}
