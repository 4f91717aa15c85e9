//! Rollouts: many episodes side by side, for agents that answer in batches (`specs/agentgym.md` §2.3, §2.6).
//!
//! [`Rollouts`] is a state machine without an agent in it. It hands out the conversations that want the agent's next
//! text, takes the texts in any order, steps the episodes, and gives the finished ones back in the order of the jobs. As
//! long as a text depends on nothing but what was asked ([`Ask`]), the results do not depend on how the asks were batched.
//!
//! ```
//! use std::collections::BTreeSet;
//! use duet_engine::gym::{self, rollout::{Job, Limits, Rollouts}, trajectory::Message};
//! let maze = gym::find("maze").expect("registered");
//! let jobs = (17..19).map(|task| Job { gym: maze, task, sample: 0 });
//! let letters = |conversation: &[Message]| conversation.iter().map(|message| message.value.len()).sum::<usize>();
//! let limits = Limits { context: 4_096, ..Limits::default() };
//! let mut rollouts = Rollouts::new(jobs, &BTreeSet::new(), limits, letters);
//! while let Some(asks) = rollouts.ask(8) {
//!     for ask in asks {
//!         rollouts.answer(ask.ticket, "Action:\nmove down".to_owned()).expect("asked for");
//!     }
//! }
//! let rounds: Vec<u32> = rollouts.finished().map(|done| done.result.expect("a task").rounds).collect();
//! assert_eq!(rounds, [2, 1]);
//! ```

mod manner;
mod statistics;
#[cfg(test)]
mod tests;

pub use manner::Manner;
pub use statistics::{Score, Statistics, split_of, statistics};

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

use super::trajectory::{ItemId, Message, Trajectory};
use super::{Episode, Gym, TaskError};

/// An episode that is wanted.
#[derive(Clone, Copy)]
pub struct Job {
    /// The environment.
    pub gym: &'static dyn Gym,
    /// The task.
    pub task: u64,
    /// Which attempt at it.
    pub sample: u32,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({}, sample {})", self.key().item, self.sample)
    }
}

impl Job {
    /// What tells it from all others.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { item: ItemId::of(self.gym.info(), self.task), sample: self.sample }
    }
}

/// An attempt at a task.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The task.
    pub item: ItemId,
    /// Which attempt.
    pub sample: u32,
}

/// Where an episode ends that its environment does not end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Rounds by the environment's name; where there is none, its own ([`super::Info::max_rounds`]).
    pub rounds: BTreeMap<String, u32>,
    /// Tokens. A conversation that has as many is not handed out: there would be no room for an answer.
    pub context: usize,
}

/// The environments' own rounds, and the original's 4096 tokens.
impl Default for Limits {
    fn default() -> Self {
        Self { rounds: BTreeMap::new(), context: 4_096 }
    }
}

/// Why an episode ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The environment says so.
    Done,
    /// It has had its rounds.
    Rounds,
    /// Its conversation has filled the context.
    Context,
    /// The agent gave no text.
    GaveUp(String),
}

/// A finished episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollout {
    /// What happened.
    pub trajectory: Trajectory,
    /// Why it ended.
    pub end: End,
    /// Texts of the agent.
    pub rounds: u32,
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// The job.
    pub key: Key,
    /// The episode, or why there is none.
    pub result: Result<Rollout, TaskError>,
}

/// What an answer is handed in with: one for each ask, valid until it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    job: usize,
    round: u32,
}

/// A conversation that wants the agent's next text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// To answer with.
    pub ticket: Ticket,
    /// The attempt that it belongs to.
    pub key: Key,
    /// Texts before this one. With [`Self::key`] it makes a seed for the text that is the same in every batch.
    pub round: u32,
    /// What was said so far; the last message is an observation.
    pub conversation: Vec<Message>,
}

/// An answer that nobody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("job {}, round {}: not asked for, or answered already", .0.job, .0.round)]
pub struct NotAsked(pub Ticket);

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Jobs that are not begun.
    pub waiting: usize,
    /// Episodes that go on.
    pub active: usize,
    /// Jobs that are over, fetched or not.
    pub over: usize,
}

/// Many episodes side by side. See the module's documentation.
pub struct Rollouts<M> {
    manner: M,
    limits: Limits,
    jobs: Vec<Job>,
    begun: usize, // of the jobs, from the first
    active: BTreeMap<usize, Active>,
    over: BTreeMap<usize, Finished>,
    fetched: usize, // of the jobs, from the first
}

struct Active {
    episode: Episode,
    conversation: Vec<Message>,
    round: u32,
    is_asked: bool,
}

impl<M: Manner> Rollouts<M> {
    /// Prepares jobs; those in `done` (a run that goes on has them already) and those that were named before are left out.
    pub fn new(jobs: impl IntoIterator<Item = Job>, done: &BTreeSet<Key>, limits: Limits, manner: M) -> Self {
        let mut seen = BTreeSet::new();
        let is_new = |job: &Job| !done.contains(&job.key()) && seen.insert(job.key());
        let jobs = jobs.into_iter().filter(is_new).collect();
        Self { manner, limits, jobs, begun: 0, active: BTreeMap::new(), over: BTreeMap::new(), fetched: 0 }
    }

