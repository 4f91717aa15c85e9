//! What the visitor chose, and how it stands in the address: every state of the page has a link.
//!
//! Only what differs from the default is written, so that a plain address stays plain. Unknown or unreadable values
//! mean the default: an old or mistyped link still opens.

use std::collections::BTreeSet;

use duet_engine::reason::search::{Mode, SearchRequest};
use duet_engine::reason::story::Level;
use duet_engine::reason::{Gate, GateName, SolveRequest};

use crate::problems::Told;
use crate::protocol::Wish;

/// Characters that a problem may have.
pub const PROBLEM_LIMIT: usize = 4000;
/// Largest temperature of the control; beyond it a small model only stammers.
pub const TEMPERATURE_LIMIT: f32 = 2.0;
/// Tokens per turn that the control offers.
pub const MAX_TOKENS: std::ops::RangeInclusive<usize> = 8..=1024;
/// Seeds the control offers: what a JavaScript number and a link carry without rounding.
pub const SEED_LIMIT: u64 = 9_999_999;

/// Samples that the control offers.
pub const SAMPLES: std::ops::RangeInclusive<usize> = 1..=SearchRequest::MAX_K;
/// Stories that curves are drawn over.
pub const STORIES: std::ops::RangeInclusive<usize> = 10..=100;

/// The gates that the page offers, with their names in an address. The oracle is for evaluations.
pub const GATES: [(GateName, &str); 3] =
    [(GateName::Verdict, "verdict"), (GateName::Probability, "probability"), (GateName::Always, "always")];
/// The ways to search that the page offers, likewise.
pub const MODES: [(Mode, &str); 3] =
    [(Mode::Parallel, "parallel"), (Mode::Sequential, "sequential"), (Mode::Tree, "tree")];

/// A view of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum View {
    /// One attempt, one critique, one refinement.
    #[default]
    Duet,
    /// Many of each, and what votes make of them.
    Scaling,
}

impl View {
    /// All, with their names in an address.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Duet, "duet"), (Self::Scaling, "scaling")];
}

/// The problem to solve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// A story.
    Story(Told),
    /// The visitor's own.
    Own(String),
}

/// The value of a table of names.
fn named<T: Copy>(table: &[(T, &str)], name: &str) -> Option<T> {
    table.iter().find(|(_, own)| *own == name).map(|(value, _)| *value)
}

/// The name of a value in such a table.
pub fn name_of<T: PartialEq>(table: &[(T, &'static str)], value: &T) -> &'static str {
    table.iter().find(|(own, _)| own == value).map_or("", |(_, name)| *name)
}

/// A part of the page that a link can hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// Title and theme.
    Header,
    /// The sentence that introduces the page.
    Intro,
    /// Problem picker and text.
    Problem,
    /// Seed, temperature, tokens, gate, backend.
    Controls,
    /// Choosing and loading models.
    Models,
    /// Tokens and time.
    Cost,
}

impl Panel {
    /// All, with their names in an address.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Header, "header"),
        (Self::Intro, "intro"),
        (Self::Problem, "problem"),
        (Self::Controls, "controls"),
        (Self::Models, "models"),
        (Self::Cost, "cost"),
    ];
}

/// Everything that an address carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What is shown.
    pub view: View,
    /// The problem.
    pub problem: Chosen,
    /// Same seed, same run.
    pub seed: u64,
    /// 0 is greedy.
    pub temperature: f32,
    /// Tokens per turn.
    pub max_tokens: usize,
    /// When the actor refines.
    pub gate: GateName,
    /// P(wrong) from which on [`GateName::Probability`] refines.
    pub threshold: f32,
    /// Where to run.
    pub backend: Wish,
    /// A model's name; the first one there is when absent.
    pub model: Option<String>,
    /// Samples, rounds or paths of a search.
    pub k: usize,
    /// How they belong together.
    pub mode: Mode,
    /// The sample that is open to be read, from 0.
    pub sample: Option<usize>,
    /// Stories that the curves are drawn over.
    pub stories: usize,
    /// Their level; every level in turn when absent.
    pub stories_level: Option<Level>,
    /// Parts not to show.
    pub hidden: BTreeSet<Panel>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            view: View::Duet,
            problem: Chosen::Story(Told::default()),
            seed: 1,
            temperature: 0.7,
            max_tokens: 320,
            gate: GateName::Verdict,
            threshold: Gate::DEFAULT_THRESHOLD,
            backend: Wish::Auto,
            model: None,
            k: 8,
            mode: Mode::Parallel,
            sample: None,
            stories: 20,
            stories_level: None,
            hidden: BTreeSet::new(),
        }
    }
}

impl Settings {
    /// Reads decoded pairs of an address.
    #[must_use]
    pub fn from_pairs(pairs: &[(String, String)]) -> Self {
        let mut settings = Self::default();
        for (name, value) in pairs {
            settings.set(name, value);
        }
        settings
    }

