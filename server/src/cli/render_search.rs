//! A search on a terminal: a line for every solution, decision and vote.

use duet_engine::reason::search::SearchEvent;
use duet_engine::reason::{Side, Verdict, split_steps};

use super::output::printable;

/// The lines of an event; nothing for those that only show progress.
pub(super) fn render_search(event: &SearchEvent) -> String {
    let answer = |answer: &Option<String>| answer.as_deref().map_or_else(|| "none".to_owned(), printable);
    match event {
        SearchEvent::Started { request, actor, critic, backend, oracle } => {
            let oracle = if *oracle { ", ORACLE: the gold answer decides what is refined" } else { "" };
            let names = format!("actor {actor}, critic {critic}, on {backend}, seed {}{oracle}", request.seed);
            format!("{}\n{names}\n", printable(request.problem.trim()))
        }
        SearchEvent::Branch { chain, parent, kept } => {
            format!("[{}] goes on from [{}] with {kept} of its steps\n", chain + 1, parent + 1)
        }
        SearchEvent::Said { chain, side, text, answer: found, .. } => {
            let side = if *side == Side::Refinement { "refinement" } else { "attempt" };
            let steps: String = split_steps(text).iter().map(|step| format!("      {}\n", printable(step))).collect();
            format!("[{}] {side} = {}\n{steps}", chain + 1, answer(found))
        }
        SearchEvent::Review { chain, review } => {
            let verdict = match review.verdict {
                Some(Verdict::Correct) => "correct",
                Some(Verdict::Wrong) => "wrong",
                None => "no verdict",
            };
            let p = review.p_wrong.map_or_else(String::new, |p| format!(", P(wrong) {p:.2}"));
            format!("[{}] critique: {verdict}{p}. {}\n", chain + 1, printable(&review.reason))
        }
        SearchEvent::Dropped { chain, message } => {
            format!("[{}] is not refined: {}\n", chain + 1, printable(message))
        }
        SearchEvent::Vote { settled, tally, .. } => {
            let votes = tally.votes.iter().map(|votes| format!("{} × {}", votes.count, printable(&votes.answer)));
            let none = (tally.unanswered > 0).then(|| format!("{} without answer", tally.unanswered));
            format!("  vote of {settled}: {}\n", votes.chain(none).collect::<Vec<_>>().join(", "))
        }
        SearchEvent::Done { answer: won, last, usage, cancelled, oracle, .. } => {
            let stopped = if *cancelled { " (stopped before its end)" } else { "" };
            let oracle = if *oracle { " (oracle)" } else { "" };
            let last = last.as_ref().map_or_else(String::new, |last| format!("Last round: {}\n", printable(last)));
            let cost = format!("{} tokens read, {} written", usage.prompt_tokens, usage.completion_tokens);
            format!("Answer: {}{oracle}{stopped}\n{last}{cost}\n", answer(won))
        }
        SearchEvent::Prefill { .. } | SearchEvent::Text { .. } | SearchEvent::Step { .. } => String::new(),
        // The decision sums the judgements up, and the command reports a failure as its error.
        SearchEvent::Judged { .. } | SearchEvent::Failed { .. } => String::new(),
    }
}
