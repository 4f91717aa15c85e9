//! `duet gym`

mod args;
mod list;
mod play;
mod rollout;

use duet_engine::gym::find;
use duet_server::rollouts::{export, import, numbers, read, replay};

pub(super) use args::GymArgs;
use args::{Command, EvalArgs, ExportArgs, FileFormat, ImportArgs, ReplayArgs};

use super::output::say;

pub(super) fn run(args: &GymArgs) -> anyhow::Result<()> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Play(args) => play::run(args),
        Command::Rollout(args) => rollout::run(args),
        Command::Eval(args) => eval(args),
        Command::Replay(args) => run_replay(args),
        Command::Export(args) => run_export(args),
        Command::Import(args) => run_import(args),
    }
}

fn eval(args: &EvalArgs) -> anyhow::Result<()> {
    for path in &args.files {
        let numbers = numbers(path, &read(path)?)?;
        match args.json {
            true => say(&format!("{}\n", serde_json::to_string(&numbers)?))?,
            false => say(&numbers.to_string())?,
        }
    }
    Ok(())
}

fn run_replay(args: &ReplayArgs) -> anyhow::Result<()> {
    for path in &args.files {
        let replayed = replay(path, &read(path)?)?;
        say(&format!(
            "{}: {} trajectories, {} steps, all the same\n",
            path.display(),
            replayed.trajectories,
            replayed.steps
        ))?;
    }
    Ok(())
}

fn run_export(args: &ExportArgs) -> anyhow::Result<()> {
    let FileFormat::Agenttraj = args.format;
    let count = export(&args.files, &args.out, args.keep, |line| {
        let trajectory = &line.trajectory;
        let gym = find(trajectory.item_id.environment());
        // The environment's rule, as the files of others count it otherwise for some.
        let solved = gym.and_then(|gym| trajectory.reward.map(|reward| gym.info().success.is_reached(reward)));
        !args.solved || solved.or(trajectory.success) == Some(true)
    })?;
    say(&format!("{count} trajectories in {}\n", args.out.display()))
}

fn run_import(args: &ImportArgs) -> anyhow::Result<()> {
    let count = import(&args.files, &args.out, args.form)?;
    say(&format!("{count} trajectories in {}\n", args.out.display()))
}
