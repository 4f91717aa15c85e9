//! Reads nested lists of words, as PDDL is written.

use super::game::GameError;

/// How deeply lists may lie in each other; ALFWorld's problems need about ten.
const MOST_DEPTH: usize = 64;

/// Words and lists of a problem that are read; the original's have some thousands.
const MOST_NODES: usize = 1_000_000;

/// A word in lower case, or a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    Word(String),
    List(Vec<Expression>),
}

impl Expression {
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::List(_) => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Expression]> {
        match self {
            Self::Word(_) => None,
            Self::List(list) => Some(list),
        }
    }

    /// A list's first word, and what follows it.
    pub(super) fn headed(&self) -> Option<(&str, &[Expression])> {
        let (head, rest) = self.list()?.split_first()?;
        Some((head.word()?, rest))
    }

    /// A list of words alone.
    pub(super) fn words(&self) -> Option<Vec<&str>> {
        self.list()?.iter().map(Self::word).collect()
    }
}

/// The one list that a text is. What follows a semicolon is a comment.
///
/// # Errors
/// [`GameError`] where brackets do not match, and for texts beyond the limits.
pub(super) fn parse(text: &str) -> Result<Expression, GameError> {
    let mut open: Vec<Vec<Expression>> = vec![Vec::new()];
    let mut nodes = 0;
    for token in text.lines().filter_map(|line| line.split(';').next()).flat_map(tokens) {
        nodes += 1;
        if nodes > MOST_NODES || open.len() > MOST_DEPTH {
            return Err(GameError::Problem {
                what: format!("more than {MOST_NODES} words, or lists {MOST_DEPTH} deep"),
            });
        }
        let unmatched = || GameError::Problem { what: "a closing bracket without an opening one".to_owned() };
        let done = match token {
            "(" => {
                open.push(Vec::new());
                continue;
            }
            ")" if open.len() > 1 => Expression::List(open.pop().ok_or_else(unmatched)?),
            ")" => return Err(unmatched()),
            word => Expression::Word(word.to_lowercase()),
        };
        open.last_mut().ok_or_else(unmatched)?.push(done);
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut list), true) if list.len() == 1 => Ok(list.remove(0)),
        (_, true) => Err(GameError::Problem { what: "not one list".to_owned() }),
        _ => Err(GameError::Problem { what: "an opening bracket without a closing one".to_owned() }),
    }
}

/// Brackets and words of a line.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    line.split_whitespace().flat_map(|run| run.split_inclusive(['(', ')'])).flat_map(|piece| {
        let end = piece.len() - usize::from(piece.ends_with(['(', ')']));
        [&piece[..end], &piece[end..]].into_iter().filter(|token| !token.is_empty())
    })
}
