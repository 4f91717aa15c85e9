//! One problem's search between batches: which turns are wanted next, and what follows from those that were heard.

use std::collections::HashMap;

use super::record::{answers, last, vote};
use super::request::Terms;
use super::{Chain, Mode, Path, Review, SearchEvent, SearchRequest, Tally, tree};
use crate::reason::listen::Listener;
use crate::reason::solve::derived_seed;
use crate::reason::{
    Critique, Evidence, Odds, Part, Player, PlayerError, Side, Speech, Usage, decide, extract_answer, prompts,
    split_steps,
};
use crate::runtime::Sampling;
use crate::template::{Message, PromptStyle};

/// A search under way.
pub(super) struct Search<'a> {
    /// What is asked.
    pub(super) request: &'a SearchRequest,
    /// What there is so far.
    pub(super) chains: Vec<Chain>,
    /// Tokens so far.
    pub(super) usage: Usage,
    /// It was stopped.
    pub(super) cancelled: bool,
    /// It failed.
    pub(super) failure: Option<PlayerError>,
    terms: Terms,
    styles: [PromptStyle; 2], // actor's, critic's
    stage: Stage,
    thought: Option<(String, Usage)>, // the critic's own solution, and what it cost while nobody has paid for it
    judge: HashMap<String, usize>,    // path → the chain whose critique is of it
    critiques: HashMap<usize, Critiqued>, // of those chains
}

/// What the next batch brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Attempt,
    Critique,
    Refine,
    Over,
}

/// A turn that is wanted: one prompt, a sample for each of these chains.
pub(super) struct Turn {
    /// What is to be said.
    pub(super) part: Part,
    /// Whose chain each sample is.
    pub(super) chains: Vec<usize>,
    /// Steps kept from the parent's path, each with its line end.
    pub(super) kept: String,
    /// It is the critic's own solution, which nobody hears.
    pub(super) silent: bool,
}

/// A critique that was heard; nothing but a reason when the critic could not speak.
pub(super) struct Critiqued {
    pub(super) text: String,
    pub(super) critique: Critique,
    pub(super) odds: Odds,
    pub(super) usage: Usage,
    pub(super) failure: Option<String>,
}

impl<'a> Search<'a> {
    pub(super) fn new(request: &'a SearchRequest, terms: Terms, player: &impl Player) -> Self {
        Self {
            request,
            terms,
            chains: Vec::new(),
            usage: Usage::default(),
            cancelled: false,
            failure: None,
            styles: [Side::Attempt, Side::Critique].map(|side| player.prompts(side)),
            stage: Stage::Attempt,
            thought: None,
            judge: HashMap::new(),
            critiques: HashMap::new(),
        }
    }

    /// Whether the gold answer decides.
    pub(super) fn is_oracle(&self) -> bool {
        self.terms.gate.is_oracle()
    }

    /// Whether nothing more is wanted.
    pub(super) fn is_over(&self) -> bool {
        self.stage == Stage::Over || self.cancelled || self.failure.is_some()
    }

    /// The turns of the next batch; none when the search is over. Stages that need none are passed.
    pub(super) fn turns(&mut self, events: &mut Vec<SearchEvent>) -> Vec<Turn> {
        while !self.is_over() {
            let turns = match self.stage {
                Stage::Attempt => [Some(self.attempts()), self.thinking()].into_iter().flatten().collect(),
                Stage::Critique => self.critiques(),
                Stage::Refine if self.request.mode == Mode::Tree => self.branches(events),
                Stage::Refine => self.refinements(),
                Stage::Over => Vec::new(),
            };
            if !turns.is_empty() {
                return turns;
            }
            self.advance(false, events);
        }
        Vec::new()
    }

    /// The batch is heard (or there was none): what follows?
    pub(super) fn advance(&mut self, batch: bool, events: &mut Vec<SearchEvent>) {
        self.stage = match (self.stage, self.request.mode) {
            (Stage::Attempt, Mode::Plain) => Stage::Over,
            (Stage::Attempt, _) => Stage::Critique,
            (Stage::Critique, _) => {
                self.review(events);
                Stage::Refine
            }
            (Stage::Refine, Mode::Sequential) => self.next_round(events),
            // Leaves for which there is no room to branch need no critique.
            (Stage::Refine, Mode::Tree) if batch && self.chains.len() < self.request.k => Stage::Critique,
            (Stage::Refine | Stage::Over, _) => Stage::Over,
        };
    }

    fn attempts(&mut self) -> Turn {
        let Self { request, .. } = self;
        let samples = match request.mode {
            Mode::Plain | Mode::Parallel => request.k,
            Mode::Sequential => 1,
            Mode::Tree => request.branch.min(request.k),
        };
        self.chains = vec![Chain::default(); samples];
        let messages = prompts::attempt(self.styles[0], &self.terms.problem);
        self.turn(Side::Attempt, messages, String::new(), (0..samples).collect())
    }

    /// The critic's own solution of the problem, where it wants one.
    fn thinking(&self) -> Option<Turn> {
        let wanted = self.request.mode != Mode::Plain;
        let messages = prompts::thought(self.styles[1], &self.terms.problem).filter(|_| wanted)?;
        let turn = self.turn(Side::Critique, messages, String::new(), vec![0]);
        Some(Turn { silent: true, ..turn })
    }

