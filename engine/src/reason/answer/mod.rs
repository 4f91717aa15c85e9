//! The final answer of a solution, and when two are the same (`specs/critique.md` §4.5; own choices marked there: the
//! LAST "The answer is", exact fractions instead of `eval`).

mod arithmetic;
mod numeral;
mod rational;

pub(super) use arithmetic::numeral_len;
pub use arithmetic::{ArithmeticError, evaluate};
pub use rational::Rational;

use numeral::{first_boxed, unlatex, value_of};

/// What every solution is asked to end with, before its number.
pub const ANSWER_MARKER: &str = "The answer is";

/// Bytes that are searched for an answer: it stands at once behind its marker, and a bound keeps grading cheap.
const MAX_BYTES: usize = 2000;

/// A final answer as it was written, and its value where it has one.
#[derive(Debug, Clone)]
pub struct Answer {
    text: String,
    value: Option<Rational>,
}

/// Same value, or, where one has none, same text but for case and white space.
impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        match (self.value, other.value) {
            (Some(a), Some(b)) => a == b,
            (None, None) => plain(&self.text) == plain(&other.text),
            _ => false,
        }
    }
}

impl Answer {
    /// Reads one answer: boxed content if there is any, else arithmetic (behind the last "="), else the first number.
    /// None when the text has neither a box nor a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = &text[..text.floor_char_boundary(MAX_BYTES)];
        if let Some(boxed) = first_boxed(text) {
            let text = unlatex(boxed).trim().to_owned();
            let value = value_of(&text).and_then(|(_, value)| value);
            return (!text.is_empty()).then_some(Self { text, value });
        }
        let (text, value) = value_of(&unlatex(text))?;
        Some(Self { text, value })
    }

    /// As it was written, without "$", "%" and LaTeX; thousands separators stay.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its exact value; absent for a number beyond 128 bits and for boxed text.
    #[must_use]
    pub fn value(&self) -> Option<Rational> {
        self.value
    }
}

/// The value where it has one, so that equal answers read the same; else the text.
impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.value {
            Some(value) => value.fmt(f),
            None => f.write_str(&self.text),
        }
    }
}

/// The final answer of a response: what follows its last "The answer is" (any case), else its last box.
///
/// ```
/// use duet_engine::reason::extract_answer;
/// let answer = extract_answer("2 * 600 = 1200\nThe answer is $1,200.00.").expect("one");
/// assert_eq!(answer.to_string(), "1200");
/// ```
#[must_use]
pub fn extract_answer(response: &str) -> Option<Answer> {
    if let Some(at) = find_last(response, ANSWER_MARKER) {
        return Answer::parse(&response[at + ANSWER_MARKER.len()..]);
    }
    response.rfind("\\boxed").and_then(|at| Answer::parse(&response[at..]))
}

/// The gold answer of a GSM8K solution: what follows its last "#### ".
#[must_use]
pub fn gold_answer(solution: &str) -> Option<Answer> {
    let at = solution.rfind("#### ")?;
    Answer::parse(solution[at + 5..].lines().next().unwrap_or(""))
}

/// Text in the form in which it is compared.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// The last place where the ASCII words stand, in any case.
fn find_last(text: &str, words: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(words.len());
    windows.rposition(|window| window.eq_ignore_ascii_case(words.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(response: &str) -> Option<String> {
        extract_answer(response).map(|answer| answer.to_string())
    }

    #[test]
    fn answers_as_models_write_them() {
        for (response, answer) in [
            ("The answer is 15.", "15"),
            ("The answer is: $1,234.50.", "1234.5"),
            ("the ANSWER is 20%", "20"),
            ("The answer is **-$5**!", "-5"),
            ("The answer is −7 degrees", "-7"),
            ("The answer is $-7", "-7"),
            ("The answer is 3/4 of a cup", "0.75"),
            ("The answer is 1 1/2 cups.", "1.5"),
            ("The answer is .5", "0.5"),
            ("The answer is 10/3.", "10/3"),
            ("The answer is 3 + 4 = 7 apples.", "7"),
            ("The answer is 3 + 4.", "7"),
            ("The answer is x = 7", "7"),
            ("The answer is about 12 eggs, not 13", "12"),
            ("The answer is\n\n42\n", "42"),
            ("The answer is 1. Wait.\nThe answer is 2. Done", "2"),
            ("The answer is $\\boxed{18}$.", "18"),
            ("The answer is the total of 5: \\boxed{\\frac{1}{2}}", "0.5"),
            ("The answer is \\(\\boxed{1{,}000\\text{ miles}}\\)", "1000"),
            ("So \\boxed{1}, no, \\boxed{30}", "30"),
            ("The answer is 5-3 years", "5"),
            ("The answer is 2, 3 and 4", "2"),
        ] {
            assert_eq!(shown(response).as_deref(), Some(answer), "{response}");
        }
    }

    #[test]
    fn no_answer_is_none() {
        for response in
            ["", "There are 5 eggs.", "The answer is unknown.", "The answer is , .", "\\boxed{", "\\boxed{}"]
        {
            assert_eq!(shown(response), None, "{response}");
        }
    }

    #[test]
    fn costly_arithmetic_is_text_and_equals_no_number() {
        let bomb = extract_answer("The answer is 9**9**9.").expect("text");
        assert_eq!((bomb.text(), bomb.value()), ("9**9**9", None));
        assert_ne!(Some(bomb.clone()), extract_answer("The answer is 9."));
        assert_eq!(Some(bomb), extract_answer("The answer is 9 ** 9 ** 9"));
        let long = extract_answer(&format!("The answer is {}.", "7".repeat(60))).expect("a long number");
        assert_eq!(long.value(), None);
        assert_eq!(long.to_string(), "7".repeat(60));
    }

    #[test]
    fn equality_is_by_value() {
        let parse = |text| Answer::parse(text).expect("an answer");
        assert_eq!(parse("0.5"), parse("1/2"));
        assert_eq!(parse("1,000"), parse("$1000.00"));
        assert_ne!(parse("1000"), parse("1,0001"));
        assert_eq!(parse("\\boxed{North West}"), parse("\\boxed{\\text{north  west}}"));
        assert_ne!(parse("\\boxed{north}"), parse("7"));
    }

    #[test]
    fn gold_answers_stand_behind_hashes() {
        let gold = |text| gold_answer(text).map(|answer| answer.to_string());
        assert_eq!(gold("48/2 = <<48/2=24>>24\n#### 1,450").as_deref(), Some("1450"));
        assert_eq!(gold("#### -3\n").as_deref(), Some("-3"));
        assert_eq!(gold("no hashes 5"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,80}|(The answer is|\\\\boxed|\\\\frac|[0-9{}()/*.,$% =-]){0,30}") {
            let _ = shown(&text);
            let _ = Answer::parse(&text);
        }

        /// However a value is written, it is the same answer.
        #[test]
        fn notation_does_not_matter(n in -1_000_000i128..1_000_000, d in 1i128..50, noise in "[a-z ]{0,10}") {
            let value = Rational::new(n, d);
            let written = [format!("The answer is {n}/{d}."), format!("{noise}\nthe answer is ({n}) / {d}\n"),
                format!("The answer is $\\boxed{{{n}/{d}}}$"), format!("The answer is {}", value.expect("d > 0"))];
            for response in written {
                prop_assert_eq!(extract_answer(&response).and_then(|answer| answer.value()), value, "{}", response);
            }
        }
    }
}
