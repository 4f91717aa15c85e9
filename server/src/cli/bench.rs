//! `duet bench`

mod measure;
mod training;

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use duet_engine::runtime::AnyEngine;
use serde_json::{Value, json};

use self::measure::{Bench, DECODE_PROMPT, Row};
use super::{EngineArgs, load};

#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// The model's GGUF file
    #[arg(long, value_name = "FILE", required_unless_present = "training")]
    model: Option<PathBuf>,
    /// Measures training instead, of a network of 2.9 million parameters
    #[arg(long, conflicts_with_all = ["model", "backend"])]
    training: bool,
    /// Runs of every row; the best counts
    #[arg(long, value_name = "N", default_value = "3", value_parser = clap::value_parser!(u16).range(1..=100))]
    reps: u16,
    /// Shorter rows, one run each: whether it works rather than how fast it is
    #[arg(long)]
    quick: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

/// What is measured. Prompt lengths are tokens read before the first token is drawn.
struct Plan {
    reps: usize,
    prefills: &'static [usize],
    decode: usize,
    batches: &'static [usize],
    batch_prompt: usize,
    batch_tokens: usize,
}

impl Plan {
    fn new(args: &BenchArgs) -> Self {
        match args.quick {
            true => Self { reps: 1, prefills: &[32], decode: 8, batches: &[1, 4], batch_prompt: 32, batch_tokens: 4 },
            false => Self {
                reps: usize::from(args.reps),
                prefills: &[128, 512],
                decode: 64,
                batches: &[1, 4, 16],
                batch_prompt: 128,
                batch_tokens: 32,
            },
        }
    }

    fn rows(&self, bench: &mut Bench<'_>) -> anyhow::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for read in self.prefills {
            rows.push(bench.prefill(format!("prefill {read}"), *read, self.reps)?);
        }
        rows.push(bench.decode(format!("decode {}", self.decode), (DECODE_PROMPT, 1, self.decode), self.reps)?);
        for samples in self.batches {
            let sizes = (self.batch_prompt, *samples, self.batch_tokens);
            rows.push(bench.decode(format!("batched decode {samples}"), sizes, self.reps)?);
        }
        Ok(rows)
    }
}

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let Some(model) = &args.model else { return train(args) };
    let plan = Plan::new(args);
    let (mut engine, load_seconds) = load(model, &args.engine.options())?;
    let mut bench = Bench::new(&mut engine);
    let rows = plan.rows(&mut bench)?;
    let counted = bench.count_per_token(plan.decode)?;
    let info = engine.info();
    let threads = args.engine.options().threads;
    let report = json!({
        "model": info.model,
        "backend": info.backend,
        "threads": threads,
        "load_seconds": load_seconds,
        "dispatches_per_token": counted.dispatches,
        "submits_per_token": counted.submits,
        "readback_bytes_per_token": counted.readback_bytes,
        "rows": rows.iter().map(Row::to_json).collect::<Vec<Value>>(),
    });
    let text = if args.json { report.to_string() } else { table(&engine, &report, &rows) };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// Steps of a training run that are timed together.
const STEPS: usize = 8;

fn train(args: &BenchArgs) -> anyhow::Result<()> {
    let threads = args.engine.options().threads;
    let (reps, steps) = if args.quick { (1, 1) } else { (usize::from(args.reps), STEPS) };
    let rows = training::rows(threads, reps, steps)?;
    let text = if args.json {
        json!({ "threads": threads, "rows": rows.iter().map(Row::to_json).collect::<Vec<Value>>() }).to_string()
    } else {
        let head = format!("{:<40} {:>10}", "training, 2.9 M parameters", "tokens/s");
        let rows = rows.iter().map(|row| format!("{:<40} {:>10.1}", row.name, row.best()));
        std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
    };
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

fn table(engine: &AnyEngine, report: &Value, rows: &[Row]) -> String {
    let info = engine.info();
    let load = report["load_seconds"].as_f64().unwrap_or(0.0);
    let head = format!("{} on {}, loaded in {load:.2} s", info.model, info.backend);
    let mut lines = vec![head, format!("{:<20} {:>10}", "", "tokens/s")];
    lines.extend(rows.iter().map(|row| format!("{:<20} {:>10.1}", row.name, row.best())));
    for (field, name) in [
        ("dispatches_per_token", "dispatches/token"),
        ("submits_per_token", "submits/token"),
        ("readback_bytes_per_token", "read back B/token"),
    ] {
        lines.push(format!("{name:<20} {:>10.1}", report[field].as_f64().unwrap_or(0.0)));
    }
    lines.join("\n")
}
