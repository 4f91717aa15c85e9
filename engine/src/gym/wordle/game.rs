//! The game's rules: what is known, what is drawn, how a guess is marked.

use super::FIRST;
use crate::gym::PythonRandom;

/// Letters of a word.
pub const LETTERS: usize = 5;

/// Guesses of an episode.
pub const GUESSES: usize = 6;

/// Characters that are kept of a guess that is no word.
const KEPT: usize = 40;

/// The original's `tweet_words.txt`, in its order: what is drawn depends on it.
pub const VOCABULARY: [&str; 40] = [
    "panic", "solar", "shire", "proxy", "point", "robot", "prick", "wince", "crimp", "knoll", "sugar", "whack",
    "mount", "perky", "could", "wrung", "light", "those", "moist", "shard", "pleat", "aloft", "skill", "elder",
    "frame", "humor", "pause", "ulcer", "ultra", "robin", "cynic", "aroma", "caulk", "shake", "dodge", "swill",
    "tacit", "other", "thorn", "trove",
];

/// How a letter of a guess is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// `g`: the word has it here.
    Here,
    /// `y`: the word has it, but not here.
    Elsewhere,
    /// `b`: the word does not have it.
    Absent,
}

impl Mark {
    /// As observations write it.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Here => 'g',
            Self::Elsewhere => 'y',
            Self::Absent => 'b',
        }
    }
}

/// A letter of a guess, with its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// `a` to `z`.
    pub letter: char,
    /// How it is marked.
    pub mark: Mark,
}

/// What was guessed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guess {
    /// A word, marked.
    Word([Tile; LETTERS]),
    /// Something else: its beginning.
    Invalid(String),
}

/// What is known of a letter at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Possible,
    NotHere,
    Here,
}

/// What the marks so far say: for each letter of the alphabet, its places. (26, 5)
#[derive(Debug, Clone, PartialEq, Eq)]
struct Knowledge([[Cell; LETTERS]; 26]);

impl Knowledge {
    fn none() -> Self {
        Self([[Cell::Possible; LETTERS]; 26])
    }

    /// Compares a guess with the word that was drawn. The marks are read from what is known then, as the original does.
    fn learn(&mut self, guess: &str, drawn: &str) -> [Tile; LETTERS] {
        let drawn = drawn.as_bytes();
        for (place, letter) in guess.bytes().enumerate() {
            let cells = &mut self.0[index(letter)];
            match () {
                () if drawn[place] == letter => cells[place] = Cell::Here,
                () if drawn.contains(&letter) => cells[place] = Cell::NotHere,
                () => *cells = [Cell::NotHere; LETTERS],
            }
        }
        std::array::from_fn(|place| {
            let letter = guess.as_bytes()[place];
            let cells = self.0[index(letter)];
            let mark = match () {
                () if cells[place] == Cell::Here => Mark::Here,
                () if cells == [Cell::NotHere; LETTERS] => Mark::Absent,
                () => Mark::Elsewhere,
            };
            Tile { letter: char::from(letter), mark }
        })
    }

    /// Whether nothing that is known speaks against a word.
    fn allows(&self, word: &str) -> bool {
        let word = word.as_bytes();
        (b'a'..=b'z').zip(&self.0).all(|(letter, cells)| {
            let has = word.contains(&letter);
            match *cells {
                [Cell::Possible, Cell::Possible, Cell::Possible, Cell::Possible, Cell::Possible] => true,
                [Cell::NotHere, Cell::NotHere, Cell::NotHere, Cell::NotHere, Cell::NotHere] => !has,
                _ => {
                    has && cells.iter().zip(word).all(|(cell, found)| match cell {
                        Cell::Possible => true,
                        Cell::Here => *found == letter,
                        Cell::NotHere => *found != letter,
                    })
                }
            }
        })
    }
}

/// A letter's place in the alphabet; letters are those of the vocabulary.
fn index(letter: u8) -> usize {
    usize::from(letter - b'a')
}

/// An episode.
#[derive(Debug, Clone, PartialEq)]
pub struct WordleState {
    random: PythonRandom,
    knowledge: Knowledge,
    remaining: Vec<&'static str>,
    /// What was guessed, from the first.
    pub guesses: Vec<Guess>,
    /// The last reward: 1 for the guess that solved it. The original's server writes those of words as integers and that
    /// of an invalid word as `0.0`.
    pub reward: f64,
    /// Solved, or out of guesses.
    pub done: bool,
}

/// The words that the marks so far leave, in the vocabulary's order: what the next one is drawn from. Never empty.
#[must_use]
pub fn filtered_vocabulary(state: &WordleState) -> &[&'static str] {
    &state.remaining
}

impl WordleState {
    /// The beginning with any seed, also one that is no task's.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            random: PythonRandom::new(seed),
            knowledge: Knowledge::none(),
            remaining: VOCABULARY.to_vec(),
            guesses: Vec::new(),
            reward: 0.0,
            done: false,
        }
    }

    /// What an agent sees now.
    #[must_use]
    pub fn observation(&self) -> String {
        match self.guesses.last() {
            None => FIRST.to_owned(),
            Some(Guess::Invalid(_)) => "invalid word".to_owned(),
            Some(Guess::Word(tiles)) => tiles.map(|tile| tile.mark.letter().to_string()).join(" ") + "\n",
        }
    }

    /// Whether one word is left and it was guessed.
    #[must_use]
    pub fn is_solved(&self) -> bool {
        let [only] = self.remaining[..] else { return false };
        self.guesses.iter().any(|guess| match guess {
            Guess::Word(tiles) => tiles.iter().map(|tile| tile.letter).eq(only.chars()),
            Guess::Invalid(_) => false,
        })
    }

    /// Does what an action says. An episode that is done takes no more guesses: nobody could say what they are compared
    /// with, for the original refuses them.
    pub(super) fn guess(&mut self, action: &str) {
        if self.done {
            return;
        }
        let guess = match word(action) {
            Some(word) => Guess::Word(self.compare(word)),
            None => Guess::Invalid(action.chars().take(KEPT).collect()),
        };
        self.guesses.push(guess);
        let solved = self.is_solved();
        self.reward = f64::from(u8::from(solved));
        self.done = solved || self.guesses.len() == GUESSES;
    }

    fn compare(&mut self, word: &str) -> [Tile; LETTERS] {
        // The word that is drawn is allowed by its own marks, so there is always one to draw.
        let drawn = *self.random.choice(&self.remaining).expect("invariant: a word remains");
        let tiles = self.knowledge.learn(word, drawn);
        self.remaining.retain(|word| self.knowledge.allows(word));
        tiles
    }
}

/// The word that an action names: without the whitespace around it and the spaces within.
fn word(action: &str) -> Option<&'static str> {
    let letters = action.trim_matches(is_python_space).chars().filter(|c| *c != ' ');
    VOCABULARY.into_iter().find(|word| letters.clone().eq(word.chars()))
}

/// What Python's `str.strip` takes for whitespace: Unicode's, and four separators.
fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
