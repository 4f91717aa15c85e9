//! What may be asked: the limits of a [`SolveRequest`], checked at the edge before any model is touched.

use thiserror::Error;

use super::{Answer, Gate, GateName, SolveRequest};
use crate::runtime::Sampling;

/// A word problem that is worth asking: not blank, at most [`Problem::MAX_CHARS`] characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    /// Characters at most.
    pub const MAX_CHARS: usize = 4000;

    /// Checks and trims the text.
    ///
    /// # Errors
    /// [`RequestError::BlankProblem`] or [`RequestError::ProblemLength`].
    pub fn new(text: &str) -> Result<Self, RequestError> {
        let length = text.chars().count();
        if length > Self::MAX_CHARS {
            return Err(RequestError::ProblemLength { length, limit: Self::MAX_CHARS });
        }
        match text.trim() {
            "" => Err(RequestError::BlankProblem { length, limit: Self::MAX_CHARS }),
            text => Ok(Self(text.to_owned())),
        }
    }

    /// The text, without white space around it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// What is wrong with a request. Messages name the value and the limit.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Nothing but white space, or nothing at all.
    #[error("`problem` is blank ({length} characters), it must have 1..={limit} characters with some text")]
    BlankProblem {
        /// Its characters.
        length: usize,
        /// Characters at most.
        limit: usize,
    },
    /// Too long.
    #[error("`problem` has {length} characters, it must have 1..={limit}")]
    ProblemLength {
        /// Its characters.
        length: usize,
        /// Characters at most.
        limit: usize,
    },
    /// Negative, too hot or not a number.
    #[error("`temperature` is {value}, it must be within 0..={limit}")]
    Temperature {
        /// What was asked.
        value: f32,
        /// The largest accepted.
        limit: f32,
    },
    /// None, or too many.
    #[error("`max_tokens` is {value}, it must be within 1..={limit}")]
    MaxTokens {
        /// What was asked.
        value: usize,
        /// The largest accepted.
        limit: usize,
    },
    /// No probability.
    #[error("`threshold` is {value}, it must be within 0..=1")]
    Threshold {
        /// What was asked.
        value: f32,
    },
    /// Only one gate has a threshold.
    #[error("`threshold` is {value}, but it belongs to the gate `probability` alone")]
    NeedlessThreshold {
        /// What was asked.
        value: f32,
    },
    /// The oracle has nothing to compare with.
    #[error("`gold` is missing, the gate `oracle` needs the right answer to compare with")]
    NoGold,
    /// The gold answer is none.
    #[error("`gold` is `{value}`, it must be a number")]
    Gold {
        /// What was given.
        value: String,
    },
    /// A count of a search that is out of range.
    #[error("`{name}` is {value}, it must be within {least}..={most}{reason}")]
    Count {
        /// The field.
        name: &'static str,
        /// What was asked.
        value: usize,
        /// The smallest accepted.
        least: usize,
        /// The largest accepted.
        most: usize,
        /// Why, where it is not obvious; begins with a space.
        reason: &'static str,
    },
}

impl RequestError {
    /// The field that it speaks of.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::BlankProblem { .. } | Self::ProblemLength { .. } => "problem",
            Self::Temperature { .. } => "temperature",
            Self::MaxTokens { .. } => "max_tokens",
            Self::Threshold { .. } | Self::NeedlessThreshold { .. } => "threshold",
            Self::NoGold | Self::Gold { .. } => "gold",
            Self::Count { name, .. } => name,
        }
    }
}

/// Checks what attempts, critiques and refinements of every kind of run are asked with.
pub(super) fn check_turns(temperature: f32, max_tokens: usize) -> Result<(), RequestError> {
    if !(0.0..=Sampling::MAX_TEMPERATURE).contains(&temperature) {
        return Err(RequestError::Temperature { value: temperature, limit: Sampling::MAX_TEMPERATURE });
    }
    if !(1..=SolveRequest::MAX_TOKENS).contains(&max_tokens) {
        return Err(RequestError::MaxTokens { value: max_tokens, limit: SolveRequest::MAX_TOKENS });
    }
    Ok(())
}

/// Reads a gold answer.
pub(super) fn check_gold(gold: Option<&str>) -> Result<Option<Answer>, RequestError> {
    let read = |text: &str| Answer::parse(text).ok_or_else(|| RequestError::Gold { value: text.to_owned() });
    gold.map(read).transpose()
}

impl SolveRequest {
    /// Tokens per turn at most.
    pub const MAX_TOKENS: usize = 2048;

    /// Checks every number and the problem, which it returns trimmed.
    ///
    /// # Errors
    /// The first [`RequestError`] found, in the order of the fields.
    pub fn validate(&self) -> Result<Problem, RequestError> {
        let problem = Problem::new(&self.problem)?;
        check_turns(self.temperature, self.max_tokens)?;
        check_gold(self.gold.as_deref())?;
        self.gate()?;
        Ok(problem)
    }

    /// The gate that it asks for.
    ///
    /// # Errors
    /// As [`Gate::new`].
    pub fn gate(&self) -> Result<Gate, RequestError> {
        let by_flag = if self.gated { GateName::Verdict } else { GateName::Always };
        Gate::new(self.gate.unwrap_or(by_flag), self.threshold, self.gold.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(problem: &str, temperature: f32, max_tokens: usize) -> SolveRequest {
        SolveRequest { problem: problem.to_owned(), temperature, max_tokens, ..SolveRequest::default() }
    }

    fn message(request: &SolveRequest) -> String {
        request.validate().map_or_else(|error| error.to_string(), |problem| problem.text().to_owned())
    }

    #[test]
    fn the_limits_themselves_are_accepted() {
        assert_eq!(message(&request(" How many? \n", 0.0, 1)), "How many?");
        let longest = "é".repeat(4000);
        assert_eq!(message(&request(&longest, 5.0, 2048)), longest);
    }

    #[test]
    fn beyond_a_limit_the_message_has_both_numbers() {
        assert_eq!(
            message(&request(" \n", 0.0, 1)),
            "`problem` is blank (2 characters), it must have 1..=4000 characters with some text"
        );
        assert_eq!(
            message(&request(&"x".repeat(4001), 0.0, 1)),
            "`problem` has 4001 characters, it must have 1..=4000"
        );
        assert_eq!(message(&request("x", 5.5, 1)), "`temperature` is 5.5, it must be within 0..=5");
        assert_eq!(message(&request("x", f32::NAN, 1)), "`temperature` is NaN, it must be within 0..=5");
        assert_eq!(message(&request("x", -0.1, 1)), "`temperature` is -0.1, it must be within 0..=5");
        assert_eq!(message(&request("x", 0.0, 0)), "`max_tokens` is 0, it must be within 1..=2048");
        assert_eq!(message(&request("x", 0.0, 2049)), "`max_tokens` is 2049, it must be within 1..=2048");
    }
}
