//! Test-time search: its shapes, what it costs, and that neither batch nor k changes what comes of a chain.

use std::ops::ControlFlow;

use duet_engine::reason::search::{
    Chain, Mode, SearchError, SearchEvent, SearchRecord, SearchRequest, search, search_all,
};
use duet_engine::reason::{GateName, Side, SolveEvent, SolveRequest, Speech, Usage, solve, split_steps};
use proptest::prelude::*;

use super::chance::Chance;

pub(super) const MODES: [Mode; 4] = [Mode::Plain, Mode::Parallel, Mode::Sequential, Mode::Tree];

fn request(mode: Mode, k: usize) -> SearchRequest {
    SearchRequest { problem: "How many?".to_owned(), mode, k, ..SearchRequest::default() }
}

fn run(
    players: &mut Chance,
    request: &SearchRequest,
    at_most: usize,
) -> (Vec<SearchEvent>, Result<SearchRecord, SearchError>) {
    let mut events = Vec::new();
    let mut sink = async |event| {
        events.push(event);
        if events.len() == at_most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = pollster::block_on(search(players, request, &mut sink));
    (events, result)
}

fn record(request: &SearchRequest) -> SearchRecord {
    run(&mut Chance::default(), request, usize::MAX).1.expect("a search")
}

fn refined(record: &SearchRecord) -> usize {
    record.chains.iter().filter(|chain| chain.refinement.is_some()).count()
}

#[test]
fn parallel_chains_are_attempted_criticised_and_refined_where_the_gate_says_so() {
    let record = record(&request(Mode::Parallel, 12));
    assert_eq!(record.chains.len(), 12);
    for chain in &record.chains {
        let review = chain.review.as_ref().expect("a critique");
        assert_eq!(review.refine, chain.refinement.is_some());
        assert_eq!(review.steps_p_wrong.len(), split_steps(&chain.attempt.as_ref().expect("an attempt").text).len());
        assert!(!chain.attempt.as_ref().expect("an attempt").text.contains("Q:"), "talk beyond the answer is cut");
    }
    assert!((3..12).contains(&refined(&record)), "both ways occur: {}", refined(&record));
    assert_eq!(record.answers().len(), 12);
}

#[test]
fn plain_samples_are_the_attempts_of_the_other_modes_and_cost_no_critic() {
    let (plain, parallel) = (record(&request(Mode::Plain, 12)), record(&request(Mode::Parallel, 12)));
    for (plain, parallel) in plain.chains.iter().zip(&parallel.chains) {
        assert_eq!(plain.attempt, parallel.attempt);
        assert_eq!((&plain.review, &plain.refinement), (&None, &None));
    }
}

#[test]
fn identical_paths_are_criticised_and_paid_for_once() {
    let mut players = Chance::default();
    let (_, result) = run(&mut players, &request(Mode::Parallel, 40), usize::MAX);
    let record = result.expect("a search");
    let judges = |speech: &&Speech| speech.side == Side::Critique;
    let thinks = |speech: &&Speech| judges(speech) && speech.messages.len() == 1;
    assert_eq!(players.speeches.iter().filter(thinks).count(), 1, "one thought for all critiques");
    let critiques = players.speeches.iter().filter(judges).count() - 1;
    let fresh = |chain: &&Chain| chain.review.as_ref().is_some_and(|review| review.same_as.is_none());
    assert_eq!(record.chains.iter().filter(fresh).count(), critiques);
    assert!(critiques < 40);
    for (index, chain) in record.chains.iter().enumerate() {
        let review = chain.review.as_ref().expect("a critique");
        let Some(earlier) = review.same_as else { continue };
        assert!(earlier < index && review.usage == Usage::default());
        let other = &record.chains[earlier];
        assert_eq!(chain.attempt.as_ref().map(|path| &path.text), other.attempt.as_ref().map(|path| &path.text));
        assert_eq!(review.text, other.review.as_ref().expect("its own").text);
    }
}

#[test]
fn the_cost_of_a_search_is_that_of_its_chains() {
    for mode in MODES {
        let (events, result) = run(&mut Chance::default(), &request(mode, 9), usize::MAX);
        let record = result.expect("a search");
        assert_eq!(record.usage, record.chains.iter().map(Chain::usage).sum(), "{mode:?}");
        let Some(SearchEvent::Done { usage, answer, last, cancelled: false, oracle: false, values }) = events.last()
        else {
            panic!("{:?}", events.last());
        };
        assert_eq!((*usage, answer, last.as_deref()), (record.usage, &record.answer(), record.last()), "{mode:?}");
        assert_eq!(values.len(), if mode == Mode::Tree { record.chains.len() } else { 0 });
        // The prompt of the attempts is read once.
        let read = |chain: &Chain| chain.attempt.as_ref().map(|path| path.usage.prompt_tokens);
        assert!(mode == Mode::Tree || record.chains[1..].iter().all(|chain| read(chain) == Some(0)));
    }
}

#[test]
fn one_chain_is_what_solve_does() {
    for seed in 0..20 {
        let search = record(&SearchRequest { seed, ..request(Mode::Parallel, 1) });
        let solved =
            SolveRequest { problem: "How many?".to_owned(), seed, temperature: 0.7, ..SolveRequest::default() };
        let mut said = Vec::new();
        let mut answer = None;
        let mut sink = async |event| {
            match event {
                SolveEvent::Said { text, .. } => said.push(text),
                SolveEvent::Done { answer: last, .. } => answer = last,
                _ => {}
            }
            ControlFlow::Continue(())
        };
        pollster::block_on(solve(&mut Chance::default(), &solved, &mut sink)).expect("a run");
        let chain = &search.chains[0];
        let texts = [
            chain.attempt.as_ref().map(|path| path.text.clone()),
            chain.review.as_ref().map(|review| review.text.clone()),
            chain.refinement.as_ref().map(|path| path.text.clone()),
        ];
        assert_eq!((texts.into_iter().flatten().collect::<Vec<_>>(), answer), (said, search.answer()));
    }
}

#[test]
fn a_sequential_round_goes_on_from_what_stands() {
    let always = SearchRequest { gate: GateName::Always, ..request(Mode::Sequential, 10) };
    let rounds = record(&always);
    assert_eq!((rounds.chains.len(), refined(&rounds)), (10, 10));
    for pair in rounds.chains.windows(2) {
        let (stood, next) = (pair[0].path().expect("a path"), pair[1].attempt.as_ref().expect("a path"));
        assert_eq!((&stood.text, next.usage), (&next.text, Usage::default()));
    }
    assert_eq!(rounds.last(), rounds.chains[9].answer());
    assert_eq!(rounds.answers().len(), 10);
}

#[test]
fn a_chain_that_the_critic_accepts_rests_and_costs_nothing_more() {
    let mut players = Chance { content: true, ..Chance::default() };
    let (_, result) = run(&mut players, &request(Mode::Sequential, 8), usize::MAX);
    let record = result.expect("a search");
    assert_eq!((record.chains.len(), players.speeches.len()), (8, 3), "attempt, thought, critique");
    assert!(record.chains[1..].iter().all(|chain| chain.usage() == Usage::default()));
}

#[test]
fn branches_keep_the_steps_before_the_wrong_one() {
    let mut players = Chance::default();
    let tree = SearchRequest { branch: 3, ..request(Mode::Tree, 40) };
    let (events, result) = run(&mut players, &tree, usize::MAX);
    let record = result.expect("a search");
    assert_eq!(record.chains.len(), 40);
    let mut kept_some = 0;
    for chain in &record.chains {
        let Some(parent) = chain.parent else { continue };
        let (path, node) = (chain.attempt.as_ref().expect("a path"), &record.chains[parent]);
        let review = node.review.as_ref().expect("a critique");
        assert!(review.refine);
        assert_eq!(path.kept, review.first_wrong.unwrap_or(0));
        let whole = split_steps(&node.attempt.as_ref().expect("a path").text);
        assert_eq!(split_steps(&path.text)[..path.kept], whole[..path.kept]);
        kept_some += usize::from(path.kept > 0);
    }
    assert!(kept_some > 3, "{kept_some} kept steps");
    let branches = events.iter().filter(|event| matches!(event, SearchEvent::Branch { .. })).count();
    assert_eq!(branches, 37);
    assert!(players.speeches.iter().any(|speech| speech.side == Side::Refinement && speech.prefill.ends_with('\n')));
    assert!(record.chains.iter().all(|chain| chain.value.is_some_and(|value| (0.0..=1.0).contains(&value))));
}

#[test]
fn a_budget_ends_a_tree() {
    let whole = record(&request(Mode::Tree, 64));
    let spent = |record: &SearchRecord| record.usage.prompt_tokens + record.usage.completion_tokens;
    for share in [2, 4, 8] {
        let budget = spent(&whole) / share;
        let record = record(&SearchRequest { budget: Some(budget), ..request(Mode::Tree, 64) });
        assert!(record.chains.len() < whole.chains.len());
        assert!(spent(&record) < budget + budget / 2, "{} of {budget}", spent(&record));
    }
}

#[test]
fn the_oracle_is_marked_wherever_it_decides() {
    let oracle = SearchRequest { gate: GateName::Oracle, gold: Some("1".to_owned()), ..request(Mode::Parallel, 12) };
    let (events, result) = run(&mut Chance::default(), &oracle, usize::MAX);
    let record = result.expect("a search");
    assert!(record.oracle && matches!(events[0], SearchEvent::Started { oracle: true, .. }));
    assert!(matches!(events.last(), Some(SearchEvent::Done { oracle: true, .. })));
    for chain in &record.chains {
        let review = chain.review.as_ref().expect("a critique");
        let right = chain.attempt.as_ref().expect("an attempt").answer.as_deref() == Some("1");
        assert_eq!((review.oracle, review.refine), (true, !right));
    }
}

#[test]
fn a_threshold_decides_by_the_logits() {
    let by = |threshold| SearchRequest {
        gate: GateName::Probability,
        threshold: Some(threshold),
        ..request(Mode::Parallel, 30)
    };
    for threshold in [0.0, 0.3, 0.8] {
        for chain in &record(&by(threshold)).chains {
            let review = chain.review.as_ref().expect("a critique");
            assert_eq!(review.refine, review.p_wrong.expect("odds") >= threshold);
        }
    }
}

/// The votes in the stream grow to the last one, which is the record's.
#[test]
fn the_vote_is_told_whenever_an_answer_is_settled() {
    for mode in MODES {
        let (events, result) = run(&mut Chance::default(), &request(mode, 10), usize::MAX);
        let record = result.expect("a search");
        let votes: Vec<(usize, Option<String>)> = events
            .iter()
            .filter_map(|event| match event {
                SearchEvent::Vote { settled, answer, .. } => Some((*settled, answer.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(votes.last(), Some(&(record.answers().len(), record.answer())), "{mode:?}");
        assert!(votes.len() > 1 && votes.windows(2).all(|pair| pair[0].0 <= pair[1].0), "{mode:?}: {votes:?}");
    }
}

#[test]
fn a_receiver_can_stop_at_every_event() {
    for mode in MODES {
        let (whole, _) = run(&mut Chance::default(), &request(mode, 4), usize::MAX);
        for at_most in 1..whole.len() {
            let (events, result) = run(&mut Chance::default(), &request(mode, 4), at_most);
            assert!(result.expect("no error").cancelled, "{mode:?}, {at_most}");
            assert!(events == whole[..at_most], "{mode:?}, {at_most}");
        }
    }
}

#[test]
fn events_and_records_survive_the_wire() {
    for mode in MODES {
        let (events, result) = run(&mut Chance::default(), &request(mode, 4), usize::MAX);
        for event in events {
            let json = serde_json::to_string(&event).expect("plain data");
            assert_eq!(serde_json::from_str::<SearchEvent>(&json).expect("our own"), event, "{json}");
        }
        let record = result.expect("a search");
        let json = serde_json::to_string(&record).expect("plain data");
        assert_eq!(serde_json::from_str::<SearchRecord>(&json).expect("our own"), record);
    }
}

#[test]
fn what_does_not_fit_is_dropped_and_the_attempt_stands() {
    let mut players = Chance { refuses: Some("Correctness of the step: Wrong"), ..Chance::default() };
    for mode in [Mode::Parallel, Mode::Sequential, Mode::Tree] {
        let (events, result) =
            run(&mut players, &SearchRequest { gate: GateName::Always, ..request(mode, 16) }, usize::MAX);
        let record = result.expect("a search");
        let dropped = record.chains.iter().filter(|chain| chain.dropped.as_deref() == Some("too long")).count();
        assert!(dropped > 0, "{mode:?}");
        assert_eq!(events.iter().filter(|event| matches!(event, SearchEvent::Dropped { .. })).count(), dropped);
        assert!(!record.cancelled);
    }
    let mut players = Chance { refuses: Some("Solution:"), ..Chance::default() };
    let (_, result) = run(&mut players, &request(Mode::Parallel, 5), usize::MAX);
    for chain in result.expect("a search").chains {
        let review = chain.review.expect("a decision");
        assert!(!review.refine && review.reason.contains("too long"), "{}", review.reason);
    }
}

#[test]
fn a_failing_player_fails_the_search_and_the_receiver_hears_why() {
    for side in [Side::Attempt, Side::Critique, Side::Refinement] {
        let (events, result) =
            run(&mut Chance { fails: Some(side), ..Chance::default() }, &request(Mode::Parallel, 8), usize::MAX);
        assert_eq!(result.expect_err("a failure").to_string(), "the dice are gone");
        assert!(matches!(events.last(), Some(SearchEvent::Failed { message }) if message == "the dice are gone"));
    }
}

#[test]
fn a_bad_request_reaches_no_player() {
    let mut players = Chance::default();
    let (events, result) = run(&mut players, &request(Mode::Parallel, 65), usize::MAX);
    assert!(result.expect_err("refused").is_callers_fault());
    assert_eq!((events.len(), players.speeches.len()), (0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Fewer chains are the first of more, so votes for every k follow from the largest.
    #[test]
    fn fewer_are_the_first_of_more(seed: u64, few in 1..20usize, more in 0..30usize) {
        for mode in [Mode::Plain, Mode::Parallel, Mode::Sequential] {
            for gate in [GateName::Always, GateName::Verdict, GateName::Probability] {
                let of = |k| record(&SearchRequest { seed, gate, ..request(mode, k) });
                prop_assert_eq!(&of(few).chains[..], &of(few + more).chains[..few]);
            }
        }
    }

    /// Problems side by side: each comes out as it does alone.
    #[test]
    fn together_is_one_by_one(seed: u64) {
        let requests: Vec<SearchRequest> = (0..12)
            .map(|i| SearchRequest { problem: format!("Problem {i}?"), seed: seed ^ (i as u64 % 3), ..request(MODES[i % 4], 1 + i) })
            .collect();
        let mut told: Vec<Vec<SearchEvent>> = vec![Vec::new(); 12];
        let mut sink = async |index: usize, event| {
            told[index].push(event);
            ControlFlow::Continue(())
        };
        let together = pollster::block_on(search_all(&mut Chance::default(), &requests, &mut sink)).expect("valid");
        for ((request, together), told) in requests.iter().zip(together).zip(told) {
            let (events, alone) = run(&mut Chance::default(), request, usize::MAX);
            prop_assert_eq!(together.expect("a search"), alone.expect("a search"));
            prop_assert_eq!(told, events);
        }
    }
}
