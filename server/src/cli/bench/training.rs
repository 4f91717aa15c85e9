//! The clock around training: a network like those of the default recipe, on random tokens.

use std::time::Instant;

use candle_core::Device;
use duet_engine::backend::{Rope, RopePairs, Shape};
use duet_engine::learn::{Example, Matrices, Mixture, Network, Operations, Plan, Schedule, Source, Trainer};

use super::measure::Row;

/// Sequences in a batch, and tokens in each: those of specs/machine.md's table.
const BATCH: usize = 8;
const TOKENS: usize = 256;
/// 2.9 M parameters.
const SHAPE: Shape = Shape {
    layers: 6,
    width: 192,
    heads: 6,
    kv_heads: 6,
    head_dim: 32,
    hidden: 512,
    vocab: 1600,
    norm_eps: 1e-5,
    rope: Rope { base: 10_000.0, pairs: RopePairs::Adjacent },
};
/// Steps before the clock starts.
const WARM_UP: usize = 2;

/// Random tokens, every one of them to be predicted.
struct Noise;

impl Source for Noise {
    fn name(&self) -> &'static str {
        "noise"
    }

    fn len(&self) -> Option<u64> {
        None
    }

    fn example(&self, index: u64) -> Example {
        let vocab = SHAPE.vocab as u64;
        let token = |place: u64| ((index * 31 + place * place * 7 + place) % vocab) as u32;
        let tokens: Vec<u32> = (0..=TOKENS as u64).map(token).collect();
        Example::new(&tokens[..1], &tokens[1..]).expect("invariant: not empty")
    }
}

/// Tokens/s of AdamW steps on `threads` threads, with fused operations and with candle's own.
pub(super) fn rows(threads: usize, reps: usize, steps: usize) -> anyhow::Result<Vec<Row>> {
    let name = format!("{BATCH} x {TOKENS}");
    [(Operations::Fused, name.clone()), (Operations::Composed, format!("{name}, candle's operations"))]
        .into_iter()
        .map(|(operations, name)| {
            let network = Network::new(SHAPE, 1, &Device::Cpu)?.with_operations(operations);
            let plan = Plan {
                batch: BATCH,
                context: TOKENS,
                schedule: Schedule { peak: 1e-3, floor: 1.0, warm_up: 0, steps: u64::MAX },
                weight_decay: 0.1,
                clip: 1.0,
                matrices: Matrices::AdamW,
                shards: threads.min(BATCH),
            };
            let mixture = Mixture::new(vec![(Box::new(Noise), 1.0)], 1)?;
            let mut trainer = Trainer::new(network, mixture, plan)?;
            for _ in 0..WARM_UP {
                trainer.step()?;
            }
            let mut runs = Vec::new();
            for _ in 0..reps {
                let began = Instant::now();
                for _ in 0..steps {
                    trainer.step()?;
                }
                runs.push((steps * BATCH * TOKENS) as f64 / began.elapsed().as_secs_f64());
            }
            Ok(Row::undrawn(name, runs))
        })
        .collect()
}
