use super::*;

fn text(side: Side, text: &str) -> SolveEvent {
    SolveEvent::Text { side, text: text.to_owned() }
}

fn step(index: usize, text: &str) -> SolveEvent {
    SolveEvent::Step { side: Side::Attempt, index, text: text.to_owned() }
}

fn judged(step: Option<usize>, explanation: &str) -> SolveEvent {
    let verdict = Some(Verdict::Wrong);
    SolveEvent::Judged(Judgement { sentence: String::new(), verdict, explanation: explanation.to_owned(), step })
}

fn timed(events: Vec<SolveEvent>) -> Vec<Timed> {
    events.into_iter().zip(0..).map(|(event, at)| Timed { at_ms: at * 500, event }).collect()
}

#[test]
fn a_step_takes_its_line_out_of_the_text_being_written() {
    let side = Side::Attempt;
    let events = timed(vec![
        SolveEvent::Turn { side },
        text(side, "12 - 5"),
        text(side, " = 7\n7 +"),
        step(0, "12 - 5 = 7"),
        text(side, " 8"),
    ]);
    let view = RunView::of(&events);
    assert_eq!(view.attempt.steps, ["12 - 5 = 7"]);
    assert_eq!(view.attempt.partial, "7 + 8");
    assert_eq!(view.now, Activity::Writing(side));
}

#[test]
fn a_turn_counts_its_tokens_and_its_speed_without_the_wait_for_the_first() {
    let side = Side::Attempt;
    let mut events = timed(vec![
        SolveEvent::Turn { side },
        SolveEvent::Prefill { side, done: 9, total: 9 },
        text(side, "a"),
        text(side, "b"),
        text(side, "c"),
    ]);
    let turn = RunView::of(&events).turns[0].clone();
    assert_eq!((turn.usage.prompt_tokens, turn.usage.completion_tokens), (9, 3));
    assert_eq!(turn.tokens_per_second(), Some(2.0)); // two tokens after the first, in one second
    let usage = Usage { prompt_tokens: 9, completion_tokens: 5 };
    events.push(Timed { at_ms: 2000, event: SolveEvent::Said { side, text: "abc".into(), answer: None, usage } });
    assert_eq!(RunView::of(&events).turns[0].usage, usage);
}

#[test]
fn judgements_lie_beside_their_step_and_the_others_are_asides() {
    let events = timed(vec![judged(Some(1), "on 1"), judged(None, "on none"), judged(Some(1), "on 1 again")]);
    let view = RunView::of(&events);
    assert_eq!(view.judgement_of(1).map(|judgement| judgement.explanation.as_str()), Some("on 1"));
    assert_eq!(view.judgement_of(0), None);
    let asides: Vec<String> = view.asides().into_iter().map(|judgement| judgement.explanation).collect();
    assert_eq!(asides, ["on none", "on 1 again"]);
}

#[test]
fn beats_are_whole_steps_and_reach_both_ends() {
    let side = Side::Attempt;
    let events = timed(vec![SolveEvent::Turn { side }, text(side, "a"), step(0, "a"), text(side, "b"), step(1, "b")]);
    assert_eq!(next_beat(&events, 0), 3);
    assert_eq!(next_beat(&events, 3), 5);
    assert_eq!(next_beat(&events, 5), 5);
    assert_eq!(previous_beat(&events, 5), 3);
    assert_eq!(previous_beat(&events, 3), 0);
    assert_eq!(previous_beat(&events, 0), 0);
}