    /// The critic has thought.
    pub(super) fn thought(&mut self, text: &str, usage: Usage) {
        self.usage += usage;
        self.thought = Some((text.trim().to_owned(), usage));
    }

    /// A critique for every path that has none yet; identical paths are critiqued once.
    fn critiques(&mut self) -> Vec<Turn> {
        let mut turns = Vec::new();
        for chain in 0..self.chains.len() {
            let Some(text) = self.unreviewed(chain).map(|path| path.text.clone()) else { continue };
            if !self.judge.contains_key(&text) {
                let thought = self.thought.as_ref().map_or("", |(thought, _)| thought);
                let messages = prompts::critique(self.styles[1], &self.terms.problem, thought, &text);
                turns.push(self.turn(Side::Critique, messages, String::new(), vec![chain]));
                self.judge.insert(text, chain);
            }
        }
        turns
    }

    fn unreviewed(&self, chain: usize) -> Option<&Path> {
        let chain = &self.chains[chain];
        chain.attempt.as_ref().filter(|_| chain.review.is_none())
    }

    /// Lets the gate decide on every new path.
    fn review(&mut self, events: &mut Vec<SearchEvent>) {
        let settled = self.settled();
        for chain in 0..self.chains.len() {
            let Some(path) = self.unreviewed(chain) else { continue };
            let judge = self.judge[&path.text];
            let Critiqued { text, critique, odds, usage, failure } = &self.critiques[&judge];
            let right = self.terms.gold.as_ref().map(|gold| extract_answer(&path.text).as_ref() == Some(gold));
            let decision = decide(&Evidence { critique, p_wrong: odds.answer, right }, self.terms.gate);
            let same_as = (judge != chain).then_some(judge);
            let failed = failure.as_ref().map(|message| (false, format!("The critic could not speak: {message}")));
            let (refine, reason) = failed.unwrap_or((decision.refine, decision.reason));
            let review = Review {
                same_as,
                thought: self.thought.as_ref().map(|(thought, _)| thought.clone()),
                text: text.clone(),
                verdict: critique.answer,
                first_wrong: critique.first_wrong(),
                p_wrong: odds.answer,
                steps_p_wrong: odds.steps.clone(),
                refine,
                reason,
                oracle: self.is_oracle(),
                usage: if same_as.is_some() { Usage::default() } else { *usage },
            };
            self.chains[chain].review = Some(review.clone());
            events.push(SearchEvent::Review { chain, review });
        }
        if self.settled() > settled {
            events.push(self.vote());
        }
    }

    fn refinements(&mut self) -> Vec<Turn> {
        let wants = |chain: &Chain| {
            let open = chain.refinement.is_none() && chain.dropped.is_none();
            open && chain.review.as_ref().is_some_and(|review| review.refine)
        };
        let open: Vec<usize> = (0..self.chains.len()).filter(|chain| wants(&self.chains[*chain])).collect();
        open.into_iter().map(|chain| self.refinement(chain, String::new(), vec![chain])).collect()
    }

    /// Refinements of a path for these chains, behind the steps that are kept of it.
    fn refinement(&self, of: usize, kept: String, chains: Vec<usize>) -> Turn {
        let path = self.chains[of].attempt.as_ref().expect("invariant: what is refined was attempted");
        let Critiqued { text, critique, .. } = &self.critiques[&self.judge[&path.text]];
        let messages = prompts::refinement(self.styles[0], &self.terms.problem, &path.text, critique, text);
        self.turn(Side::Refinement, messages, kept, chains)
    }

    /// Branches of the nodes that the gate wants refined, as many as there is room for.
    fn branches(&mut self, events: &mut Vec<SearchEvent>) -> Vec<Turn> {
        let SearchRequest { k, branch, budget, .. } = *self.request;
        let mut turns = Vec::new();
        let paths = self.chains.len();
        for node in tree::open(&self.chains) {
            let first = self.chains.len();
            let samples = branch.min(k - first);
            if samples == 0 || !tree::affords(budget, self.usage, paths, first - paths + samples) {
                break;
            }
            let kept = self.kept(node);
            let steps = split_steps(&kept).len();
            for chain in first..first + samples {
                self.chains.push(Chain { parent: Some(node), ..Chain::default() });
                events.push(SearchEvent::Branch { chain, parent: node, kept: steps });
            }
            turns.push(self.refinement(node, kept, (first..first + samples).collect()));
        }
        turns
    }

    /// The steps of a node before the first one that its critique calls wrong.
    fn kept(&self, node: usize) -> String {
        let Chain { attempt, review, .. } = &self.chains[node];
        let wrong = review.as_ref().and_then(|review| review.first_wrong).unwrap_or(0);
        let steps = attempt.as_ref().map_or_else(Vec::new, |path| split_steps(&path.text));
        steps.iter().take(wrong).map(|step| format!("{step}\n")).collect()
    }

