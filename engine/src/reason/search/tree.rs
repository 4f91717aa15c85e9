//! Trees of paths: where a critique finds a wrong step, the steps before it are kept and several refinements go on from
//! there. Our own extension of the paper (`specs/critique.md` §4.2).

use super::record::answers;
use super::{Chain, Mode, Tally};
use crate::reason::Usage;

/// The value of every node: mean, over the leaves at or below it, of the share of all leaves that have the leaf's answer.
/// Nodes whose path is not there count for nothing.
pub(super) fn values(chains: &[Chain]) -> Vec<f32> {
    let tally = Tally::of(answers(Mode::Tree, chains));
    let mut sums = vec![(0.0, 0_usize); chains.len()]; // (weights, leaves) at or below each node
    // Children come after their parents.
    for (index, chain) in chains.iter().enumerate().rev() {
        if sums[index].1 == 0 && chain.attempt.is_some() {
            sums[index] = (tally.share(chain.answer()), 1);
        }
        if let Some(parent) = chain.parent {
            let (weight, leaves) = sums[index];
            sums[parent].0 += weight;
            sums[parent].1 += leaves;
        }
    }
    sums.into_iter().map(|(weight, leaves)| if leaves == 0 { 0.0 } else { weight / leaves as f32 }).collect()
}

/// The nodes to branch now, best value first, of equals the first one first.
pub(super) fn open(chains: &[Chain]) -> Vec<usize> {
    let values = values(chains);
    let has_child = |index| chains.iter().any(|chain| chain.parent == Some(index));
    let wants = |chain: &Chain| chain.dropped.is_none() && chain.review.as_ref().is_some_and(|review| review.refine);
    let mut open: Vec<usize> = (0..chains.len()).filter(|index| wants(&chains[*index]) && !has_child(*index)).collect();
    open.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    open
}

/// Whether `more` paths fit the budget, if one costs what those so far did on average.
pub(super) fn affords(budget: Option<usize>, spent: Usage, paths: usize, more: usize) -> bool {
    let spent = spent.prompt_tokens + spent.completion_tokens;
    budget.is_none_or(|budget| spent + more * spent / paths.max(1) <= budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::search::Path;

    fn chain(parent: Option<usize>, answer: &str) -> Chain {
        let attempt = Some(Path { answer: Some(answer.to_owned()), ..Path::default() });
        Chain { parent, attempt, ..Chain::default() }
    }

    #[test]
    fn a_node_is_worth_the_mean_of_its_leaves() {
        // 0 ─┬ 2 (a)      1 (a)
        //    └ 3 ─┬ 4 (b)
        //         └ 5 (a)
        let parents = [None, None, Some(0), Some(0), Some(3), Some(3)];
        let answers = ["x", "a", "a", "y", "b", "a"];
        let chains: Vec<Chain> =
            parents.into_iter().zip(answers).map(|(parent, answer)| chain(parent, answer)).collect();
        let (a, b) = (0.75, 0.25);
        assert_eq!(values(&chains), [(a + b + a) / 3.0, a, a, (b + a) / 2.0, b, a]);
    }

    #[test]
    fn a_budget_goes_by_the_cost_so_far() {
        let spent = Usage { prompt_tokens: 60, completion_tokens: 40 };
        assert!(affords(Some(200), spent, 2, 2) && !affords(Some(199), spent, 2, 2));
        assert!(affords(None, spent, 2, 1000));
        assert!(affords(Some(1), Usage::default(), 0, 2), "the first paths are free to begin");
    }
}