    /// Up to `limit` conversations that want a text, those of earlier jobs first; none when no job is left. Empty when
    /// all that go on are asked for already. Episodes are begun when they are first asked for.
    pub fn ask(&mut self, limit: usize) -> Option<Vec<Ask>> {
        let idle = self.active.iter().filter(|(_, active)| !active.is_asked);
        let mut chosen: Vec<usize> = idle.map(|(job, _)| *job).take(limit).collect();
        while chosen.len() < limit && self.begun < self.jobs.len() {
            chosen.extend(self.begin());
        }
        let asks = chosen.into_iter().map(|job| self.hand_out(job)).collect();
        (self.begun < self.jobs.len() || !self.active.is_empty()).then_some(asks)
    }

    /// Takes the agent's text and does what it says.
    ///
    /// # Errors
    /// [`NotAsked`] when the text was not asked for; nothing happens then.
    pub fn answer(&mut self, ticket: Ticket, text: String) -> Result<(), NotAsked> {
        let active = waiting_for(&mut self.active, ticket)?;
        active.is_asked = false;
        active.round += 1;
        let action = self.manner.action(active.episode.info(), &text);
        let outcome = active.episode.step(&action).expect("invariant: episodes that are over are not active");
        let observation = Message::told(&outcome.observation);
        active.conversation.extend([Message::said(text), observation]);
        self.settle(ticket.job);
        Ok(())
    }

    /// Takes an ask back that was not answered; it is handed out again.
    ///
    /// # Errors
    /// [`NotAsked`] as in [`Self::answer`].
    pub fn put_back(&mut self, ticket: Ticket) -> Result<(), NotAsked> {
        waiting_for(&mut self.active, ticket)?.is_asked = false;
        Ok(())
    }

    /// Ends an episode whose agent gives no text, as it is.
    ///
    /// # Errors
    /// [`NotAsked`] as in [`Self::answer`].
    pub fn give_up(&mut self, ticket: Ticket, reason: String) -> Result<(), NotAsked> {
        waiting_for(&mut self.active, ticket)?;
        self.finish(ticket.job, End::GaveUp(reason));
        Ok(())
    }

    /// What is finished and has not been fetched, in the order of the jobs: one that goes on holds back those behind it.
    pub fn finished(&mut self) -> impl Iterator<Item = Finished> + '_ {
        std::iter::from_fn(|| {
            let next = self.over.remove(&self.fetched)?;
            self.fetched += 1;
            Some(next)
        })
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (waiting, active) = (self.jobs.len() - self.begun, self.active.len());
        Progress { waiting, active, over: self.begun - active }
    }

    /// Begins the next job; none when it is over with that.
    fn begin(&mut self) -> Option<usize> {
        let index = self.begun;
        let job = self.jobs[index];
        self.begun += 1;
        match job.gym.begin(job.task) {
            Ok(episode) => {
                let conversation = self.manner.opening(episode.info()).before(episode.first());
                self.active.insert(index, Active { episode, conversation, round: 0, is_asked: false });
                self.settle(index);
            }
            Err(error) => {
                self.over.insert(index, Finished { key: job.key(), result: Err(error) });
            }
        }
        self.active.contains_key(&index).then_some(index)
    }

    fn hand_out(&mut self, job: usize) -> Ask {
        let active = self.active.get_mut(&job).expect("invariant: chosen among the active");
        active.is_asked = true;
        let (round, conversation) = (active.round, active.conversation.clone());
        Ask { ticket: Ticket { job, round }, key: self.jobs[job].key(), round, conversation }
    }

    /// Ends an episode that is not to go on.
    fn settle(&mut self, job: usize) {
        let active = &self.active[&job];
        let info = active.episode.info();
        let rounds = self.limits.rounds.get(info.name).copied().unwrap_or(info.max_rounds);
        let end = match () {
            () if active.episode.is_done() => End::Done,
            () if active.round >= rounds => End::Rounds,
            () if self.manner.tokens(&active.conversation) >= self.limits.context => End::Context,
            () => return,
        };
        self.finish(job, end);
    }

    fn finish(&mut self, job: usize, end: End) {
        let Some(Active { episode, conversation, round, .. }) = self.active.remove(&job) else { return };
        let rollout = Rollout { trajectory: Trajectory::ending(&episode, conversation), end, rounds: round };
        self.over.insert(job, Finished { key: self.jobs[job].key(), result: Ok(rollout) });
    }
}

fn waiting_for(active: &mut BTreeMap<usize, Active>, ticket: Ticket) -> Result<&mut Active, NotAsked> {
    let asked = active.get_mut(&ticket.job).filter(|active| active.is_asked && active.round == ticket.round);
    asked.ok_or(NotAsked(ticket))
}
