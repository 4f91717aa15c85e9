//! The first attempt, each step with the critic's note beside it.

use duet_engine::reason::{Judgement, Side};
use leptos::prelude::*;

use super::mark::{Mark, verdict_key};
use crate::page::state::use_app;
use crate::page::strings;
use crate::run::{Activity, RunView};

/// Heading, steps with notes, and the notes that belong to no step.
#[component]
pub(super) fn Attempt() -> impl IntoView {
    let view = use_app().run.view;
    let steps = move || 0..view.with(|view| view.attempt.steps.len());
    let waiting = Memo::new(move |_| {
        view.with(|view| view.cast.is_some() && view.attempt.steps.is_empty() && view.attempt.partial.is_empty())
    });
    view! {
        <div class="spread-head">
            <h3 class="actor">{strings::ATTEMPT}</h3>
            <p class="critic column-name" aria-hidden="true">{strings::NOTES}</p>
        </div>
        <Show when=move || waiting.get()><p class="waiting">{strings::WAITING}</p></Show>
        <ol class="steps" data-testid="attempt">
            <For each=steps key=|step| *step let:step><Step step /></For>
            <Unfinished />
        </ol>
        <Asides />
        <WholeCritique />
    }
}

/// One step and its note: beside it on a wide page, below it on a narrow one.
#[component]
fn Step(step: usize) -> impl IntoView {
    let view = use_app().run.view;
    let text = Memo::new(move |_| {
        view.with(|view| view.attempt.steps.get(step).map(|text| without_number(text, step + 1).to_owned()))
    });
    let judgement = Memo::new(move |_| view.with(|view| view.judgement_of(step).cloned()));
    let pending = Memo::new(move |_| view.with(is_critic_busy));
    let key = move || judgement.with(|judgement| verdict_key(judgement.as_ref().and_then(|j| j.verdict)));
    let silent = Memo::new(move |_| view.with(|view| !view.has_begun(Side::Critique)));
    let note = move || match judgement.get() {
        Some(judgement) => view! { <Note judgement /> }.into_any(),
        None if silent.get() => ().into_any(),
        None if pending.get() => view! { <p class="mark pending">{strings::JUDGING}</p> }.into_any(),
        None => view! { <Mark verdict=None /> }.into_any(),
    };
    view! {
        <li class="step" data-verdict=key data-testid="step">
            <p class="line">{text}</p>
            <div class="note">{note}</div>
        </li>
    }
}

/// A step without the number that the model wrote before it: the list counts, too.
fn without_number(text: &str, number: usize) -> &str {
    let rest = text.trim_start().strip_prefix(&number.to_string()).and_then(|rest| rest.strip_prefix(['.', ')', ':']));
    rest.map(str::trim_start).filter(|rest| !rest.is_empty()).unwrap_or(text)
}

fn is_critic_busy(view: &RunView) -> bool {
    matches!(view.now, Activity::Reading(Side::Critique, ..) | Activity::Writing(Side::Critique))
}

/// A mark and the critic's words.
#[component]
fn Note(judgement: Judgement) -> impl IntoView {
    view! {
        <Mark verdict=judgement.verdict />
        <p class="words" data-testid="note">{judgement.explanation}</p>
    }
}

/// The step being written.
#[component]
fn Unfinished() -> impl IntoView {
    let view = use_app().run.view;
    let text = Memo::new(move |_| view.with(|view| view.attempt.partial.trim().to_owned()));
    view! {
        <Show when=move || text.with(|text| !text.is_empty())>
            <li class="step writing"><p class="line">{text}<span class="caret" aria-hidden="true"></span></p></li>
        </Show>
    }
}

#[component]
fn Asides() -> impl IntoView {
    let view = use_app().run.view;
    let asides = Memo::new(move |_| view.with(RunView::asides));
    let aside = |judgement: Judgement| {
        let (key, sentence) = (verdict_key(judgement.verdict), judgement.sentence.clone());
        view! {
            <li data-verdict=key>
                <p class="line">{sentence}</p>
                <div class="note"><Note judgement /></div>
            </li>
        }
    };
    view! {
        <Show when=move || asides.with(|asides| !asides.is_empty())>
            <details class="asides" data-testid="asides">
                <summary>{strings::ASIDES} " (" {move || asides.with(Vec::len)} ")"</summary>
                <p class="hint">{strings::ASIDES_HINT}</p>
                <ul>{move || asides.get().into_iter().map(aside).collect_view()}</ul>
            </details>
        </Show>
    }
}

/// The critic's text as it wrote it: a small critic often leaves the format, and then little of it stands elsewhere.
#[component]
fn WholeCritique() -> impl IntoView {
    let view = use_app().run.view;
    let text = Memo::new(move |_| view.with(|view| view.critique.clone()));
    view! {
        <Show when=move || text.with(|text| !text.is_empty())>
            <details class="asides" data-testid="critique">
                <summary>{strings::WHOLE_CRITIQUE}</summary>
                <p class="raw">{text}</p>
            </details>
        </Show>
    }
}
