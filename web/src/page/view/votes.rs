//! How the answers divide, before and after the critic.

use duet_engine::reason::search::{Tally, Votes as Count};
use leptos::prelude::*;

use super::samples::Right;
use crate::page::scaling::is_right;
use crate::page::state::use_app;
use crate::page::strings;
use crate::search::{SearchView, leader};

/// Both tallies.
#[component]
pub(super) fn Votes() -> impl IntoView {
    let view = use_app().scaling.view;
    let attempts = Memo::new(move |_| view.with(SearchView::attempts));
    let refined = Memo::new(move |_| view.with(|view| view.vote.clone()));
    view! {
        <section class="votes" aria-labelledby="votes-title" data-testid="votes">
            <h3 id="votes-title" class="whisper">{strings::VOTES}</h3>
            <Bars title=strings::VOTES_ATTEMPTS class="actor" tally=attempts id="votes-attempts" />
            <Bars title=strings::VOTES_REFINED class="critic" tally=refined id="votes-refined" />
        </section>
    }
}

#[component]
fn Bars(title: &'static str, class: &'static str, tally: Memo<Tally>, id: &'static str) -> impl IntoView {
    let gold = use_app().scaling.gold;
    let bars = move || {
        let tally = tally.get();
        let all = tally.unanswered + tally.votes.iter().map(|votes| votes.count).sum::<usize>();
        let first = leader(&tally).map(str::to_owned);
        let gold = gold.get();
        let mut votes = tally.votes;
        votes.sort_by_key(|votes| std::cmp::Reverse(votes.count)); // stable: of equals the first one sampled is above
        let bar = |Count { answer, count }: Count| {
            let leads = first.as_ref() == Some(&answer);
            let right = is_right(Some(&answer), gold.as_deref());
            let share = format!("{:.1}%", 100.0 * count as f64 / all.max(1) as f64);
            view! {
                <li class="bar" class:leads=leads>
                    <span class="bar-answer">{answer}</span>
                    <span class="bar-track" aria-hidden="true"><span class="bar-fill" style=("width", share)></span></span>
                    <span class="bar-count">{format!("{count} of {all}")}</span>
                    <span class="bar-words">
                        {leads.then(|| view! { <b>{strings::LEADS}</b> })} " " {right.map(|right| view! { <Right right /> })}
                    </span>
                </li>
            }
        };
        let unanswered = tally.unanswered;
        view! {
            {votes.is_empty().then(|| view! { <li class="hint">{strings::NO_VOTES}</li> })}
            {votes.into_iter().map(bar).collect_view()}
            {(unanswered > 0).then(|| view! { <li class="hint">{format!("{}: {unanswered}", strings::NO_NUMBER)}</li> })}
        }
    };
    view! {
        <div class=format!("ballot {class}")>
            <h4 id=id>{title}</h4>
            <ul aria-labelledby=id data-testid=id>{bars}</ul>
        </div>
    }
}
