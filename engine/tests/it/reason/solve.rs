//! The stream of events of a run: order, gate, cancellation, the wire format.

use std::collections::HashSet;
use std::ops::ControlFlow;

use duet_engine::reason::{
    Change, Run, Side, SolveError, SolveEvent, SolveRequest, Verdict, difference, solve, split_steps,
};
use duet_engine::template::Turn;

use super::script::{FINE, Script};

fn request() -> SolveRequest {
    let problem = "Tom has 3 apples and buys 4 bags of 2. How many apples has he?".to_owned();
    SolveRequest { problem, seed: 7, temperature: 0.7, max_tokens: 64, ..SolveRequest::default() }
}

/// All events, up to this many.
fn run(script: &mut Script, request: &SolveRequest, at_most: usize) -> (Vec<SolveEvent>, Result<(), SolveError>) {
    let mut events = Vec::new();
    let mut sink = async |event| {
        events.push(event);
        if events.len() == at_most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = pollster::block_on(solve(script, request, &mut sink));
    (events, result)
}

fn events(script: &mut Script, request: &SolveRequest) -> Vec<SolveEvent> {
    let (events, result) = run(script, request, usize::MAX);
    assert_eq!(result, Ok(()));
    events
}

/// The run in short: one word per event, texts left out.
fn outline(events: &[SolveEvent]) -> Vec<String> {
    let word = |event: &SolveEvent| match event {
        SolveEvent::Started { .. } => Some("started".to_owned()),
        SolveEvent::Turn { side } => Some(format!("turn {side:?}")),
        SolveEvent::Prefill { .. } => Some("prefill".to_owned()),
        SolveEvent::Text { .. } => None,
        SolveEvent::Step { index, .. } => Some(format!("step {index}")),
        SolveEvent::Judged(judgement) => Some(format!("judged {:?} {:?}", judgement.step, judgement.verdict)),
        SolveEvent::Said { answer, .. } => Some(format!("said {answer:?}")),
        SolveEvent::Verdict { refine, .. } => Some(format!("verdict, refine {refine}")),
        SolveEvent::Done { answer, cancelled, .. } => Some(format!("done {answer:?} {cancelled}")),
        SolveEvent::Failed { message } => Some(format!("failed {message}")),
    };
    events.iter().filter_map(word).collect()
}

const ATTEMPTED: [&str; 7] = ["started", "turn Attempt", "prefill", "step 0", "step 1", "step 2", "said Some(\"9\")"];

#[test]
fn a_wrong_attempt_is_refined() {
    let events = events(&mut Script::default(), &request());
    let critiqued = [
        "turn Critique",
        "prefill",
        "judged Some(0) Some(Wrong)",
        "judged Some(1) Some(Correct)",
        "said None",
        "verdict, refine true",
    ];
    let refined =
        ["turn Refinement", "prefill", "step 0", "step 1", "step 2", "said Some(\"11\")", "done Some(\"11\") false"];
    assert_eq!(outline(&events), [&ATTEMPTED[..], &critiqued, &refined].concat());
}

/// The JSON of the events is a wire format: a change here is a change for every client and every recorded run.
#[test]
fn events_as_json() {
    let script = &mut Script { pieces: &[40, 30, 1000], ..Script::default() };
    let lines = events(script, &request()).into_iter().map(|event| serde_json::to_string(&event).expect("plain data"));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
}

#[test]
fn events_survive_the_wire() {
    for event in events(&mut Script::default(), &request()) {
        let json = serde_json::to_string(&event).expect("plain data");
        assert_eq!(serde_json::from_str::<SolveEvent>(&json).expect("our own"), event, "{json}");
    }
}

#[test]
fn the_texts_of_a_turn_are_what_it_said() {
    let events = events(&mut Script::default(), &request());
    for turn in [Side::Attempt, Side::Critique, Side::Refinement] {
        let texts = events.iter().filter_map(|event| match event {
            SolveEvent::Text { side, text } if *side == turn => Some(text.as_str()),
            _ => None,
        });
        let said = events.iter().find_map(|event| match event {
            SolveEvent::Said { side, text, .. } if *side == turn => Some(text.clone()),
            _ => None,
        });
        assert_eq!(Some(texts.collect::<String>().trim().to_owned()), said);
    }
}

#[test]
fn pieces_do_not_matter() {
    let told = |pieces| {
        let events = events(&mut Script { pieces, ..Script::default() }, &request());
        let said = events.iter().filter_map(|event| match event {
            SolveEvent::Said { text, .. } => Some(text.clone()),
            _ => None,
        });
        (said.collect::<Vec<_>>(), outline(&events))
    };
    let whole = told(&[10_000]);
    for pieces in [&[1][..], &[2, 3, 5, 7], &[13]] {
        assert_eq!(told(pieces), whole);
    }
}

#[test]
fn talk_beyond_the_answer_is_not_waited_for() {
    let mut script = Script::default();
    for event in events(&mut script, &request()) {
        if let SolveEvent::Said { text, .. } = event {
            assert!(!text.contains("Q: And") && !text.contains("Tom buys again"), "{text}");
        }
    }
}

#[test]
fn a_right_attempt_stands_unless_the_gate_is_off() {
    let script = || Script { critique: FINE, ..Script::default() };
    let gated = events(&mut script(), &request());
    assert_eq!(outline(&gated)[10..], ["said None", "verdict, refine false", "done Some(\"9\") false"]);
    let ungated = events(&mut script(), &SolveRequest { gated: false, ..request() });
    assert_eq!(outline(&ungated).last().map(String::as_str), Some("done Some(\"11\") false"));
}

#[test]
fn an_unreadable_critique_refines_nothing_and_says_so() {
    let events = events(&mut Script { critique: " I like apples.", ..Script::default() }, &request());
    let verdict = events.iter().find(|event| matches!(event, SolveEvent::Verdict { .. }));
    let Some(SolveEvent::Verdict { answer: None, first_wrong: None, refine: false, reason, .. }) = verdict else {
        panic!("{verdict:?}");
    };
    assert!(reason.contains("cannot be read"), "{reason}");
    assert_eq!(outline(&events).last().map(String::as_str), Some("done Some(\"9\") false"));
}

#[test]
fn the_attempts_answer_stands_where_the_refinement_has_none() {
    let events = events(&mut Script { refinement: "I do not know.", ..Script::default() }, &request());
    assert_eq!(outline(&events).last().map(String::as_str), Some("done Some(\"9\") false"));
}

/// Wherever the receiver stops, it gets what it would have got up to there, nothing more, and no error.
#[test]
fn a_receiver_can_stop_at_every_event() {
    let whole = events(&mut Script::default(), &request());
    for at_most in 1..=whole.len() {
        let mut script = Script::default();
        let (events, result) = run(&mut script, &request(), at_most);
        assert_eq!(result, Ok(()), "{at_most}");
        assert_eq!(events, whole[..at_most], "{at_most}");
    }
}

#[test]
fn a_player_stopped_from_elsewhere_ends_the_run_as_cancelled() {
    for (side, last) in [
        (Side::Attempt, "done None true"),
        (Side::Critique, "done Some(\"9\") true"),
        (Side::Refinement, "done Some(\"9\") true"),
    ] {
        let events = events(&mut Script { stopped: Some(side), ..Script::default() }, &request());
        assert_eq!(outline(&events).last().map(String::as_str), Some(last));
    }
}

#[test]
fn a_failing_player_fails_the_run_and_the_receiver_hears_why() {
    for side in [Side::Attempt, Side::Critique, Side::Refinement] {
        let (events, result) = run(&mut Script { fails: Some(side), ..Script::default() }, &request(), usize::MAX);
        let error = result.expect_err("a failure");
        assert_eq!((error.to_string().as_str(), error.is_callers_fault()), ("the cable is cut", false));
        assert_eq!(outline(&events).last().map(String::as_str), Some("failed the cable is cut"));
    }
}

#[test]
fn a_bad_request_reaches_no_player_and_no_receiver() {
    let mut script = Script::default();
    let (events, result) = run(&mut script, &SolveRequest { max_tokens: 0, ..request() }, usize::MAX);
    let error = result.expect_err("refused");
    assert!(error.is_callers_fault());
    assert_eq!(error.to_string(), "`max_tokens` is 0, it must be within 1..=2048");
    assert_eq!((events.len(), script.speeches.len()), (0, 0));
}

#[test]
fn every_side_is_asked_in_its_own_way() {
    let mut script = Script::default();
    events(&mut script, &request());
    let [attempt, critique, refinement] = &script.speeches[..] else { panic!("{}", script.speeches.len()) };
    let seeds: HashSet<u64> = [attempt, refinement].map(|speech| speech.sampling.seed()).into();
    assert_eq!(seeds.len(), 2, "a refinement must not draw the attempt's noise again");
    assert_eq!(attempt.sampling.temperature(), 0.7);
    assert_eq!(critique.sampling.temperature(), 0.0);
    assert_eq!(critique.prefill, "Step sentence: Tom buys 4 * 2 = 6 apples.\nCorrectness of the step:");
    assert_eq!(refinement.prefill, attempt.prefill);
    assert!(script.speeches.iter().all(|speech| speech.messages.last().is_some_and(|last| last.turn == Turn::User)));
    let asked = &refinement.messages.last().expect("messages").content;
    assert!(asked.contains("Step sentence: Tom buys 4 * 2 = 6 apples.\nCorrectness of the step: Wrong"), "{asked}");
    assert!(!asked.contains("Tom buys again"), "{asked}");
}

#[test]
fn the_refinement_is_shown_as_a_difference() {
    let script = Script::default();
    let before = &split_steps(script.attempt)[..3];
    let changes = difference(before, &split_steps(script.refinement));
    let Change::Changed(runs) = &changes[0] else { panic!("{changes:?}") };
    assert!(runs.contains(&Run::Removed("6".to_owned())) && runs.contains(&Run::Added("8".to_owned())), "{runs:?}");
    assert_eq!(changes.len(), 3);
}

#[test]
fn the_verdict_names_the_first_wrong_step() {
    let events = events(&mut Script::default(), &request());
    let verdict = events.into_iter().find(|event| matches!(event, SolveEvent::Verdict { .. }));
    assert_eq!(
        verdict,
        Some(SolveEvent::Verdict {
            answer: Some(Verdict::Wrong),
            first_wrong: Some(0),
            explanation: "It rests on step 1.".to_owned(),
            refine: true,
            reason: "The critic judged step 1 and the final answer wrong.".to_owned(),
            p_wrong: None,
            thought: None,
            oracle: false,
        })
    );
}
