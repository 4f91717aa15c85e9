//! What an action says, and how Python would print it.

use unicode_general_category::{GeneralCategory, get_general_category};

/// An action, as the original's patterns take it apart. They look at the beginning of the first line only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action<'a> {
    /// `craft OUTPUT using INPUTS`; the last `using` divides.
    Craft {
        /// What to make; a count before it is optional.
        output: &'a str,
        /// What to use, between commas.
        inputs: &'a str,
    },
    /// `get COUNT NAME`.
    Get(Counted<'a>),
    /// `inventory`, whatever follows.
    Inventory,
}

/// `COUNT NAME`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted<'a> {
    digits: &'a str,
    /// As it was written.
    pub(super) name: &'a str,
}

impl<'a> Action<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let line = text.split('\n').next().unwrap_or_default();
        if let Some((output, inputs)) = line.strip_prefix("craft ").and_then(|rest| rest.rsplit_once(" using ")) {
            return Some(Self::Craft { output, inputs });
        }
        if let Some(counted) = line.strip_prefix("get ").and_then(Counted::parse) {
            return Some(Self::Get(counted));
        }
        line.starts_with("inventory").then_some(Self::Inventory)
    }
}

impl<'a> Counted<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit())?;
        let name = text[end..].strip_prefix(' ').filter(|_| end > 0)?;
        Some(Self { digits: &text[..end], name })
    }

    /// What a count that is left out means.
    pub(super) fn one(name: &'a str) -> Self {
        Self { digits: "1", name }
    }

    /// The count; what does not fit is the most there can be.
    pub(super) fn count(&self) -> u64 {
        self.digits.parse().unwrap_or(u64::MAX)
    }

    /// The count as Python prints it, however large.
    pub(super) fn written(&self) -> &'a str {
        match self.digits.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        }
    }

    /// The name as items are named: with underscores.
    pub(super) fn id(&self) -> String {
        self.name.replace(' ', "_")
    }
}

/// What Python's `str.strip` takes away.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c))
}

/// Python's `repr` of a text.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => match u32::from(c) {
                code @ ..0x100 => out.push_str(&format!("\\x{code:02x}")),
                code @ ..0x1_0000 => out.push_str(&format!("\\u{code:04x}")),
                code => out.push_str(&format!("\\U{code:08x}")),
            },
        }
    }
    out.push(quote);
    out
}

fn is_printable(c: char) -> bool {
    use GeneralCategory::{
        Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, SpaceSeparator, Surrogate, Unassigned,
    };
    let category = get_general_category(c);
    c == ' '
        || !matches!(
            category,
            Control
                | Format
                | LineSeparator
                | ParagraphSeparator
                | PrivateUse
                | SpaceSeparator
                | Surrogate
                | Unassigned
        )
}
