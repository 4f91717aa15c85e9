//! Subgoals: values that calls are to have returned.

use crate::gym::python::Value;

/// The subgoals of a task, and which were reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Subgoals {
    wanted: Vec<(Value, bool)>,
}

impl Subgoals {
    /// None of them is reached yet.
    #[must_use]
    pub fn new(wanted: impl IntoIterator<Item = Value>) -> Self {
        Self { wanted: wanted.into_iter().map(|value| (value, false)).collect() }
    }

    /// Notes the value of a successful call.
    pub fn note(&mut self, value: &Value) {
        for (wanted, reached) in &mut self.wanted {
            *reached |= wanted == value;
        }
    }

    /// The part that was reached so far; it never falls. A task without subgoals has nothing to reach.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        match self.wanted.len() {
            0 => 0.0,
            count => self.reached() as f64 / count as f64,
        }
    }

    /// How many were reached.
    #[must_use]
    pub fn reached(&self) -> usize {
        self.wanted.iter().filter(|(_, reached)| *reached).count()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.wanted.len()
    }

    /// Each with whether it was reached.
    #[must_use]
    pub fn wanted(&self) -> &[(Value, bool)] {
        &self.wanted
    }
}
