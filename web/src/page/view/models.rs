//! Choosing a model, loading it with progress, and what the browser keeps.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use crate::page::browser;
use crate::page::state::{App, use_app};
use crate::page::strings;
use crate::protocol::{Progress as Done, Source, Stage, StoredModel};

/// The model panel.
#[component]
pub(super) fn Models() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="model-title" data-testid="models">
            <h2 id="model-title">{strings::MODEL}</h2>
            <Known />
            <LoadedLine />
            <details>
                <summary>{strings::OTHER_MODEL}</summary>
                <FromAddress />
                <FromDisk />
            </details>
            <Kept />
        </section>
    }
}

/// Names to choose from, and where each one is.
fn known(app: App) -> Vec<(String, String)> {
    let kept = app.engine.storage.get().unwrap_or_default().models;
    let pair = app.engine.pair.get().flatten();
    let is_part = |name: &str| {
        pair.as_ref().is_some_and(|pair| [&pair.actor.name, &pair.critic.name].contains(&&name.to_owned()))
    };
    let mut known: Vec<_> = pair
        .iter()
        .map(|pair| {
            let bytes = pair.actor.bytes.unwrap_or_default() + pair.critic.bytes.unwrap_or_default();
            (pair.name.clone(), format!("{}, {}", strings::OWN_PAIR, megabytes(bytes)))
        })
        .collect();
    let kept = kept
        .into_iter()
        .filter(|model| !is_part(&model.name))
        .map(|model| (model.name, format!("{}, {}", strings::IN_BROWSER, megabytes(model.bytes))));
    known.extend(kept);
    for model in app.engine.offered.get().unwrap_or_default() {
        if !known.iter().any(|(name, _)| *name == model.name) {
            let size = model.bytes.map(|bytes| format!(", {}", megabytes(bytes))).unwrap_or_default();
            known.push((model.name, format!("{}{size}", strings::ON_SERVER)));
        }
    }
    known
}

#[component]
fn Known() -> impl IntoView {
    let app = use_app();
    let known = Memo::new(move |_| known(app));
    let choose = move |event| choose(app, event_target_value(&event));
    let load = move |_| {
        if let Some(name) = untrack(|| app.wanted_model()) {
            app.load_by_name(name, || {});
        }
    };
    let option = move |(name, place): (String, String)| {
        let (value, own) = (name.clone(), name.clone());
        let chosen = move || app.wanted_model().as_deref() == Some(&own);
        view! { <option value=value selected=chosen>{format!("{name} ({place})")}</option> }
    };
    let empty = move || known.with(Vec::is_empty) && app.engine.offered.with(Option::is_some);
    view! {
        <Show when=move || !known.with(Vec::is_empty)>
            <div class="field">
                <label for="model-choice">{strings::MODEL_CHOICE}</label>
                <div class="pair">
                    <select id="model-choice" on:change=choose disabled=move || app.engine.is_busy()
                        data-testid="model-choice">{move || known.get().into_iter().map(option).collect_view()}</select>
                    <button type="button" on:click=load disabled=move || app.engine.is_busy() data-testid="load">
                        {strings::LOAD}
                    </button>
                </div>
            </div>
        </Show>
        <Show when=empty><p class="hint" data-testid="no-model">{strings::NO_MODEL}</p></Show>
    }
}

#[component]
fn LoadedLine() -> impl IntoView {
    let app = use_app();
    let line = move || {
        app.engine.loaded.get().map(|loaded| {
            let weights = loaded.parameters as f64 / 1e6;
            let size = megabytes(loaded.weight_bytes);
            let pair = if loaded.pair { strings::BOTH } else { "" };
            let text = format!(
                "{}{pair} is ready on {} after {:.1} s: {} million weights, {size}, context {}.",
                loaded.model,
                loaded.backend,
                loaded.seconds,
                rounded(weights),
                loaded.context
            );
            view! {
                <p class="ready" data-testid="loaded" data-backend=loaded.kind.as_str()>
                    <span aria-hidden="true">"● "</span>{text}
                </p>
                {loaded.note.map(|note| view! { <p class="hint">{note}</p> })}
            }
        })
    };
    view! { <div role="status">{line}</div> }
}

