//! A guess that tells most, from the remaining words alone.

use super::{LETTERS, Mark, VOCABULARY};

/// How a guess is marked when this word is drawn.
pub(super) fn marks(guess: &str, drawn: &str) -> [Mark; LETTERS] {
    let (guess, drawn) = (guess.as_bytes(), drawn.as_bytes());
    std::array::from_fn(|place| match guess[place] {
        letter if letter == drawn[place] => Mark::Here,
        letter if drawn.contains(&letter) => Mark::Elsewhere,
        _ => Mark::Absent,
    })
}

/// Words that give a guess the same marks are told apart by nothing that it brings: they remain together. Every remaining
/// word is drawn as often as any other, so what remains on average is the sum of the groups' squares.
fn left_by(guess: &str, remaining: &[&str]) -> usize {
    let mut groups: Vec<[Mark; LETTERS]> = remaining.iter().map(|word| marks(guess, word)).collect();
    groups.sort_unstable();
    groups.chunk_by(|one, other| one == other).map(|group| group.len() * group.len()).sum()
}

/// The guess that leaves least; of several, one that may be the word; of those, the vocabulary's first.
pub(super) fn choose(remaining: &[&'static str]) -> &'static str {
    let cost = |guess: &&'static str| (left_by(guess, remaining), !remaining.contains(guess));
    VOCABULARY.into_iter().min_by_key(cost).expect("invariant: the vocabulary has words")
}
