//! What a case found.

use std::fmt;

/// The largest difference that one operation showed.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationReport {
    /// The operation, and what was compared.
    pub operation: &'static str,
    /// Largest |actual − expected| of a row over the largest |expected| of that row; infinite where a value is no
    /// number, an id differs, or the lengths do.
    pub difference: f32,
    /// Where it occurred, in words.
    pub at: String,
}

/// What one case found, an entry for each operation.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseReport {
    /// The case's name.
    pub case: &'static str,
    /// Operations in the order in which they first ran.
    pub operations: Vec<OperationReport>,
}

impl CaseReport {
    /// The operations whose difference exceeds `tolerance`.
    #[must_use]
    pub fn failures(&self, tolerance: f32) -> Vec<&OperationReport> {
        self.operations.iter().filter(|operation| operation.difference > tolerance).collect()
    }

    /// The largest difference of all.
    #[must_use]
    pub fn largest(&self) -> f32 {
        self.operations.iter().map(|operation| operation.difference).fold(0.0, f32::max)
    }

    /// Enters a difference; the largest of each operation stays.
    pub(super) fn enter(&mut self, operation: &'static str, difference: f32, at: String) {
        match self.operations.iter_mut().find(|entry| entry.operation == operation) {
            Some(entry) if entry.difference >= difference => {}
            Some(entry) => (entry.difference, entry.at) = (difference, at),
            None => self.operations.push(OperationReport { operation, difference, at }),
        }
    }

    /// Compares rows of `width` numbers and enters the result.
    pub(super) fn compare(&mut self, operation: &'static str, width: usize, expected: &[f32], actual: &[f32]) {
        if expected.len() != actual.len() {
            let at = format!("{} numbers instead of {}", actual.len(), expected.len());
            return self.enter(operation, f32::INFINITY, at);
        }
        for (row, (expected, actual)) in expected.chunks(width).zip(actual.chunks(width)).enumerate() {
            let size = expected.iter().map(|x| x.abs()).fold(f32::MIN_POSITIVE, f32::max);
            let apart = |i: usize| match (actual[i] - expected[i]).abs() / size {
                apart if apart.is_nan() => f32::INFINITY,
                apart => apart,
            };
            let worst = (0..expected.len()).max_by(|a, b| apart(*a).total_cmp(&apart(*b))).unwrap_or(0);
            let at = format!("row {row} column {worst}: {} instead of {}", actual[worst], expected[worst]);
            self.enter(operation, apart(worst), at);
        }
    }

    /// Compares ids, which must be equal, and enters the result.
    pub(super) fn compare_ids(&mut self, operation: &'static str, expected: &[u32], actual: &[u32]) {
        let at = match expected.iter().zip(actual).position(|(a, b)| a != b) {
            _ if expected.len() != actual.len() => format!("{} ids instead of {}", actual.len(), expected.len()),
            Some(row) => format!("row {row}: token {} instead of {}", actual[row], expected[row]),
            None => return self.enter(operation, 0.0, "equal".to_owned()),
        };
        self.enter(operation, f32::INFINITY, at);
    }
}

impl fmt::Display for CaseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.case)?;
        for OperationReport { operation, difference, at } in &self.operations {
            write!(f, "\n  {operation}: {difference:.1e} ({at})")?;
        }
        Ok(())
    }
}
