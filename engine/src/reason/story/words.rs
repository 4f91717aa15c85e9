//! The closed vocabulary of the stories' people, things and places; the rest is in [`super::frames`].

use std::collections::HashMap;
use std::sync::LazyLock;

/// People.
pub(super) const NAMES: [&str; 40] = [
    "Mia", "Ben", "Sam", "Ana", "Leo", "Eva", "Tom", "Zoe", "Max", "Ida", "Jon", "Amy", "Kai", "Lea", "Dan", "Nina",
    "Omar", "Rosa", "Paul", "Lucy", "Hugo", "Ella", "Ivan", "Nora", "Carl", "Jane", "Eric", "Ruth", "Adam", "Lily",
    "Noah", "Emma", "Finn", "Sara", "Luis", "Anna", "Mark", "Kate", "Jack", "Vera",
];

/// Things that one can own, count, carry, sell, lose and put into boxes.
pub(super) const THINGS: [&str; 50] = [
    "apples", "pears", "plums", "lemons", "peaches", "oranges", "cookies", "muffins", "rolls", "eggs", "nuts", "beans",
    "seeds", "roses", "tulips", "pens", "pencils", "crayons", "brushes", "stickers", "stamps", "cards", "photos",
    "books", "maps", "coins", "marbles", "beads", "buttons", "shells", "stones", "bricks", "blocks", "balls", "toys",
    "dolls", "kites", "masks", "drums", "hats", "socks", "gloves", "rings", "ribbons", "candles", "spoons", "plates",
    "keys", "clips", "bells",
];

/// What things are put into: one, several.
pub(super) const CONTAINERS: [(&str, &str); 12] = [
    ("box", "boxes"),
    ("bag", "bags"),
    ("basket", "baskets"),
    ("jar", "jars"),
    ("tray", "trays"),
    ("crate", "crates"),
    ("bucket", "buckets"),
    ("pack", "packs"),
    ("bin", "bins"),
    ("chest", "chests"),
    ("case", "cases"),
    ("sack", "sacks"),
];

/// Where one can be, after "at the" and "to the".
pub(super) const PLACES: [&str; 20] = [
    "park", "market", "school", "beach", "garden", "shop", "barn", "library", "club", "fair", "farm", "camp",
    "station", "museum", "office", "hall", "lake", "bakery", "zoo", "tower",
];

/// How things look.
pub(super) const LOOKS: [&str; 8] = ["red", "blue", "green", "white", "black", "yellow", "brown", "grey"];

/// What a word is masked by in a skeleton.
static MASKS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let names = NAMES.iter().map(|word| (*word, "NAME"));
    let things = THINGS.iter().chain(&["dollars"]).map(|word| (*word, "THINGS"));
    let holders = CONTAINERS.iter().flat_map(|(one, several)| [(*one, "HOLDER"), (*several, "THINGS")]);
    let places = PLACES.iter().map(|word| (*word, "PLACE"));
    let looks = LOOKS.iter().map(|word| (*word, "LOOK"));
    names.chain(things).chain(holders).chain(places).chain(looks).collect()
});

/// The wording of a question: names, things, places, looks and numbers masked, so that two questions with the same
/// skeleton differ in nothing but these.
#[must_use]
pub fn skeleton(question: &str) -> String {
    let mut masked = String::with_capacity(question.len());
    let mut rest = question;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| c.is_alphabetic() == first.is_alphabetic() && c.is_ascii_digit() == first.is_ascii_digit();
        let end = rest.find(|c: char| !same(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        masked.push_str(if first.is_ascii_digit() { "#" } else { MASKS.get(word).copied().unwrap_or(word) });
        rest = after;
    }
    masked
}
