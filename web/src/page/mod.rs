//! The page: leptos components over a few structs of signals.

mod browser;
mod client;
mod engine;
mod hooks;
mod keys;
mod playback;
mod recorded;
mod scaling;
mod state;
mod strings;
mod view;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Mounts the page over the shell of `index.html`.
pub fn start() {
    console_error_panic_hook::set_once();
    let root = document().get_element_by_id("duet").expect("invariant: the shell has a root");
    root.set_inner_html("");
    mount_to(root.unchecked_into(), view::Page).forget();
}
