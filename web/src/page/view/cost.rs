//! What every turn cost.

use duet_engine::reason::Side;
use leptos::prelude::*;

use crate::page::state::use_app;
use crate::page::strings;
use crate::run::TurnCost;

/// Tokens and time, a row per turn.
#[component]
pub(super) fn Cost() -> impl IntoView {
    let view = use_app().run.view;
    let turns = Memo::new(move |_| view.with(|view| view.turns.clone()));
    view! {
        <Show when=move || turns.with(|turns| !turns.is_empty())>
            <div class="table-scroll">
                <table class="cost" data-testid="cost">
                    <caption>{strings::COST}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Turn"</th>
                            <th scope="col">"Read"</th>
                            <th scope="col">"Written"</th>
                            <th scope="col">"Seconds"</th>
                            <th scope="col">"Tokens/s"</th>
                        </tr>
                    </thead>
                    <tbody>{move || turns.get().iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </Show>
    }
}

fn row(turn: &TurnCost) -> impl IntoView + use<> {
    let (name, class) = match turn.side {
        Side::Attempt => (strings::ATTEMPT, "actor"),
        Side::Critique => (strings::CRITIC, "critic"),
        Side::Refinement => (strings::REFINEMENT, "actor"),
    };
    view! {
        <tr>
            <th scope="row" class=class>{name}</th>
            <td>{turn.usage.prompt_tokens}</td>
            <td>{turn.usage.completion_tokens}</td>
            <td>{format!("{:.1}", turn.seconds())}</td>
            <td>{turn.tokens_per_second().map_or_else(|| "–".to_owned(), |speed| format!("{speed:.1}"))}</td>
        </tr>
    }
}
