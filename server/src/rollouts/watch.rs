//! Who watches a run: a progress bar, and whoever may stop it.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use duet_engine::gym::rollout::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// Between two updates of the words on the bar.
const PAUSE: Duration = Duration::from_millis(200);

/// A run's bar and its end.
pub struct Watch<'a> {
    /// Shows rounds; its length is an estimate, as nobody knows how many an episode will have.
    pub bar: ProgressBar,
    /// Asked often; the run stops when it says so.
    pub stop: &'a dyn Fn() -> bool,
}

impl Watch<'_> {
    /// A bar on the terminal.
    #[must_use]
    pub fn bar() -> ProgressBar {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:32} {msg}, {eta} left");
        bar.set_style(style.expect("invariant: a valid template"));
        bar
    }
}

/// What the bar says.
pub(super) struct Meter<'w, 'a> {
    watch: &'w Watch<'a>,
    rounds: u64, // of this run
    known: u64,  // rounds that the journal had
    /// Tokens that were written in this run.
    pub(super) written: u64,
    before: u64,       // trajectories that were there
    ended: (u64, u64), // trajectories of this run, and their rounds
    most: u64,         // rounds of an episode
    begun: Instant,
    shown: Option<Instant>,
    at: String,
}

impl<'w, 'a> Meter<'w, 'a> {
    pub(super) fn new(watch: &'w Watch<'a>, before: u64, most: u64) -> Self {
        let (ended, begun) = ((0, 0), Instant::now());
        Self { watch, rounds: 0, known: 0, written: 0, before, ended, most, begun, shown: None, at: String::new() }
    }

    /// Tokens are written; breaks when the run is to stop.
    pub(super) fn told(&mut self, tokens: u64) -> ControlFlow<()> {
        self.written += tokens;
        if self.shown.is_none_or(|shown| shown.elapsed() >= PAUSE) {
            self.say();
        }
        if (self.watch.stop)() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// A text was written and taken.
    pub(super) fn round(&mut self) {
        self.rounds += 1;
    }

    /// A text of the journal was taken; only from here on there is something to be waited for.
    pub(super) fn known(&mut self) {
        self.known += 1;
        self.begun = Instant::now();
        self.watch.bar.reset_eta();
    }

    /// A trajectory is over.
    pub(super) fn ended(&mut self, rounds: u64) {
        self.ended = (self.ended.0 + 1, self.ended.1 + rounds);
    }

    /// Says how far it is. Episodes are taken to become as long as those that are over, and those that go on to be half way.
    pub(super) fn show(&mut self, progress: Progress) {
        let (waiting, active) = (progress.waiting as u64, progress.active as u64);
        let over = self.before + progress.over as u64;
        let (ended, rounds) = self.ended;
        let each = if ended == 0 { self.most } else { rounds.div_ceil(ended) };
        let played = self.rounds + self.known;
        self.at = format!("{over}/{} trajectories", over + waiting + active);
        self.watch.bar.set_length(played + waiting * each + active * each.div_ceil(2));
        self.watch.bar.set_position(played);
        self.say();
    }

    /// Seconds of this run.
    pub(super) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    /// Rounds of this run.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds
    }

    fn say(&mut self) {
        self.shown = Some(Instant::now());
        let rate = self.written as f64 / self.seconds().max(1e-3);
        let tokens = if self.written > 0 { format!(", {rate:.0} tokens/s") } else { String::new() };
        self.watch.bar.set_message(format!("{}, {} rounds{tokens}", self.at, self.rounds));
    }
}
