//! Curves over many stories: settings, progress, charts, and the numbers behind them.

use duet_engine::reason::story::Level;
use leptos::prelude::*;

use super::scaling::Stop;
use crate::page::browser;
use crate::page::scaling::reading;
use crate::page::state::use_app;
use crate::page::strings;
use crate::protocol::{Curve, Point, Swept};
use crate::search::fixed_colours;
use crate::settings::STORIES;

/// The section.
#[component]
pub(super) fn Curves() -> impl IntoView {
    let app = use_app();
    let any = move || app.scaling.swept.with(Option::is_some);
    view! {
        <section class="curves" aria-labelledby="curves-title" data-testid="curves">
            <h2 class="panel-title" id="curves-title">{strings::CURVES}</h2>
            <article class="paper" id="curves-paper">
                <p>{strings::CURVES_IDEA}</p>
                <Settings />
                <Progress />
                <Show when=any>
                    <div class="charts">
                        <Chart index=0 title=strings::CHART_SAMPLES file="duet-votes-samples.svg" />
                        <Chart index=1 title=strings::CHART_TOKENS file="duet-votes-tokens.svg" />
                    </div>
                    <Numbers />
                </Show>
                <Export />
            </article>
        </section>
    }
}

#[component]
fn Settings() -> impl IntoView {
    let app = use_app();
    let stories = move || app.settings.with(|settings| settings.stories.to_string());
    let edit = move |event| app.settings.update(|settings| settings.set_stories(&event_target_value(&event)));
    let level = move |event| {
        let level = event_target_value(&event).parse().ok().and_then(|level| Level::new(level).ok());
        app.settings.update(|settings| settings.stories_level = level);
    };
    let option = move |level: Option<Level>| {
        let chosen = move || app.settings.with(|settings| settings.stories_level == level);
        let (value, name) = match level {
            None => ("all".to_owned(), strings::EVERY_LEVEL.to_owned()),
            Some(level) => (level.number().to_string(), level.number().to_string()),
        };
        view! { <option value=value selected=chosen>{name}</option> }
    };
    let levels = std::iter::once(None).chain(Level::ALL.into_iter().map(Some));
    let label = move || app.settings.with(|settings| format!("{} (K = {})", strings::RUN_SWEEP, settings.k));
    view! {
        <div class="sweep">
            <div class="field">
                <label for="stories">{strings::STORIES}</label>
                <input id="stories" type="number" min=STORIES.start().to_string() max=STORIES.end().to_string() step="1"
                    inputmode="numeric" prop:value=stories on:change=edit data-testid="stories" />
            </div>
            <div class="field">
                <label for="stories-level">{strings::STORIES_LEVEL}</label>
                <select id="stories-level" on:change=level data-testid="stories-level">
                    {levels.map(option).collect_view()}
                </select>
            </div>
            <button type="button" on:click=move |_| app.sweep(width()) data-testid="sweep"
                disabled=move || app.engine.is_busy() || app.engine.dead.get()>{label}</button>
            <Show when=move || app.engine.sweeping.get().is_some()><Stop /></Show>
        </div>
    }
}

/// The width that a chart has: what the paper leaves it, half of that where two lie side by side.
fn width() -> u32 {
    let paper = document().get_element_by_id("curves-paper");
    let width = paper.map_or(720.0, |paper| paper.get_bounding_client_rect().width() - 64.0);
    (if width > 800.0 { width / 2.0 - 16.0 } else { width }) as u32
}

/// "12 of 20 stories, 31 s, about 20 s left".
#[component]
fn Progress() -> impl IntoView {
    let app = use_app();
    let scaling = app.scaling;
    let busy = move || app.engine.sweeping.get().is_some();
    let done = move || scaling.swept.with(|swept| swept.as_ref().map_or((0, 0), |swept| (swept.done, swept.at_ms)));
    let line = move || {
        let ((done, at_ms), of) = (done(), scaling.wanted.get());
        let seconds = at_ms as f64 / 1000.0;
        let left = (seconds / done.max(1) as f64) * of.saturating_sub(done) as f64;
        let left = if busy() && done > 0 { format!(", about {left:.0} s left") } else { String::new() };
        format!("{done} of {of} stories, {seconds:.0} s{left}")
    };
    let share = move || done().0 as f64 / scaling.wanted.get().max(1) as f64;
    view! {
        <Show when=move || busy() || scaling.swept.with(Option::is_some)>
            <div class="progress">
                <progress max="1" prop:value=share aria-label=strings::STORIES></progress>
                <p class="hint" data-testid="sweep-progress">{line}</p>
            </div>
        </Show>
    }
}

#[component]
fn Chart(index: usize, title: &'static str, file: &'static str) -> impl IntoView {
    let swept = use_app().scaling.swept;
    let svg = move || swept.with(|swept| swept.as_ref().map_or_else(String::new, |swept| swept.charts[index].clone()));
    let words = move || swept.with(|swept| swept.as_ref().map(reading));
    let save = move |_| drop(browser::save(file, &fixed_colours(&untrack(svg))));
    view! {
        <figure class="chart">
            <figcaption>{title}</figcaption>
            // Drawn by our own worker from numbers and fixed names: no text of a model or a visitor is in it.
            <div role="img" aria-label=words inner_html=svg data-testid="chart"></div>
            <button type="button" class="quiet" on:click=save data-testid="save-svg">{strings::SAVE_SVG}</button>
        </figure>
    }
}

/// The table behind the charts.
#[component]
fn Numbers() -> impl IntoView {
    let swept = use_app().scaling.swept;
    let table = move || {
        let Swept { curves, .. } = swept.get()?;
        let ks: Vec<usize> = curves.first()?.points.iter().map(|point| point.k).collect();
        let head = curves.iter().map(|curve| view! { <th scope="col">{curve.name.clone()}</th> }).collect_view();
        let rows = ks.into_iter().enumerate().map(|(at, k)| row(k, at, &curves)).collect_view();
        Some(view! {
            <table class="cost" data-testid="numbers">
                <caption>{strings::CURVES}</caption>
                <thead><tr><th scope="col">"K"</th>{head}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        })
    };
    view! {
        <details class="numbers">
            <summary>{strings::NUMBERS}</summary>
            <div class="table-scroll">{table}</div>
        </details>
    }
}

fn row(k: usize, at: usize, curves: &[Curve]) -> impl IntoView + use<> {
    let cell = |point: Option<&Point>| {
        let text = point.map(|Point { accuracy, low, high, tokens, .. }| {
            let [accuracy, low, high] = [accuracy, low, high].map(|share| share * 100.0);
            format!("{accuracy:.0} % ({low:.0}–{high:.0}), {tokens:.0} tokens")
        });
        view! { <td>{text}</td> }
    };
    let cells = curves.iter().map(|curve| cell(curve.points.get(at))).collect_view();
    view! { <tr><th scope="row">{k}</th>{cells}</tr> }
}

#[component]
fn Export() -> impl IntoView {
    let app = use_app();
    let scaling = app.scaling;
    let any = move || scaling.record.with(Option::is_some) || scaling.swept.with(Option::is_some);
    let save = move |_| drop(browser::save("duet-scaling.json", &app.scaling_export()));
    view! {
        <Show when=any>
            <div class="buttons">
                <button type="button" on:click=save data-testid="save-json">{strings::SAVE_JSON}</button>
            </div>
        </Show>
    }
}
