//! `duet solve`

use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use duet_engine::reason::search::{Mode, SearchEvent, SearchRequest, search};
use duet_engine::reason::{GateName, Pair, Players, SolveEvent, SolveRequest, solve};

use super::render::Renderer;
use super::render_search::render_search;
use super::{EngineArgs, load, output};

#[derive(Debug, Args)]
pub(super) struct SolveArgs {
    /// The model's GGUF file; it plays actor and, without --critic, critic
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The critic's GGUF file
    #[arg(long, value_name = "FILE")]
    critic: Option<PathBuf>,
    /// The word problem
    #[arg(long, value_name = "TEXT")]
    problem: String,
    /// Same seed, same run (on one backend)
    #[arg(long, value_name = "S", default_value = "0")]
    seed: u64,
    /// Tokens per turn, at most
    #[arg(long, value_name = "N", default_value = "256")]
    max_tokens: usize,
    /// Temperature of attempt and refinement; the critic is always greedy [default: 0, of a search 0.7]
    #[arg(long, value_name = "T")]
    temperature: Option<f32>,
    /// Refine even what the critic calls correct; the same as --gate always
    #[arg(long, conflicts_with = "gate")]
    always_refine: bool,
    /// When to refine: always, verdict, probability or oracle [default: verdict]
    #[arg(long)]
    gate: Option<GateName>,
    /// P(wrong) from which on --gate probability refines [default: 0.5]
    #[arg(long, value_name = "P")]
    threshold: Option<f32>,
    /// The right answer, for --gate oracle
    #[arg(long, value_name = "NUMBER")]
    gold: Option<String>,
    /// Search: plain, parallel, sequential or tree [default with --k: parallel]
    #[arg(long)]
    mode: Option<Mode>,
    /// Search with this many attempts, rounds or paths [default with --mode: 8]
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// Branches of a tree's node [default: 2]
    #[arg(long, value_name = "N")]
    branch: Option<usize>,
    /// Tokens that a tree may cost
    #[arg(long, value_name = "TOKENS")]
    budget: Option<usize>,
    /// One event per line as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

impl SolveArgs {
    fn request(&self) -> SolveRequest {
        SolveRequest {
            problem: self.problem.clone(),
            seed: self.seed,
            temperature: self.temperature.unwrap_or(0.0),
            max_tokens: self.max_tokens,
            gated: !self.always_refine,
            gate: self.gate,
            threshold: self.threshold,
            gold: self.gold.clone(),
        }
    }

    /// The search that is asked for, if one is.
    fn search(&self) -> Option<SearchRequest> {
        let asked = self.mode.is_some() || self.k.is_some() || self.branch.is_some() || self.budget.is_some();
        let plain = SearchRequest::default();
        let gate = if self.always_refine { GateName::Always } else { plain.gate };
        asked.then(|| SearchRequest {
            problem: self.problem.clone(),
            mode: self.mode.unwrap_or(plain.mode),
            k: self.k.unwrap_or(plain.k),
            gate: self.gate.unwrap_or(gate),
            threshold: self.threshold,
            gold: self.gold.clone(),
            temperature: self.temperature.unwrap_or(plain.temperature),
            seed: self.seed,
            max_tokens: self.max_tokens,
            branch: self.branch.unwrap_or(plain.branch),
            budget: self.budget,
        })
    }
}

pub(super) fn run(args: &SolveArgs) -> anyhow::Result<()> {
    match args.search() {
        Some(search) => search.validate()?,
        None => args.request().validate().map(drop)?,
    }
    let (mut actor, _) = load(&args.model, &args.engine.options())?;
    match &args.critic {
        None => play(&mut actor, args),
        Some(critic) => {
            let (critic, _) = load(critic, &args.engine.options())?;
            play(&mut Pair { actor, critic }, args)
        }
    }
}

fn play(players: &mut impl Players, args: &SolveArgs) -> anyhow::Result<()> {
    let mut written = Ok(());
    let Some(request) = args.search() else {
        let mut renderer = (!args.json).then(|| Renderer::new(output::coloured(&std::io::stdout())));
        let mut sink = async |event: SolveEvent| {
            written = match &mut renderer {
                Some(renderer) => write(&renderer.render(&event)),
                None => write_json(&event),
            };
            if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        let outcome = pollster::block_on(solve(players, &args.request(), &mut sink));
        written?;
        return Ok(outcome?);
    };
    let mut sink = async |event: SearchEvent| {
        written = if args.json { write_json(&event) } else { write(&render_search(&event)) };
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let outcome = pollster::block_on(search(players, &request, &mut sink));
    written?;
    outcome?;
    Ok(())
}

fn write_json(event: &impl serde::Serialize) -> std::io::Result<()> {
    write(&format!("{}\n", serde_json::to_string(event)?))
}

fn write(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
