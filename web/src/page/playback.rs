//! Showing a run: as it happens, or again from its events.

use std::time::Duration;

use duet_engine::reason::{Side, SolveEvent, Verdict};
use leptos::prelude::*;

use super::state::{Origin, RunState};
use super::strings;
use crate::protocol::Timed;
use crate::run::{RunView, is_beat, next_beat, previous_beat};

/// Longest wait between two tokens of a playback: a recorded processor writes slower than one wants to watch.
const TOKEN_MS: u64 = 28;
/// Shortest rest after a step or a judgement, so that it can be taken in.
const BEAT_MS: u64 = 420;

/// Whether a change of position is spoken by the live region.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Voice {
    Speak,
    Silent,
}

impl RunState {
    /// Puts another run on show, from its beginning.
    pub(crate) fn replace(self, origin: Origin, events: Vec<Timed>) {
        self.pause();
        self.origin.set(origin);
        self.events.set(events);
        self.view.set(RunView::default());
        self.shown.set(0);
        self.announced.set(String::new());
    }

    /// Adds an event that just happened, and shows it.
    pub(crate) fn push(self, timed: Timed) {
        self.view.update(|view| view.apply(&timed));
        if let Some(sentence) = sentence(&timed.event) {
            self.announced.set(sentence);
        }
        self.events.update(|events| events.push(timed));
        self.shown.set(self.len());
    }

    /// Events there are.
    pub(crate) fn len(self) -> usize {
        self.events.with_untracked(Vec::len)
    }

    /// Stands still.
    pub(crate) fn pause(self) {
        self.playback.update_value(|playback| *playback += 1);
        self.playing.set(false);
    }

    /// Plays from where it stands; from the beginning when it stands at the end.
    pub(crate) fn play(self) {
        self.pause();
        if self.shown.get_untracked() >= self.len() {
            self.seek_silently(0);
        }
        self.playing.set(true);
        self.tick(self.playback.get_value());
    }

    /// Plays, or stands still.
    pub(crate) fn toggle(self) {
        if self.playing.get_untracked() { self.pause() } else { self.play() }
    }

    /// To the end of the next step, judgement or verdict.
    pub(crate) fn forward(self) {
        self.pause();
        let to = self.events.with_untracked(|events| next_beat(events, self.shown.get_untracked()));
        self.move_to(to, Voice::Speak);
    }

    /// To the end of the one before.
    pub(crate) fn back(self) {
        self.pause();
        let to = self.events.with_untracked(|events| previous_beat(events, self.shown.get_untracked()));
        self.move_to(to, Voice::Speak);
    }

    /// Shows this many events.
    pub(crate) fn seek(self, shown: usize) {
        self.pause();
        self.move_to(shown, Voice::Speak);
    }

    /// Shows this many events and says nothing.
    pub(crate) fn seek_silently(self, shown: usize) {
        self.move_to(shown, Voice::Silent);
    }

    fn move_to(self, shown: usize, voice: Voice) {
        let from = self.shown.get_untracked();
        self.events.with_untracked(|events| {
            let shown = shown.min(events.len());
            if shown >= from {
                self.view.update(|view| events[from..shown].iter().for_each(|timed| view.apply(timed)));
            } else {
                self.view.set(RunView::of(&events[..shown]));
            }
            let last = shown.checked_sub(1).and_then(|last| sentence(&events[last].event));
            if let (Voice::Speak, Some(sentence)) = (voice, last) {
                self.announced.set(sentence);
            }
            self.shown.set(shown);
        });
    }

    fn tick(self, playback: u32) {
        if self.playback.try_get_value() != Some(playback) {
            return;
        }
        let at = self.shown.get_untracked();
        let Some(wait) = self.events.with_untracked(|events| wait_before(events, at)) else {
            return self.playing.set(false);
        };
        let advance = move || {
            if self.playback.try_get_value() == Some(playback) {
                // A recorded run that starts by itself must not talk over the visitor's screen reader.
                self.seek_silently(at + 1);
                self.tick(playback);
            }
        };
        set_timeout(advance, Duration::from_millis(wait));
    }
}

/// Milliseconds to wait before event `at` of a playback; nothing when there is none.
fn wait_before(events: &[Timed], at: usize) -> Option<u64> {
    let next = events.get(at)?;
    let Some(last) = at.checked_sub(1).map(|last| &events[last]) else { return Some(0) };
    let real = next.at_ms.saturating_sub(last.at_ms);
    Some(if is_beat(&last.event) { real.clamp(BEAT_MS, 2 * BEAT_MS) } else { real.min(TOKEN_MS) })
}

/// What the live region says of an event: whole steps, judgements and verdicts, never single tokens.
fn sentence(event: &SolveEvent) -> Option<String> {
    let who = |side: Side| if side == Side::Attempt { strings::ACTOR } else { strings::REFINEMENT };
    let word = |verdict: Option<Verdict>| verdict_word(verdict);
    Some(match event {
        SolveEvent::Step { side, index, text } => format!("{}, step {}: {text}", who(*side), index + 1),
        SolveEvent::Judged(judgement) => {
            let place = judgement.step.map_or_else(|| "an aside".to_owned(), |step| format!("step {}", step + 1));
            format!("{} on {place}: {}. {}", strings::CRITIC, word(judgement.verdict), judgement.explanation)
        }
        SolveEvent::Verdict { answer, reason, .. } => format!("{}: {}. {reason}", strings::VERDICT, word(*answer)),
        SolveEvent::Done { answer, .. } => {
            format!("{}: {}", strings::ANSWER, answer.as_deref().unwrap_or(strings::NO_ANSWER))
        }
        SolveEvent::Failed { message } => message.clone(),
        _ => return None,
    })
}

/// The word for a verdict.
pub(crate) fn verdict_word(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Correct) => strings::CORRECT,
        Some(Verdict::Wrong) => strings::WRONG,
        None => strings::NOT_JUDGED,
    }
}
