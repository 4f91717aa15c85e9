//! What batched decoding promises, on every backend, with a small random model.

use std::ops::ControlFlow;

use duet_engine::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, LoadOptions, Sampling};
use serde_json::Value;

use crate::devices::Kind;
use crate::models::tiny;

const PROMPT: &str = "Once upon a time there were 12 cats";

fn options(prefill_rows: usize) -> LoadOptions {
    LoadOptions { context: 256, samples: 8, prefill_rows, cache: 1024 }
}

fn request(prompt: Vec<u32>, samples: usize, max_tokens: usize, sampling: Sampling) -> GenerateRequest {
    GenerateRequest { prompt, samples, max_tokens, sampling, stop: Vec::new(), watch: Vec::new() }
}

fn generate(engine: &mut AnyEngine, request: &GenerateRequest) -> Vec<Completion> {
    pollster::block_on(engine.generate(request, &mut async |_| ControlFlow::Continue(()))).expect("a valid request")
}

fn each_backend(options: &LoadOptions, mut check: impl FnMut(Kind, &mut AnyEngine, Vec<u32>)) {
    let file = tiny();
    for kind in Kind::ALL {
        if let Some(mut engine) = kind.load(&file, options) {
            let prompt = engine.tokenizer().encode_text(PROMPT);
            check(kind, &mut engine, prompt);
        }
    }
}

/// The golden text: recorded by an independent forward pass (fixtures/greedy.py), so it guards tokenizer, block format,
/// attention and sampler together.
#[test]
fn the_tiny_model_says_what_numpy_recorded() {
    let golden: Value = serde_json::from_str(include_str!("../fixtures/tiny_greedy.json")).expect("JSON");
    let ids = |name: &str| -> Vec<u32> {
        golden[name].as_array().expect("ids").iter().map(|id| id.as_u64().expect("an id") as u32).collect()
    };
    each_backend(&options(64), |kind, engine, prompt| {
        assert_eq!(prompt, ids("prompt"), "{kind:?}");
        let completion = &generate(engine, &request(prompt, 1, 64, Sampling::GREEDY))[0];
        assert_eq!(completion.tokens, ids("continuation"), "{kind:?}");
        assert_eq!(Some(completion.text.as_str()), golden["text"].as_str(), "{kind:?}");
    });
}

#[test]
fn a_sample_does_not_depend_on_its_batch() {
    let sampling = Sampling::new(0.9, 40, 0.95, 7).expect("in range");
    each_backend(&options(64), |kind, engine, prompt| {
        let alone = generate(engine, &request(prompt.clone(), 1, 40, sampling));
        let together = generate(engine, &request(prompt, 8, 40, sampling));
        assert_eq!(alone[0], together[0], "{kind:?}");
        assert!(
            together.iter().any(|sample| sample != &together[0]),
            "{kind:?}: samples draw from streams of their own"
        );
    });
}

#[test]
fn the_same_seed_gives_the_same_trace_and_another_seed_another() {
    let sampling = |seed| Sampling::new(1.0, 0, 1.0, seed).expect("in range");
    each_backend(&options(64), |kind, engine, prompt| {
        let first = generate(engine, &request(prompt.clone(), 2, 32, sampling(1)));
        assert_eq!(first, generate(engine, &request(prompt.clone(), 2, 32, sampling(1))), "{kind:?}");
        assert_ne!(first, generate(engine, &request(prompt, 2, 32, sampling(2))), "{kind:?}");
    });
}

#[test]
fn a_fork_goes_on_as_a_fresh_prefill_would() {
    each_backend(&options(64), |kind, engine, prompt| {
        let forked = generate(engine, &request(prompt.clone(), 4, 48, Sampling::GREEDY));
        for kept in [1, 16, 37] {
            let longer = [&prompt[..], &forked[3].tokens[..kept]].concat();
            let fresh = generate(engine, &request(longer, 1, 48 - kept, Sampling::GREEDY));
            assert_eq!(fresh[0].tokens, forked[3].tokens[kept..], "{kind:?}, {kept} tokens kept");
        }
    });
}

#[test]
fn a_prompt_read_in_chunks_is_the_prompt_read_whole() {
    let mut answers: Vec<(Kind, Vec<Completion>)> = Vec::new();
    for rows in [1, 3, 16, 64] {
        each_backend(&options(rows), |kind, engine, prompt| {
            let completion = generate(engine, &request(prompt, 1, 32, Sampling::GREEDY));
            match answers.iter().find(|(known, _)| *known == kind) {
                Some((_, whole)) => assert_eq!(&completion, whole, "{kind:?}, {rows} rows at a time"),
                None => answers.push((kind, completion)),
            }
        });
    }
}

#[test]
fn a_receiver_that_leaves_stops_the_work_at_the_next_chunk_and_loses_no_block() {
    each_backend(&options(8), |kind, engine, prompt| {
        let free = engine.free_positions();
        let request = request(prompt, 3, 20, Sampling::GREEDY);
        for patience in 0..12 {
            let mut heard = 0;
            let completions = pollster::block_on(engine.generate(&request, &mut async |_: Delta| {
                heard += 1;
                if heard > patience { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }));
            assert_eq!(heard, patience + 1, "{kind:?}: nothing is said after the break");
            let completions = completions.expect("cancelling is no error");
            assert!(completions.iter().all(|c| c.reason == FinishReason::Cancelled), "{kind:?}");
            assert_eq!(engine.free_positions(), free, "{kind:?}");
        }
    });
}

#[test]
fn a_stop_string_ends_a_completion_before_it() {
    each_backend(&options(64), |kind, engine, prompt| {
        let whole = generate(engine, &request(prompt.clone(), 1, 32, Sampling::GREEDY)).remove(0).text;
        let middle: String = whole.chars().skip(whole.chars().count() / 2).take(3).collect();
        let stopped = generate(
            engine,
            &GenerateRequest { stop: vec![middle.clone()], ..request(prompt, 1, 32, Sampling::GREEDY) },
        );
        assert_eq!(stopped[0].text, whole[..whole.find(&middle).expect("it is in there")], "{kind:?}");
        assert_eq!(stopped[0].reason, FinishReason::Stop, "{kind:?}");
    });
}

#[test]
fn a_request_out_of_range_is_refused_with_both_numbers() {
    each_backend(&options(64), |_, engine, prompt| {
        let length = prompt.len();
        let refused = |engine: &mut AnyEngine, request: &GenerateRequest| {
            engine.check(request).expect_err("out of range").to_string()
        };
        let long = request(prompt.clone(), 1, 300, Sampling::GREEDY);
        let message = format!("the prompt has {length} tokens and asks for 300 more, the context holds 256");
        assert_eq!(refused(engine, &long), message);
        let many = request(prompt.clone(), 9, 1, Sampling::GREEDY);
        assert_eq!(refused(engine, &many), "`samples` is 9, it must be within 1..=8");
        let huge = request(prompt, 1, usize::MAX, Sampling::GREEDY);
        assert!(refused(engine, &huge).contains(&usize::MAX.to_string()));
        let empty = request(Vec::new(), 1, 1, Sampling::GREEDY);
        assert_eq!(refused(engine, &empty), "`prompt` is empty, it must be at least one token");
        let foreign = request(vec![u32::MAX], 1, 1, Sampling::GREEDY);
        assert!(refused(engine, &foreign).starts_with("`prompt token` is 4294967295, it must be below"));
    });
}
