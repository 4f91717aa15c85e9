//! What went wrong: what happened, why, and what to press.

use leptos::prelude::*;

use crate::page::state::use_app;
use crate::page::strings;

/// The last failure, until it is closed or overtaken.
#[component]
pub(super) fn Alert() -> impl IntoView {
    let app = use_app();
    let content = move || {
        app.engine.failure.get().map(|failure| {
            view! {
                <div class="alert" data-testid="failure">
                    <p class="alert-what"><span aria-hidden="true">"! "</span>{failure.what}</p>
                    <p>{failure.why}</p>
                    <p>{failure.hint}</p>
                    <div class="buttons">
                        <Show when=move || app.engine.dead.get()>
                            <button type="button" on:click=move |_| app.restart() data-testid="restart">
                                {strings::RESTART}
                            </button>
                        </Show>
                        <button type="button" class="quiet" on:click=move |_| app.engine.failure.set(None)>
                            {strings::DISMISS}
                        </button>
                    </div>
                </div>
            }
        })
    };
    view! { <div role="alert" class="alert-place">{content}</div> }
}
