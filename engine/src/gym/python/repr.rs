//! `str()` and `repr()`.

use std::fmt::{self, Display, Formatter, Write};

use unicode_general_category::{GeneralCategory as G, get_general_category};

use super::Value;

impl Value {
    /// `repr(value)`: as [`Display`], but a string is quoted too.
    #[must_use]
    pub fn repr(&self) -> String {
        Repr(self).to_string()
    }
}

/// `str(value)`.
impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => f.write_str(text),
            _ => Repr(self).fmt(f),
        }
    }
}

struct Repr<'a>(&'a Value);

impl Display for Repr<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::None => f.write_str("None"),
            Value::Bool(true) => f.write_str("True"),
            Value::Bool(false) => f.write_str("False"),
            Value::Int(number) => write!(f, "{number}"),
            Value::Float(number) => f.write_str(&float(*number)),
            Value::Str(text) => string(f, text),
            Value::List(items) => series(f, "[", items, "]"),
            Value::Tuple(items) if items.len() == 1 => write!(f, "({},)", Repr(&items[0])),
            Value::Tuple(items) => series(f, "(", items, ")"),
            Value::Set(items) if items.is_empty() => f.write_str("set()"),
            Value::Set(items) => series(f, "{", items, "}"),
            Value::Dict(entries) => {
                f.write_char('{')?;
                for (index, (key, value)) in entries.iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{}: {}", Repr(key), Repr(value))?;
                }
                f.write_char('}')
            }
        }
    }
}

fn series(f: &mut Formatter<'_>, open: &str, items: &[Value], close: &str) -> fmt::Result {
    f.write_str(open)?;
    for (index, item) in items.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        write!(f, "{comma}{}", Repr(item))?;
    }
    f.write_str(close)
}

/// The shortest digits that read back as the same number, positional where the exponent is within -4..16.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    if number.is_infinite() {
        return format!("{sign}inf");
    }
    let scientific = format!("{:e}", number.abs());
    let (mantissa, exponent) = scientific.split_once('e').expect("invariant: `{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("invariant: the exponent is an integer");
    let digits = mantissa.replace('.', "");
    let positional = match usize::try_from(exponent) {
        Ok(whole) if whole < 16 => {
            let digits = format!("{digits:0<width$}", width = whole + 2);
            format!("{}.{}", &digits[..=whole], &digits[whole + 1..])
        }
        Err(_) if exponent >= -4 => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
        _ => {
            let point = if digits.len() > 1 { "." } else { "" };
            let mark = if exponent < 0 { '-' } else { '+' };
            format!("{}{point}{}e{mark}{:02}", &digits[..1], &digits[1..], exponent.unsigned_abs())
        }
    };
    format!("{sign}{positional}")
}

fn string(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if is_printable(c) => f.write_char(c)?,
            c => match u32::from(c) {
                code @ 0..=0xff => write!(f, "\\x{code:02x}")?,
                code @ 0x100..=0xffff => write!(f, "\\u{code:04x}")?,
                code => write!(f, "\\U{code:08x}")?,
            },
        }
    }
    f.write_char(quote)
}

/// `str.isprintable()` of a character.
fn is_printable(c: char) -> bool {
    let unprintable = matches!(
        get_general_category(c),
        G::Control
            | G::Format
            | G::Surrogate
            | G::PrivateUse
            | G::Unassigned
            | G::LineSeparator
            | G::ParagraphSeparator
            | G::SpaceSeparator
    );
    c == ' ' || !unprintable
}
