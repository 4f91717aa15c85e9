//! How many tests passed and failed, read from what the test runners print.

use std::fmt;

/// Counts over several runs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed, timed out or passed only on a second try.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds the counts of `line` when it is a summary of `cargo nextest` or `cargo test`.
    pub(crate) fn read(&mut self, line: &str) {
        if !line.trim_start().starts_with("Summary [") && !line.starts_with("test result:") {
            return;
        }
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let Ok(count) = pair[0].parse::<u64>() else {
                continue;
            };
            match pair[1] {
                "passed" => self.passed += count,
                "failed" | "timed" => self.failed += count,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn read(lines: &[&str]) -> String {
        let mut tally = Tally::default();
        for line in lines {
            tally.read(line);
        }
        tally.to_string()
    }

    #[test]
    fn adds_the_summaries_of_both_runners() {
        let nextest = "     Summary [   1.204s] 9 tests run: 6 passed (1 slow), 2 failed, 1 timed out, 4 skipped";
        let libtest = "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.00s";
        assert_eq!(read(&[nextest, libtest]), "11 passed, 3 failed");
    }

    #[test]
    fn passes_over_other_lines() {
        assert_eq!(
            read(&["test says 3 passed", "", "        PASS [   0.1s] duet-engine 4 passed"]),
            "0 passed, 0 failed"
        );
    }
}
