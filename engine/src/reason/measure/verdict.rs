//! How well a critic judges.

use serde::{Deserialize, Serialize};

use super::Share;
use crate::reason::{Critique, Verdict};

/// Verdicts against the truth. A critique without a verdict judged nothing right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discriminability {
    /// Of the correct responses, those called correct.
    pub on_correct: Share,
    /// Of the wrong ones, those called wrong.
    pub on_wrong: Share,
    /// Of all, those without a verdict.
    pub unparsable: Share,
}

impl Discriminability {
    /// Of all responses, those judged right.
    #[must_use]
    pub fn overall(self) -> Share {
        let (c, w) = (self.on_correct, self.on_wrong);
        Share { hits: c.hits + w.hits, all: c.all + w.all }
    }

    /// Of those with a verdict, those judged right: how Critique-RL counts.
    #[must_use]
    pub fn among_parsable(self) -> Share {
        let overall = self.overall();
        Share { all: overall.all - self.unparsable.hits, ..overall }
    }
}

impl FromIterator<(bool, Option<Verdict>)> for Discriminability {
    /// From (response is correct, the critic's final verdict).
    fn from_iter<I: IntoIterator<Item = (bool, Option<Verdict>)>>(responses: I) -> Self {
        let mut found = Self::default();
        for (correct, verdict) in responses {
            let side = if correct { &mut found.on_correct } else { &mut found.on_wrong };
            side.count(judged_right(correct, verdict));
            found.unparsable.count(verdict.is_none());
        }
        found
    }
}

/// Of the responses judged right, those whose refinement is correct: (c→c + i→c) / count, from (correct before, verdict,
/// correct after).
pub fn relevance(responses: impl IntoIterator<Item = (bool, Option<Verdict>, bool)>) -> Share {
    let right = responses.into_iter().filter(|(correct, verdict, _)| judged_right(*correct, *verdict));
    right.map(|(_, _, after)| after).collect()
}

fn judged_right(correct: bool, verdict: Option<Verdict>) -> bool {
    verdict == Some(if correct { Verdict::Correct } else { Verdict::Wrong })
}

/// Where a critic sees the first error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Found {
    /// In this step, from 0.
    Step(usize),
    /// Nowhere.
    Nothing,
    /// It does not say: no verdict, or a wrong answer without a wrong step.
    Unsaid,
}

impl Found {
    /// What a critique says.
    #[must_use]
    pub fn by(critique: &Critique) -> Self {
        match (critique.first_wrong(), critique.answer) {
            (Some(step), _) => Self::Step(step),
            (None, Some(Verdict::Correct)) => Self::Nothing,
            (None, _) => Self::Unsaid,
        }
    }
}

/// ProcessBench's score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirstError {
    /// Of the erroneous paths, those whose first wrong step was found.
    pub erroneous: Share,
    /// Of the correct paths, those in which nothing was found.
    pub correct: Share,
}

impl FirstError {
    /// Harmonic mean of the two accuracies; 0 when both are 0, none when either kind of path is missing.
    #[must_use]
    pub fn f1(self) -> Option<f64> {
        let (e, c) = (self.erroneous.rate()?, self.correct.rate()?);
        Some(if e + c > 0.0 { 2.0 * e * c / (e + c) } else { 0.0 })
    }
}

impl FromIterator<(Option<usize>, Found)> for FirstError {
    /// From (first wrong step or none, what the critic found).
    fn from_iter<I: IntoIterator<Item = (Option<usize>, Found)>>(paths: I) -> Self {
        let mut score = Self::default();
        for (first_wrong, found) in paths {
            match first_wrong {
                Some(step) => score.erroneous.count(found == Found::Step(step)),
                None => score.correct.count(found == Found::Nothing),
            }
        }
        score
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_verdict_is_no_right_judgement() {
        use Verdict::{Correct, Wrong};
        let responses = [
            (true, Some(Correct)),
            (true, Some(Wrong)),
            (true, None),
            (true, Some(Correct)),
            (false, Some(Wrong)),
            (false, None),
            (false, Some(Correct)),
        ];
        let found: Discriminability = responses.into_iter().collect();
        assert_eq!(found.on_correct, Share { hits: 2, all: 4 });
        assert_eq!(found.on_wrong, Share { hits: 1, all: 3 });
        assert_eq!(found.unparsable, Share { hits: 2, all: 7 });
        assert_eq!(found.overall(), Share { hits: 3, all: 7 });
        assert_eq!(found.among_parsable(), Share { hits: 3, all: 5 });
        let refined = responses.iter().zip([true, true, true, false, true, true, true]);
        let share = relevance(refined.map(|((correct, verdict), after)| (*correct, *verdict, after)));
        assert_eq!(share, Share { hits: 2, all: 3 });
    }

    #[test]
    fn first_errors_score_as_processbench_does() {
        use Found::{Nothing, Step, Unsaid};
        let paths = [
            (Some(2), Step(2)),
            (Some(2), Step(1)),
            (Some(0), Nothing),
            (Some(1), Unsaid),
            (None, Nothing),
            (None, Nothing),
            (None, Step(0)),
            (None, Unsaid),
        ];
        let score: FirstError = paths.into_iter().collect();
        assert_eq!((score.erroneous, score.correct), (Share { hits: 1, all: 4 }, Share { hits: 2, all: 4 }));
        assert!((score.f1().expect("both kinds") - 1.0 / 3.0).abs() < 1e-15);
        let silent: FirstError = [(Some(0), Unsaid), (None, Unsaid)].into_iter().collect();
        assert_eq!(silent.f1(), Some(0.0));
        assert_eq!([(None, Nothing)].into_iter().collect::<FirstError>().f1(), None);
    }

    #[test]
    fn found_is_read_from_a_critique() {
        let steps = ["1 + 1 = 2".to_owned(), "2 + 2 = 5".to_owned()];
        let step = |i: usize, word| {
            format!("Step sentence: {}\nCorrectness of the step: {word}\nExplanation: so.\n\n", steps[i])
        };
        let answer = |word| format!("Correctness of the final answer: {word}\nExplanation: so.\n");
        for (text, found) in [
            (step(0, "Correct") + &step(1, "Wrong") + &answer("Wrong"), Found::Step(1)),
            (step(0, "Correct") + &step(1, "Correct") + &answer("Correct"), Found::Nothing),
            (step(0, "Correct") + &step(1, "Correct") + &answer("Wrong"), Found::Unsaid),
            (step(0, "Correct"), Found::Unsaid),
        ] {
            assert_eq!(Found::by(&Critique::parse(&text, &steps)), found, "{text}");
        }
    }
}
