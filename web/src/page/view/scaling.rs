//! The Scaling view: many samples of one problem, the votes among them, and curves over many problems.

use duet_engine::reason::search::Mode;
use leptos::prelude::*;

use super::composer::{ProblemChoice, obstacle};
use super::controls::{Backend, Gate, MaxTokens, Seed, Temperature};
use super::curves::Curves;
use super::reader::Reader;
use super::samples::Samples;
use super::votes::Votes;
use super::{alert, models};
use crate::page::state::use_app;
use crate::page::strings;
use crate::search::SearchView;
use crate::settings::{MODES, Panel, SAMPLES};

/// The whole view.
#[component]
pub(super) fn Scaling() -> impl IntoView {
    let app = use_app();
    let shows = move |panel| app.settings.with(|settings| settings.shows(panel));
    view! {
        <main class="house">
            <Show when=move || shows(Panel::Intro)>
                <div class="intro">
                    <h1>{strings::SCALING_TITLE}</h1>
                    <p class="lead">{strings::SCALING_IDEA}</p>
                </div>
            </Show>
            <alert::Alert />
            <Show when=move || shows(Panel::Problem)>
                <section class="composer panel" aria-labelledby="problem-title">
                    <ProblemChoice />
                    <K />
                    <ModeChoice />
                    <Buttons />
                </section>
            </Show>
            <section class="stage" id="run" tabindex="-1" aria-labelledby="run-title">
                <Found />
                <Curves />
            </section>
            <div class="rail">
                <Show when=move || shows(Panel::Controls)><SearchControls /></Show>
                <Show when=move || shows(Panel::Models)><models::Models /></Show>
            </div>
        </main>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let app = use_app();
    let engine = app.engine;
    let label = move || match engine.loaded.with(Option::is_some) || app.wanted_model().is_none() {
        true => strings::RUN_SEARCH,
        false => strings::RUN_SEARCH_LOADS,
    };
    let disabled = move || obstacle(app).is_some() || engine.is_busy() || engine.dead.get();
    view! {
        <div class="buttons">
            <button type="button" class="main" on:click=move |_| app.search() disabled=disabled data-testid="search">
                {label}
            </button>
            <Show when=move || engine.searching.get().is_some()><Stop /></Show>
        </div>
        <p class="count" role="status">{move || obstacle(app)}</p>
        <models::Progress />
    }
}

/// Stops what is under way.
#[component]
pub(super) fn Stop() -> impl IntoView {
    let app = use_app();
    let label = move || if app.engine.stopping.get() { strings::STOPPING } else { strings::STOP };
    view! {
        <button type="button" on:click=move |_| app.stop() disabled=move || app.engine.stopping.get() data-testid="stop">
            {label}
        </button>
    }
}

#[component]
fn SearchControls() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="search-title" data-testid="controls">
            <h2 id="search-title">{strings::SEARCH_SETTINGS}</h2>
            <Gate />
            <Seed />
            <Temperature />
            <MaxTokens />
            <Backend />
        </section>
    }
}

#[component]
fn K() -> impl IntoView {
    let app = use_app();
    let value = move || app.settings.with(|settings| settings.k.to_string());
    let edit = move |event| app.settings.update(|settings| settings.set_k(&event_target_value(&event)));
    view! {
        <div class="field">
            <label for="k">{strings::SAMPLES} " " <output>{value}</output></label>
            <input id="k" type="range" min=SAMPLES.start().to_string() max=SAMPLES.end().to_string() step="1"
                prop:value=value on:input=edit data-testid="k" />
        </div>
    }
}

#[component]
fn ModeChoice() -> impl IntoView {
    let app = use_app();
    let change = move |event| {
        let name = event_target_value(&event);
        if let Some((mode, _)) = MODES.into_iter().find(|(_, own)| *own == name) {
            app.settings.update(|settings| settings.mode = mode);
        }
    };
    let chosen = move || app.settings.with(|settings| settings.mode);
    let option = move |((mode, value), name): ((Mode, &'static str), &'static str)| {
        view! { <option value=value selected=move || chosen() == mode>{name}</option> }
    };
    let hint = move || {
        MODES.into_iter().zip(strings::MODE_HINTS).find(|((mode, _), _)| *mode == chosen()).map(|(_, hint)| hint)
    };
    view! {
        <div class="field">
            <label for="mode">{strings::MODE}</label>
            <select id="mode" on:change=change aria-describedby="mode-hint" data-testid="mode">
                {MODES.into_iter().zip(strings::MODE_NAMES).map(option).collect_view()}
            </select>
            <p class="hint" id="mode-hint">{hint}</p>
        </div>
    }
}

/// The search on show: how far it is, the votes, the samples, and the one that is open.
#[component]
fn Found() -> impl IntoView {
    let app = use_app();
    let view = app.scaling.view;
    let begun = Memo::new(move |_| view.with(|view| view.cast.is_some()));
    let busy = move || app.engine.searching.get().is_some();
    view! {
        <div class="stage-head">
            <h2 class="panel-title" id="run-title">{strings::TREE}</h2>
            <p class="now" data-testid="search-status">{move || view.with(status)}</p>
        </div>
        <article class="paper" aria-busy=move || busy().to_string()>
            <Show when=move || begun.get() fallback=|| view! { <p class="waiting">{strings::TREE_EMPTY}</p> }>
                <Asked />
                <Votes />
                <div class="spread">
                    <Samples />
                    <Reader />
                </div>
            </Show>
        </article>
    }
}

/// "8 of 8 attempts, 6 of 8 critiques, 1 of 3 refinements; 3,120 tokens; 1.4 s".
fn status(view: &SearchView) -> String {
    if view.cast.is_none() {
        return String::new();
    }
    let kinds = ["attempts", "critiques", "refinements"];
    let counts = view.counts().into_iter().zip(kinds).filter(|(count, _)| count.of > 0);
    let counts: Vec<String> = counts.map(|(count, kind)| format!("{} of {} {kind}", count.done, count.of)).collect();
    let tokens = view.usage.prompt_tokens + view.usage.completion_tokens;
    format!("{} · {tokens} tokens · {:.1} s", counts.join(", "), view.at_ms as f64 / 1000.0)
}

/// The problem of the search on show, which need not be the one in the text area.
#[component]
fn Asked() -> impl IntoView {
    let app = use_app();
    let cast = Memo::new(move |_| app.scaling.view.with(|view| view.cast.clone()));
    let content = move || {
        let cast = cast.get()?;
        let gold = app.scaling.gold.get();
        let request = cast.request;
        Some(view! {
            <blockquote class="question small"><p data-testid="asked">{request.problem}</p></blockquote>
            <ul class="cast">
                <li class="actor"><b>{strings::ACTOR}</b> " " {cast.actor}</li>
                <li class="critic"><b>{strings::CRITIC}</b> " " {cast.critic}</li>
                <li>{cast.backend}</li>
                <li>{format!("K = {}, seed {}, temperature {:.1}", request.k, request.seed, request.temperature)}</li>
                {gold.map(|gold| view! { <li>{strings::RIGHT_ANSWER} " " <b>{gold}</b></li> })}
            </ul>
        })
    };
    view! { {content} }
}
