//! A solution is its lines: one line, one step (`specs/critique.md` §1).

/// The steps of a whole solution: its lines, trimmed, without the empty ones. List markers stay in the text.
///
/// ```
/// assert_eq!(duet_engine::reason::split_steps("2 + 2 = 4\n\n  - so 4 eggs. \n"), ["2 + 2 = 4", "- so 4 eggs."]);
/// ```
#[must_use]
pub fn split_steps(solution: &str) -> Vec<String> {
    let mut splitter = StepSplitter::default();
    let mut steps = splitter.push(solution);
    steps.extend(splitter.finish());
    steps
}

/// Cuts a solution into steps while it is being written. However the text is cut into parts, the steps are those of
/// [`split_steps`].
#[derive(Debug, Default)]
pub struct StepSplitter {
    line: String, // the line that is not ended yet
}

impl StepSplitter {
    /// Adds text; returns the steps that it completes.
    pub fn push(&mut self, text: &str) -> Vec<String> {
        let mut steps = Vec::new();
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            if part.ends_with('\n') {
                steps.extend(self.finish());
            }
        }
        steps
    }

    /// The end of the text: what was not ended by a newline is a step, too.
    pub fn finish(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let step = line.trim();
        (!step.is_empty()).then(|| step.to_owned())
    }
}

/// The step's text behind a list marker: "1. ", "2) ", "- ", "* ", "Step 3: ".
pub(crate) fn without_marker(step: &str) -> &str {
    let step = step.trim_start();
    let bullet = step.strip_prefix(['-', '*', '•', '+']).filter(|rest| rest.starts_with(char::is_whitespace));
    let numbered = || {
        let word =
            step.get(..4).filter(|word| word.eq_ignore_ascii_case("step")).map_or(step, |_| step[4..].trim_start());
        let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = rest.strip_prefix(['.', ')', ':']).filter(|_| rest.len() < word.len());
        rest.filter(|rest| rest.starts_with(char::is_whitespace))
    };
    bullet.or_else(numbered).unwrap_or(step).trim_start()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markers_are_seen_through() {
        for step in
            ["1. She has 3", "12) She has 3", "- She has 3", "* She has 3", "Step 1: She has 3", "STEP2. She has 3"]
        {
            assert_eq!(without_marker(step), "She has 3", "{step}");
        }
        for step in ["3.5 + 1 = 4.5", "-5 + 3 = -2", "Steps: 3", "12 eggs", "**So** 4"] {
            assert_eq!(without_marker(step), step);
        }
    }

    #[test]
    fn lines_end_in_any_way() {
        assert_eq!(split_steps("a\r\n\r\n b \n\n\nc"), ["a", "b", "c"]);
        assert_eq!(split_steps(" \n \n"), [""; 0]);
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(parts in prop::collection::vec("[a é\n\r]{0,6}", 0..8)) {
            let mut splitter = StepSplitter::default();
            let mut steps: Vec<String> = parts.iter().flat_map(|part| splitter.push(part)).collect();
            steps.extend(splitter.finish());
            prop_assert_eq!(steps, split_steps(&parts.concat()));
        }
    }
}
