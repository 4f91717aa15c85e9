use duet_engine::reason::search::Votes;

use super::*;

fn started(mode: Mode, k: usize) -> SearchEvent {
    let request = SearchRequest { problem: "How many?".into(), mode, k, ..SearchRequest::default() };
    SearchEvent::Started { request, actor: "a".into(), critic: "c".into(), backend: "cpu".into(), oracle: false }
}

fn said(chain: usize, side: Side, answer: &str) -> SearchEvent {
    let usage = Usage { prompt_tokens: 3, completion_tokens: 2 };
    SearchEvent::Said { chain, side, text: format!("The answer is {answer}."), answer: Some(answer.into()), usage }
}

fn text(chain: usize, side: Side, text: &str) -> SearchEvent {
    SearchEvent::Text { chain, side, text: text.into() }
}

fn review(chain: usize, refine: bool) -> SearchEvent {
    let review = Review {
        same_as: None,
        text: "Wrong.".into(),
        verdict: None,
        first_wrong: None,
        thought: None,
        p_wrong: Some(0.9),
        steps_p_wrong: Vec::new(),
        refine,
        reason: String::new(),
        oracle: false,
        usage: Usage { prompt_tokens: 10, completion_tokens: 5 },
    };
    SearchEvent::Review { chain, review }
}

fn view(events: Vec<SearchEvent>) -> SearchView {
    let mut view = SearchView::default();
    view.apply(events.into_iter().zip(1..).map(|(event, at_ms)| Found { at_ms, event }).collect());
    view
}

#[test]
fn parallel_samples_are_there_from_the_start_and_vote_before_and_after() {
    let view = view(vec![
        started(Mode::Parallel, 3),
        text(0, Side::Attempt, "The ans"),
        said(1, Side::Attempt, "4"),
        said(0, Side::Attempt, "4"),
        text(1, Side::Critique, "Hm"),
        review(1, true),
        review(0, false),
        text(1, Side::Refinement, "Th"),
        said(1, Side::Refinement, "5"),
    ]);
    assert_eq!(view.attempts().votes, [Votes { answer: "4".into(), count: 2 }]);
    assert_eq!(
        (view.chains[1].answer(), view.chains[0].answer(), view.chains[2].answer()),
        (Some("5"), Some("4"), None)
    );
    let [attempts, critiques, refinements] = view.counts();
    assert_eq!((attempts, critiques), (Count { done: 2, of: 3 }, Count { done: 2, of: 3 }));
    assert_eq!(refinements, Count { done: 1, of: 1 });
    assert_eq!(view.chains[1].critique, "Wrong.", "the whole critique stands in place of what was streamed");
    assert_eq!(view.usage, Usage { prompt_tokens: 29, completion_tokens: 16 });
    assert_eq!((view.at_ms, view.rows()), (9, vec![(0, 0), (0, 1), (0, 2)]));
}

#[test]
fn a_round_begins_with_what_stands() {
    let view = view(vec![
        started(Mode::Sequential, 3),
        said(0, Side::Attempt, "4"),
        review(0, true),
        said(0, Side::Refinement, "5"),
        SearchEvent::Branch { chain: 1, parent: 0, kept: 1 },
        review(1, false),
    ]);
    assert_eq!(view.chains[1].attempt.answer.as_deref(), Some("5"));
    assert_eq!((view.chains.len(), view.attempts().votes.len()), (2, 1), "one attempt, whatever the rounds");
}

#[test]
fn a_trees_refinements_are_nodes_below_what_they_refine() {
    let view = view(vec![
        started(Mode::Tree, 6),
        said(0, Side::Attempt, "4"),
        said(1, Side::Attempt, "6"),
        review(0, true),
        SearchEvent::Branch { chain: 2, parent: 0, kept: 1 },
        SearchEvent::Branch { chain: 3, parent: 0, kept: 1 },
        text(2, Side::Refinement, "One.\nTw"),
        said(3, Side::Refinement, "5"),
        SearchEvent::Branch { chain: 4, parent: 3, kept: 0 },
    ]);
    assert_eq!(view.rows(), [(0, 0), (1, 2), (1, 3), (2, 4), (0, 1)]);
    assert_eq!((view.chains[2].attempt.text.as_str(), view.chains[3].answer()), ("One.\nTw", Some("5")));
    assert!(view.chains.iter().all(|chain| chain.refinement.is_none()));
}

#[test]
fn the_first_of_equals_leads() {
    let tally = Tally::of([Some("4"), Some("5"), Some("5"), Some("4"), None]);
    assert_eq!((leader(&tally), leader(&Tally::default())), (Some("4"), None));
}

#[test]
fn a_saved_chart_has_its_colours_fixed() {
    assert_eq!(fixed_colours(r##"<p fill="var(--ink,#1D1B18)"/><q x="1"/>"##), r##"<p fill="#1D1B18"/><q x="1"/>"##);
    assert_eq!(fixed_colours("<svg/>"), "<svg/>");
}
