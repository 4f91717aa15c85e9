//! The refinement, as a difference against the attempt.

use duet_engine::reason::{Change, Run, Side, difference};
use leptos::prelude::*;

use crate::page::state::use_app;
use crate::page::strings;
use crate::run::RunView;

/// Plain while it is written, compared with the attempt once it is said.
#[component]
pub(super) fn Refinement() -> impl IntoView {
    let view = use_app().run.view;
    let begun = Memo::new(move |_| view.with(|view| view.has_begun(Side::Refinement)));
    let said = Memo::new(move |_| view.with(|view| view.refinement.said.is_some()));
    view! {
        <Show when=move || begun.get()>
            <section class="refinement" data-testid="refinement">
                <h3 class="actor">{strings::REFINEMENT}</h3>
                <Show when=move || said.get() fallback=|| view! { <Growing /> }><Compared /></Show>
            </section>
        </Show>
    }
}

/// The refinement while it is written.
#[component]
fn Growing() -> impl IntoView {
    let view = use_app().run.view;
    let lines = Memo::new(move |_| {
        view.with(|view| {
            let partial = Some(view.refinement.partial.trim().to_owned()).filter(|text| !text.is_empty());
            view.refinement.steps.iter().cloned().chain(partial).collect::<Vec<_>>()
        })
    });
    let line = move |index: usize| {
        let text = move || lines.with(|lines| lines.get(index).cloned());
        view! { <li><p class="line">{text}</p></li> }
    };
    view! {
        <ol class="changes">
            <For each=move || 0..lines.with(Vec::len) key=|index| *index children=line />
        </ol>
    }
}

/// The refinement beside the attempt, step by step and word by word.
#[component]
fn Compared() -> impl IntoView {
    let view = use_app().run.view;
    let compare = |view: &RunView| difference(&view.attempt.steps, &view.refinement.steps);
    let changes = Memo::new(move |_| view.with(compare));
    view! {
        <p class="hint">{strings::REFINEMENT_HINT}</p>
        <ol class="changes" data-testid="difference">
            {move || changes.get().into_iter().map(changed_step).collect_view()}
        </ol>
    }
}

fn changed_step(change: Change) -> impl IntoView {
    let (kind, content) = match change {
        Change::Kept(text) => ("kept", text.into_any()),
        Change::Removed(text) => ("removed", view! { <del>{text}</del> }.into_any()),
        Change::Added(text) => ("added", view! { <ins>{text}</ins> }.into_any()),
        Change::Changed(runs) => ("changed", runs.into_iter().map(changed_words).collect_view().into_any()),
    };
    view! { <li data-change=kind><p class="line">{content}</p></li> }
}

fn changed_words(run: Run) -> impl IntoView {
    match run {
        Run::Kept(text) => text.into_any(),
        Run::Removed(text) => view! { <del>{text}</del> }.into_any(),
        Run::Added(text) => view! { <ins>{text}</ins> }.into_any(),
    }
}