    /// Sequential: the path that stands is the next round's attempt.
    fn next_round(&mut self, events: &mut Vec<SearchEvent>) -> Stage {
        let parent = self.chains.len() - 1;
        if self.chains.len() == self.request.k {
            return Stage::Over;
        }
        let path = self.chains[parent].path().expect("invariant: the round had an attempt");
        let attempt = Path { usage: Usage::default(), ..path.clone() };
        let kept = split_steps(&attempt.text).len();
        events.push(SearchEvent::Branch { chain: parent + 1, parent, kept });
        self.chains.push(Chain { parent: Some(parent), attempt: Some(attempt), ..Chain::default() });
        Stage::Critique
    }

    fn turn(&self, side: Side, messages: Vec<Message>, kept: String, chains: Vec<usize>) -> Turn {
        let [actor, _] = self.styles;
        let (prefill, sampling) = match side {
            Side::Critique => (self.listener(side, chains[0], "").prefix().to_owned(), Sampling::GREEDY),
            Side::Attempt | Side::Refinement => {
                let seed = derived_seed(self.request.seed, side);
                let sampling = Sampling::new(self.request.temperature, 0, 1.0, seed);
                // A chain's noise is its own, however many others there are.
                let sampling = sampling.expect("invariant: the request was validated").skip(chains[0]);
                (format!("{}{kept}", prompts::solution_prefill(actor)), sampling)
            }
        };
        let (max_tokens, stop) = (self.request.max_tokens, prompts::stops());
        let speech = Speech { side, messages, prefill, sampling, max_tokens, stop };
        Turn { part: Part { speech, samples: chains.len() }, chains, kept, silent: false }
    }

    /// Ears for a turn.
    pub(super) fn listener(&self, side: Side, chain: usize, kept: &str) -> Listener {
        match (side, &self.chains[chain].attempt) {
            (Side::Critique, path) => {
                let steps = path.as_ref().map_or_else(Vec::new, |path| split_steps(&path.text));
                Listener::to_critique(self.styles[1], &steps)
            }
            (Side::Refinement, _) => Listener::to_branch(kept),
            (Side::Attempt, _) => Listener::to_solution(Side::Attempt),
        }
    }

    /// A solution is complete.
    pub(super) fn said(&mut self, chain: usize, side: Side, path: Path) -> Vec<SearchEvent> {
        self.usage += path.usage;
        let Path { text, answer, usage, .. } = path.clone();
        let mut events = vec![SearchEvent::Said { chain, side, text, answer, usage }];
        let settled = self.settled();
        match (side, self.request.mode) {
            // Of a tree, refinements are nodes of their own.
            (Side::Refinement, Mode::Plain | Mode::Parallel | Mode::Sequential) => {
                self.chains[chain].refinement = Some(path);
            }
            _ => self.chains[chain].attempt = Some(path),
        }
        // A branch may take its parent's place among the leaves: the tally changes, their number does not.
        if self.settled() > settled || self.request.mode == Mode::Tree {
            events.push(self.vote());
        }
        events
    }

    /// A critique is complete. The first one bears the cost of the thought before it.
    pub(super) fn judged(&mut self, chain: usize, mut critiqued: Critiqued) {
        self.usage += critiqued.usage;
        if let Some((_, usage)) = &mut self.thought {
            critiqued.usage += std::mem::take(usage);
        }
        self.critiques.insert(chain, critiqued);
    }

    /// A turn could not be held, since what was asked does not fit. Without an attempt there is no search; without a
    /// critique or a refinement the attempt stands.
    pub(super) fn refused(&mut self, turn: &Turn, error: PlayerError) -> Vec<SearchEvent> {
        let message = error.message.clone();
        let side = turn.part.speech.side;
        if turn.silent && error.callers_fault {
            return Vec::new(); // the critique behind it fits even less, and says so
        }
        if side == Side::Attempt || !error.callers_fault {
            self.failure = Some(error);
            return Vec::new();
        }
        if side == Side::Critique {
            let failure = Some(message);
            let (critique, odds) = (Critique::default(), Odds::default());
            self.judged(
                turn.chains[0],
                Critiqued { text: String::new(), critique, odds, usage: Usage::default(), failure },
            );
            return Vec::new();
        }
        // Branches that cannot grow stay without a path; what cannot be refined is their parent.
        let first = turn.chains[0];
        let chain = self.chains[first].parent.filter(|_| self.request.mode == Mode::Tree).unwrap_or(first);
        self.chains[chain].dropped = Some(message.clone());
        vec![SearchEvent::Dropped { chain, message }, self.vote()]
    }

    /// The last round's answer, and the vote.
    pub(super) fn outcome(&self) -> (Option<String>, Option<String>) {
        let answer = vote(&answers(self.request.mode, &self.chains));
        (last(self.request.mode, &self.chains).map(str::to_owned), answer)
    }

    /// The vote among what is settled.
    fn vote(&self) -> SearchEvent {
        let answers = answers(self.request.mode, &self.chains);
        let (settled, answer) = (answers.len(), vote(&answers));
        SearchEvent::Vote { settled, answer, tally: Tally::of(answers) }
    }

    fn settled(&self) -> usize {
        answers(self.request.mode, &self.chains).len()
    }
}
