//! Keys that work the run: ← and → step by step, space plays and pauses.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::browser::is_busy_element;
use super::state::App;
use crate::settings::View;

/// Listens for as long as the page lives. A key that a focused control uses itself is left to it.
pub(super) fn listen(app: App) {
    let listener = window_event_listener(ev::keydown, move |event| {
        let modified = event.ctrl_key() || event.alt_key() || event.meta_key() || event.shift_key();
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let elsewhere = app.settings.with_untracked(|settings| settings.view != View::Duet);
        if modified
            || elsewhere
            || app.engine.solving.get_untracked().is_some()
            || target.is_some_and(|t| is_busy_element(&t))
        {
            return;
        }
        match event.key().as_str() {
            "ArrowLeft" => app.run.back(),
            "ArrowRight" => app.run.forward(),
            " " => app.run.toggle(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
}
