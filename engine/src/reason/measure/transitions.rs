//! What a refinement does to answers.

use serde::{Deserialize, Serialize};

use super::Share;

/// Responses by their correctness before and after (c correct, i incorrect).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transitions {
    /// Correct and stayed so.
    pub cc: usize,
    /// Correct and destroyed.
    pub ci: usize,
    /// Incorrect and repaired.
    pub ic: usize,
    /// Incorrect and stayed so.
    pub ii: usize,
}

impl Transitions {
    /// Counts one response.
    pub fn count(&mut self, before: bool, after: bool) {
        *match (before, after) {
            (true, true) => &mut self.cc,
            (true, false) => &mut self.ci,
            (false, true) => &mut self.ic,
            (false, false) => &mut self.ii,
        } += 1;
    }

    /// Responses in all.
    #[must_use]
    pub fn all(self) -> usize {
        self.cc + self.ci + self.ic + self.ii
    }

    /// Accuracy before.
    #[must_use]
    pub fn before(self) -> Share {
        Share { hits: self.cc + self.ci, all: self.all() }
    }

    /// Accuracy after.
    #[must_use]
    pub fn after(self) -> Share {
        Share { hits: self.cc + self.ic, all: self.all() }
    }

    /// What accuracy gains: (ic − ci) / all; none without responses.
    #[must_use]
    pub fn delta(self) -> Option<f64> {
        (self.all() > 0).then(|| (self.ic as f64 - self.ci as f64) / self.all() as f64)
    }

    /// Of the incorrect ones, those repaired.
    #[must_use]
    pub fn helpfulness(self) -> Share {
        Share { hits: self.ic, all: self.ic + self.ii }
    }

    /// Of the correct ones, those destroyed.
    #[must_use]
    pub fn harm(self) -> Share {
        Share { hits: self.ci, all: self.cc + self.ci }
    }
}

impl FromIterator<(bool, bool)> for Transitions {
    /// From (correct before, correct after).
    fn from_iter<I: IntoIterator<Item = (bool, bool)>>(responses: I) -> Self {
        let mut transitions = Self::default();
        responses.into_iter().for_each(|(before, after)| transitions.count(before, after));
        transitions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_what_they_say() {
        let t = Transitions { cc: 57, ci: 3, ic: 22, ii: 18 };
        assert_eq!((t.before().rate(), t.after().rate(), t.delta()), (Some(0.6), Some(0.79), Some(0.19)));
        assert_eq!((t.helpfulness().rate(), t.harm().rate()), (Some(0.55), Some(0.05)));
        let none = Transitions::default();
        assert_eq!((none.before().rate(), none.delta(), none.harm().rate()), (None, None, None));
    }

    /// `specs/critique.md` §4.6: acc_new = acc_old + helpf · (1 − acc_old) − destroyed share.
    #[test]
    fn accuracy_after_is_gain_less_loss() {
        let responses = (0..97).map(|i| (i % 5 < 3, i % 7 < 4));
        let t: Transitions = responses.clone().collect();
        let [before, after, help, harm] =
            [t.before(), t.after(), t.helpfulness(), t.harm()].map(|share| share.rate().expect("responses"));
        assert!((after - (before + help * (1.0 - before) - harm * before)).abs() < 1e-12);
        let counted = responses.filter(|(_, after)| *after).count();
        assert_eq!(t.after(), Share { hits: counted, all: 97 });
    }
}
