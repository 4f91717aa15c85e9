//! Whether the actor refines. The paper's code always does, and destroys 4–37 % of the correct answers
//! (`specs/critique.md` §4.1, §4.6 "hidden cost"); the gate asks the critic first.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Critique, RequestError, Verdict};

/// The gates by name: what is typed and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateName {
    /// [`Gate::Always`]
    Always,
    /// [`Gate::Verdict`]
    Verdict,
    /// [`Gate::Probability`]
    Probability,
    /// [`Gate::Oracle`]
    Oracle,
}

impl FromStr for GateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "always" => Self::Always,
            "verdict" => Self::Verdict,
            "probability" => Self::Probability,
            "oracle" => Self::Oracle,
            _ => return Err(format!("`{text}` must be one of always, verdict, probability, oracle")),
        })
    }
}

/// When the actor refines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gate {
    /// After every critique, as the paper's code does.
    Always,
    /// When the critic calls the answer or a step wrong.
    Verdict,
    /// When the critic's P(wrong) of the final answer is at least this; where it is unknown, as [`Self::Verdict`].
    Probability(f32),
    /// When the attempt's answer is not the gold one. What comes of it is a bound, not a result: it must be marked so.
    Oracle,
}

impl Gate {
    /// The threshold of a request that names none.
    pub const DEFAULT_THRESHOLD: f32 = 0.5;

    /// Builds a gate of what a request says.
    ///
    /// # Errors
    /// [`RequestError::Threshold`] beyond 0..=1, [`RequestError::NeedlessThreshold`] for a gate that has none,
    /// [`RequestError::NoGold`] for the oracle without an answer to compare with.
    pub fn new(name: GateName, threshold: Option<f32>, gold: Option<&str>) -> Result<Self, RequestError> {
        match (name, threshold) {
            (GateName::Probability, _) => {
                let value = threshold.unwrap_or(Self::DEFAULT_THRESHOLD);
                if !(0.0..=1.0).contains(&value) {
                    return Err(RequestError::Threshold { value });
                }
                Ok(Self::Probability(value))
            }
            (_, Some(value)) => Err(RequestError::NeedlessThreshold { value }),
            (GateName::Always, None) => Ok(Self::Always),
            (GateName::Verdict, None) => Ok(Self::Verdict),
            (GateName::Oracle, None) if gold.is_some() => Ok(Self::Oracle),
            (GateName::Oracle, None) => Err(RequestError::NoGold),
        }
    }

    /// Whether it looks at the gold answer.
    #[must_use]
    pub fn is_oracle(self) -> bool {
        self == Self::Oracle
    }
}

/// What a gate looks at.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the critic said.
    pub critique: &'a Critique,
    /// The critic's P(wrong) of the final answer, where it is known.
    pub p_wrong: Option<f32>,
    /// Whether the attempt's answer is the gold one; looked at by [`Gate::Oracle`] alone.
    pub right: Option<bool>,
}

/// What happens after a critique, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The actor refines.
    pub refine: bool,
    /// The reason, in one sentence for people.
    pub reason: String,
}

/// Decides on a critique.
#[must_use]
pub fn decide(evidence: &Evidence<'_>, gate: Gate) -> Decision {
    let (refine, reason) = match (gate, evidence.p_wrong) {
        (Gate::Oracle, _) => by_gold(evidence.right),
        (Gate::Probability(threshold), Some(p)) => by_probability(p, threshold),
        (Gate::Always | Gate::Verdict | Gate::Probability(_), _) => match (finding(evidence.critique), gate) {
            (Ok(wrong), _) => (true, format!("The critic judged {wrong} wrong.")),
            (Err(fine), Gate::Always) => (true, format!("{fine}; without the gate the actor refines all the same.")),
            (Err(fine), _) => (false, format!("{fine}, so the attempt stands.")),
        },
    };
    Decision { refine, reason }
}

fn by_probability(p: f32, threshold: f32) -> (bool, String) {
    let percent = p * 100.0;
    let found = format!("The critic holds the answer wrong with {percent:.0} % probability");
    match p >= threshold {
        true => (true, format!("{found}, at least the threshold of {:.0} %.", threshold * 100.0)),
        false => (false, format!("{found}, below the threshold of {:.0} %, so the attempt stands.", threshold * 100.0)),
    }
}

fn by_gold(right: Option<bool>) -> (bool, String) {
    match right {
        Some(true) => (false, "Oracle: the answer is the gold one, so the attempt stands.".to_owned()),
        _ => (true, "Oracle: the answer is not the gold one.".to_owned()),
    }
}

