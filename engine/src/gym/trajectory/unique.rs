//! What is there twice.

use std::collections::BTreeSet;

use super::Trajectory;

/// The first trajectory of each item (`specs/agentgym.md` §4.2: the original keeps one, however many were sampled).
#[must_use]
pub fn first_of_each_item(mut trajectories: Vec<Trajectory>) -> Vec<Trajectory> {
    let mut seen = BTreeSet::new();
    trajectories.retain(|trajectory| seen.insert(trajectory.item_id.clone()));
    trajectories
}

/// The first of those with the same conversation, whatever their items and rewards: several samples of an item stay as
/// far as they differ.
#[must_use]
pub fn without_repeats(trajectories: Vec<Trajectory>) -> Vec<Trajectory> {
    let mut seen = BTreeSet::new();
    let is_new: Vec<bool> =
        trajectories.iter().map(|trajectory| seen.insert(trajectory.conversation.as_slice())).collect();
    trajectories.into_iter().zip(is_new).filter_map(|(trajectory, is_new)| is_new.then_some(trajectory)).collect()
}
