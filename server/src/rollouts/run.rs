//! `duet gym rollout`: many episodes side by side, each kept as soon as it is over.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::ensure;
use duet_engine::gym::rollout::{Ask, Finished, Job, Key, Limits, Manner, Rollouts};
use duet_engine::gym::trajectory::{Message, Opening};
use duet_engine::gym::{Gym, Info};
use serde_json::{Value, json};

use super::journal::Journal;
use super::line::{Line, Tokens};
use super::store::Store;
use super::tasks::Ranges;
use super::watch::{Meter, Watch};
use super::{Agent, Answer, Format, Said};

/// Rollouts that are wanted.
#[derive(Clone)]
pub struct Run {
    /// Where trajectories go; what is there already is gone on with.
    pub out: PathBuf,
    /// The tasks of each environment.
    pub tasks: Vec<(&'static dyn Gym, Vec<u64>)>,
    /// Attempts at each. All first ones come first, so a run with more goes on with the same file.
    pub samples: u32,
    /// The form of the agent's texts.
    pub format: Format,
    /// Where episodes end.
    pub limits: Limits,
    /// Conversations that are gone on with together.
    pub together: usize,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Trajectories in the file.
    pub trajectories: usize,
    /// Those of them that this run added.
    pub added: usize,
    /// Trajectories that are missing, because it was stopped.
    pub missing: usize,
    /// Rounds that this run played.
    pub rounds: u64,
    /// Tokens that it wrote.
    pub written: u64,
    /// Seconds it took.
    pub seconds: f64,
}

impl Run {
    fn jobs(&self) -> Vec<Job> {
        let of = |sample| {
            let tasks = self.tasks.iter().flat_map(|(gym, tasks)| tasks.iter().map(move |task| (*gym, *task)));
            tasks.map(move |(gym, task)| Job { gym, task, sample })
        };
        let mut seen = BTreeSet::new();
        (0..self.samples).flat_map(of).filter(|job| seen.insert(job.key())).collect()
    }

    fn rounds(&self, gym: &dyn Gym) -> u32 {
        self.limits.rounds.get(gym.info().name).copied().unwrap_or(gym.info().max_rounds)
    }

