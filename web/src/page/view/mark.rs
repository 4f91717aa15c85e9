//! The critic's mark: a shape, a word and a colour.

use duet_engine::reason::Verdict;
use leptos::prelude::*;

use crate::page::playback::verdict_word;

/// How a verdict is named in `data-verdict`, which the style sheet colours.
pub(super) fn verdict_key(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Correct) => "correct",
        Some(Verdict::Wrong) => "wrong",
        None => "none",
    }
}

/// ✓ Correct, ✗ Wrong, or – not judged.
#[component]
pub(super) fn Mark(verdict: Option<Verdict>) -> impl IntoView {
    let shape = match verdict {
        Some(Verdict::Correct) => "✓",
        Some(Verdict::Wrong) => "✗",
        None => "–",
    };
    view! {
        <p class="mark" data-verdict=verdict_key(verdict)>
            <span class="shape" aria-hidden="true">{shape}</span>
            <span>{verdict_word(verdict)}</span>
        </p>
    }
}
