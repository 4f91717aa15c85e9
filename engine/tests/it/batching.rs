//! Many prompts together: each completion is the one that its request gets alone, whatever runs beside it.

use std::ops::ControlFlow;

use duet_engine::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, Halt, LoadOptions, Sampling};

use crate::devices::Kind;
use crate::models::tiny;

/// Room for few: five samples, and blocks for three of the longest requests with one sample.
const NARROW: LoadOptions = LoadOptions { context: 128, samples: 5, prefill_rows: 12, cache: 320 };

/// Requests of all sorts: prompts of 1 to 70 tokens, 1 to 4 samples, 1 to 40 tokens, greedy and not, with stop strings.
fn requests(engine: &AnyEngine) -> Vec<GenerateRequest> {
    let story = "Once upon a time there were 12 cats in the hat, and 7 of them were other cats than the ten that ran on and on.";
    let story = engine.tokenizer().encode_text(story);
    (0..22)
        .map(|i: usize| GenerateRequest {
            prompt: story[i % 5..][..1 + i * 29 % 70].to_vec(),
            samples: 1 + i % 4,
            max_tokens: 1 + i * 17 % 40,
            sampling: match i % 3 {
                0 => Sampling::GREEDY,
                _ => Sampling::new(1.1, 0, 0.98, i as u64).expect("in range"),
            },
            stop: if i % 7 == 6 { vec!["e".to_owned()] } else { Vec::new() },
            watch: if i % 4 == 1 { vec![5, 269, 5, 0] } else { Vec::new() },
        })
        .collect()
}

fn alone(engine: &mut AnyEngine, request: &GenerateRequest) -> (Vec<Completion>, Vec<Delta>) {
    let mut heard = Vec::new();
    let completions = pollster::block_on(engine.generate(request, &mut async |delta| {
        heard.push(delta);
        ControlFlow::Continue(())
    }));
    (completions.expect("a valid request"), heard)
}

fn together(
    engine: &mut AnyEngine,
    requests: &[GenerateRequest],
    patience: usize,
) -> (Vec<Vec<Completion>>, Vec<(usize, Delta)>) {
    let mut heard = Vec::new();
    let completions = pollster::block_on(engine.generate_all(requests, &mut async |request, delta| {
        heard.push((request, delta));
        if heard.len() > patience { ControlFlow::Break(Halt::All) } else { ControlFlow::Continue(()) }
    }));
    (completions.expect("valid requests"), heard)
}

/// The deltas of one sample, or those of the prompt.
fn of(deltas: &[Delta], wanted: Option<usize>) -> Vec<Delta> {
    let whose = |delta: &Delta| match delta {
        Delta::Prefill { .. } => None,
        Delta::Text { sample, .. } | Delta::Finished { sample, .. } => Some(*sample),
    };
    deltas.iter().filter(|delta| whose(delta) == wanted).cloned().collect()
}

#[test]
fn each_completion_is_the_one_its_request_gets_alone() {
    for kind in [Kind::Cpu(1), Kind::Cpu(2), Kind::Gpu] {
        let Some(mut engine) = kind.load(&tiny(), &NARROW) else { continue };
        let requests = requests(&engine);
        let free = engine.free_positions();
        let (completions, heard) = together(&mut engine, &requests, usize::MAX);
        assert_eq!(engine.free_positions(), free);
        assert_eq!(completions.len(), requests.len());
        for (index, (request, completions)) in requests.iter().zip(&completions).enumerate() {
            let (expected, deltas) = alone(&mut engine, request);
            match kind {
                Kind::Cpu(_) => assert_eq!(*completions, expected, "{kind:?}, request {index}: {request:?}"),
                // Other batch sizes run other kernels, which round probabilities otherwise.
                _ => assert!(
                    completions.iter().zip(&expected).all(|(a, b)| (&a.tokens, &a.text) == (&b.tokens, &b.text)),
                    "{kind:?}, request {index}"
                ),
            }
            let heard: Vec<Delta> =
                heard.iter().filter(|(of, _)| *of == index).map(|(_, delta)| delta.clone()).collect();
            for sample in 0..request.samples {
                assert_eq!(of(&heard, Some(sample)), of(&deltas, Some(sample)), "{kind:?}, request {index}");
            }
            let total = request.prompt.len();
            let prefill = of(&heard, None);
            assert_eq!(prefill, heard[..prefill.len()], "the prompt is read before text comes");
            assert_eq!(prefill.last(), Some(&Delta::Prefill { done: total - 1, total }));
        }
    }
}

#[test]
fn nobody_waits_while_there_is_room() {
    let options = LoadOptions { context: 128, samples: 4, prefill_rows: 256, cache: 512 };
    let mut engine = Kind::Cpu(1).load(&tiny(), &options).expect("a CPU");
    let prompt = engine.tokenizer().encode_text("Once upon a time there were 12 cats");
    // One long sample beside many short ones; three of them must be alive with it in every pass.
    let lengths = [30, 10, 10, 10, 10, 10, 10, 10, 10, 10];
    let of_length = |max_tokens| GenerateRequest {
        prompt: prompt.clone(),
        samples: 1,
        max_tokens,
        sampling: Sampling::GREEDY,
        stop: Vec::new(),
        watch: Vec::new(),
    };
    let requests: Vec<GenerateRequest> = lengths.map(of_length).to_vec();
    let (completions, heard) = together(&mut engine, &requests, usize::MAX);
    assert!(
        completions.iter().zip(lengths).all(|(c, length)| c[0].tokens.len() == length),
        "the golden text has no end token"
    );
    let rounds = heard.iter().filter(|(request, delta)| *request == 0 && matches!(delta, Delta::Text { .. })).count();
    assert_eq!(rounds, 30);
    let last = heard.iter().rposition(|(request, _)| *request == 0).expect("it is heard");
    let later = heard[last..].iter().filter(|(request, _)| *request != 0).count();
    // Passes: the long one 1 + 30, the short ones 3 · (1 + 10), three at a time. So when the long one ends, three short
    // ones still tell of that pass, of two more tokens each, and of their ends.
    assert_eq!(later, 3 + 2 * 3 + 3);
}

