//! Seed, temperature, tokens, gate and backend.

use duet_engine::reason::GateName;
use leptos::prelude::*;

use crate::page::state::use_app;
use crate::page::strings;
use crate::protocol::Wish;
use crate::settings::{GATES, MAX_TOKENS, SEED_LIMIT, TEMPERATURE_LIMIT};

/// The settings of a run.
#[component]
pub(super) fn Controls() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="settings-title" data-testid="controls">
            <h2 id="settings-title">{strings::SETTINGS}</h2>
            <Seed />
            <Temperature />
            <MaxTokens />
            <Gate />
            <Backend />
        </section>
    }
}

#[component]
pub(super) fn Seed() -> impl IntoView {
    let app = use_app();
    let edit = move |event| {
        if let Some(seed) = event_target_value(&event).parse().ok().filter(|seed| *seed <= SEED_LIMIT) {
            app.settings.update(|settings| settings.seed = seed);
        }
    };
    let shuffle = move |_| {
        // Not for secrets: any other number will do.
        let seed = (js_sys::Math::random() * SEED_LIMIT as f64) as u64;
        app.settings.update(|settings| settings.seed = seed);
    };
    view! {
        <div class="field">
            <label for="seed">{strings::SEED}</label>
            <div class="pair">
                <input id="seed" type="number" min="0" max=SEED_LIMIT.to_string() step="1" inputmode="numeric"
                    prop:value=move || app.settings.with(|settings| settings.seed.to_string()) on:change=edit
                    aria-describedby="seed-hint" data-testid="seed" />
                <button type="button" on:click=shuffle data-testid="shuffle">{strings::SHUFFLE}</button>
            </div>
            <p class="hint" id="seed-hint">{strings::SEED_HINT}</p>
        </div>
    }
}

#[component]
pub(super) fn Temperature() -> impl IntoView {
    let app = use_app();
    let value = move || app.settings.with(|settings| settings.temperature);
    let edit = move |event| app.settings.update(|settings| settings.set_temperature(&event_target_value(&event)));
    view! {
        <div class="field">
            <label for="temperature">{strings::TEMPERATURE} " " <output>{move || format!("{:.1}", value())}</output></label>
            <input id="temperature" type="range" min="0" max=TEMPERATURE_LIMIT.to_string() step="0.1"
                prop:value=move || value().to_string() on:input=edit aria-describedby="temperature-hint"
                data-testid="temperature" />
            <p class="hint" id="temperature-hint">{strings::TEMPERATURE_HINT}</p>
        </div>
    }
}

#[component]
pub(super) fn MaxTokens() -> impl IntoView {
    let app = use_app();
    let value = move || app.settings.with(|settings| settings.max_tokens.to_string());
    let edit = move |event| app.settings.update(|settings| settings.set_max_tokens(&event_target_value(&event)));
    view! {
        <div class="field">
            <label for="max-tokens">{strings::TOKENS}</label>
            <input id="max-tokens" type="number" min=MAX_TOKENS.start().to_string() max=MAX_TOKENS.end().to_string()
                step="1" inputmode="numeric" prop:value=value on:change=edit data-testid="max-tokens" />
        </div>
    }
}

/// When the actor refines.
#[component]
pub(super) fn Gate() -> impl IntoView {
    let app = use_app();
    let change = move |event| {
        let name = event_target_value(&event);
        if let Some((gate, _)) = GATES.into_iter().find(|(_, own)| *own == name) {
            app.settings.update(|settings| settings.gate = gate);
        }
    };
    let option = move |((gate, value), name): ((GateName, &'static str), &'static str)| {
        let chosen = move || app.settings.with(|settings| settings.gate == gate);
        view! { <option value=value selected=chosen>{name}</option> }
    };
    let threshold = move || app.settings.with(|settings| settings.threshold);
    let edit = move |event| app.settings.update(|settings| settings.set_threshold(&event_target_value(&event)));
    view! {
        <div class="field">
            <label for="gate">{strings::GATE_CHOICE}</label>
            <select id="gate" on:change=change data-testid="gate-choice">
                {GATES.into_iter().zip(strings::GATE_NAMES).map(option).collect_view()}
            </select>
        </div>
        <Show when=move || app.settings.with(|settings| settings.gate == GateName::Probability)>
            <div class="field">
                <label for="threshold">{strings::THRESHOLD} " " <output>{move || format!("{:.2}", threshold())}</output></label>
                <input id="threshold" type="range" min="0" max="1" step="0.05" prop:value=move || threshold().to_string()
                    on:input=edit data-testid="threshold" />
            </div>
        </Show>
    }
}

#[component]
pub(super) fn Backend() -> impl IntoView {
    let app = use_app();
    let change = move |event| {
        let wish = Wish::parse(&event_target_value(&event)).unwrap_or_default();
        app.settings.update(|settings| settings.backend = wish);
        app.change_backend();
    };
    let option = move |(wish, name): (Wish, &'static str)| {
        let chosen = move || app.settings.with(|settings| settings.backend == wish);
        view! { <option value=wish.as_str() selected=chosen>{name}</option> }
    };
    let why = move || app.engine.choice.with(|choice| choice.as_ref().map(|choice| choice.reason.clone()));
    view! {
        <div class="field">
            <label for="backend-choice">{strings::BACKEND}</label>
            <select id="backend-choice" on:change=change disabled=move || app.engine.is_busy()
                aria-describedby="backend-hint" data-testid="backend-choice">
                {Wish::ALL.into_iter().zip(strings::BACKEND_NAMES).map(option).collect_view()}
            </select>
            <p class="hint" id="backend-hint">{move || why().unwrap_or_else(|| strings::MEASURING.to_owned())}</p>
        </div>
    }
}
