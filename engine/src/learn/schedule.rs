//! The learning rate over time.

use super::LearnError;

/// Linear warm-up, then half a cosine down to a floor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schedule {
    /// The highest learning rate.
    pub peak: f64,
    /// The last one, as a share of the peak.
    pub floor: f64,
    /// Steps up to the peak.
    pub warm_up: u64,
    /// Steps in all.
    pub steps: u64,
}

impl Schedule {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`LearnError::Setting`] naming the one out of range.
    pub fn validate(&self) -> Result<(), LearnError> {
        if !(self.peak > 0.0 && self.peak <= 1.0) {
            return Err(LearnError::setting("learning_rate", self.peak, "above 0 and at most 1"));
        }
        if !(0.0..=1.0).contains(&self.floor) {
            return Err(LearnError::setting("floor", self.floor, "within 0..=1"));
        }
        if self.steps == 0 {
            return Err(LearnError::setting("steps", self.steps, "at least 1"));
        }
        Ok(())
    }

    /// The learning rate of a step, from 0.
    #[must_use]
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return self.peak * (step + 1) as f64 / self.warm_up as f64;
        }
        let span = self.steps.saturating_sub(self.warm_up).max(1);
        let done = ((step - self.warm_up) as f64 / span as f64).min(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        self.peak * (self.floor + (1.0 - self.floor) * cosine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_then_down() {
        let schedule = Schedule { peak: 1e-3, floor: 0.1, warm_up: 10, steps: 110 };
        let close = |step: u64, rate: f64| assert!((schedule.at(step) - rate).abs() < 1e-9, "{step}");
        close(0, 1e-4);
        close(9, 1e-3);
        close(10, 1e-3);
        close(60, 1e-3 * (0.1 + 0.9 * 0.5));
        close(110, 1e-4);
        close(1000, 1e-4);
        assert!(Schedule { steps: 0, ..schedule }.validate().is_err());
    }
}
