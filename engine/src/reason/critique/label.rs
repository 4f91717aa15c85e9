//! The labels that fields of a critique begin with, and the words of a verdict, as tolerantly as real critics need it.

use crate::reason::Verdict;

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// "Step sentence:".
    Step,
    /// "Step 3:" in its place.
    NumberedStep,
    /// "Correctness of the step:".
    StepVerdict,
    /// "Correctness of the final answer:".
    AnswerVerdict,
    /// "Explanation:".
    Explanation,
}

/// Bytes within which a label ends; bounds the search on endless lines.
const MAX_LABEL_BYTES: usize = 64;

/// The label of a line and the value behind it; none for a line of running text. Decided by what comes up to the
/// first colon alone, so the beginning of a line may be asked, too.
pub(super) fn label(line: &str) -> Option<(Label, &str)> {
    let head = &line[..line.floor_char_boundary(MAX_LABEL_BYTES)];
    let colon = head.find(':')?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let words = head.trim_start_matches(|c: char| is_noise(c) || c.is_ascii_digit() || matches!(c, '.' | ')'));
    let words = words.trim_end_matches(is_noise).to_lowercase();
    // "Step sentence 2", "Step2"
    let unnumbered = words.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(is_noise);
    let unnumbered: Vec<&str> = unnumbered.split_whitespace().collect();
    let label = match unnumbered.join(" ").as_str() {
        "step sentence" => Label::Step,
        "step" if words.ends_with(|c: char| c.is_ascii_digit()) => Label::NumberedStep,
        "correctness of the step" | "correctness of this step" | "correctness of step" => Label::StepVerdict,
        "correctness of the final answer" | "correctness of final answer" | "correctness of the answer" => {
            Label::AnswerVerdict
        }
        "explanation" => Label::Explanation,
        _ => return None,
    };
    // "**Label:** value" leaves the closing mark of the emphasis before the value.
    let value = if head.contains(['*', '_']) { value.trim_start_matches(['*', '_']) } else { value };
    Some((label, value.trim()))
}

/// White space and markdown around a label.
fn is_noise(c: char) -> bool {
    c.is_whitespace() || matches!(c, '*' | '_' | '#' | '>' | '-' | '`' | '•')
}

/// The verdict that a value begins with; none for anything else, and for the choice "Correct|Wrong" repeated as it
/// stands. "Incorrect" is what real critics sometimes write for "Wrong".
pub(super) fn verdict(value: &str) -> Option<Verdict> {
    let one = |word: &str| match word.to_lowercase().as_str() {
        "correct" => Some(Verdict::Correct),
        "wrong" | "incorrect" => Some(Verdict::Wrong),
        _ => None,
    };
    let mut words = value.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let first = one(words.next()?)?;
    let second = words.find(|word| !word.eq_ignore_ascii_case("or")).and_then(one);
    second.is_none_or(|second| second == first).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_many_dresses() {
        for line in [
            "Step sentence: a b",
            "**Step sentence:** a b",
            "- **Step Sentence**: a b  ",
            "1. step sentence: a b",
            "### Step sentence 2 : a b",
            "> Step  sentence:a b",
        ] {
            assert_eq!(label(line), Some((Label::Step, "a b")), "{line}");
        }
        for line in ["Step1: a", "Step 1: a", "**Step 12:** a", "step 3 : a"] {
            assert_eq!(label(line), Some((Label::NumberedStep, "a")), "{line}");
        }
        assert_eq!(label("Correctness of the step: **Wrong**"), Some((Label::StepVerdict, "**Wrong**")));
        assert_eq!(label("*Correctness of the Final Answer:* Correct"), Some((Label::AnswerVerdict, "Correct")));
        assert_eq!(label("Explanation:"), Some((Label::Explanation, "")));
    }

    #[test]
    fn running_text_has_no_label() {
        for line in
            ["", ":", "The step sentence: a", "Steps: a", "Step: a", "So 3:1", "Explanation", "Note: Explanation: a"]
        {
            assert_eq!(label(line), None, "{line}");
        }
        assert_eq!(label(&format!("{}Step sentence: a", " ".repeat(100))), None);
    }

    #[test]
    fn verdict_words() {
        for value in [
            "Correct",
            "correct.",
            "**Correct**",
            " CORRECT  ",
            "Correct, as 2 + 2 = 4",
            "[Correct]",
            "Correct. Correct.",
        ] {
            assert_eq!(verdict(value), Some(Verdict::Correct), "{value}");
        }
        for value in ["Wrong", "`wrong`", "Incorrect", "Wrong (it is 5)"] {
            assert_eq!(verdict(value), Some(Verdict::Wrong), "{value}");
        }
        for value in ["", "Correct|Wrong", "Correct or Wrong", "correctly", "Partially correct", "It is wrong", "**"] {
            assert_eq!(verdict(value), None, "{value}");
        }
    }
}
