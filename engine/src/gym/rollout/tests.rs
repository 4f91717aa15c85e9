use proptest::prelude::*;

use super::*;
use crate::gym::find;
use crate::gym::trajectory::{Opening, json, replay};

fn job(name: &str, task: u64, sample: u32) -> Job {
    Job { gym: find(name).expect("registered"), task, sample }
}

/// A text that depends on nothing but what was asked.
fn reply(key: &Key, round: u32, seen: &str) -> String {
    const WORDS: [&str; 8] =
        ["move down", "move right", "move left", "move up", "s h i r e", "p a n i c", "caulk", "Action: none"];
    let asked = format!("{} {} {round} {seen}", key.item, key.sample);
    let hash =
        asked.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    format!("Thought:\n{hash}\n\nAction:\n{}", WORDS[(hash >> 40) as usize % WORDS.len()])
}

/// A conversation's size: its messages, so that a limit can be hit at any of them.
fn messages(conversation: &[Message]) -> usize {
    conversation.len()
}

/// The same, an episode after the other, and without the state machine.
fn one_by_one(jobs: &[Job], limits: &Limits) -> Vec<Finished> {
    let mut seen = BTreeSet::new();
    let played = jobs.iter().filter(|job| seen.insert(job.key())).map(|job| {
        let key = job.key();
        let mut episode = match job.gym.begin(job.task) {
            Ok(episode) => episode,
            Err(error) => return Finished { key, result: Err(error) },
        };
        let name = job.gym.info().name;
        let most = limits.rounds.get(name).map_or(job.gym.info().max_rounds, |rounds| *rounds) as usize;
        let mut texts: Vec<String> = Vec::new();
        let end = loop {
            match () {
                () if episode.is_done() => break End::Done,
                () if texts.len() >= most => break End::Rounds,
                () if 3 + 2 * texts.len() >= limits.context => break End::Context,
                () => {}
            }
            texts.push(reply(&key, texts.len() as u32, episode.observation()));
            let (_, action) = texts[texts.len() - 1].rsplit_once("Action:").expect("has one");
            episode.step(action.trim()).expect("not over");
        };
        let rounds = texts.len() as u32;
        let trajectory = Trajectory::of(&episode, Opening::of(episode.info()), &texts).expect("as many");
        Finished { key, result: Ok(Rollout { trajectory, end, rounds }) }
    });
    played.collect()
}

/// Answers in batches: each number of `whims` says how large one is, which of its asks come back unanswered and in which
/// order the others are answered, and whether results are fetched.
fn in_batches(jobs: &[Job], done: &BTreeSet<Key>, limits: &Limits, whims: &[u8]) -> Vec<Finished> {
    let mut rollouts = Rollouts::new(jobs.iter().copied(), done, limits.clone(), messages);
    let mut whims = whims.iter().copied().chain(std::iter::repeat(8));
    let (mut open, mut finished) = (Vec::new(), Vec::new());
    loop {
        let whim = usize::from(whims.next().expect("endless"));
        let Some(asks) = rollouts.ask(1 + whim % 5) else { break };
        open.extend(asks);
        if open.is_empty() {
            continue;
        }
        let at = whim / 5 % open.len();
        open.rotate_left(at);
        // Some are answered now, some wait for a later batch.
        for ask in open.split_off(open.len() / 3 * (whim / 8 % 2)) {
            if whim % 7 == 3 {
                rollouts.put_back(ask.ticket).expect("asked for");
                continue;
            }
            let seen = &ask.conversation[ask.conversation.len() - 1].value;
            rollouts.answer(ask.ticket, reply(&ask.key, ask.round, seen)).expect("asked for");
        }
        if whim % 2 == 0 {
            finished.extend(rollouts.finished());
        }
    }
    finished.extend(rollouts.finished());
    finished
}

fn jobs() -> impl Strategy<Value = Vec<Job>> {
    // The maze has 25 tasks: some do not exist.
    let one = (prop::sample::select(vec!["maze", "wordle"]), 14_u64..27, 0_u32..2);
    prop::collection::vec(one.prop_map(|(name, task, sample)| job(name, task, sample)), 0..12)
}

