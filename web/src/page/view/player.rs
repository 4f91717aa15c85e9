//! The controls that play a run.

use leptos::prelude::*;

use crate::page::browser;
use crate::page::state::{Origin, use_app};
use crate::page::strings;

/// Back, play or pause, forward, and a position. Not there while a live run goes on.
#[component]
pub(super) fn Player() -> impl IntoView {
    let app = use_app();
    let run = app.run;
    let label = move || if run.playing.get() { strings::PAUSE } else { strings::PLAY };
    let icon = move || if run.playing.get() { "❚❚" } else { "▶" };
    let length = move || run.events.with(Vec::len);
    let at_end = move || run.shown.get() >= length();
    let seek = move |event| run.seek(event_target_value(&event).parse().unwrap_or_default());
    view! {
        <div class="player" role="group" aria-label=strings::RUN data-testid="player">
            <button type="button" class="icon" on:click=move |_| run.back() aria-label=strings::BACK title=strings::BACK
                disabled=move || run.shown.get() == 0 data-testid="back">"←"</button>
            <button type="button" class="icon" on:click=move |_| run.toggle() aria-label=label title=label
                disabled=move || length() == 0 data-testid="play">{icon}</button>
            <button type="button" class="icon" on:click=move |_| run.forward() aria-label=strings::NEXT
                title=strings::NEXT disabled=at_end data-testid="next">"→"</button>
            <input type="range" min="0" max=move || length().to_string() prop:value=move || run.shown.get().to_string()
                on:input=seek aria-label=strings::POSITION aria-valuetext=position data-testid="position" />
            <SaveRun />
        </div>
        <p class="hint keys">{strings::KEYS}</p>
    }
}

/// "7 s of 21 s" rather than a count of events.
fn position() -> String {
    let run = use_app().run;
    let at = |events: &Vec<crate::protocol::Timed>, shown: usize| {
        let last = shown.checked_sub(1).and_then(|last| events.get(last));
        last.map_or(0.0, |timed| timed.at_ms as f64 / 1000.0)
    };
    run.events.with(|events| format!("{:.0} s of {:.0} s", at(events, run.shown.get()), at(events, events.len())))
}

/// A live run can be kept: the file has the form of the recorded one.
#[component]
fn SaveRun() -> impl IntoView {
    let run = use_app().run;
    let save = move |_| {
        let text = run.events.with_untracked(serde_json::to_string).expect("invariant: events are plain data");
        drop(browser::save("duet-run.json", &text));
    };
    view! {
        <Show when=move || run.origin.get() == Origin::Live>
            <button type="button" class="quiet" on:click=save data-testid="save-run">{strings::SAVE_RUN}</button>
        </Show>
    }
}
