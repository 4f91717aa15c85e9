//! Whether the critic gives the answer away, and whether the actor takes a shortcut to it.

use crate::reason::Rational;
use crate::reason::answer::numeral_len;

/// Whether a critique gives the answer away: the gold value stands in it as a number, but neither in the question nor in
/// the criticised path. Numbers are numerals without their sign, compared by value ("$1,200.00" is 1200); numbers in
/// words and values that no numeral has (1/3) are not seen.
#[must_use]
pub fn leaks(gold: Rational, critique: &str, question: &str, path: &str) -> bool {
    let gold = if gold.numerator() < 0 { gold.checked_neg() } else { Some(gold) };
    let says = |text| gold.is_some() && numbers(text).any(|number| number.value == gold);
    says(critique) && !says(question) && !says(path)
}

/// The critique without the numbers that are in neither the question nor the path: what it says besides results.
#[must_use]
pub fn masked(critique: &str, question: &str, path: &str) -> String {
    let known: Vec<Number<'_>> = numbers(question).chain(numbers(path)).collect();
    let mut rest = critique;
    let mut masked = String::new();
    for number in numbers(critique) {
        let (before, after) = rest.split_at(number.at - (critique.len() - rest.len()));
        masked.push_str(before);
        let (numeral, after) = after.split_at(number.text.len());
        if known.contains(&number) {
            masked.push_str(numeral);
        }
        rest = after;
    }
    masked + rest
}

/// Whether a refinement has so few numbers that it must have copied its answer: fewer digit groups than both the gold
/// solution and the flawed path, by more than two.
#[must_use]
pub fn shortcut(gold: &str, flawed: &str, refinement: &str) -> bool {
    digit_groups(refinement) + 2 < digit_groups(gold).min(digit_groups(flawed))
}

fn digit_groups(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).filter(|group| !group.is_empty()).count()
}

/// A numeral in a text.
#[derive(Debug, Clone, Copy)]
struct Number<'a> {
    at: usize,
    text: &'a str,
    value: Option<Rational>, // none beyond 128 bits
}

/// Same value, or, where both are too long to have one, same text.
impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && (self.value.is_some() || self.text == other.text)
    }
}

fn numbers(text: &str) -> impl Iterator<Item = Number<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let (at, length) =
            text[from..].char_indices().find_map(|(at, _)| Some((from + at, numeral_len(&text[from + at..])?)))?;
        from = at + length;
        let text = &text[at..from];
        Some(Number { at, text, value: Rational::from_decimal(&text.replace(',', "")) })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(n: i128) -> Rational {
        Rational::new(n, 1).expect("a whole number")
    }

    #[test]
    fn only_a_new_number_leaks() {
        let (question, path) = ("Ann has 12 bags of 100 nuts.", "12 * 100 = 120\nThe answer is 120.");
        assert!(leaks(whole(1200), "It should be $1,200.00.", question, path));
        assert!(leaks(whole(-1200), "It should be -1200", question, path));
        assert!(!leaks(whole(1200), "12 * 100 is not 120.", question, path));
        assert!(!leaks(whole(120), "It is 120.", question, path), "the path says so");
        assert!(!leaks(whole(12), "It is 12", question, path), "the question says so");
        assert!(!leaks(whole(200), "It should be 1,200", question, path), "part of a number is none");
        assert!(leaks(Rational::new(5, 2).expect("a fraction"), "so 2.50 each", question, path));
    }

    #[test]
    fn masking_takes_new_numbers_only() {
        let (question, path) = ("He buys 3 books at $1,000.", "3 + 1000 = 1003");
        let critique = "3 * 1000.00 is 3000, not 1,003: so 3,000 (three thousand) dollars.";
        let expected = "3 * 1000.00 is , not 1,003: so  (three thousand) dollars.";
        assert_eq!(masked(critique, question, path), expected);
        assert_eq!(masked("", question, path), "");
        let long = "9".repeat(50);
        assert_eq!(masked(&long, &long, ""), long);
        assert_eq!(masked(&long, "", ""), "");
    }

    #[test]
    fn the_shortcut_barrier_has_a_margin_of_two() {
        let digits = |n: usize| "7 ".repeat(n);
        for (gold, flawed, refinement, rejected) in
            [(9, 6, 3, true), (9, 6, 4, false), (6, 9, 3, true), (6, 6, 4, false), (2, 9, 0, false), (3, 9, 0, true)]
        {
            let found = shortcut(&digits(gold), &digits(flawed), &digits(refinement));
            assert_eq!(found, rejected, "{gold} {flawed} {refinement}");
        }
        assert_eq!(digit_groups("1,200.50 and x3y44"), 5);
    }

    proptest! {
        /// Nothing leaks through a mask, and a mask of nothing new changes nothing.
        #[test]
        fn a_masked_critique_leaks_nothing(
            critique in "[0-4,. a-]{0,30}", question in "[0-4,. a]{0,20}", path in "[0-4,. a]{0,20}", other in "\\PC{0,20}",
        ) {
            let safe = masked(&critique, &question, &path);
            for number in numbers(&critique).chain(numbers(&safe)) {
                let gold = number.value.expect("short numerals have values");
                prop_assert!(!leaks(gold, &safe, &question, &path), "{} leaks through {:?}", gold, safe);
            }
            prop_assert_eq!(masked(&critique, &critique, &path), critique.clone());
            let _ = masked(&other, &path, &critique);
        }
    }
}
