//! The clock around the engine.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use duet_engine::backend::Counters;
use duet_engine::runtime::{AnyEngine, Delta, GenerateRequest, Sampling};
use serde_json::{Value, json};

/// Text to read, again and again: a model that has seen enough of it goes on with it instead of ending. The work does
/// not depend on the text.
const TEXT: &str = " la";

/// Prompt tokens before the decode of one sequence: few enough that attention costs next to nothing.
pub(super) const DECODE_PROMPT: usize = 16;

/// One figure of the report.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// Tokens/s of every run.
    runs: Vec<f64>,
    /// Tokens drawn in a run, of all samples together; 0 for a prefill.
    drawn: usize,
}

impl Row {
    /// A row of tokens that were read.
    pub(super) fn undrawn(name: String, runs: Vec<f64>) -> Self {
        Self { name, runs, drawn: 0 }
    }

    /// The best run: what slowed the others down is not the engine's.
    pub(super) fn best(&self) -> f64 {
        self.runs.iter().copied().fold(0.0, f64::max)
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ "name": self.name, "tokens_per_second": self.best(), "runs": self.runs, "drawn": self.drawn })
    }
}

/// Counted work divided by tokens.
#[derive(Debug)]
pub(super) struct PerToken {
    pub(super) dispatches: f64,
    pub(super) submits: f64,
    pub(super) readback_bytes: f64,
}

/// An engine under measurement.
pub(super) struct Bench<'a> {
    engine: &'a mut AnyEngine,
    text: Vec<u32>, // tokens of TEXT
}

/// One timed generation.
struct Timed {
    prefill: Duration,
    decode: Duration,
    /// Tokens drawn for all samples.
    tokens: usize,
}

impl<'a> Bench<'a> {
    pub(super) fn new(engine: &'a mut AnyEngine) -> Self {
        let text = engine.tokenizer().encode_text(TEXT);
        Self { engine, text }
    }

    /// Reads a prompt of `read` tokens.
    pub(super) fn prefill(&mut self, name: String, read: usize, reps: usize) -> anyhow::Result<Row> {
        let mut runs = Vec::new();
        for _ in 0..reps {
            let timed = self.generate((read, 1, 1), Until::Prefilled)?;
            runs.push(read as f64 / timed.prefill.as_secs_f64());
        }
        Ok(Row { name, runs, drawn: 0 })
    }

    /// Continues a prompt of `read` tokens by `samples` × `tokens`; the prompt does not count.
    pub(super) fn decode(&mut self, name: String, sizes: (usize, usize, usize), reps: usize) -> anyhow::Result<Row> {
        let (_, samples, tokens) = sizes;
        let (mut runs, mut drawn) = (Vec::new(), 0);
        for _ in 0..reps {
            let timed = self.generate(sizes, Until::Done)?;
            drawn = timed.tokens;
            runs.push(drawn as f64 / timed.decode.as_secs_f64());
        }
        let wanted = samples * tokens;
        if drawn < wanted {
            tracing::warn!("{name}: the model ended after {drawn} of {wanted} tokens; the speed is that of those");
        }
        Ok(Row { name, runs, drawn })
    }

    /// Work per decoded token of one sequence: a whole generation less its prefill. Counted, so one run is exact.
    pub(super) fn count_per_token(&mut self, tokens: usize) -> anyhow::Result<PerToken> {
        let mut counted = |until| {
            self.engine.take_counters();
            let timed = self.generate((DECODE_PROMPT, 1, tokens), until)?;
            Ok::<_, anyhow::Error>((self.engine.take_counters(), timed.tokens))
        };
        let (before, _) = counted(Until::Prefilled)?;
        let (whole, drawn) = counted(Until::Done)?;
        let each = |field: fn(&Counters) -> u64| (field(&whole) - field(&before)) as f64 / drawn.max(1) as f64;
        Ok(PerToken {
            dispatches: each(|counters| counters.dispatches),
            submits: each(|counters| counters.submits),
            readback_bytes: each(|counters| counters.readback_bytes),
        })
    }

    /// `read` prompt tokens, then `samples` × `tokens`.
    fn generate(&mut self, (read, samples, tokens): (usize, usize, usize), until: Until) -> anyhow::Result<Timed> {
        // The last prompt token is read by the first decode step.
        let prompt = self.text.iter().copied().cycle().take(read + 1).collect();
        let sampling = Sampling::GREEDY;
        let request =
            GenerateRequest { prompt, samples, max_tokens: tokens, sampling, stop: Vec::new(), watch: Vec::new() };
        let start = Instant::now();
        let mut prefilled = start;
        let mut sink = async |delta| match delta {
            Delta::Prefill { done, total } if done + 1 == total => {
                prefilled = Instant::now();
                match until {
                    Until::Prefilled => ControlFlow::Break(()),
                    Until::Done => ControlFlow::Continue(()),
                }
            }
            _ => ControlFlow::Continue(()),
        };
        let completions = pollster::block_on(self.engine.generate(&request, &mut sink))?;
        let end = Instant::now();
        let tokens = completions.iter().map(|completion| completion.tokens.len()).sum();
        Ok(Timed { prefill: prefilled - start, decode: end - prefilled, tokens })
    }
}

/// Where a measured generation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Before the first token is drawn.
    Prefilled,
    /// When all tokens are drawn.
    Done,
}
