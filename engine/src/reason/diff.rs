//! What a refinement changed: steps kept, removed, added, and within a changed step the words.

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

/// Steps that share less than this of their words are two steps, not one that changed.
const LEAST_RATIO: f32 = 0.4;

/// What happened to one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// In both, word for word.
    Kept(String),
    /// In the attempt only.
    Removed(String),
    /// In the refinement only.
    Added(String),
    /// In both, with other words.
    Changed(Vec<Run>),
}

/// Neighbouring words of a changed step that share a fate. Their texts hold the white space, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// In both.
    Kept(String),
    /// In the attempt only.
    Removed(String),
    /// In the refinement only.
    Added(String),
}

/// The difference between the steps of an attempt and those of its refinement, in the order in which to read them.
///
/// ```
/// use duet_engine::reason::{Change, Run, difference};
/// let (before, after) = (["2 + 2 = 5 eggs".to_owned()], ["2 + 2 = 4 eggs".to_owned()]);
/// let kept = |text: &str| Run::Kept(text.to_owned());
/// let runs = vec![kept("2 + 2 = "), Run::Removed("5".to_owned()), Run::Added("4".to_owned()), kept(" eggs")];
/// assert_eq!(difference(&before, &after), [Change::Changed(runs)]);
/// ```
#[must_use]
pub fn difference(before: &[String], after: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        let (old, new) = (&before[op.old_range()], &after[op.new_range()]);
        match op {
            DiffOp::Equal { .. } => changes.extend(old.iter().cloned().map(Change::Kept)),
            _ => changes.extend(replaced(old, new)),
        }
    }
    changes
}

/// Pairs each old step with the next new one that resembles it; the others were removed or added.
fn replaced(old: &[String], new: &[String]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut added = 0;
    for step in old {
        let partner = (added..new.len()).find(|index| ratio(step, &new[*index]) >= LEAST_RATIO);
        match partner {
            Some(index) => {
                changes.extend(new[added..index].iter().cloned().map(Change::Added));
                changes.push(Change::Changed(runs(step, &new[index])));
                added = index + 1;
            }
            None => changes.push(Change::Removed(step.clone())),
        }
    }
    changes.extend(new[added..].iter().cloned().map(Change::Added));
    changes
}

/// Share of the words, spaces aside, that two steps have in common, in order.
fn ratio(before: &str, after: &str) -> f32 {
    let before: Vec<&str> = before.split_whitespace().collect();
    let after: Vec<&str> = after.split_whitespace().collect();
    let ops = capture_diff_slices(Algorithm::Myers, &before, &after);
    let kept: usize = ops.iter().filter(|op| matches!(op, DiffOp::Equal { .. })).map(|op| op.old_range().len()).sum();
    2.0 * kept as f32 / (before.len() + after.len()).max(1) as f32
}

fn runs(before: &str, after: &str) -> Vec<Run> {
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for change in TextDiff::from_words(before, after).iter_all_changes() {
        match runs.last_mut() {
            Some((tag, text)) if *tag == change.tag() => text.push_str(change.value()),
            _ => runs.push((change.tag(), change.value().to_owned())),
        }
    }
    let run = |(tag, text)| match tag {
        ChangeTag::Equal => Run::Kept(text),
        ChangeTag::Delete => Run::Removed(text),
        ChangeTag::Insert => Run::Added(text),
    };
    runs.into_iter().map(run).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_corrected_step_is_changed_and_a_new_one_added() {
        let before = steps(&["Tom has 3 apples.", "He buys 4 * 2 = 6 more.", "The answer is 9."]);
        let after =
            steps(&["Tom has 3 apples.", "He buys 4 * 2 = 8 more.", "In all he has 3 + 8 = 11.", "The answer is 11."]);
        let changes = difference(&before, &after);
        assert_eq!(changes[0], Change::Kept("Tom has 3 apples.".to_owned()));
        assert!(
            matches!(&changes[1], Change::Changed(runs) if runs.contains(&Run::Removed("6".to_owned()))),
            "{changes:?}"
        );
        assert_eq!(changes[2], Change::Added("In all he has 3 + 8 = 11.".to_owned()));
        assert!(matches!(&changes[3], Change::Changed(_)));
        assert_eq!(changes.len(), 4);
    }

    #[test]
    fn unlike_steps_are_removed_and_added() {
        let changes = difference(&steps(&["Bees fly."]), &steps(&["5 + 5 = 10"]));
        assert_eq!(changes, [Change::Removed("Bees fly.".to_owned()), Change::Added("5 + 5 = 10".to_owned())]);
        assert_eq!(difference(&[], &[]), []);
    }

    proptest! {
        /// Kept and removed text is the attempt, kept and added text the refinement.
        #[test]
        fn nothing_is_lost(before in prop::collection::vec("[ab ]{0,8}", 0..6), after in prop::collection::vec("[ab ]{0,8}", 0..6)) {
            let (mut old, mut new) = (Vec::new(), Vec::new());
            for change in difference(&before, &after) {
                match change {
                    Change::Kept(step) => { old.push(step.clone()); new.push(step); }
                    Change::Removed(step) => old.push(step),
                    Change::Added(step) => new.push(step),
                    Change::Changed(runs) => {
                        let side = |leave_out: fn(&Run) -> bool| runs.iter().filter(|run| !leave_out(run)).map(|run| match run {
                            Run::Kept(text) | Run::Removed(text) | Run::Added(text) => text.as_str(),
                        }).collect::<String>();
                        old.push(side(|run| matches!(run, Run::Added(_))));
                        new.push(side(|run| matches!(run, Run::Removed(_))));
                    }
                }
            }
            prop_assert_eq!((old, new), (before, after));
        }
    }
}