/// Progress of the load under way, wherever the page shows it.
#[component]
pub(super) fn Progress() -> impl IntoView {
    let app = use_app();
    let bar = move |done: Done| {
        let share = done.total.filter(|total| *total > 0).map(|total| done.done as f64 / total as f64);
        view! {
            <progress max="1" prop:value=share aria-label=strings::LOAD></progress>
            <p class="hint" data-testid="progress-text">{words(&done)}</p>
        }
    };
    view! {
        <Show when=move || app.engine.loading.get().is_some()>
            <div class="progress" data-testid="progress">
                {move || app.engine.progress.get().map(bar)}
                <button type="button" class="quiet" on:click=move |_| app.cancel_load()>{strings::CANCEL}</button>
            </div>
        </Show>
    }
}

/// "Fetching: 40 of 98 MB, 6 s left".
fn words(progress: &Done) -> String {
    let Done { stage, done, total, elapsed_ms } = *progress;
    let what = match stage {
        Stage::Fetching => "Fetching",
        Stage::Reading => "Reading",
        Stage::Placing => return format!("Placing tensors: {done} of {}", total.unwrap_or(done)),
    };
    let Some(total) = total else { return format!("{what}: {}", megabytes(done)) };
    let left = elapsed_ms / 1000.0 * (total as f64 / done.max(1) as f64 - 1.0);
    let left = if done > 0 && elapsed_ms > 500.0 { format!(", {left:.0} s left") } else { String::new() };
    format!("{what}: {} of {}{left}", megabytes(done), megabytes(total))
}

/// Bytes for people.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", rounded(bytes as f64 / 1e6))
}

/// Small numbers keep a digit behind the point.
fn rounded(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}

/// The last part of an address or path, without its extension.
fn model_name(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit(['/', '\\']).next().unwrap_or(path);
    last.split(['?', '#']).next().unwrap_or(last).trim_end_matches(".gguf").to_owned()
}

/// A model that was loaded is the one to use from now on.
fn choose(app: App, name: String) {
    app.settings.update(|settings| settings.model = Some(name));
}

#[component]
fn FromAddress() -> impl IntoView {
    let app = use_app();
    let address = RwSignal::new(String::new());
    let load = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let typed = address.get_untracked();
        if let Some(url) = browser::absolute(typed.trim()).filter(|_| !typed.trim().is_empty()) {
            let name = model_name(&url);
            app.load(name.clone(), Source::Url { url, sha256: None }, None, move || choose(app, name));
        }
    };
    view! {
        <form class="field" on:submit=load>
            <label for="address">{strings::ADDRESS}</label>
            <div class="pair">
                <input id="address" type="url" placeholder="https://…/model.gguf" required data-testid="address"
                    prop:value=address on:input=move |event| address.set(event_target_value(&event)) />
                <button type="submit" disabled=move || app.engine.is_busy() data-testid="load-address">{strings::LOAD}</button>
            </div>
        </form>
    }
}

#[component]
fn FromDisk() -> impl IntoView {
    let app = use_app();
    let open = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let file = input.as_ref().and_then(HtmlInputElement::files).and_then(|files| files.get(0));
        if let Some(file) = file {
            let name = model_name(&file.name());
            app.load(name.clone(), Source::File, Some(&file), move || choose(app, name));
        }
        if let Some(input) = input {
            input.set_value(""); // the same file can be chosen again after a failure
        }
    };
    view! {
        <div class="field">
            <label for="file">{strings::FROM_DISK}</label>
            <input id="file" type="file" accept=".gguf" on:change=open disabled=move || app.engine.is_busy()
                data-testid="file" />
        </div>
    }
}

/// What the browser's storage holds.
#[component]
fn Kept() -> impl IntoView {
    let app = use_app();
    let row = move |model: StoredModel| {
        let (name, label) = (model.name.clone(), format!("{} {}", strings::DELETE, model.name));
        view! {
            <li>
                <span>{model.name} " " <small>{megabytes(model.bytes)}</small></span>
                <button type="button" class="quiet" on:click=move |_| app.delete(name.clone()) aria-label=label
                    disabled=move || app.engine.is_busy()>{strings::DELETE}</button>
            </li>
        }
    };
    let content = move || {
        let storage = app.engine.storage.get().unwrap_or_default();
        let note =
            storage.unavailable.or_else(|| storage.models.is_empty().then(|| strings::NOTHING_STORED.to_owned()));
        view! {
            <ul class="kept" data-testid="stored">{storage.models.into_iter().map(row).collect_view()}</ul>
            {note.map(|note| view! { <p class="hint">{note}</p> })}
        }
    };
    view! {
        <h3 class="label">{strings::STORED}</h3>
        {content}
    }
}
