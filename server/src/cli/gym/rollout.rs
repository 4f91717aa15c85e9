//! `duet gym rollout`

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};
use duet_engine::gym::rollout::Limits;
use duet_engine::gym::{Gym, all, find};
use duet_engine::runtime::Sampling;
use duet_server::critique::ModelId;
use duet_server::rollouts::{Agent, ModelAgent, Outcome, Planner, Random, Run, Watch, numbers, read, roll_out};

use super::args::{AgentKind, RolloutArgs};
use crate::cli::output::say;
use crate::cli::{load, serve};

pub(super) fn run(args: &RolloutArgs) -> anyhow::Result<()> {
    Sampling::new(args.temperature, 0, 1.0, 0)?;
    let (format, seed) = (args.format, args.seed);
    let context = args.context as usize;
    match (args.agent, &args.model) {
        (AgentKind::Model, Some(path)) => {
            let run = described(args, context)?; // before anything is loaded
            let (mut engine, _) = load(path, &args.engine())?;
            let context = engine.limits().context;
            let model = ModelId::of(path)?;
            let (temperature, max_tokens) = (args.temperature, args.max_tokens as usize);
            let mut agent = ModelAgent { engine: &mut engine, model, format, temperature, seed, max_tokens };
            let limits = Limits { context, ..run.limits.clone() };
            roll(&Run { limits, ..run }, &mut agent)
        }
        (AgentKind::Model, None) => bail!("an agent that is a model wants its file: `--model`"),
        (_, Some(path)) => bail!("`--model {}` is for `--agent model`", path.display()),
        (AgentKind::Planner, None) => roll(&described(args, context)?, &mut Planner { format }),
        (AgentKind::Random, None) => roll(&described(args, context)?, &mut Random { format, seed }),
    }
}

fn described(args: &RolloutArgs, context: usize) -> anyhow::Result<Run> {
    let mut gyms: Vec<&'static dyn Gym> = Vec::new();
    for name in &args.env {
        match name.as_str() {
            "all" => gyms.extend(all()),
            name => gyms.push(find(name).with_context(|| {
                let names: Vec<&str> = all().map(|gym| gym.info().name).collect();
                format!("no environment `{name}`, there are {}", names.join(", "))
            })?),
        }
    }
    let tasks = gyms.iter().map(|gym| Ok((*gym, args.tasks.of(*gym)?))).collect::<anyhow::Result<_>>()?;
    let rounds = gyms.iter().filter_map(|gym| Some((gym.info().name.to_owned(), args.max_rounds?))).collect();
    Ok(Run {
        out: args.out.clone(),
        tasks,
        samples: args.samples,
        format: args.format,
        limits: Limits { rounds, context },
        together: usize::from(args.together),
    })
}

fn roll(run: &Run, agent: &mut impl Agent) -> anyhow::Result<()> {
    let interrupted = interruption()?;
    let watch = Watch { bar: Watch::bar(), stop: &|| interrupted.load(Ordering::Relaxed) };
    let outcome = roll_out(run, agent, &watch);
    watch.bar.finish_and_clear();
    let Outcome { trajectories, added, missing, rounds, written, seconds } = outcome?;
    let out = run.out.display();
    if missing > 0 {
        bail!("stopped with {trajectories} trajectories in {out}, {missing} are missing; the same command goes on");
    }
    say(&numbers(&run.out, &read(&run.out)?)?.to_string())?;
    let rate = |count: u64| count as f64 / seconds.max(1e-3);
    let tokens = if written > 0 { format!(", {written} tokens, {:.1} a second", rate(written)) } else { String::new() };
    say(&format!("this run: {added} trajectories, {rounds} rounds in {seconds:.1} s{tokens}\n"))
}

/// True once the process is asked to stop. Asked twice, it waits for nothing.
fn interruption() -> anyhow::Result<Arc<AtomicBool>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&interrupted);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot listen for interruptions")?;
    let listen = move || {
        runtime.block_on(serve::stop_signal());
        told.store(true, Ordering::Relaxed);
        runtime.block_on(serve::stop_signal());
        std::process::exit(130);
    };
    std::thread::Builder::new().name("interruption".to_owned()).spawn(listen).context("cannot start a thread")?;
    Ok(interrupted)
}
