//! Components. Model text only ever becomes text nodes.

#![allow(unreachable_pub, reason = "the component macro writes public builders")]

mod alert;
mod composer;
mod controls;
mod cost;
mod curves;
mod header;
mod mark;
mod models;
mod player;
mod reader;
mod refinement;
mod samples;
mod scaling;
mod solution;
mod stage;
mod verdict;
mod votes;

use leptos::ev;
use leptos::prelude::*;

use super::browser::{self, Trail};
use super::state::App;
use super::{hooks, keys, recorded, strings};
use crate::settings::{Panel, View};

/// The whole page.
#[component]
pub(super) fn Page() -> impl IntoView {
    let app = App::start();
    provide_context(app);
    hooks::install(app);
    keys::listen(app);
    follow_address(app);
    recorded::show_then_wake(app);
    let shows = move |panel| app.settings.with(|settings| settings.shows(panel));
    let view = Memo::new(move |_| app.settings.with(|settings| settings.view));
    let shows_view = move |own| view.get() == own;
    view! {
        <a class="skip" href="#run">{strings::SKIP}</a>
        <Show when=move || shows(Panel::Header)><header::Header /></Show>
        <Show when=move || shows_view(View::Duet)>
            <main class="house">
                <Show when=move || shows(Panel::Intro)><Intro /></Show>
                <alert::Alert />
                <Show when=move || shows(Panel::Problem)><composer::Composer /></Show>
                <stage::Stage />
                <div class="rail">
                    <Show when=move || shows(Panel::Models)><models::Models /></Show>
                    <Show when=move || shows(Panel::Controls)><controls::Controls /></Show>
                </div>
            </main>
        </Show>
        <Show when=move || shows_view(View::Scaling)><scaling::Scaling /></Show>
        <p class="whisper" role="status" aria-live="polite" data-testid="announcements">
            {move || app.run.announced.get()}
        </p>
    }
}

#[component]
fn Intro() -> impl IntoView {
    view! {
        <div class="intro">
            <h1>{strings::TITLE}</h1>
            <p class="lead">{strings::IDEA}</p>
            <p class="honesty">{strings::HONESTY}</p>
        </div>
    }
}

/// Keeps address and settings the same, in both directions.
fn follow_address(app: App) {
    Effect::new(move |_| app.settings.with(|settings| browser::write_address(settings, Trail::Replace)));
    let listener = window_event_listener(ev::popstate, move |_| {
        let settings = browser::read_address();
        let moved = app.settings.with_untracked(|old| old.backend != settings.backend);
        app.settings.set(settings);
        if moved {
            app.change_backend();
        }
    });
    on_cleanup(move || listener.remove());
}