    /// All that the trajectories depend on. The number of samples is not among it: a larger one goes on with the same file.
    fn described(&self, agent: &impl Agent) -> Value {
        let environment = |(gym, tasks): &(&'static dyn Gym, Vec<u64>)| {
            let described = json!({ "tasks": Ranges(tasks).to_string(), "rounds": self.rounds(*gym) });
            (gym.info().name.to_owned(), described)
        };
        json!({
            "command": "gym rollout",
            "agent": agent.described(),
            "format": self.format,
            "context": self.limits.context,
            "environments": self.tasks.iter().map(environment).collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// Lets an agent act until every trajectory is in the file, or it is stopped.
///
/// # Errors
/// When the file belongs to a run with other options or cannot be written, or when the agent fails. What was done until
/// then is gone on with.
pub fn roll_out(run: &Run, agent: &mut impl Agent, watch: &Watch<'_>) -> anyhow::Result<Outcome> {
    ensure!(run.together > 0 && run.samples > 0, "nothing is to be done");
    let jobs = run.jobs();
    let wanted: Vec<Key> = jobs.iter().map(Job::key).collect();
    let mut store = Store::open(&run.out, &run.described(&*agent), &wanted)?;
    let before = store.done.len();
    let done: BTreeSet<Key> = store.done.iter().cloned().collect();
    let most = run.tasks.iter().map(|(gym, _)| u64::from(run.rounds(*gym))).max().unwrap_or(0);
    let mut meter = Meter::new(watch, before as u64, most);
    let journal = agent.is_costly().then(|| Journal::open(&run.out)).transpose()?;
    let agent = RefCell::new(agent);
    let manner = Style { format: run.format, agent: &agent };
    let rollouts = Rollouts::new(jobs, &done, run.limits.clone(), manner);
    let mut course = Course { run, agent: &agent, rollouts, journal, tokens: BTreeMap::new() };
    let mut going = true;
    while going {
        going = course.go_on(&mut meter)?;
        let lines = course.lines();
        lines.iter().for_each(|line| meter.ended(line.trajectory.rounds() as u64));
        store.add(&lines)?;
        meter.show(course.rollouts.progress());
    }
    let trajectories = store.done.len();
    let missing = wanted.len().saturating_sub(trajectories);
    if missing == 0 {
        drop(course);
        Journal::remove(&run.out)?;
    }
    let (rounds, written, seconds) = (meter.rounds(), meter.written, meter.seconds());
    Ok(Outcome { trajectories, added: trajectories - before, missing, rounds, written, seconds })
}

/// How the agent of a run is spoken to.
struct Style<'a, A> {
    format: Format,
    agent: &'a RefCell<A>,
}

impl<A: Agent> Manner for Style<'_, &mut A> {
    fn opening(&self, info: &Info) -> Opening {
        self.format.opening(info)
    }

    fn action(&self, info: &Info, text: &str) -> String {
        self.format.action(info.name, text)
    }

    fn tokens(&self, conversation: &[Message]) -> usize {
        self.agent.borrow().tokens(conversation)
    }
}

/// A run on its way.
struct Course<'a, 'm, A: Agent> {
    run: &'a Run,
    agent: &'a RefCell<&'m mut A>,
    rollouts: Rollouts<Style<'a, &'m mut A>>,
    journal: Option<Journal>,
    tokens: BTreeMap<Key, Tokens>, // of episodes that are not over
}

impl<A: Agent> Course<'_, '_, A> {
    /// A text for each of some conversations; false when there are none, or it was stopped.
    fn go_on(&mut self, meter: &mut Meter<'_, '_>) -> anyhow::Result<bool> {
        let Some(asks) = self.rollouts.ask(self.run.together) else { return Ok(false) };
        let mut new = Vec::new();
        for ask in asks {
            match self.journal.as_mut().and_then(|journal| journal.take(&ask.key, ask.round)) {
                Some(said) => {
                    meter.known();
                    self.answer(&ask, said)?;
                }
                None => new.push(ask),
            }
        }
        if new.is_empty() {
            return Ok(true);
        }
        let mut answers = self.agent.borrow_mut().say_all(&new, &mut |tokens| meter.told(tokens))?;
        for answer in &mut answers {
            if let Answer::Text(said) = answer {
                said.text = self.run.format.tidy(&said.text);
            }
        }
        if let Some(journal) = &mut self.journal {
            let texts = new.iter().zip(&answers).filter_map(|(ask, answer)| match answer {
                Answer::Text(said) => Some((&ask.key, ask.round, said)),
                Answer::GivesUp(_) | Answer::Stopped => None,
            });
            journal.add(texts)?;
        }
        let mut going = true;
        for (ask, answer) in new.iter().zip(answers) {
            match answer {
                Answer::Text(said) => {
                    meter.round();
                    self.answer(ask, said)?;
                }
                Answer::GivesUp(reason) => self.rollouts.give_up(ask.ticket, reason)?,
                Answer::Stopped => {
                    going = false;
                    self.rollouts.put_back(ask.ticket)?;
                }
            }
        }
        Ok(going)
    }

    fn answer(&mut self, ask: &Ask, said: Said) -> anyhow::Result<()> {
        let tokens = self.tokens.entry(ask.key.clone()).or_default();
        tokens.read += said.read;
        tokens.written += said.written;
        Ok(self.rollouts.answer(ask.ticket, said.text)?)
    }

    /// The lines of what is over and not in the file, as far as nothing before it goes on.
    fn lines(&mut self) -> Vec<Line> {
        let finished: Vec<Finished> = self.rollouts.finished().collect();
        let line = |finished: Finished| {
            let tokens = self.tokens.remove(&finished.key).filter(|_| self.journal.is_some());
            Line::of(finished, self.run.format, tokens)
        };
        finished.into_iter().map(line).collect()
    }
}
