//! The critic's last word, the gate, and the answer that stands.

use leptos::prelude::*;

use super::mark::{Mark, verdict_key};
use crate::page::state::use_app;
use crate::page::strings;
use crate::run::{Closing, Outcome};

/// Verdict on the final answer, and what follows from it.
#[component]
pub(super) fn Verdict() -> impl IntoView {
    let view = use_app().run.view;
    let closing = Memo::new(move |_| view.with(|view| view.verdict.clone()));
    let attempt = Memo::new(move |_| view.with(|view| view.attempt.answer.clone()));
    let content = move |closing: Closing| {
        let words = if closing.answer.is_none() { strings::UNPARSABLE.to_owned() } else { closing.explanation };
        let gate = if closing.refine { strings::REFINES } else { strings::KEEPS };
        view! {
            <section class="verdict" data-verdict=verdict_key(closing.answer) data-testid="verdict">
                <div class="verdict-answer">
                    <h3 class="critic">{strings::VERDICT}</h3>
                    <p class="answer-line">"Answer: " <b>{attempt.get().unwrap_or_else(|| strings::NO_ANSWER.into())}</b></p>
                </div>
                <div class="note">
                    <Mark verdict=closing.answer />
                    <p class="words">{words}</p>
                    {closing.p_wrong.map(|p| view! { <PWrong p /> })}
                    {closing.thought.map(|text| view! { <Thought text /> })}
                </div>
                <p class="gate" data-testid="gate">{strings::GATE} " " <b>{gate}</b> ". " {closing.reason}</p>
            </section>
        }
    };
    view! { {move || closing.get().map(content)} }
}

/// How sure the critic is that the answer is wrong.
#[component]
pub(super) fn PWrong(p: f32) -> impl IntoView {
    view! {
        <p class="p-wrong" title=strings::P_WRONG_HINT data-testid="p-wrong">
            {strings::P_WRONG} " "
            <meter min="0" max="1" prop:value=p aria-hidden="true"></meter> " " {format!("{:.0} %", p * 100.0)}
        </p>
    }
}

/// What the critic found by itself before it looked at the actor's answer.
#[component]
pub(super) fn Thought(text: String) -> impl IntoView {
    view! {
        <details class="thought" data-testid="thought">
            <summary>{strings::THOUGHT}</summary>
            <p class="raw">{text}</p>
        </details>
    }
}

/// The answer that stands, large.
#[component]
pub(super) fn Answer() -> impl IntoView {
    let app = use_app();
    let view = app.run.view;
    let answer = Memo::new(move |_| {
        view.with(|view| match &view.outcome {
            Some(Outcome::Done { answer, .. }) => Some(answer.clone()),
            _ => None,
        })
    });
    // The settings may have moved on to another story since the run began.
    let right = move || {
        let asked = view.with(|view| view.cast.as_ref().map(|cast| cast.request.problem.clone()));
        app.settings.with(|settings| {
            let same = asked.as_deref() == Some(settings.text());
            settings.gold().filter(|_| same).map(str::to_owned)
        })
    };
    let content = move |answer: Option<String>| {
        view! {
            <section class="answer" data-testid="answer">
                <h3>{strings::ANSWER}</h3>
                <p class="final">{answer.unwrap_or_else(|| strings::NO_ANSWER.to_owned())}</p>
                {move || right().map(|right| view! { <p class="hint">{strings::RIGHT_ANSWER} " " {right} "."</p> })}
            </section>
        }
    };
    view! { {move || answer.get().map(content)} }
}
