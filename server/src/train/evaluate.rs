//! How a network does while it is being trained: stories that it never saw, solved greedily.

use std::ops::ControlFlow;

use bytes::Bytes;
use duet_engine::gguf::{Gguf, Value};
use duet_engine::learn::{
    ChatFormat, Example, Network, TEMPLATE, Task, chat_template, comparing, judging, right_verdicts, solving,
};
use duet_engine::reason::story::{LabelRule, Level, Split, Story};
use duet_engine::reason::{Answer, extract_answer};
use duet_engine::runtime::{AnyEngine, Device, GenerateRequest, LoadOptions, Sampling};
use duet_engine::template::PromptStyle;

/// The metadata that makes a file a model of ours.
pub(super) fn metadata() -> Vec<(String, Value)> {
    vec![chat_template(TEMPLATE), trained()]
}

/// The metadata that says: ask me without instructions.
pub(super) fn trained() -> (String, Value) {
    (PromptStyle::KEY.to_owned(), PromptStyle::TRAINED.into())
}

/// Shares of right verdicts on single steps and in critiques of `count` development stories of each level.
pub(super) fn verdicts(network: &Network, format: &ChatFormat, count: u64) -> anyhow::Result<[[f64; 2]; 2]> {
    let stories = Level::ALL.into_iter().flat_map(|level| (0..count).map(move |seed| (level, seed)));
    let stories: Vec<(Story, u64)> =
        stories.map(|(level, seed)| (Story::generate(Split::Development, level, seed), seed)).collect();
    let shares = |task: Task| -> anyhow::Result<[f64; 2]> {
        let examples = stories.iter().filter_map(|(story, seed)| task(story, *seed, LabelRule::All));
        let examples: Vec<Example> = examples.map(|dialogue| format.example(&dialogue)).collect::<Result<_, _>>()?;
        Ok(right_verdicts(network, format, &examples)?)
    };
    Ok([shares(comparing)?, shares(judging)?])
}

/// Share of `count` development stories of each level that a model file solves.
pub(super) fn accuracy(bytes: Vec<u8>, context: usize, count: u64) -> anyhow::Result<Vec<f64>> {
    let file = Gguf::parse(Bytes::from(bytes))?;
    let options = LoadOptions { context, samples: 64, cache: 64 * context / 2, ..LoadOptions::default() };
    let mut engine = AnyEngine::load(
        "evaluated",
        &file,
        Device::Cpu { threads: super::machine_threads() },
        &options,
        &mut |_, _| {},
    )?;
    let mut shares = Vec::new();
    for level in Level::ALL {
        let stories: Vec<Story> = (0..count).map(|seed| Story::generate(Split::Development, level, seed)).collect();
        let requests = stories.iter().map(|story| {
            let dialogue = solving(story, 0, LabelRule::All).expect("invariant: a story is a problem");
            let prompt = engine.chat(&dialogue.messages, "")?;
            let max_tokens = 200.min(context.saturating_sub(prompt.len()));
            let sampling = Sampling::GREEDY;
            Ok(GenerateRequest { prompt, samples: 1, max_tokens, sampling, stop: Vec::new(), watch: Vec::new() })
        });
        let requests: Vec<GenerateRequest> = requests.collect::<anyhow::Result<_>>()?;
        let sink = &mut async |_, _| ControlFlow::Continue(());
        let completions = pollster::block_on(engine.generate_all(&requests, sink))?;
        let right = completions.iter().zip(&stories).filter(|(completions, story)| {
            let gold = Answer::parse(&story.answer.to_string());
            extract_answer(&completions[0].text).is_some_and(|answer| Some(answer) == gold)
        });
        shares.push(right.count() as f64 / count as f64);
    }
    Ok(shares)
}
