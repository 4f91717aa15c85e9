//! What part of a critique helps: refinements of the same attempts with the critique changed.

use std::ops::ControlFlow;

use anyhow::bail;
use duet_engine::reason::measure::masked;
use duet_engine::reason::{
    Critique, Pair, Part, Player, Players, Problem, Side, Speech, extract_answer, prompts, split_steps,
};
use duet_engine::runtime::Sampling;

use super::Stored;

/// Greedy refinements of the first attempts of stored searches, their critiques without the numbers that are in neither
/// question nor path: whether each is right. Only attempts that were wrong are refined; the others are `None`.
pub(super) fn masked_refinements(pair: &mut Pair, stored: &[Stored]) -> anyhow::Result<Vec<Option<bool>>> {
    let style = pair.prompts(Side::Refinement);
    let speech = |stored: &Stored| -> Option<Speech> {
        let chain = stored.record.chains.first()?;
        let (attempt, review) = (chain.attempt.as_ref()?, chain.review.as_ref()?);
        if stored.problem.is_right(attempt.answer.as_deref()) {
            return None;
        }
        let steps = split_steps(&attempt.text);
        let critique = masked(&review.text, &stored.problem.question, &attempt.text);
        let parsed = Critique::parse(&critique, &steps);
        let problem = Problem::new(&stored.problem.question).ok()?;
        Some(Speech {
            side: Side::Refinement,
            messages: prompts::refinement(style, &problem, &attempt.text, &parsed, &critique),
            prefill: prompts::solution_prefill(style).to_owned(),
            sampling: Sampling::GREEDY,
            max_tokens: stored.record.request.max_tokens,
            stop: prompts::stops(),
        })
    };
    let asked = stored.iter().enumerate().filter_map(|(index, stored)| Some((index, speech(stored)?)));
    let mut right = vec![None; stored.len()];
    for (index, said) in say(pair, asked.collect())? {
        let answer = extract_answer(&said).map(|answer| answer.to_string());
        right[index] = Some(stored[index].problem.is_right(answer.as_deref()));
    }
    Ok(right)
}

/// Says many things, in batches; what does not fit a model's context is left out.
pub(super) fn say(pair: &mut Pair, asked: Vec<(usize, Speech)>) -> anyhow::Result<Vec<(usize, String)>> {
    const TOGETHER: usize = 256;
    let mut said = Vec::new();
    for asked in asked.chunks(TOGETHER) {
        let parts: Vec<Part> = asked.iter().map(|(_, speech)| Part { speech: speech.clone(), samples: 1 }).collect();
        let answers = pollster::block_on(pair.say_all(&parts, &mut async |_, _| ControlFlow::Continue(())));
        for ((index, speech), answer) in asked.iter().zip(answers) {
            match answer {
                Ok(spoken) => {
                    let text = spoken.into_iter().next().map(|spoken| spoken.text).unwrap_or_default();
                    said.push((*index, format!("{}{text}", speech.prefill)));
                }
                Err(error) if error.callers_fault => {}
                Err(error) => bail!(error),
            }
        }
    }
    Ok(said)
}