#[test]
fn a_receiver_that_leaves_gets_what_is_there_and_no_block_is_lost() {
    let mut engine = Kind::Cpu(1).load(&tiny(), &NARROW).expect("a CPU");
    let requests = requests(&engine);
    let free = engine.free_positions();
    let (whole, heard) = together(&mut engine, &requests, usize::MAX);
    for patience in [0, 1, 5, 40, 150, 400, heard.len() - 1] {
        let (completions, heard) = together(&mut engine, &requests, patience);
        assert_eq!(heard.len(), patience + 1, "nothing is said after the break");
        assert_eq!(engine.free_positions(), free);
        for ((request, completions), whole) in requests.iter().zip(&completions).zip(&whole) {
            assert_eq!(completions.len(), request.samples);
            for (completion, whole) in completions.iter().zip(whole) {
                assert!(whole.tokens.starts_with(&completion.tokens) && whole.text.starts_with(&completion.text));
                assert!(completion.reason == FinishReason::Cancelled || completion == whole);
            }
        }
        assert!(patience < 400 || completions.iter().flatten().any(|c| c.reason != FinishReason::Cancelled));
    }
}

#[test]
fn one_sample_can_be_stopped_and_the_others_go_on() {
    let mut engine = Kind::Cpu(1).load(&tiny(), &NARROW).expect("a CPU");
    let requests = requests(&engine);
    let free = engine.free_positions();
    let (whole, _) = together(&mut engine, &requests, usize::MAX);
    let stopped_at = |request: usize, sample: usize| if (request + sample).is_multiple_of(3) { 4 } else { usize::MAX };
    let mut stopped = Vec::new();
    let completions = pollster::block_on(engine.generate_all(&requests, &mut async |request, delta| {
        let Delta::Text { sample, tokens, .. } = delta else { return ControlFlow::Continue(()) };
        assert!(!stopped.contains(&(request, sample)), "nothing is told of a stopped sample");
        if tokens < stopped_at(request, sample) {
            return ControlFlow::Continue(());
        }
        stopped.push((request, sample));
        ControlFlow::Break(Halt::Sample)
    }));
    for (request, (completions, whole)) in completions.expect("valid").iter().zip(&whole).enumerate() {
        for (sample, (completion, whole)) in completions.iter().zip(whole).enumerate() {
            let tokens = whole.tokens.len().min(stopped_at(request, sample));
            assert_eq!(completion.tokens, whole.tokens[..tokens], "request {request}, sample {sample}");
            let cut = tokens < whole.tokens.len();
            assert_eq!(completion.reason == FinishReason::Cancelled, cut, "request {request}, sample {sample}");
        }
    }
    assert!(stopped.len() > 5);
    assert_eq!(engine.free_positions(), free);
}

#[test]
fn samples_may_be_asked_for_in_parts() {
    let mut engine = Kind::Cpu(1).load(&tiny(), &NARROW).expect("a CPU");
    let prompt = engine.tokenizer().encode_text("Once upon a time");
    let sampling = Sampling::new(1.1, 0, 1.0, 3).expect("in range");
    let of = |first: usize, samples| GenerateRequest {
        prompt: prompt.clone(),
        samples,
        max_tokens: 9,
        sampling: sampling.skip(first),
        stop: Vec::new(),
        watch: Vec::new(),
    };
    let (whole, _) = together(&mut engine, &[of(0, 5)], usize::MAX);
    let (parts, _) = together(&mut engine, &[of(0, 2), of(2, 3)], usize::MAX);
    assert_eq!(whole[0], parts.concat());
}

#[test]
fn one_request_out_of_range_refuses_them_all() {
    let mut engine = Kind::Cpu(1).load(&tiny(), &NARROW).expect("a CPU");
    let mut requests = requests(&engine);
    requests[3].watch = vec![270];
    let refused = pollster::block_on(engine.generate_all(&requests, &mut async |_, _| panic!("nothing may run")));
    assert_eq!(refused.expect_err("out of range").to_string(), "`watch` is 270, it must be below 270");
}

/// The watched numbers against what the sampler itself shows: greedy draws the likeliest, and all of them sum to one.
#[test]
fn watched_log_probabilities_are_those_of_the_next_token() {
    for kind in Kind::ALL {
        let Some(mut engine) = kind.load(&tiny(), &NARROW) else { continue };
        let vocab = engine.info().vocab as u32;
        let mut request = requests(&engine).swap_remove(6);
        request.watch = (0..vocab).collect();
        let (watched, _) = alone(&mut engine, &request);
        request.watch = Vec::new();
        let (plain, _) = alone(&mut engine, &request);
        for (watched, plain) in watched.iter().zip(&plain) {
            assert_eq!((&watched.tokens, watched.watched.len()), (&plain.tokens, plain.tokens.len()), "{kind:?}");
            assert!(plain.watched.is_empty());
            for (row, token) in watched.watched.iter().zip(&watched.tokens) {
                let sum: f64 = row.iter().map(|p| f64::from(*p).exp()).sum();
                assert!((sum - 1.0).abs() < 1e-5, "{kind:?}: probabilities sum to {sum}");
                let best = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                assert!((row[*token as usize] - best).abs() < 1e-6, "{kind:?}: greedy drew the likeliest");
            }
        }
    }
}