fn limits() -> impl Strategy<Value = Limits> {
    (prop::option::of(0_u32..6), prop::sample::select(vec![3, 4, 5, 8, 11, 4_096])).prop_map(|(maze, context)| Limits {
        rounds: maze.map(|rounds| ("maze".to_owned(), rounds)).into_iter().collect(),
        context,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn batches_do_not_matter(jobs in jobs(), limits in limits(), whims in prop::collection::vec(any::<u8>(), 0..40)) {
        let expected = one_by_one(&jobs, &limits);
        prop_assert_eq!(in_batches(&jobs, &BTreeSet::new(), &limits, &whims), expected);
    }

    #[test]
    fn a_run_that_goes_on_adds_what_is_missing(
        jobs in jobs(),
        limits in limits(),
        whims in prop::collection::vec(any::<u8>(), 0..40),
        kept in any::<prop::sample::Index>(),
    ) {
        let mut expected = one_by_one(&jobs, &limits);
        let missing = expected.split_off(kept.index(expected.len() + 1));
        let done = expected.into_iter().map(|finished| finished.key).collect();
        prop_assert_eq!(in_batches(&jobs, &done, &limits, &whims), missing);
    }

    #[test]
    fn rollouts_are_trajectories_that_replay(jobs in jobs(), limits in limits()) {
        for finished in in_batches(&jobs, &BTreeSet::new(), &limits, &[]) {
            let Ok(Rollout { trajectory, rounds, .. }) = finished.result else { continue };
            trajectory.validate().expect("as it has to be");
            prop_assert_eq!(json::parse(&json::lines(std::slice::from_ref(&trajectory))), Ok(vec![trajectory.clone()]));
            let gym = find(trajectory.item_id.environment()).expect("registered");
            let episode = replay(gym, &trajectory).expect("exact");
            prop_assert_eq!(episode.turns().len(), rounds as usize);
            prop_assert_eq!((Some(episode.score()), Some(episode.is_success())), (trajectory.reward, trajectory.success));
        }
    }
}

/// The planner's action for what was asked, found by playing the conversation again.
fn planned(ask: &Ask) -> String {
    let mut episode = find(ask.key.item.environment()).expect("registered").begin(ask.key.item.task()).expect("a task");
    for text in ask.conversation.iter().skip(3).step_by(2) {
        episode.step(&text.value).expect("not over");
    }
    episode.plan().expect("there is a way")
}

#[test]
fn planners_succeed_side_by_side() {
    let jobs: Vec<Job> = (0..25).flat_map(|task| [job("maze", task, 0), job("wordle", task, 0)]).collect();
    let mut rollouts = Rollouts::new(jobs, &BTreeSet::new(), Limits::default(), messages);
    while let Some(asks) = rollouts.ask(7) {
        assert!((1..=7).contains(&asks.len()));
        assert!(rollouts.progress().active <= 7, "no more are begun than are asked for");
        for ask in asks {
            rollouts.answer(ask.ticket, planned(&ask)).expect("asked for");
        }
    }
    assert_eq!(rollouts.progress(), Progress { waiting: 0, active: 0, over: 50 });
    let trajectories: Vec<Trajectory> =
        rollouts.finished().map(|finished| finished.result.expect("a task").trajectory).collect();
    let statistics = statistics(&trajectories, split_of);
    assert!(statistics.environments.values().all(|score| score.successes == 25), "{statistics:?}");
    assert!(statistics.environments["maze"].interval.0 > 0.86);
}

#[test]
fn answers_that_were_not_asked_for_change_nothing() {
    let jobs = [job("maze", 0, 0), job("maze", 0, 0), job("maze", 99, 0), job("maze", 1, 0)];
    let mut rollouts = Rollouts::new(jobs, &BTreeSet::new(), Limits::default(), messages);
    let asks = rollouts.ask(9).expect("jobs");
    let items: Vec<String> = asks.iter().map(|ask| ask.key.item.to_string()).collect();
    assert_eq!(items, ["lmrlgym_maze_0", "lmrlgym_maze_1"], "named twice is one job; one is no task");
    let first = asks[0].ticket;
    assert_eq!(rollouts.ask(9), Some(Vec::new()), "all are asked for");
    rollouts.answer(first, "move right".to_owned()).expect("asked for");
    for refused in [rollouts.answer(first, "move right".to_owned()), rollouts.put_back(first)] {
        let said = refused.expect_err("answered already").to_string();
        assert_eq!(said, "job 0, round 0: not asked for, or answered already");
    }
    let again = rollouts.ask(9).expect("jobs");
    assert_eq!((again.len(), again[0].round, again[0].conversation.len()), (1, 1, 5));
    // The second job is over first, and waits for the first.
    rollouts.give_up(asks[1].ticket, "no answer".to_owned()).expect("asked for");
    assert_eq!(rollouts.finished().count(), 0);
    rollouts.give_up(again[0].ticket, "no answer".to_owned()).expect("asked for");
    assert_eq!(rollouts.ask(9), None);
    let finished: Vec<Finished> = rollouts.finished().collect();
    assert!(matches!(&finished[0].result, Ok(Rollout { end: End::GaveUp(why), rounds: 1, .. }) if why == "no answer"));
    assert!(finished[1].result.as_ref().is_err_and(|error| error.to_string().contains("task 99 does not exist")));
    assert_eq!(finished.len(), 3);
}
