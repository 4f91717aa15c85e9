//! The action in an agent's text, as the trajectories' own form has it.

/// What stands behind the last `Action:`, or the whole text where there is none; without the end-of-text mark that some
/// models write out.
///
/// ```
/// use duet_engine::gym::trajectory::last_action;
/// assert_eq!(last_action("Thought:\nAction: no\n\nAction:\nmove up</s>\n"), "move up");
/// assert_eq!(last_action("move up"), "move up");
/// ```
#[must_use]
pub fn last_action(text: &str) -> &str {
    let action = text.rsplit_once("Action:").map_or(text, |(_, action)| action).trim();
    action.strip_suffix("</s>").unwrap_or(action).trim_end()
}
