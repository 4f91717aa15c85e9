//! What can be typed behind `duet gym`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use duet_engine::runtime::LoadOptions;
use duet_server::rollouts::{Format, Kept, Tasks};
use duet_server::{BackendKind, EngineOptions};

#[derive(Debug, Args)]
pub(in crate::cli) struct GymArgs {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what environments there are
    List(ListArgs),
    /// Play a task by hand: an action a line
    Play(PlayArgs),
    /// Let an agent play many tasks and store its trajectories; an interrupted run goes on
    Rollout(Box<RolloutArgs>),
    /// Score stored trajectories, without a model
    Eval(EvalArgs),
    /// Play stored trajectories again; whatever the environment shows otherwise is an error
    Replay(ReplayArgs),
    /// Write stored trajectories as a file for AgentGym
    Export(ExportArgs),
    /// Read trajectories of AgentGym's files
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// As JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct PlayArgs {
    /// The environment
    #[arg(long, value_name = "NAME")]
    pub(super) env: String,
    /// The task
    #[arg(long, value_name = "N", default_value = "0")]
    pub(super) task: u64,
    /// Let the environment's planner play
    #[arg(long)]
    pub(super) plan: bool,
    /// One JSON object a step
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct RolloutArgs {
    /// Environments, or `all`
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
    pub(super) env: Vec<String>,
    /// Tasks of each: `0-24`, `3,5,7-9`, or of a split all or the first so many: `split:test`, `split:test:20`
    #[arg(long, default_value = "split:test")]
    pub(super) tasks: Tasks,
    /// Attempts at each task
    #[arg(long, value_name = "K", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(super) samples: u32,
    /// Who plays
    #[arg(long, value_enum)]
    pub(super) agent: AgentKind,
    /// The model's GGUF file
    #[arg(long, value_name = "FILE", required_if_eq("agent", "model"))]
    pub(super) model: Option<PathBuf>,
    /// The form in which the agent writes its thoughts and actions
    #[arg(long, value_enum, default_value = "react")]
    pub(super) format: Format,
    /// 0 always takes the likeliest token
    #[arg(long, value_name = "T", default_value = "0.7")]
    pub(super) temperature: f32,
    /// Same seed, same trajectories (on one backend)
    #[arg(long, value_name = "S", default_value = "0")]
    pub(super) seed: u64,
    /// Rounds of an episode, at most [default: the environment's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) max_rounds: Option<u32>,
    /// Tokens of a text, at most
    #[arg(long, value_name = "N", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(super) max_tokens: u32,
    /// Tokens of a conversation, at most; shortened to what the model was trained on
    #[arg(long, value_name = "N", default_value = "4096", value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    pub(super) context: u32,
    /// Conversations that are gone on with together
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) together: u16,
    /// Where trajectories go, as JSON lines; what is there already is gone on with
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Where the model runs
    #[arg(long, value_enum, default_value = "cpu")]
    backend: BackendKind,
    /// Threads of the CPU backend [default: the machine's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AgentKind {
    /// The environment's planner, which sees the whole state
    Planner,
    /// Any of the available actions
    Random,
    /// A language model
    Model,
}

impl RolloutArgs {
    pub(super) fn engine(&self) -> EngineOptions {
        let machine = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (context, samples) = (self.context as usize, usize::from(self.together));
        // Conversations are half as long as they may become, on average, and one may be as long as that.
        let cache = context + samples * (context / 2);
        EngineOptions {
            backend: self.backend,
            threads: self.threads.map_or_else(machine, usize::from),
            load: LoadOptions { context, samples, cache, ..LoadOptions::default() },
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct EvalArgs {
    /// Files of trajectories
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// One JSON object for each file
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// Files of trajectories
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Files of trajectories
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// Whose form the file has
    #[arg(long, value_enum, default_value = "agenttraj")]
    pub(super) format: FileFormat,
    /// Only trajectories that solved their task
    #[arg(long)]
    pub(super) solved: bool,
    /// What is kept of repetitions
    #[arg(long, value_enum, default_value = "all")]
    pub(super) keep: Kept,
    /// The file
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FileFormat {
    /// AgentGym's AgentTraj: a JSON array
    Agenttraj,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// AgentGym's files: JSON arrays, or a record a line
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    /// The form of the agent's texts
    #[arg(long = "format", value_enum, default_value = "react")]
    pub(super) form: Format,
    /// Where trajectories go, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}
