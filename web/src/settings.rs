//! What the visitor chose, and how it stands in the address: every state of the page has a link.
//!
//! Only what differs from the default is written, so that a plain address stays plain. Unknown or unreadable values
//! mean the default: an old or mistyped link still opens.

use std::collections::BTreeSet;

use duet_engine::reason::SolveRequest;

use crate::problems::{PROBLEMS, problem};
use crate::protocol::Wish;

/// Characters that a problem may have.
pub const PROBLEM_LIMIT: usize = 4000;
/// Largest temperature of the control; beyond it a small model only stammers.
pub const TEMPERATURE_LIMIT: f32 = 2.0;
/// Tokens per turn that the control offers.
pub const MAX_TOKENS: std::ops::RangeInclusive<usize> = 8..=1024;
/// Seeds the control offers: what a JavaScript number and a link carry without rounding.
pub const SEED_LIMIT: u64 = 9_999_999;

/// The problem to solve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// One of [`PROBLEMS`], by id.
    Picked(&'static str),
    /// The visitor's own.
    Own(String),
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
    /// The problem.
    pub problem: Chosen,
    /// Same seed, same run.
    pub seed: u64,
    /// 0 is greedy.
    pub temperature: f32,
    /// Tokens per turn.
    pub max_tokens: usize,
    /// Refine only what the critic calls wrong.
    pub gated: bool,
    /// Where to run.
    pub backend: Wish,
    /// A model's name; the first one there is when absent.
    pub model: Option<String>,
    /// Parts not to show.
    pub hidden: BTreeSet<Panel>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            problem: Chosen::Picked(PROBLEMS[0].id),
            seed: 1,
            temperature: 0.7,
            max_tokens: 256,
            gated: true,
            backend: Wish::Auto,
            model: None,
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
            "problem" => {
                if let Some(problem) = problem(value) {
                    self.problem = Chosen::Picked(problem.id);
                }
            }
            "q" => self.problem = Chosen::Own(value.chars().take(PROBLEM_LIMIT).collect()),
            "seed" => self.seed = value.parse().ok().filter(|seed| *seed <= SEED_LIMIT).unwrap_or(self.seed),
            "temperature" => self.set_temperature(value),
            "tokens" => self.set_max_tokens(value),
            "gated" => self.gated = value != "0",
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
        match &self.problem {
            Chosen::Picked(id) => add(self.problem != plain.problem, "problem", (*id).to_owned()),
            Chosen::Own(text) => add(true, "q", text.clone()),
        }
        add(self.seed != plain.seed, "seed", self.seed.to_string());
        add(self.temperature != plain.temperature, "temperature", self.temperature.to_string());
        add(self.max_tokens != plain.max_tokens, "tokens", self.max_tokens.to_string());
        add(self.gated != plain.gated, "gated", u8::from(self.gated).to_string());
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
            Chosen::Picked(id) => problem(id).map_or("", |problem| problem.text),
            Chosen::Own(text) => text,
        }
    }

    /// Takes the visitor's text; a text that is one of [`PROBLEMS`] counts as picked.
    pub fn set_text(&mut self, text: String) {
        self.problem = match PROBLEMS.iter().find(|problem| problem.text == text) {
            Some(problem) => Chosen::Picked(problem.id),
            None => Chosen::Own(text),
        };
    }

    /// The request that these settings ask for.
    #[must_use]
    pub fn request(&self) -> SolveRequest {
        SolveRequest {
            problem: self.text().trim().to_owned(),
            seed: self.seed,
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            gated: self.gated,
            ..SolveRequest::default()
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
            problem: Chosen::Own("2 & 2 = ?\n".into()),
            seed: 77,
            temperature: 1.1,
            max_tokens: 64,
            gated: false,
            backend: Wish::Cpu,
            model: Some("smollm2".into()),
            hidden: BTreeSet::from([Panel::Controls, Panel::Header]),
        };
        assert_eq!(round_trip(&settings), settings);
        let picked = Settings { problem: Chosen::Picked(PROBLEMS[5].id), ..Settings::default() };
        assert_eq!(round_trip(&picked), picked);
    }

    #[test]
    fn what_an_address_gets_wrong_is_the_default() {
        let wrong = [
            ("problem", "nope"),
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
    fn typing_a_known_problem_is_picking_it() {
        let mut settings = Settings::default();
        settings.set_text(PROBLEMS[3].text.to_owned());
        assert_eq!(settings.problem, Chosen::Picked(PROBLEMS[3].id));
    }
}
