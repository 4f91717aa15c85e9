//! Equations: written in one form, read in many.

use std::fmt;

use super::program::Op;
use crate::reason::critique::without_annotations;

/// Digits of a number at most: no product of two such numbers leaves 64 bits.
const MAX_DIGITS: usize = 9;

/// An equation of a line, `12 + 7 = 19`; its result may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Equation {
    /// First number.
    pub lhs: i64,
    /// Operation.
    pub op: Op,
    /// Second number.
    pub rhs: i64,
    /// What is behind the equals sign.
    pub value: i64,
}

impl fmt::Display for Equation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} = {}", self.lhs, self.op.sign(), self.rhs, self.value)
    }
}

impl Equation {
    /// The last equation of two numbers in a line: `12 + 7 = 19`, `12+7=19`, `12 x 7 = 84`, `1,200 ÷ 4 = $300`, with
    /// or without calculator annotations. None for a line without one, and for numbers that no story has (more than
    /// nine digits, decimals).
    ///
    /// ```
    /// use duet_engine::reason::story::Equation;
    /// let equation = Equation::find("That is 1,200÷4 = <<1200/4=300>>$300 a week.").expect("an equation");
    /// assert_eq!(equation.to_string(), "1200 / 4 = 300");
    /// ```
    #[must_use]
    pub fn find(line: &str) -> Option<Self> {
        let tokens = tokens(&without_annotations(line));
        (0..tokens.len()).rev().find_map(|start| {
            let [Token::Number(lhs), Token::Op(op), Token::Number(rhs), Token::Equals, rest @ ..] = &tokens[start..]
            else {
                return None;
            };
            let value = match rest {
                [Token::Number(value), ..] => *value,
                [Token::Op(Op::Sub), Token::Number(value), ..] => -value,
                _ => return None,
            };
            // "2 + 3 + 4 = 9" is not "3 + 4 = 9".
            let longer = start > 0 && matches!(tokens[start - 1], Token::Op(_));
            (!longer).then_some(Self { lhs: *lhs, op: *op, rhs: *rhs, value })
        })
    }

    /// Whether the two sides are equal.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.op.apply(self.lhs, self.rhs) == Some(self.value)
    }

    /// The same equation, or with the two operands swapped where they commute.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        let swapped = Self { lhs: other.rhs, rhs: other.lhs, ..*other };
        self == other || (self.op.commutes() && *self == swapped)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Number(i64),
    Op(Op),
    Equals,
    Other,
}

fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let width = match first {
            '0'..='9' => numeral(rest),
            _ if first.is_alphabetic() => rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let (text, after) = rest.split_at(width);
        rest = after;
        tokens.extend(match text {
            "+" => Some(Token::Op(Op::Add)),
            "-" | "−" | "–" => Some(Token::Op(Op::Sub)),
            "*" | "x" | "X" | "×" | "·" => Some(Token::Op(Op::Mul)),
            "/" | "÷" => Some(Token::Op(Op::Div)),
            "=" => Some(Token::Equals),
            "$" => None,
            _ if first.is_ascii_digit() => Some(number(text)),
            _ => (!first.is_whitespace()).then_some(Token::Other),
        });
    }
    tokens
}

/// Bytes of the numeral that a text begins with: digits, and commas and points between digits.
fn numeral(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let inside = |at: usize| digit(at) || (matches!(bytes.get(at), Some(b',' | b'.')) && digit(at + 1));
    (1..).find(|at| !inside(*at)).unwrap_or(1)
}

fn number(text: &str) -> Token {
    let digits = text.replace(',', "");
    let short = digits.len() <= MAX_DIGITS;
    digits.parse().ok().filter(|_| short).map_or(Token::Other, Token::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        Equation::find(line).map(|equation| equation.to_string())
    }

    #[test]
    fn many_forms_are_read() {
        for line in
            ["12+7=19", "Mia now has 12 + 7 = 19 apples.", "$12 + $7 = $19", "12 + 7 = <<12+7=19>>19.", "12+7= 19,"]
        {
            assert_eq!(found(line).as_deref(), Some("12 + 7 = 19"), "{line}");
        }
        for line in ["12 x 7 = 84", "12×7=84", "12*7=84", "So 12 · 7 = 84"] {
            assert_eq!(found(line).as_deref(), Some("12 * 7 = 84"), "{line}");
        }
        assert_eq!(found("5 − 12 = -7").as_deref(), Some("5 - 12 = -7"));
        assert_eq!(found("25% of 1,080 is 1,080 ÷ 4 = 270").as_deref(), Some("1080 / 4 = 270"));
        assert_eq!(found("1 + 1 = 2 and 2 + 2 = 4").as_deref(), Some("2 + 2 = 4"));
    }

    #[test]
    fn what_is_none_is_not_read() {
        for line in
            ["", "=", "12 + 7", "12 + = 19", "2 + 3 + 4 = 9", "1.5 + 2 = 3", "1234567890 + 1 = 2", "x = 4", "é = ×"]
        {
            assert_eq!(found(line), None, "{line}");
        }
        assert_eq!(found(&"9".repeat(100_000)), None);
        assert_eq!(found(&"1 + ".repeat(100_000)), None);
    }

    #[test]
    fn operands_swap_only_where_they_commute() {
        let read = |line: &str| Equation::find(line).expect("an equation");
        assert!(read("2 + 3 = 5").same(&read("3 + 2 = 5")) && read("2 * 3 = 6").same(&read("3 * 2 = 6")));
        assert!(!read("5 - 3 = 2").same(&read("3 - 5 = 2")) && !read("2 + 3 = 5").same(&read("3 + 2 = 6")));
        assert!(read("8 / 4 = 2").holds() && !read("9 / 4 = 2").holds() && !read("9 / 0 = 0").holds());
    }
}
