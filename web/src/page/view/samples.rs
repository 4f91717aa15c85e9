//! The samples as a list that reads as a tree: attempt, critique, refinement, in a row each.

use duet_engine::reason::Verdict;
use duet_engine::reason::search::Mode;
use leptos::prelude::*;

use super::mark::verdict_key;
use crate::page::playback::verdict_word;
use crate::page::scaling::is_right;
use crate::page::state::use_app;
use crate::page::strings;
use crate::search::{ChainView, SearchView, Words};

/// What a row shows of a chain: little enough to be compared at every bundle of events.
#[derive(Debug, Clone, PartialEq)]
struct Brief {
    attempt: Piece,
    critic: Critic,
    refinement: Option<Piece>,
}

/// A solution in a row.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Waits,
    Writes,
    Said(Option<String>),
}

/// A critique in a row.
#[derive(Debug, Clone, PartialEq)]
enum Critic {
    Waits,
    Writes,
    Said { verdict: Option<Verdict>, p_wrong: Option<f32> },
}

impl Piece {
    fn of(words: &Words) -> Self {
        match words {
            Words { done: true, answer, .. } => Self::Said(answer.clone()),
            Words { text, .. } if text.is_empty() => Self::Waits,
            _ => Self::Writes,
        }
    }
}

impl Brief {
    fn of(chain: &ChainView) -> Self {
        let critic = match &chain.review {
            Some(review) => Critic::Said { verdict: review.verdict, p_wrong: review.p_wrong },
            None if chain.critique.is_empty() => Critic::Waits,
            None => Critic::Writes,
        };
        let wanted = chain.review.as_ref().is_some_and(|review| review.refine) && chain.dropped.is_none();
        let refinement = chain.refinement.as_ref().map(Piece::of).or(wanted.then_some(Piece::Waits));
        Self { attempt: Piece::of(&chain.attempt), critic, refinement }
    }
}

/// All samples.
#[component]
pub(super) fn Samples() -> impl IntoView {
    let view = use_app().scaling.view;
    let rows = Memo::new(move |_| view.with(SearchView::rows));
    view! {
        <div class="samples">
            <p class="hint">{strings::TREE_HINT}</p>
            <ol data-testid="samples">
                <For each=move || rows.get() key=|row| *row let:row><Row depth=row.0 chain=row.1 /></For>
            </ol>
        </div>
    }
}

/// What a sample is called.
pub(super) fn name(mode: Option<Mode>, chain: usize) -> String {
    let word = if mode == Some(Mode::Sequential) { strings::ROUND } else { strings::SAMPLE };
    format!("{word} {}", chain + 1)
}

/// The search's shape.
pub(super) fn mode(view: &SearchView) -> Option<Mode> {
    view.cast.as_ref().map(|cast| cast.request.mode)
}

#[component]
fn Row(depth: usize, chain: usize) -> impl IntoView {
    let app = use_app();
    let view = app.scaling.view;
    let brief = Memo::new(move |_| view.with(|view| view.chains.get(chain).map(Brief::of)));
    let mode = Memo::new(move |_| view.with(mode));
    let open = move || app.settings.with(|settings| settings.sample == Some(chain));
    let toggle = move |_| {
        app.settings.update(|settings| settings.sample = (settings.sample != Some(chain)).then_some(chain));
        if untrack(open) {
            request_animation_frame(super::reader::show);
        }
    };
    let content = move || {
        let Brief { attempt, critic, refinement } = brief.get()?;
        // Of a tree, the refinements are rows of their own.
        let refinement = refinement.filter(|_| mode.get() != Some(Mode::Tree));
        Some(view! {
            {solution(strings::ATTEMPT, attempt)}
            {critique(critic)}
            {refinement.map(|piece| solution(strings::REFINEMENT, piece))}
        })
    };
    view! {
        <li class="branch" data-depth=depth.to_string() style=("--depth", depth.to_string())>
            <button type="button" class="sample" aria-pressed=move || open().to_string() on:click=toggle data-testid="sample">
                <span class="sample-name">{move || name(mode.get(), chain)}</span>
                {content}
            </button>
        </li>
    }
}

fn solution(what: &'static str, piece: Piece) -> impl IntoView {
    let gold = use_app().scaling.gold;
    let text = match &piece {
        Piece::Waits => strings::WAITS.to_owned(),
        Piece::Writes => strings::WRITES.to_owned(),
        Piece::Said(answer) => answer.clone().unwrap_or_else(|| strings::NO_NUMBER.to_owned()),
    };
    let answer = if let Piece::Said(answer) = piece { answer } else { None };
    let settled = answer.is_some();
    let right = move || gold.with(|gold| is_right(answer.as_deref(), gold.as_deref()));
    view! {
        <span class="piece" class:settled=settled>
            <span class="whisper">{what} " "</span>
            <b>{text}</b>
            {move || right().map(|right| view! { <Right right /> })}
        </span>
    }
}

/// Right or wrong: a shape, a word and a colour.
#[component]
pub(super) fn Right(right: bool) -> impl IntoView {
    let (key, shape, word) =
        if right { ("correct", "✓", strings::RIGHT) } else { ("wrong", "✗", strings::NOT_RIGHT) };
    view! {
        <span class="mark" data-verdict=key><span class="shape" aria-hidden="true">{shape}</span> {word}</span>
    }
}

fn critique(critic: Critic) -> impl IntoView {
    let (key, text) = match critic {
        Critic::Waits => ("none", String::new()),
        Critic::Writes => ("none", strings::READS.to_owned()),
        Critic::Said { verdict, p_wrong } => {
            let p = p_wrong.map(|p| format!(" ({:.0} %)", p * 100.0)).unwrap_or_default();
            (verdict_key(verdict), format!("“{}”{p}", verdict_word(verdict)))
        }
    };
    (!text.is_empty()).then(|| {
        view! {
            <span class="says" data-verdict=key>
                <span class="whisper">{strings::CRITIC} " "</span>
                {text}
            </span>
        }
    })
}
