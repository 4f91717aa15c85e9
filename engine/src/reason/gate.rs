//! Whether the actor refines. The paper's code always does, and destroys 4–37 % of the correct answers
//! (`specs/critique.md` §4.1, §4.6 "hidden cost"); the gate asks the critic first.

use super::{Critique, Verdict};

/// What happens after a critique, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The actor refines.
    pub refine: bool,
    /// The reason, in one sentence for people.
    pub reason: String,
}

/// Decides on a critique. Gated: refine iff the answer or some step is judged wrong. Not gated: always refine.
#[must_use]
pub fn decide(critique: &Critique, gated: bool) -> Decision {
    let finding = finding(critique);
    match (&finding, gated) {
        (Ok(wrong), _) => Decision { refine: true, reason: format!("The critic judged {wrong} wrong.") },
        (Err(fine), true) => Decision { refine: false, reason: format!("{fine}, so the attempt stands.") },
        (Err(fine), false) => {
            Decision { refine: true, reason: format!("{fine}; without the gate the actor refines all the same.") }
        }
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

    fn decision(text: &str, gated: bool) -> (bool, String) {
        let Decision { refine, reason } = decide(&Critique::parse(text, &["1 + 1 = 3".to_owned()]), gated);
        (refine, reason)
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
            assert_eq!(decision(&text, true), (refine, reason.to_owned()), "{text}");
        }
    }

    #[test]
    fn ungated_refines_always_and_says_what_the_critic_thought() {
        assert_eq!(decision(&format!("{STEP}Wrong"), false), (true, "The critic judged step 1 wrong.".to_owned()));
        let (refine, reason) = decision(&format!("{STEP}Correct{ANSWER}Correct"), false);
        assert!(refine && reason.ends_with("without the gate the actor refines all the same."), "{reason}");
    }
}
