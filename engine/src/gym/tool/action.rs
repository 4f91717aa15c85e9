//! `Action: name with Action Input: {…}`.

use super::{Arguments, CallError};
use crate::gym::python::Value;

/// Bytes of the longest text in which an action is looked for; a longer one has none.
pub const MAX_ACTION: usize = 256 * 1024;

/// The words between an action's name and its input.
const INPUT: &str = "Action Input:";

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The tool.
    pub name: String,
    /// Its arguments, a dict by intention, anything in fact.
    pub input: Value,
}

impl Call {
    /// A call with these arguments.
    #[must_use]
    pub fn new<const N: usize>(name: &str, arguments: [(&str, Value); N]) -> Self {
        Self { name: name.to_owned(), input: Value::dict(arguments) }
    }

    /// The arguments.
    #[must_use]
    pub fn arguments(&self) -> Arguments<'_> {
        Arguments(&self.input)
    }

    /// As an agent writes it.
    #[must_use]
    pub fn text(&self) -> String {
        format!("Action: {} with {INPUT} {}", self.name, self.input.repr())
    }

    /// Whether another call does the same: ids may be written as numbers there, and more may be said than is asked for.
    #[must_use]
    pub fn is_in(&self, other: &Self) -> bool {
        let Value::Dict(arguments) = &self.input else { return false };
        let is_given = |(key, value): &(Value, Value)| {
            let given = key.as_str().and_then(|key| other.input.get(key));
            given.is_some_and(|given| given.to_string() == value.to_string())
        };
        self.name == other.name && arguments.iter().all(is_given)
    }

    /// Whether this is a call of `finish`, which the original does not ask.
    #[must_use]
    pub fn is_finish(&self) -> bool {
        self.name == "finish"
    }
}

/// A line that has the form of an action: what the original searches with `\s*(.*?)\s*with\s*Action Input:\s*(.*?)$` and
/// puts together again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(String);

impl Line {
    /// The action in the last line of a text. White space, and so the end of a line, may stand on either side of the words
    /// in its middle, but not within name or input.
    #[must_use]
    pub fn last_of(text: &str) -> Option<Self> {
        if text.len() > MAX_ACTION {
            return None;
        }
        // `$` is the end, or the end of the line that ends there.
        let text = text.strip_suffix('\n').unwrap_or(text);
        let last_break = text.rfind('\n');
        let middle = Middle::all_of(text).find(|middle| last_break.is_none_or(|at| at < middle.end));
        let Middle { start, end } = middle?;
        let before = text[..start].trim_end_matches(is_space);
        let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
        Some(Self(format!("{} with {INPUT} {}", line.trim_start_matches(is_space), &text[end..])))
    }

    /// The line as a whole.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The call in it.
    ///
    /// # Errors
    /// [`CallError`] without "Action:", and where the input is no literal.
    pub fn call(&self) -> Result<Call, CallError> {
        let found = self.0.split_once("Action:").and_then(|(_, rest)| {
            let middle = Middle::all_of(rest).next()?;
            Some((rest[..middle.start].trim_matches(is_space), &rest[middle.end..]))
        });
        let (name, input) =
            found.ok_or_else(|| CallError::raised("TypeError", "cannot unpack non-iterable NoneType object"))?;
        let input = Value::parse(input).map_err(|_| {
            CallError::raised("Exception", "Parameters in action input are not valid, please change your action input.")
        })?;
        Ok(Call { name: name.to_owned(), input })
    }
}

/// Where `with\s*Action Input:\s*` stands in a text.
struct Middle {
    start: usize,
    end: usize,
}

impl Middle {
    fn all_of(text: &str) -> impl Iterator<Item = Self> + '_ {
        text.match_indices(INPUT).filter_map(move |(at, words)| {
            let start = text[..at].trim_end_matches(is_space).strip_suffix("with")?.len();
            let after = &text[at + words.len()..];
            Some(Self { start, end: text.len() - after.trim_start_matches(is_space).len() })
        })
    }
}

/// Python's `\s`.
fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}
