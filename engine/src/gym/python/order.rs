//! `==`, `<` and `sorted()`.

use std::cmp::Ordering;

use thiserror::Error;

use super::Value;

/// Two values of which Python says that `<` is not supported between them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("'<' not supported between instances of '{left}' and '{right}'")]
pub struct Unorderable {
    /// The type on the left.
    pub left: &'static str,
    /// The type on the right.
    pub right: &'static str,
}

/// A number, as comparisons see it.
#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Real(f64),
}

impl Number {
    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(&other)),
            (Self::Real(one), Self::Real(other)) => one.partial_cmp(&other),
            (Self::Whole(one), Self::Real(other)) => compare_exactly(one, other),
            (Self::Real(one), Self::Whole(other)) => compare_exactly(other, one).map(Ordering::reverse),
        }
    }
}

/// Without rounding the integer: 2^53 + 1 is not 2.0^53.
fn compare_exactly(whole: i64, real: f64) -> Option<Ordering> {
    const BEYOND: f64 = 9_223_372_036_854_775_808.0; // 2^63
    match () {
        () if real.is_nan() => None,
        () if real >= BEYOND => Some(Ordering::Less),
        () if real < -BEYOND => Some(Ordering::Greater),
        () => {
            let below = real.floor();
            let fraction = if real > below { Ordering::Less } else { Ordering::Equal };
            Some(whole.cmp(&(below as i64)).then(fraction))
        }
    }
}

impl Value {
    fn number(&self) -> Option<Number> {
        match self {
            Self::Bool(value) => Some(Number::Whole(i64::from(*value))),
            Self::Int(value) => Some(Number::Whole(*value)),
            Self::Float(value) => Some(Number::Real(*value)),
            _ => None,
        }
    }

    /// How two values are ordered; none where Python has no order for them.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Some(one), Some(other)) = (self.number(), other.number()) {
            return one.compare(other);
        }
        match (self, other) {
            (Self::Str(one), Self::Str(other)) => Some(one.cmp(other)),
            (Self::List(one), Self::List(other)) | (Self::Tuple(one), Self::Tuple(other)) => {
                let differing = one.iter().zip(other).find(|(one, other)| one != other);
                differing.map_or(Some(one.len().cmp(&other.len())), |(one, other)| one.compare(other))
            }
            _ => None,
        }
    }

    /// `sorted(items)`.
    ///
    /// # Errors
    /// [`Unorderable`] naming the first two neighbours that have no order.
    pub fn sorted(items: &[Self]) -> Result<Vec<Self>, Unorderable> {
        for pair in items.windows(2) {
            if pair[1].compare(&pair[0]).is_none() {
                return Err(Unorderable { left: pair[1].type_name(), right: pair[0].type_name() });
            }
        }
        let mut sorted = items.to_vec();
        // Lists of mixed items may have no order though neighbours have one; they stay where they are.
        sorted.sort_by(|one, other| one.rank(other));
        Ok(sorted)
    }

    /// A total order that is [`Value::compare`] where that is one.
    fn rank(&self, other: &Self) -> Ordering {
        self.compare(other).unwrap_or_else(|| self.to_string().cmp(&other.to_string()))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        if let (Some(one), Some(other)) = (self.number(), other.number()) {
            return one.compare(other) == Some(Ordering::Equal);
        }
        match (self, other) {
            (Self::None, Self::None) => true,
            (Self::Str(one), Self::Str(other)) => one == other,
            (Self::List(one), Self::List(other)) | (Self::Tuple(one), Self::Tuple(other)) => one == other,
            (Self::Set(one), Self::Set(other)) => {
                one.len() == other.len() && one.iter().all(|item| other.contains(item))
            }
            (Self::Dict(one), Self::Dict(other)) => {
                let has = |key: &Self, value: &Self| other.iter().any(|(k, v)| k == key && v == value);
                one.len() == other.len() && one.iter().all(|(key, value)| has(key, value))
            }
            _ => false,
        }
    }
}
