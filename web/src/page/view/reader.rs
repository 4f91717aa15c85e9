//! One sample in full: its attempt, the critique of it, its refinement.

use duet_engine::reason::search::{Mode, Review};
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use super::mark::Mark;
use super::samples::{Right, mode, name};
use super::verdict::{PWrong, Thought};
use crate::page::scaling::is_right;
use crate::page::state::{App, use_app};
use crate::page::strings;
use crate::search::{ChainView, Words};

/// The open sample, if one is.
#[component]
pub(super) fn Reader() -> impl IntoView {
    let app = use_app();
    let open = Memo::new(move |_| {
        let sample = app.settings.with(|settings| settings.sample)?;
        app.scaling.view.with(|view| Some((sample, mode(view), view.chains.get(sample)?.clone())))
    });
    let content = move || {
        let (sample, mode, chain) = open.get()?;
        let close = move |_| app.settings.update(|settings| settings.sample = None);
        Some(view! {
            <section class="reader" id="reader" aria-labelledby="reader-title" data-testid="reader">
                <div class="reader-head">
                    <h3 id="reader-title">{name(mode, sample)}</h3>
                    <button type="button" class="quiet" on:click=close data-testid="close">{strings::CLOSE}</button>
                </div>
                {solution(app, strings::ATTEMPT, &chain.attempt)}
                {critique(&chain)}
                {refinement(app, mode, &chain)}
            </section>
        })
    };
    view! { {content} }
}

/// Scrolls no further than it takes to see the open sample, which may lie below the list.
pub(super) fn show() {
    if let Some(reader) = document().get_element_by_id("reader") {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        reader.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

fn solution(app: App, title: &'static str, words: &Words) -> impl IntoView + use<> {
    let right = app.scaling.gold.with_untracked(|gold| is_right(words.answer.as_deref(), gold.as_deref()));
    let answer = words.done.then(|| words.answer.clone().unwrap_or_else(|| strings::NO_NUMBER.to_owned()));
    let text = if words.text.is_empty() { strings::WAITS.to_owned() } else { words.text.clone() };
    view! {
        <h4 class="actor">{title}</h4>
        <p class="line whole">{text}</p>
        {answer.map(|answer| view! {
            <p class="answer-line">"Answer: " <b>{answer}</b> " " {right.map(|right| view! { <Right right /> })}</p>
        })}
    }
}

fn critique(chain: &ChainView) -> impl IntoView + use<> {
    let text = chain.critique.clone();
    let said = chain.review.clone().map(|Review { verdict, p_wrong, reason, same_as, thought, .. }| {
        view! {
            <Mark verdict />
            {p_wrong.map(|p| view! { <PWrong p /> })}
            {thought.map(|text| view! { <Thought text /> })}
            {same_as.map(|_| view! { <p class="hint">{strings::SAME_CRITIQUE}</p> })}
            <p class="gate">{reason}</p>
        }
    });
    (!text.is_empty() || said.is_some()).then(|| {
        view! {
            <h4 class="critic">{strings::NOTES}</h4>
            <p class="line whole critic-words">{text}</p>
            {said}
        }
    })
}

fn refinement(app: App, mode: Option<Mode>, chain: &ChainView) -> impl IntoView + use<> {
    let refines = chain.review.as_ref().is_some_and(|review| review.refine);
    let reviewed = chain.review.is_some();
    match (&chain.refinement, &chain.dropped) {
        (Some(words), _) => solution(app, strings::REFINEMENT, words).into_any(),
        (None, Some(dropped)) => view! { <p class="hint">{dropped.clone()}</p> }.into_any(),
        (None, None) if refines && mode == Some(Mode::Tree) => {
            view! { <p class="hint">{strings::BRANCHES}</p> }.into_any()
        }
        (None, None) if reviewed && !refines => view! { <p class="hint">{strings::STANDS}</p> }.into_any(),
        (None, None) => ().into_any(),
    }
}
