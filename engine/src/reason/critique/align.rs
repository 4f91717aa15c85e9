//! Which step of the path a critic speaks of, found by text, not by count (`specs/critique.md` §2.3: only 31 of 100 real
//! critiques judge as many steps as there are lines).

use crate::reason::steps::without_marker;

/// Shared words below this are no match.
const LEAST_SIMILARITY: f32 = 0.5;
/// A sentence that is part of a step, or the other way round, counts this much of a full match...
const PART_WEIGHT: f32 = 0.9;
/// ...when the shorter one has at least this many words: "so 5" is part of too much.
const LEAST_PART_WORDS: usize = 3;
/// Critics go through a path from its start to its end: the order decides between similar steps.
const NEXT_BONUS: f32 = 0.05;
const BACK_PENALTY: f32 = 0.15;
const SKIP_PENALTY: f32 = 0.01;
const MOST_SKIP_PENALTY: f32 = 0.05;

/// Places sentences on the steps of one path, one after another.
#[derive(Debug)]
pub(super) struct Aligner {
    steps: Vec<Vec<String>>, // the words of each step, sorted
    last: Option<usize>,
}

impl Aligner {
    pub(super) fn new(steps: &[String]) -> Self {
        Self { steps: steps.iter().map(|step| words(step)).collect(), last: None }
    }

    /// The step that this sentence repeats, if any. Costs a pass over the words of all steps.
    pub(super) fn place(&mut self, sentence: &str) -> Option<usize> {
        let sentence = words(sentence);
        let similar = self.steps.iter().enumerate().map(|(index, step)| (index, similarity(&sentence, step)));
        let candidates = similar.filter(|(_, similarity)| *similarity >= LEAST_SIMILARITY);
        let scored = candidates.map(|(index, similarity)| (index, similarity + self.order_bonus(index)));
        let best = scored.reduce(|best, other| if other.1 > best.1 { other } else { best });
        let placed = best.map(|(index, _)| index);
        self.last = placed.or(self.last);
        placed
    }

    fn order_bonus(&self, index: usize) -> f32 {
        let next = self.last.map_or(0, |last| last + 1);
        match index.checked_sub(next) {
            Some(0) => NEXT_BONUS,
            Some(skipped) => -(skipped as f32 * SKIP_PENALTY).min(MOST_SKIP_PENALTY),
            None if Some(index) == self.last => 0.0, // the critic split the step in two
            None => -BACK_PENALTY,
        }
    }
}

/// Dice's coefficient of two sorted bags of words, or how much of the shorter one is in the longer.
fn similarity(a: &[String], b: &[String]) -> f32 {
    let shared = shared(a, b) as f32;
    let shorter = a.len().min(b.len());
    if shorter == 0 {
        return 0.0;
    }
    let dice = 2.0 * shared / (a.len() + b.len()) as f32;
    let part = if shorter < LEAST_PART_WORDS { 0.0 } else { PART_WEIGHT * shared / shorter as f32 };
    dice.max(part)
}

/// Size of the intersection of two sorted bags.
fn shared(a: &[String], b: &[String]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, count) = (i + 1, j + 1, count + 1),
        }
    }
    count
}

/// The words, numbers and operators of a sentence, sorted; without list marker, calculator annotations and punctuation.
fn words(sentence: &str) -> Vec<String> {
    let text = without_annotations(without_marker(sentence)).to_lowercase();
    let mut words = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let in_number = word.ends_with(|c: char| c.is_ascii_digit()) && chars.peek().is_some_and(char::is_ascii_digit);
        match c {
            ',' if in_number => {}
            '.' if in_number => word.push('.'),
            _ if c.is_alphanumeric() => word.push(c),
            _ => {
                words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                words.extend(operator(c).map(str::to_owned));
            }
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words.sort_unstable();
    words
}

/// An operator in the one form in which it is compared.
fn operator(c: char) -> Option<&'static str> {
    Some(match c {
        '+' => "+",
        '-' | '−' => "-",
        '*' | '×' | '·' => "*",
        '/' | '÷' => "/",
        '=' => "=",
        '%' => "%",
        _ => return None,
    })
}

/// GSM8K's calculator annotations `<<48/2=24>>` removed, as critics leave them out when they repeat a step.
pub(in crate::reason) fn without_annotations(step: &str) -> String {
    let mut plain = String::with_capacity(step.len());
    let mut rest = step;
    while let Some((before, after)) = rest.split_once("<<") {
        plain.push_str(before);
        let Some((_, after)) = after.split_once(">>") else {
            plain.push_str("<<");
            rest = after;
            break;
        };
        rest = after;
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(steps: &[&str], sentences: &[&str]) -> Vec<Option<usize>> {
        let steps: Vec<String> = steps.iter().map(|step| (*step).to_owned()).collect();
        let mut aligner = Aligner::new(&steps);
        sentences.iter().map(|sentence| aligner.place(sentence)).collect()
    }

    #[test]
    fn annotations_markers_and_punctuation_do_not_matter() {
        let steps = ["1. She sold 48/2 = <<48/2=24>>24 clips.", "2. In all 48+24 = $<<48+24=72>>1,072!"];
        let sentences = ["She sold 48/2 = 24 clips", "Step 2: in all 48 + 24 = $1072"];
        assert_eq!(places(&steps, &sentences), [Some(0), Some(1)]);
    }

    #[test]
    fn sentences_of_one_step_are_placed_on_it_and_skipped_steps_are_skipped() {
        let steps = ["Tom has 3 apples. He buys 4 more apples.", "That makes 3 + 4 = 7 apples.", "The answer is 7."];
        let sentences = ["Tom has 3 apples.", "He buys 4 more apples.", "The answer is 7.", "Bees like honey a lot."];
        assert_eq!(places(&steps, &sentences), [Some(0), Some(0), Some(2), None]);
    }

    #[test]
    fn equal_steps_are_taken_in_order() {
        let steps = ["Add 2 to it.", "Double it now.", "Add 2 to it."];
        assert_eq!(places(&steps, &["Add 2 to it.", "Double it now.", "Add 2 to it."]), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_clear_match_beats_the_order() {
        let steps = ["Anna has 12 red pens.", "Ben has 5 blue cups.", "Cleo eats 9 green pears."];
        assert_eq!(places(&steps, &["Cleo eats 9 green pears.", "Anna has 12 red pens."]), [Some(2), Some(0)]);
    }

    #[test]
    fn nothing_to_place_on() {
        assert_eq!(places(&[], &["a"]), [None]);
        assert_eq!(places(&["", "..."], &["", "a", "..."]), [None, None, None]);
        assert_eq!(without_annotations("a <<1+1"), "a <<1+1");
    }
}
