//! The run: whose it is, what is going on, and everything that was said.

use duet_engine::reason::{GateName, Side};
use leptos::prelude::*;

use super::cost::Cost;
use super::player::Player;
use super::refinement::Refinement;
use super::solution::Attempt;
use super::verdict::{Answer, Verdict};
use crate::page::state::{Origin, use_app};
use crate::page::strings;
use crate::run::{Activity, Cast, Outcome};
use crate::settings::Panel;

/// The right-hand side of the page.
#[component]
pub(super) fn Stage() -> impl IntoView {
    let app = use_app();
    let live = move || app.engine.solving.get().is_some();
    let shows_cost = move || app.settings.with(|settings| settings.shows(Panel::Cost));
    view! {
        <section class="stage" id="run" tabindex="-1" aria-labelledby="run-title" aria-busy=move || live().to_string()>
            <div class="stage-head">
                <h2 class="whisper" id="run-title">{strings::RUN}</h2>
                <OriginBadge />
                <p class="now" data-testid="now">{move || app.run.view.with(|view| now(view.now))}</p>
                <Show when=move || !live()><Player /></Show>
            </div>
            <article class="paper">
                <Question />
                <Attempt />
                <Verdict />
                <Refinement />
                <Ending />
                <Answer />
                <Show when=shows_cost><Cost /></Show>
            </article>
        </section>
    }
}

#[component]
fn OriginBadge() -> impl IntoView {
    let app = use_app();
    let recorded = move || app.run.origin.get() == Origin::Recorded;
    let name = move || if recorded() { strings::RECORDED } else { strings::LIVE };
    view! {
        <p class="origin" class:live=move || !recorded() data-testid="origin">
            <span class="dot" aria-hidden="true"></span> {name}
        </p>
        <Show when=recorded><p class="hint recorded-hint">{strings::RECORDED_HINT}</p></Show>
    }
}

/// What is going on, in a few words.
fn now(activity: Activity) -> String {
    let verb = |side: Side, reading: &str, writing: &str, reads: bool| {
        let who = if side == Side::Critique { strings::CRITIC } else { strings::ACTOR };
        format!("{who} {}", if reads { reading } else { writing })
    };
    match activity {
        Activity::Idle | Activity::Over => String::new(),
        Activity::Reading(side, _, 0) => verb(side, "gets ready…", "", true),
        Activity::Reading(side, done, total) => {
            let percent = 100 * done / total;
            verb(side, &format!("reads: {percent} % of {total} tokens"), "", true)
        }
        Activity::Writing(side) => verb(side, "", "writes…", false),
    }
}

/// The problem of the run on show, which need not be the one in the text area.
#[component]
fn Question() -> impl IntoView {
    let app = use_app();
    let cast = Memo::new(move |_| app.run.view.with(|view| view.cast.clone()));
    let players = |cast: Cast| {
        let request = cast.request;
        let gate = match (request.gate, request.threshold) {
            (Some(GateName::Probability), Some(threshold)) => format!(", refines at P(wrong) ≥ {threshold:.2}"),
            (Some(GateName::Always), _) => ", always refines".to_owned(),
            (None, _) if !request.gated => ", always refines".to_owned(),
            _ => String::new(),
        };
        view! {
            <blockquote class="question"><p data-testid="question">{request.problem}</p></blockquote>
            <ul class="cast">
                <li class="actor"><b>{strings::ACTOR}</b> " " {cast.actor}</li>
                <li class="critic"><b>{strings::CRITIC}</b> " " {cast.critic}</li>
                <li>{cast.backend}</li>
                <li>{format!("seed {}, temperature {:.1}{gate}", request.seed, request.temperature)}</li>
            </ul>
        }
    };
    view! { {move || cast.get().map(players)} }
}

/// A run that was stopped or failed says so.
#[component]
fn Ending() -> impl IntoView {
    let app = use_app();
    let ending = Memo::new(move |_| {
        app.run.view.with(|view| match &view.outcome {
            Some(Outcome::Done { cancelled: true, .. }) => Some(strings::CANCELLED.to_owned()),
            Some(Outcome::Failed(message)) => Some(message.clone()),
            _ => None,
        })
    });
    view! { {move || ending.get().map(|text| view! { <p class="ending" data-testid="ending">{text}</p> })} }
}
