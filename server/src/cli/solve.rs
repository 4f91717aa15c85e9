//! `duet solve`

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use duet_engine::reason::{SolveEvent, SolveRequest, solve};

use super::render::Renderer;
use super::{EngineArgs, load, output};

#[derive(Debug, Args)]
pub(super) struct SolveArgs {
    /// The model's GGUF file; it plays actor and critic
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The word problem
    #[arg(long, value_name = "TEXT")]
    problem: String,
    /// Same seed, same run (on one backend)
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,
    /// Tokens per turn, at most
    #[arg(long, value_name = "N", default_value = "256")]
    max_tokens: usize,
    /// Temperature of attempt and refinement; the critic is always greedy
    #[arg(long, value_name = "T", default_value = "0")]
    temperature: f32,
    /// Refine even what the critic calls correct
    #[arg(long)]
    always_refine: bool,
    /// One event per line as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: &SolveArgs) -> anyhow::Result<()> {
    let request = SolveRequest {
        problem: args.problem.clone(),
        seed: args.seed,
        temperature: args.temperature,
        max_tokens: args.max_tokens,
        gated: !args.always_refine,
    };
    request.validate()?;
    let (mut engine, _) = load(&args.model, &args.engine.options())?;
    let mut renderer = (!args.json).then(|| Renderer::new(output::coloured(&std::io::stdout())));
    let mut written = Ok(());
    let mut sink = async |event: SolveEvent| {
        written = show(renderer.as_mut(), &event);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let outcome = pollster::block_on(solve(&mut engine, &request, &mut sink));
    written?;
    Ok(outcome?)
}

fn show(renderer: Option<&mut Renderer>, event: &SolveEvent) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    match renderer {
        Some(renderer) => write!(stdout, "{}", renderer.render(event))?,
        None => writeln!(stdout, "{}", serde_json::to_string(event)?)?,
    }
    stdout.flush()
}