/// What the critic called wrong, or else what it said.
fn finding(critique: &Critique) -> Result<String, &'static str> {
    let wrong = critique.wrong().next();
    let step = wrong.map(|_| match critique.first_wrong() {
        Some(index) => format!("step {}", index + 1),
        None => "a step that it did not quote from the attempt".to_owned(),
    });
    match (critique.answer, step) {
        (Some(Verdict::Wrong), Some(step)) => Ok(format!("{step} and the final answer")),
        (Some(Verdict::Wrong), None) => Ok("the final answer".to_owned()),
        (_, Some(step)) => Ok(step),
        (Some(Verdict::Correct), None) => Err("The critic judged the final answer correct and no step wrong"),
        (None, None) => {
            Err("The critique cannot be read: it has no verdict on the final answer and calls no step wrong")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision_by(text: &str, gate: Gate, p_wrong: Option<f32>, right: Option<bool>) -> (bool, String) {
        let critique = &Critique::parse(text, &["1 + 1 = 3".to_owned()]);
        let Decision { refine, reason } = decide(&Evidence { critique, p_wrong, right }, gate);
        (refine, reason)
    }

    fn decision(text: &str, gate: Gate) -> (bool, String) {
        decision_by(text, gate, None, None)
    }

    const STEP: &str = "Step sentence: 1 + 1 = 3\nCorrectness of the step: ";
    const ANSWER: &str = "\n\nCorrectness of the final answer: ";

    #[test]
    fn gated_refines_what_is_wrong() {
        for (text, refine, reason) in [
            (format!("{STEP}Wrong{ANSWER}Wrong"), true, "The critic judged step 1 and the final answer wrong."),
            (format!("{STEP}Wrong{ANSWER}Correct"), true, "The critic judged step 1 wrong."),
            (format!("{STEP}Wrong"), true, "The critic judged step 1 wrong."),
            (format!("{STEP}Correct{ANSWER}Wrong"), true, "The critic judged the final answer wrong."),
            (
                "Step sentence: Bees\nCorrectness of the step: Wrong".to_owned(),
                true,
                "The critic judged a step that it did not quote from the attempt wrong.",
            ),
            (
                format!("{STEP}Correct{ANSWER}Correct"),
                false,
                "The critic judged the final answer correct and no step wrong, so the attempt stands.",
            ),
            (
                format!("{STEP}Correct"),
                false,
                "The critique cannot be read: it has no verdict on the final answer and calls no step wrong, so the attempt stands.",
            ),
            (
                String::new(),
                false,
                "The critique cannot be read: it has no verdict on the final answer and calls no step wrong, so the attempt stands.",
            ),
        ] {
            assert_eq!(decision(&text, Gate::Verdict), (refine, reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn ungated_refines_always_and_says_what_the_critic_thought() {
        assert_eq!(
            decision(&format!("{STEP}Wrong"), Gate::Always),
            (true, "The critic judged step 1 wrong.".to_owned())
        );
        let (refine, reason) = decision(&format!("{STEP}Correct{ANSWER}Correct"), Gate::Always);
        assert!(refine && reason.ends_with("without the gate the actor refines all the same."), "{reason}");
    }

    #[test]
    fn a_probability_overrules_the_words_and_its_threshold_counts_as_wrong() {
        let fine = format!("{STEP}Correct{ANSWER}Correct");
        let by = |text: &str, p| decision_by(text, Gate::Probability(0.3), p, Some(true)).0;
        assert!(by(&fine, Some(0.3)) && !by(&fine, Some(0.29)));
        assert!(!by(&format!("{STEP}Wrong{ANSWER}Wrong"), Some(0.1)));
        assert!(!by(&fine, None) && by(&format!("{STEP}Wrong"), None), "without logits the words decide");
    }

    #[test]
    fn the_oracle_looks_at_the_gold_answer_alone_and_says_so() {
        let wrong = format!("{STEP}Wrong{ANSWER}Wrong");
        let (refine, reason) = decision_by(&wrong, Gate::Oracle, Some(1.0), Some(true));
        assert!(!refine && reason.starts_with("Oracle"), "{reason}");
        assert!(decision_by("", Gate::Oracle, None, Some(false)).0);
    }

    #[test]
    fn gates_are_checked() {
        assert_eq!(Gate::new(GateName::Probability, None, None), Ok(Gate::Probability(0.5)));
        assert_eq!(Gate::new(GateName::Probability, Some(1.5), None), Err(RequestError::Threshold { value: 1.5 }));
        assert!(Gate::new(GateName::Probability, Some(f32::NAN), None).is_err());
        assert_eq!(Gate::new(GateName::Verdict, Some(0.5), None), Err(RequestError::NeedlessThreshold { value: 0.5 }));
        assert_eq!(Gate::new(GateName::Oracle, None, None), Err(RequestError::NoGold));
        assert_eq!(Gate::new(GateName::Oracle, None, Some("5")), Ok(Gate::Oracle));
        for name in [GateName::Always, GateName::Verdict, GateName::Probability, GateName::Oracle] {
            let written = serde_json::to_value(name).expect("plain data");
            assert_eq!(written.as_str().expect("a word").parse(), Ok(name));
        }
        assert!("oracles".parse::<GateName>().is_err());
    }
}
