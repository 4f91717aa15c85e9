//! Cells: what is in them, and how it is shown.

use super::formula::Formula;
use crate::gym::python::Value;

/// A cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// What is in it.
    pub content: Content,
    /// How a number in it is shown.
    pub format: Format,
    /// A note; empty for none.
    pub note: String,
}

/// What is in a cell.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Content {
    /// Nothing.
    #[default]
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// What is computed anew whenever it is shown.
    Formula(Formula),
}

/// How a number is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// With as many digits as it has, ten at most.
    #[default]
    General,
    /// With so many decimals: `25.00`.
    Fixed(u8),
    /// In per cent, with so many decimals: `20.00%`.
    Percent(u8),
}

/// Decimals that a format may have.
const MAX_DECIMALS: usize = 10;

impl Format {
    /// Reads `0.00` or `0.00%`, as spreadsheets write them; none for `General` and whatever else there is.
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Self> {
        let (digits, percent) = match pattern.strip_suffix('%') {
            Some(digits) => (digits, true),
            None => (pattern, false),
        };
        let decimals = match digits.strip_prefix('0')? {
            "" => 0,
            decimals => decimals.strip_prefix('.').filter(|zeros| zeros.bytes().all(|b| b == b'0'))?.len(),
        };
        let decimals = u8::try_from(decimals.min(MAX_DECIMALS)).ok()?;
        Some(if percent { Self::Percent(decimals) } else { Self::Fixed(decimals) })
    }

    /// A number as it is shown.
    #[must_use]
    pub fn show(self, number: f64) -> String {
        match self {
            Self::General => general(number),
            Self::Fixed(decimals) => fixed(number, usize::from(decimals)),
            Self::Percent(decimals) => format!("{}%", fixed(number * 100.0, usize::from(decimals))),
        }
    }
}

impl Cell {
    /// Puts in what somebody types: digits are a number, `20%` is one in per cent, and decimals that end in a zero are kept
    /// in sight. What begins with an apostrophe is a text.
    pub(super) fn type_in(&mut self, text: &str) {
        let (content, format) = typed(text);
        self.content = content;
        self.format = match (self.format, format) {
            (Format::General, format) => format,
            (Format::Fixed(_), format @ Format::Percent(_)) => format,
            (kept, _) => kept,
        };
    }

    /// Puts a value of a call in; formulas are not read here. None where it is no value of a cell.
    pub(super) fn put(&mut self, value: &Value) -> Option<()> {
        match value {
            Value::None => self.content = Content::Empty,
            Value::Bool(true) => self.content = Content::Text("TRUE".to_owned()),
            Value::Bool(false) => self.content = Content::Text("FALSE".to_owned()),
            Value::Int(number) => self.content = Content::Number(*number as f64),
            Value::Float(number) if number.is_finite() => self.content = Content::Number(*number),
            Value::Str(text) => self.type_in(text),
            _ => return None,
        }
        Some(())
    }
}

fn typed(text: &str) -> (Content, Format) {
    if text.is_empty() {
        return (Content::Empty, Format::General);
    }
    if let Some(text) = text.strip_prefix('\'') {
        return (Content::Text(text.to_owned()), Format::General);
    }
    let (digits, percent) = match text.strip_suffix('%') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let Some((number, decimals)) = decimal(digits) else {
        return (Content::Text(text.to_owned()), Format::General);
    };
    let places = u8::try_from(decimals.len().min(MAX_DECIMALS)).unwrap_or_default();
    match percent {
        true => (Content::Number(number / 100.0), Format::Percent(places)),
        false if decimals.ends_with('0') => (Content::Number(number), Format::Fixed(places)),
        false => (Content::Number(number), Format::General),
    }
}

/// A number in digits with a sign and a point at most, and its decimals.
fn decimal(text: &str) -> Option<(f64, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + decimals.len() == 0 || !digits(whole) || !digits(decimals) {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(|number| (number, decimals))
}

/// The 15 digits that a spreadsheet counts with, and the exponent of the first. Rounding these, not the binary number, makes
/// 2.675 become 2.68.
fn digits(number: f64) -> (Vec<u8>, i32) {
    let scientific = format!("{:.14e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').expect("invariant: `{:e}` writes an exponent");
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    (digits, exponent.parse().expect("invariant: the exponent is an integer"))
}

/// The first digits, rounded half up; the exponent grows where 9.99 becomes 10.
fn rounded(number: f64, keep: impl FnOnce(i32) -> i32) -> (Vec<u8>, i32) {
    let (mut digits, mut exponent) = digits(number);
    let Ok(keep) = usize::try_from(keep(exponent)) else { return (vec![0], 0) };
    let up = digits.get(keep).is_some_and(|digit| *digit >= 5);
    digits.truncate(keep);
    if up {
        match digits.iter().rposition(|digit| *digit < 9) {
            Some(at) => {
                digits[at] += 1;
                digits[at + 1..].fill(0);
            }
            None => {
                digits.fill(0);
                digits.insert(0, 1);
                exponent += 1;
            }
        }
    }
    (digits, exponent)
}

/// Digits with the point where it belongs and so many decimals.
fn positional(digits: &[u8], exponent: i32, decimals: usize) -> String {
    let digit = |place: i32| usize::try_from(exponent - place).ok().and_then(|at| digits.get(at)).copied().unwrap_or(0);
    let mut text = String::new();
    for place in (0..=exponent.max(0)).rev() {
        text.push(char::from(b'0' + digit(place)));
    }
    if decimals > 0 {
        text.push('.');
    }
    for place in 1..=decimals as i32 {
        text.push(char::from(b'0' + digit(-place)));
    }
    text
}

fn signed(number: f64, text: String) -> String {
    let negative = number < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if negative { format!("-{text}") } else { text }
}

fn fixed(number: f64, decimals: usize) -> String {
    let (digits, exponent) = rounded(number, |exponent| exponent + 1 + decimals as i32);
    signed(number, positional(&digits, exponent, decimals))
}

fn general(number: f64) -> String {
    let (mut digits, exponent) = rounded(number, |_| 10);
    while digits.len() > 1 && digits.last() == Some(&0) {
        digits.pop();
    }
    if (-9..15).contains(&exponent) {
        let decimals = usize::try_from(digits.len() as i32 - 1 - exponent).unwrap_or(0);
        return signed(number, positional(&digits, exponent, decimals));
    }
    let mantissa = positional(&digits, 0, digits.len() - 1);
    signed(number, format!("{mantissa}E{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs()))
}
