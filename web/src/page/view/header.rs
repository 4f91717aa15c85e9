//! Name, backend, link, theme.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::page::browser::{self, Trail};
use crate::page::state::use_app;
use crate::page::strings;
use crate::protocol::{BackendChoice, Wish};
use crate::settings::View;

/// The line at the top of the page.
#[component]
pub(super) fn Header() -> impl IntoView {
    view! {
        <header class="top">
            <p class="wordmark">{strings::NAME}</p>
            <Views />
            <div class="top-tools">
                <BackendBadge />
                <CopyLink />
                <ThemeChoice />
            </div>
        </header>
    }
}

/// The views of the page: links, so that one can be opened beside another.
#[component]
fn Views() -> impl IntoView {
    let app = use_app();
    let link = move |((view, name), label): ((View, &'static str), &'static str)| {
        let current = move || app.settings.with(|settings| settings.view == view).then_some("page");
        // With everything else as it is: opened in another tab, it shows the same problem.
        let address = move || {
            let there = app.settings.with(|settings| crate::settings::Settings { view, ..settings.clone() });
            format!("?{}", browser::query(&there))
        };
        let go = move |event: leptos::ev::MouseEvent| {
            if event.ctrl_key() || event.meta_key() || event.shift_key() {
                return; // another tab or window is wanted
            }
            event.prevent_default();
            app.settings.update(|settings| settings.view = view);
            app.settings.with_untracked(|settings| browser::write_address(settings, Trail::Keep));
        };
        view! {
            <li>
                <a href=address aria-current=current on:click=go data-testid=format!("view-{name}")>{label}</a>
            </li>
        }
    };
    view! {
        <nav class="views" aria-label=strings::VIEWS>
            <ul>{View::ALL.into_iter().zip(strings::VIEW_NAMES).map(link).collect_view()}</ul>
        </nav>
    }
}

/// Where the engine runs, how fast, and (on demand) why there.
#[component]
fn BackendBadge() -> impl IntoView {
    let app = use_app();
    let name = move || match app.engine.choice.with(|choice| choice.as_ref().map(|choice| choice.chosen)) {
        None => strings::MEASURING.to_owned(),
        Some(kind) => {
            let name = if kind == Wish::Gpu { "GPU" } else { "Processor" };
            let speed = app.engine.speed.get().map(|speed| format!(" · {speed:.1} tokens/s"));
            format!("{name}{}", speed.unwrap_or_default())
        }
    };
    let detail = move || app.engine.choice.get().map(|choice| view! { <BackendDetail choice /> });
    view! {
        <details class="badge-more" data-testid="backend">
            <summary class="badge">{name}</summary>
            <div class="popover">{detail}</div>
        </details>
    }
}

#[component]
fn BackendDetail(choice: BackendChoice) -> impl IntoView {
    let row = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let milliseconds = |time: Option<f64>| time.map(|time| format!("{time:.1} ms a token (30 test layers)"));
    let test = choice.self_test.map(|test| test.err().unwrap_or_else(|| "passed".to_owned()));
    view! {
        <p data-testid="backend-reason">{choice.reason}</p>
        <dl class="facts">
            {row("Adapter", choice.adapter)}
            {row("Self-test", test)}
            {row("GPU", milliseconds(choice.gpu_ms))}
            {row("Processor", milliseconds(choice.cpu_ms))}
        </dl>
    }
}

#[component]
fn CopyLink() -> impl IntoView {
    let label = RwSignal::new(strings::COPY_LINK);
    let copy = move |_| {
        spawn_local(async move {
            let address = window().location().href().unwrap_or_default();
            label.set(if browser::copy(&address).await { strings::COPIED } else { strings::COPY_FAILED });
            set_timeout(move || label.set(strings::COPY_LINK), Duration::from_secs(3));
        });
    };
    view! {
        <button type="button" class="quiet" on:click=copy data-testid="copy-link">
            <span aria-live="polite">{label}</span>
        </button>
    }
}

#[component]
fn ThemeChoice() -> impl IntoView {
    let theme = RwSignal::new(browser::theme());
    let change = move |event| {
        let chosen = event_target_value(&event);
        browser::set_theme(&chosen);
        theme.set(chosen);
    };
    let option = move |(value, name): (&'static str, &'static str)| {
        view! { <option value=value selected=move || theme.get() == value>{name}</option> }
    };
    view! {
        <label class="inline">
            <span>{strings::THEME}</span>
            <select on:change=change data-testid="theme">{strings::THEMES.map(option).to_vec()}</select>
        </label>
    }
}