    fn set(&mut self, name: &str, value: &str) {
        match name {
            "view" => self.view = named(&View::ALL, value).unwrap_or(self.view),
            "story" => {
                if let Some(told) = Told::parse(value, SEED_LIMIT) {
                    self.problem = Chosen::Story(told);
                }
            }
            "q" => self.problem = Chosen::Own(value.chars().take(PROBLEM_LIMIT).collect()),
            "seed" => self.seed = value.parse().ok().filter(|seed| *seed <= SEED_LIMIT).unwrap_or(self.seed),
            "temperature" => self.set_temperature(value),
            "tokens" => self.set_max_tokens(value),
            "gate" => self.gate = named(&GATES, value).unwrap_or(self.gate),
            "gated" if value == "0" => self.gate = GateName::Always, // of links made before there was a choice
            "threshold" => self.set_threshold(value),
            "k" => self.set_k(value),
            "mode" => self.mode = named(&MODES, value).unwrap_or(self.mode),
            "sample" => self.sample = value.parse().ok().filter(|sample| *sample < SearchRequest::MAX_K),
            "stories" => self.set_stories(value),
            "level" => self.stories_level = value.parse().ok().and_then(|level| Level::new(level).ok()),
            "backend" => self.backend = Wish::parse(value).unwrap_or(self.backend),
            "model" => self.model = Some(value.to_owned()).filter(|name| !name.is_empty()),
            "hide" => {
                let named = value.split(',').filter_map(|name| Panel::ALL.into_iter().find(|(_, own)| *own == name));
                self.hidden = named.map(|(panel, _)| panel).collect();
            }
            _ => {}
        }
    }

    /// Takes a temperature as typed, when it is one.
    pub fn set_temperature(&mut self, typed: &str) {
        if let Some(value) = typed.parse().ok().filter(|value| (0.0..=TEMPERATURE_LIMIT).contains(value)) {
            self.temperature = value;
        }
    }

    /// Takes a token limit as typed, when it is one.
    pub fn set_max_tokens(&mut self, typed: &str) {
        if let Some(value) = typed.parse().ok().filter(|value| MAX_TOKENS.contains(value)) {
            self.max_tokens = value;
        }
    }

    /// Takes a threshold as typed, when it is one.
    pub fn set_threshold(&mut self, typed: &str) {
        if let Some(value) = typed.parse().ok().filter(|value| (0.0..=1.0).contains(value)) {
            self.threshold = value;
        }
    }

    /// Takes a number of samples as typed, when it is one.
    pub fn set_k(&mut self, typed: &str) {
        if let Some(value) = typed.parse().ok().filter(|value| SAMPLES.contains(value)) {
            self.k = value;
        }
    }

    /// Takes a number of stories as typed, when it is one.
    pub fn set_stories(&mut self, typed: &str) {
        if let Some(value) = typed.parse().ok().filter(|value| STORIES.contains(value)) {
            self.stories = value;
        }
    }

