//! Word problems to pick from: stories of the test split, which no model that ships has seen, with their answers for the
//! reader.

use duet_engine::reason::story::{Level, Split, Story};

/// A story as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How hard it is.
    pub level: Level,
    /// What it was made from.
    pub seed: u64,
    /// The problem.
    pub question: String,
    /// Its right answer, for the reader: no player sees it.
    pub answer: String,
}

impl Told {
    /// The story of a level and a seed: the same for everybody.
    #[must_use]
    pub fn new(level: Level, seed: u64) -> Self {
        let Story { question, answer, .. } = Story::generate(Split::Test, level, seed);
        Self { level, seed, question, answer: answer.to_string() }
    }

    /// `LEVEL-SEED`, as it stands in an address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}-{}", self.level.number(), self.seed)
    }

    /// Reads [`Self::address`] back; the seed is at most `limit`.
    #[must_use]
    pub fn parse(text: &str, limit: u64) -> Option<Self> {
        let (level, seed) = text.split_once('-')?;
        let level = Level::new(level.parse().ok()?).ok()?;
        let seed = seed.parse().ok().filter(|seed| *seed <= limit)?;
        Some(Self::new(level, seed))
    }
}

impl Default for Told {
    /// What a first visit shows.
    fn default() -> Self {
        Self::new(Level::ALL[1], 1)
    }
}

/// How many steps a story of this level takes, in words.
#[must_use]
pub fn steps(level: Level) -> String {
    match level.steps() {
        (few, many) if few == many => format!("{few} steps"),
        (few, many) => format!("{few} to {many} steps"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_comes_back_from_its_address() {
        for level in Level::ALL {
            let told = Told::new(level, 12);
            assert_eq!(Told::parse(&told.address(), 100), Some(told));
        }
        for wrong in ["", "3", "6-1", "0-1", "3-101", "3--1", "x-1"] {
            assert_eq!(Told::parse(wrong, 100), None, "{wrong}");
        }
        assert_eq!((steps(Level::ALL[0]).as_str(), steps(Level::ALL[4]).as_str()), ("2 steps", "6 to 8 steps"));
    }
}
