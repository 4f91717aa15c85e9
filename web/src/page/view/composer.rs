//! The problem: picked or written, and the button that solves it.

use duet_engine::reason::story::Level;
use leptos::prelude::*;

use crate::page::browser::{self, Trail};
use crate::page::state::{App, use_app};
use crate::page::strings;
use crate::problems::{Told, steps};
use crate::settings::{Chosen, PROBLEM_LIMIT, SEED_LIMIT, Settings};

/// Picker, text and the main buttons.
#[component]
pub(super) fn Composer() -> impl IntoView {
    view! {
        <section class="composer panel" aria-labelledby="problem-title">
            <ProblemChoice />
            <MainButtons />
        </section>
    }
}

/// Heading, picker and text.
#[component]
pub(super) fn ProblemChoice() -> impl IntoView {
    view! {
        <h2 id="problem-title">{strings::PROBLEM}</h2>
        <Picker />
        <OwnText />
    }
}

/// Shows the story of a level and a seed.
fn tell(app: App, level: Level, seed: u64) {
    app.settings.update(|settings| {
        settings.problem = Chosen::Story(Told::new(level, seed));
        settings.sample = None;
    });
    app.settings.with_untracked(|settings| browser::write_address(settings, Trail::Keep));
}

/// The five levels, and a fresh story of the one that is chosen.
#[component]
fn Picker() -> impl IntoView {
    let app = use_app();
    let shown = move || app.settings.with(Settings::level);
    let choice = move |level: Level| {
        let pick = move |_| tell(app, level, Told::default().seed);
        view! {
            <li>
                <button type="button" class="chip" on:click=pick title=steps(level)
                    aria-pressed=move || (shown() == Some(level)).to_string() data-testid=format!("level-{}", level.number())>
                    {strings::LEVEL} " " {level.number()}
                </button>
            </li>
        }
    };
    let fresh = move |_| {
        // Not for secrets: any other number will do.
        let seed = (js_sys::Math::random() * SEED_LIMIT as f64) as u64;
        tell(app, untrack(shown).unwrap_or(Told::default().level), seed);
    };
    view! {
        <h3 class="label" id="pick-title">{strings::PICK}</h3>
        <ul class="chips" aria-labelledby="pick-title">{Level::ALL.into_iter().map(choice).collect_view()}</ul>
        <div class="fresh">
            <button type="button" on:click=fresh aria-describedby="fresh-hint" data-testid="new-problem">
                {strings::NEW_PROBLEM}
            </button>
            <p class="hint" id="fresh-hint">{move || shown().map(|level| format!("{}. ", steps(level)))} {strings::NEW_PROBLEM_HINT}</p>
        </div>
    }
}

#[component]
fn OwnText() -> impl IntoView {
    let app = use_app();
    let text = move || app.settings.with(|settings| settings.text().to_owned());
    let characters = Memo::new(move |_| app.settings.with(|settings| settings.text().chars().count()));
    let too_long = move || characters.get() > PROBLEM_LIMIT;
    let edit = move |event| app.settings.update(|settings| settings.set_text(event_target_value(&event)));
    view! {
        <label class="label" for="problem-text">{strings::OWN}</label>
        <textarea id="problem-text" rows="5" prop:value=text on:input=edit aria-describedby="problem-count"
            aria-invalid=move || too_long().to_string() data-testid="problem-text"></textarea>
        <p class="count" id="problem-count" class:wrong=too_long data-testid="problem-count">
            {move || format!("{} of {PROBLEM_LIMIT} characters", characters.get())}
            {move || too_long().then(|| format!(". {}", strings::TOO_LONG))}
        </p>
    }
}

/// Why the problem cannot be solved as it stands.
pub(super) fn obstacle(app: App) -> Option<&'static str> {
    let characters = app.settings.with(|settings| settings.text().trim().chars().count());
    match characters {
        0 => Some(strings::EMPTY),
        characters if characters > PROBLEM_LIMIT => Some(strings::TOO_LONG),
        _ => None,
    }
}

#[component]
fn MainButtons() -> impl IntoView {
    let app = use_app();
    let running = move || app.engine.running().is_some();
    let label = move || match app.engine.loaded.with(Option::is_some) || app.wanted_model().is_none() {
        true => strings::SOLVE,
        false => strings::SOLVE_LOADS,
    };
    let stop_label = move || if app.engine.stopping.get() { strings::STOPPING } else { strings::STOP };
    let disabled = move || obstacle(app).is_some() || app.engine.is_busy() || app.engine.dead.get();
    view! {
        <div class="buttons">
            <button type="button" class="main" on:click=move |_| app.solve() disabled=disabled data-testid="solve">
                {label}
            </button>
            <Show when=running>
                <button type="button" on:click=move |_| app.stop() disabled=move || app.engine.stopping.get()
                    data-testid="stop">{stop_label}</button>
            </Show>
        </div>
        <p class="count" role="status">{move || obstacle(app)}</p>
        <super::models::Progress />
    }
}