    /// The pairs that lead back here.
    #[must_use]
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let plain = Self::default();
        let mut pairs = Vec::new();
        let mut add = |differs: bool, name, value: String| {
            if differs {
                pairs.push((name, value));
            }
        };
        add(self.view != plain.view, "view", name_of(&View::ALL, &self.view).to_owned());
        match &self.problem {
            Chosen::Story(told) => add(self.problem != plain.problem, "story", told.address()),
            Chosen::Own(text) => add(true, "q", text.clone()),
        }
        add(self.seed != plain.seed, "seed", self.seed.to_string());
        add(self.temperature != plain.temperature, "temperature", self.temperature.to_string());
        add(self.max_tokens != plain.max_tokens, "tokens", self.max_tokens.to_string());
        add(self.gate != plain.gate, "gate", name_of(&GATES, &self.gate).to_owned());
        add(self.threshold != plain.threshold, "threshold", self.threshold.to_string());
        add(self.k != plain.k, "k", self.k.to_string());
        add(self.mode != plain.mode, "mode", name_of(&MODES, &self.mode).to_owned());
        add(self.sample.is_some(), "sample", self.sample.unwrap_or_default().to_string());
        add(self.stories != plain.stories, "stories", self.stories.to_string());
        let level = self.stories_level.map_or(0, Level::number);
        add(self.stories_level.is_some(), "level", level.to_string());
        add(self.backend != plain.backend, "backend", self.backend.as_str().to_owned());
        add(self.model.is_some(), "model", self.model.clone().unwrap_or_default());
        let hidden = Panel::ALL.into_iter().filter(|(panel, _)| self.hidden.contains(panel)).map(|(_, name)| name);
        add(!self.hidden.is_empty(), "hide", hidden.collect::<Vec<_>>().join(","));
        pairs
    }

    /// The problem's text.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.problem {
            Chosen::Story(told) => &told.question,
            Chosen::Own(text) => text,
        }
    }

    /// The right answer, where it is known.
    #[must_use]
    pub fn gold(&self) -> Option<&str> {
        match &self.problem {
            Chosen::Story(told) => Some(&told.answer),
            Chosen::Own(_) => None,
        }
    }

    /// The level of the story on show.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        match &self.problem {
            Chosen::Story(told) => Some(told.level),
            Chosen::Own(_) => None,
        }
    }

    /// Takes the visitor's text; the text of the story on show is no text of the visitor's.
    pub fn set_text(&mut self, text: String) {
        if self.text() != text {
            self.problem = Chosen::Own(text);
        }
    }

    fn threshold(&self) -> Option<f32> {
        (self.gate == GateName::Probability).then_some(self.threshold)
    }

    /// The request that these settings ask for.
    #[must_use]
    pub fn request(&self) -> SolveRequest {
        SolveRequest {
            problem: self.text().trim().to_owned(),
            seed: self.seed,
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            gated: self.gate != GateName::Always,
            gate: Some(self.gate),
            threshold: self.threshold(),
            gold: None,
        }
    }

    /// The search that they ask for.
    #[must_use]
    pub fn search(&self) -> SearchRequest {
        SearchRequest {
            problem: self.text().trim().to_owned(),
            mode: self.mode,
            k: self.k,
            gate: self.gate,
            threshold: self.threshold(),
            temperature: self.temperature,
            seed: self.seed,
            max_tokens: self.max_tokens,
            ..SearchRequest::default()
        }
    }

    /// Whether a part is shown.
    #[must_use]
    pub fn shows(&self, panel: Panel) -> bool {
        !self.hidden.contains(&panel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(settings: &Settings) -> Settings {
        let pairs = settings.to_pairs().into_iter().map(|(name, value)| (name.to_owned(), value));
        Settings::from_pairs(&pairs.collect::<Vec<_>>())
    }

    #[test]
    fn the_default_has_a_plain_address() {
        assert!(Settings::default().to_pairs().is_empty());
    }

    #[test]
    fn every_setting_survives_its_address() {
        let settings = Settings {
            view: View::Scaling,
            problem: Chosen::Own("2 & 2 = ?\n".into()),
            seed: 77,
            temperature: 1.1,
            max_tokens: 64,
            gate: GateName::Probability,
            threshold: 0.3,
            backend: Wish::Cpu,
            model: Some("smollm2".into()),
            k: 64,
            mode: Mode::Tree,
            sample: Some(5),
            stories: 100,
            stories_level: Some(Level::ALL[2]),
            hidden: BTreeSet::from([Panel::Controls, Panel::Header]),
        };
        assert_eq!(round_trip(&settings), settings);
        let told = Settings { problem: Chosen::Story(Told::new(Level::ALL[4], 9)), ..Settings::default() };
        assert_eq!(round_trip(&told), told);
        let old = [("gated".to_owned(), "0".to_owned())];
        assert_eq!(Settings::from_pairs(&old).gate, GateName::Always, "links from before there was a choice");
    }

    #[test]
    fn what_an_address_gets_wrong_is_the_default() {
        let wrong = [
            ("view", "kitchen"),
            ("story", "7-1"),
            ("story", "1-99999999"),
            ("gate", "oracle"),
            ("threshold", "2"),
            ("k", "65"),
            ("k", "0"),
            ("mode", "plain"),
            ("sample", "64"),
            ("stories", "9"),
            ("level", "6"),
            ("seed", "-1"),
            ("seed", "99999999999"),
            ("temperature", "NaN"),
            ("temperature", "9"),
            ("tokens", "0"),
            ("backend", "tpu"),
            ("model", ""),
            ("hide", "everything"),
            ("other", "1"),
        ];
        let pairs = wrong.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Settings::from_pairs(&pairs), Settings::default());
    }

    #[test]
    fn typing_the_story_on_show_is_not_writing_another() {
        let mut settings = Settings::default();
        let question = settings.text().to_owned();
        settings.set_text(question.clone());
        assert_eq!((&settings.problem, settings.gold().is_some()), (&Settings::default().problem, true));
        settings.set_text(format!("{question} Why?"));
        assert_eq!((settings.problem.clone(), settings.gold()), (Chosen::Own(format!("{question} Why?")), None));
    }

    #[test]
    fn only_the_gate_by_probability_has_a_threshold() {
        let mut settings = Settings { threshold: 0.3, ..Settings::default() };
        assert!(settings.request().validate().is_ok() && settings.search().validate().is_ok());
        assert_eq!((settings.request().threshold, settings.search().threshold), (None, None));
        settings.gate = GateName::Probability;
        assert_eq!((settings.request().threshold, settings.search().threshold), (Some(0.3), Some(0.3)));
    }
}
