//! What the Scaling view does with the engine: search a problem, search many, say in sentences what came of it.

use duet_engine::reason::search::Tally;
use leptos::prelude::*;

use super::state::App;
use super::strings;
use crate::protocol::{Command, Found, Point, Reply, Sweep, Swept};
use crate::search::{Ending, SearchView, leader};

impl App {
    /// Searches the problem on show; loads the model first where that is still to be done.
    pub(crate) fn search(self) {
        self.with_model(move || self.run_search());
    }

    fn run_search(self) {
        let (engine, scaling) = (self.engine, self.scaling);
        if untrack(|| engine.running()).is_some() {
            return;
        }
        engine.failure.set(None);
        scaling.view.set(SearchView::default());
        scaling.record.set(None);
        let (request, gold) =
            self.settings.with_untracked(|settings| (settings.search(), settings.gold().map(str::to_owned)));
        scaling.gold.set(gold);
        let listener = move |reply| match reply {
            Reply::Found(found) => self.hear_found(found),
            other => {
                engine.searching.set(None);
                engine.stopping.set(false);
                match other {
                    Reply::Searched { record } => scaling.record.set(Some(record)),
                    other => self.hear_failure(other),
                }
            }
        };
        engine.searching.set(Some(self.client().send(Command::Search { request }, listener)));
    }

    fn hear_found(self, found: Vec<Found>) {
        let scaling = self.scaling;
        let before = scaling.view.with_untracked(SearchView::counts);
        scaling.view.update(|view| view.apply(found));
        let sentence = scaling.view.with_untracked(|view| {
            let gold = scaling.gold.get_untracked();
            if view.ending.is_some() {
                return Some(outcome(view, gold.as_deref()));
            }
            // One sentence when the last of a kind is there: not one per sample.
            let after = view.counts();
            let ended =
                before.iter().zip(&after).map(|(before, after)| before.done < after.of && after.done == after.of);
            let kinds = [strings::ALL_ATTEMPTS, strings::ALL_CRITIQUES];
            let (_, kind) = ended.zip(kinds).find(|(ended, _)| *ended)?;
            Some(kind.to_owned())
        });
        if let Some(sentence) = sentence {
            self.run.announced.set(sentence);
        }
    }

    /// Searches many stories for the curves; loads the model first where that is still to be done.
    pub(crate) fn sweep(self, width: u32) {
        self.with_model(move || self.run_sweep(width));
    }

    fn run_sweep(self, width: u32) {
        let (engine, scaling) = (self.engine, self.scaling);
        if untrack(|| engine.running()).is_some() {
            return;
        }
        engine.failure.set(None);
        scaling.swept.set(None);
        scaling.records.set_value(Vec::new());
        let sweep = self.settings.with_untracked(|settings| Sweep {
            stories: settings.stories,
            level: settings.stories_level.map(duet_engine::reason::story::Level::number),
            request: settings.search(),
            width,
        });
        scaling.wanted.set(sweep.stories);
        let listener = move |reply| match reply {
            Reply::Swept(swept) => self.hear_swept(*swept),
            other => {
                engine.sweeping.set(None);
                engine.stopping.set(false);
                self.hear_failure(other);
            }
        };
        engine.sweeping.set(Some(self.client().send(Command::Sweep(sweep), listener)));
    }

    fn hear_swept(self, mut swept: Swept) {
        let scaling = self.scaling;
        scaling.records.update_value(|records| records.push(std::mem::take(&mut swept.record)));
        // Every tenth of the way, and at the end.
        let (done, of) = (swept.done, scaling.wanted.get_untracked());
        if done == of || done % (of / 10).max(1) == 0 {
            self.run.announced.set(format!("{done} of {of} stories. {}", reading(&swept)));
        }
        scaling.swept.set(Some(swept));
    }

    /// Everything of the search and of the curves, as one JSON text.
    pub(crate) fn scaling_export(self) -> String {
        let scaling = self.scaling;
        let search = scaling.record.get_untracked().unwrap_or_else(|| "null".to_owned());
        let gold = serde_json::to_string(&scaling.gold.get_untracked());
        let curves = scaling.swept.with_untracked(|swept| serde_json::to_string(&swept.as_ref().map(|s| &s.curves)));
        let [gold, curves] = [gold, curves].map(|text| text.expect("invariant: numbers and names are plain data"));
        let stories = scaling.records.with_value(|records| records.join(",\n"));
        format!("{{\"gold\":{gold},\n\"search\":{search},\n\"curves\":{curves},\n\"stories\":[{stories}]}}\n")
    }
}

/// Whether an answer is right, where that is known.
pub(crate) fn is_right(answer: Option<&str>, gold: Option<&str>) -> Option<bool> {
    Some(answer? == gold?)
}

/// ", right", ", wrong", or nothing where it is not known.
fn judged(answer: Option<&str>, gold: Option<&str>) -> &'static str {
    match is_right(answer, gold) {
        Some(true) => ", right",
        Some(false) => ", wrong",
        None => "",
    }
}

/// What a search came to, in a sentence or two.
fn outcome(view: &SearchView, gold: Option<&str>) -> String {
    let said = |tally: &Tally| {
        let answer = leader(tally);
        format!("{}{}", answer.unwrap_or(strings::NO_ANSWER), judged(answer, gold))
    };
    let seconds = view.at_ms as f64 / 1000.0;
    match &view.ending {
        Some(Ending::Failed(message)) => message.clone(),
        Some(Ending::Done { cancelled: true, .. }) => strings::CANCELLED.to_owned(),
        _ => format!(
            "The attempts vote for {}. With critiques and refinements the vote is {}. {seconds:.1} seconds.",
            said(&view.attempts()),
            said(&view.vote)
        ),
    }
}

/// The last point of every curve, in words.
pub(crate) fn reading(swept: &Swept) -> String {
    let last = |curve: &crate::protocol::Curve| {
        let Point { k, accuracy, low, high, .. } = *curve.points.last()?;
        let name = &curve.name;
        let [accuracy, low, high] = [accuracy, low, high].map(|share| share * 100.0);
        Some(format!("{name} at K = {k}: {accuracy:.0} % ({low:.0} to {high:.0})"))
    };
    let read: Vec<String> = swept.curves.iter().filter_map(last).collect();
    format!("{}.", read.join("; "))
}
