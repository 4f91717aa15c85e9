//! Numbers as they stand in sentences and in LaTeX.

use super::arithmetic::{ArithmeticError, evaluate, numeral_len};
use super::rational::Rational;

/// The text of the answer in this text and its value: the first sentence if it is arithmetic, what follows "=" if
/// arithmetic comes before it, else the first number. None where there is no number.
pub(super) fn value_of(text: &str) -> Option<(String, Option<Rational>)> {
    let sentence = first_sentence(text);
    let mut parts = sentence.rsplit('=').map(str::trim);
    let right = parts.next().unwrap_or("");
    let computed = parts.next().is_some_and(|left| evaluate(left).is_ok());
    let (claim, rest) = if computed { (right, right) } else { (sentence, text) };
    match evaluate(claim) {
        Ok(value) => Some((claim.to_owned(), Some(value))),
        Err(ArithmeticError::Syntax { .. } | ArithmeticError::TooLong { .. }) => first_number(rest),
        // It is arithmetic, but none that we compute.
        Err(_) => Some((claim.to_owned(), None)),
    }
}

/// The first line with text, up to the first full stop that ends a sentence, without what stands around a number.
fn first_sentence(text: &str) -> &str {
    let line =
        text.trim_start_matches([':', '*', '_', '`', '"', '\'', '\n', '\r', ' ', '\t']).lines().next().unwrap_or("");
    let sentence = line.split(". ").next().unwrap_or(line);
    sentence.trim_end_matches(['.', ',', ';', '!', ':', '*', '_', '`', '"', '\'', ' ', '\t', '\r'])
}

/// The first number of a text: perhaps a sign, a numeral, perhaps "/b"; or a mixed one, "1 1/2".
fn first_number(text: &str) -> Option<(String, Option<Rational>)> {
    let (at, length) = text.char_indices().find_map(|(at, _)| numeral_len(&text[at..]).map(|length| (at, length)))?;
    let before = text[..at].trim_end();
    let signed =
        before.strip_suffix(['-', '−']).filter(|left| !left.ends_with(|c: char| c.is_alphanumeric() || c == ')'));
    let sign = if signed.is_some() { "-" } else { "" };
    let (numeral, rest) = text[at..].split_at(length);
    let digits = || rest.strip_prefix(' ').and_then(fraction);
    let magnitude = match (fraction(&text[at..]), digits()) {
        (Some(ratio), _) => ratio.to_owned(),
        (None, Some(ratio)) => format!("{numeral} + {ratio}"),
        (None, None) => numeral.to_owned(),
    };
    let value = evaluate(&format!("{sign}({magnitude})")).ok();
    Some((format!("{sign}{magnitude}"), value))
}

/// "a/b" at the start of a text, b not zero.
fn fraction(text: &str) -> Option<&str> {
    let above = numeral_len(text)?;
    let below = numeral_len(text[above..].strip_prefix('/')?)?;
    let ratio = &text[..above + 1 + below];
    evaluate(ratio).is_ok().then_some(ratio)
}

/// Content of the first `\boxed{…}` whose braces close.
pub(super) fn first_boxed(text: &str) -> Option<&str> {
    let (_, after) = text.split_once("\\boxed")?;
    braced(after.trim_start()).map(|(content, _)| content)
}

/// Splits "{content}rest" where its first brace closes.
fn braced(text: &str) -> Option<(&str, &str)> {
    let content = text.strip_prefix('{')?;
    let mut depth = 1usize;
    for (at, c) in content.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&content[..at], &content[at + 1..]));
        }
    }
    None
}

/// Drops what is written around numbers (currency, percent, spacing, maths delimiters, `\text`), and writes
/// `\frac{a}{b}` as `(a)/(b)`.
pub(super) fn unlatex(text: &str) -> String {
    const PLAIN: [(&str, &str); 22] = [
        ("\\times", "*"),
        ("\\cdot", "*"),
        ("\\div", "/"),
        ("{,}", ","),
        ("\\text", ""),
        ("\\mathrm", ""),
        ("\\mathbf", ""),
        ("\\mbox", ""),
        ("\\left", ""),
        ("\\right", ""),
        ("\\!", ""),
        ("\\,", ""),
        ("\\;", ""),
        ("\\(", ""),
        ("\\)", ""),
        ("\\[", ""),
        ("\\]", ""),
        ("\\", ""),
        ("$", ""),
        ("%", ""),
        ("€", ""),
        ("£", ""),
    ];
    let mut plain = ratios(text);
    for (from, to) in PLAIN {
        plain = plain.replace(from, to);
    }
    plain.replace(['{', '}'], "")
}

/// Writes `\frac{a}{b}` as `(a)/(b)`, one inside another too; each turn of the loop removes one `frac`.
fn ratios(text: &str) -> String {
    let mut plain = text.replace("\\dfrac", "\\frac").replace("\\tfrac", "\\frac");
    let mut from = 0;
    while let Some(at) = plain[from..].find("\\frac{").map(|at| from + at) {
        from = at + 1;
        let ratio = braced(&plain[at + 5..])
            .and_then(|(above, rest)| braced(rest).map(|(below, rest)| format!("({above})/({below}){rest}")));
        if let Some(ratio) = ratio {
            plain.truncate(at);
            plain.push_str(&ratio);
            from = at;
        }
    }
    plain
}
