//! The critic's last word, the gate, and the answer that stands.

use leptos::prelude::*;

use super::mark::{Mark, verdict_key};
use crate::page::state::use_app;
use crate::page::strings;
use crate::problems::{PROBLEMS, Problem};
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
                </div>
                <p class="gate" data-testid="gate">{strings::GATE} " " <b>{gate}</b> ". " {closing.reason}</p>
            </section>
        }
    };
    view! { {move || closing.get().map(content)} }
}

/// The answer that stands, large.
#[component]
pub(super) fn Answer() -> impl IntoView {
    let view = use_app().run.view;
    let answer = Memo::new(move |_| {
        view.with(|view| match &view.outcome {
            Some(Outcome::Done { answer, .. }) => Some(answer.clone()),
            _ => None,
        })
    });
    let right = move || {
        let asked = |problem: &&Problem| {
            view.with(|view| view.cast.as_ref().is_some_and(|c| c.request.problem == problem.text))
        };
        PROBLEMS.iter().find(asked).map(|problem| problem.answer)
    };
    let content = move |answer: Option<String>| {
        view! {
            <section class="answer" data-testid="answer">
                <h3>{strings::ANSWER}</h3>
                <p class="final">{answer.unwrap_or_else(|| strings::NO_ANSWER.to_owned())}</p>
                {right().map(|right| view! { <p class="hint">{strings::RIGHT_ANSWER} " " {right} "."</p> })}
            </section>
        }
    };
    view! { {move || answer.get().map(content)} }
}
