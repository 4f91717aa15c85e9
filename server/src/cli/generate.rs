//! `duet generate`

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use duet_engine::runtime::{AnyEngine, Completion, Delta, FinishReason, GenerateRequest, Sampling};
use duet_engine::template::{Message, Turn};
use serde_json::json;

use super::{EngineArgs, load, output};

#[derive(Debug, Args)]
pub(super) struct GenerateArgs {
    /// The model's GGUF file
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// What to say to the model
    #[arg(long, value_name = "TEXT")]
    prompt: String,
    /// Tokens to generate, at most
    #[arg(long, value_name = "N", default_value = "128")]
    max_tokens: usize,
    /// 0 always takes the likeliest token
    #[arg(long, value_name = "T", default_value = "0")]
    temperature: f32,
    /// Same seed, same text (on one backend)
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,
    /// Continue the prompt as it stands, without the model's chat template
    #[arg(long)]
    raw: bool,
    /// One JSON object at the end instead of the text as it comes
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

pub(super) fn run(args: &GenerateArgs) -> anyhow::Result<()> {
    let sampling = Sampling::new(args.temperature, 0, 1.0, args.seed)?;
    let (mut engine, _) = load(&args.model, &args.engine.options())?;
    let prompt = prompt(&engine, args)?;
    let request = GenerateRequest {
        prompt,
        samples: 1,
        max_tokens: args.max_tokens,
        sampling,
        stop: Vec::new(),
        watch: Vec::new(),
    };
    let start = Instant::now();
    let mut written = Ok(());
    let mut sink = async |delta| {
        if let (Delta::Text { text, .. }, false) = (delta, args.json) {
            let mut stdout = std::io::stdout();
            written = write!(stdout, "{}", output::printable(&text)).and_then(|()| stdout.flush());
        }
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let completions = pollster::block_on(engine.generate(&request, &mut sink))?;
    written?;
    let completion = completions.first().context("the engine returned no completion")?;
    if args.json {
        return report(args, &engine, &request, completion, start.elapsed().as_secs_f64());
    }
    writeln!(std::io::stdout())?;
    Ok(())
}

fn prompt(engine: &AnyEngine, args: &GenerateArgs) -> anyhow::Result<Vec<u32>> {
    if !args.raw {
        let message = Message { turn: Turn::User, content: args.prompt.clone() };
        return Ok(engine.chat(&[message], "")?);
    }
    let tokenizer = engine.tokenizer();
    let mut tokens = tokenizer.encode_text(&args.prompt);
    if let Some(bos) = tokenizer.bos().filter(|_| tokenizer.adds_bos()) {
        tokens.insert(0, bos);
    }
    Ok(tokens)
}

fn report(
    args: &GenerateArgs,
    engine: &AnyEngine,
    request: &GenerateRequest,
    completion: &Completion,
    seconds: f64,
) -> anyhow::Result<()> {
    let reason = match completion.reason {
        FinishReason::Stop => "stop",
        FinishReason::Length => "length",
        FinishReason::Cancelled => "cancelled",
    };
    let report = json!({
        "model": engine.info().model,
        "backend": engine.info().backend,
        "seed": args.seed,
        "temperature": args.temperature,
        "prompt_tokens": request.prompt.len(),
        "completion_tokens": completion.tokens.len(),
        "finish_reason": reason,
        "seconds": seconds,
        "tokens": completion.tokens,
        "text": completion.text,
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}
