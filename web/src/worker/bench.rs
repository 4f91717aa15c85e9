//! Tokens per second of the loaded model: the rows of `duet bench`, under this worker's clock.

use std::cell::Cell;
use std::ops::ControlFlow;

use duet_engine::backend::Counters;
use duet_engine::runtime::{AnyEngine, Delta, GenerateRequest, RuntimeError, Sampling};

use super::pause::now_ms;
use crate::protocol::{BenchLength, BenchReport, BenchRow, Failure};

/// Text to read: what matters is that its continuation does not end.
const TEXT: &str = "A farmer has 12 baskets of 8 apples. Every day she sells 2 baskets and gives 3 apples away. ";
const DECODE: usize = 64;
const BATCH_PROMPT: usize = 128;

/// What is measured.
struct Plan {
    repeats: usize,
    prefills: &'static [usize],
    batches: &'static [usize],
    batch_tokens: usize,
}

const QUICK: Plan = Plan { repeats: 1, prefills: &[128], batches: &[1, 4], batch_tokens: 8 };
const WHOLE: Plan = Plan { repeats: 2, prefills: &[128, 512], batches: &[1, 4, 16], batch_tokens: 32 };

/// One generation: how much it reads and draws.
#[derive(Clone, Copy)]
struct Size {
    prompt: usize,
    samples: usize,
    tokens: usize,
}

/// One generation, timed in seconds.
struct Run {
    prefill: f64,
    decode: f64,
    /// Tokens drawn, all sequences together.
    tokens: usize,
}

/// Measures the rows of a plan.
pub(super) async fn bench(engine: &mut AnyEngine, length: BenchLength) -> Result<BenchReport, Failure> {
    let plan = if length == BenchLength::Quick { QUICK } else { WHOLE };
    let measured = measure(engine, &plan).await;
    measured.map_err(|error| Failure::new("The measurement failed", error, "Load the model again."))
}

async fn measure(engine: &mut AnyEngine, plan: &Plan) -> Result<BenchReport, RuntimeError> {
    let mut rows = Vec::new();
    for &prompt in plan.prefills {
        let size = Size { prompt, samples: 1, tokens: 1 };
        let speed = |run: &Run| prompt as f64 / run.prefill;
        rows.push(row(engine, format!("prefill {prompt}"), size, plan.repeats, speed).await?);
    }
    let decoded = |run: &Run| run.tokens as f64 / run.decode;
    let size = Size { prompt: 1, samples: 1, tokens: DECODE };
    rows.push(row(engine, format!("decode {DECODE}"), size, plan.repeats, decoded).await?);
    for &samples in plan.batches {
        let size = Size { prompt: BATCH_PROMPT, samples, tokens: plan.batch_tokens };
        rows.push(row(engine, format!("batched decode {samples}"), size, plan.repeats, decoded).await?);
    }
    let (counted, tokens) = count(engine).await?;
    let info = engine.info();
    Ok(BenchReport {
        model: info.model.clone(),
        backend: info.backend.clone(),
        threads: 1,
        dispatches_per_token: counted.dispatches as f64 / tokens,
        submits_per_token: counted.submits as f64 / tokens,
        readback_bytes_per_token: counted.readback_bytes as f64 / tokens,
        rows,
    })
}

async fn row(
    engine: &mut AnyEngine,
    name: String,
    size: Size,
    repeats: usize,
    speed: impl Fn(&Run) -> f64,
) -> Result<BenchRow, RuntimeError> {
    let mut runs = Vec::new();
    for _ in 0..repeats {
        runs.push(speed(&run(engine, size).await?));
    }
    Ok(BenchRow { name, tokens_per_second: runs.iter().copied().fold(0.0, f64::max), runs })
}

/// Work of a few decoded tokens of one sequence: two generations of different length, one less the other.
async fn count(engine: &mut AnyEngine) -> Result<(Counters, f64), RuntimeError> {
    let short = Size { prompt: 1, samples: 1, tokens: 1 };
    engine.take_counters();
    let fewer = run(engine, short).await?.tokens;
    let before = engine.take_counters();
    let more = run(engine, Size { tokens: 9, ..short }).await?.tokens;
    let after = engine.take_counters();
    let counted = Counters {
        dispatches: after.dispatches - before.dispatches,
        submits: after.submits - before.submits,
        readback_bytes: after.readback_bytes - before.readback_bytes,
    };
    Ok((counted, (more - fewer).max(1) as f64))
}

async fn run(engine: &mut AnyEngine, size: Size) -> Result<Run, RuntimeError> {
    let text = engine.tokenizer().encode_text(TEXT);
    // The last prompt token is read by the first decode step.
    let prompt = text.iter().copied().cycle().take(size.prompt + 1).collect();
    let (samples, max_tokens, sampling) = (size.samples, size.tokens, Sampling::GREEDY);
    let request = GenerateRequest { prompt, samples, max_tokens, sampling, stop: Vec::new(), watch: Vec::new() };
    let (started, prefilled) = (now_ms(), Cell::new(0.0));
    let mut sink = async |delta| {
        if let Delta::Prefill { .. } = delta {
            prefilled.set(now_ms());
        }
        ControlFlow::Continue(())
    };
    let completions = engine.generate(&request, &mut sink).await?;
    Ok(Run {
        prefill: (prefilled.get() - started) / 1000.0,
        decode: (now_ms() - prefilled.get()) / 1000.0,
        tokens: completions.iter().map(|completion| completion.tokens.len()).sum(),
    })
}
