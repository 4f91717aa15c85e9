//! `duet serve`

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use duet_engine::reason::Pair;
use duet_server::{
    AppState, ENVIRONMENTS, EngineOptions, InstanceLimits, Model, ServeLimits, app, environment_app, load_engine, serve,
};
use tokio::net::TcpListener;

use super::EngineArgs;

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Address to listen on; there is no authentication, so only a trusted network should reach it
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value = "8080")]
    port: u16,
    /// A model to offer under a name; may be repeated, the first is the default
    #[arg(long = "model", value_name = "NAME=FILE")]
    models: Vec<NamedModel>,
    /// A critic of its own for the first model, as a GGUF file; without one each model is its own critic
    #[arg(long, value_name = "FILE", requires = "models")]
    critic: Option<PathBuf>,
    /// Folder of the built page
    #[arg(long, value_name = "DIR")]
    page: Option<PathBuf>,
    /// An environment's original routes at the root of a port of its own, beside `/env/NAME/`; may be repeated
    #[arg(long = "env-port", value_name = "NAME=PORT")]
    env_ports: Vec<EnvironmentPort>,
    /// Instances of each environment that live at a time; the least recently used goes first
    #[arg(long, value_name = "N", default_value = "20000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    env_instances: u32,
    /// Of these for one client's address
    #[arg(long, value_name = "N", default_value = "12000", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    env_instances_per_client: u32,
    /// Seconds after which an unused instance is forgotten
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = clap::value_parser!(u64).range(1..=31_536_000))]
    env_idle: u64,
    #[command(flatten)]
    engine: EngineArgs,
}

/// `NAME=FILE`. The name stands in URLs and metrics, so its characters are limited.
#[derive(Debug, Clone, PartialEq, Eq)]
struct NamedModel {
    name: String,
    file: PathBuf,
}

const MAX_NAME: usize = 64;

impl FromStr for NamedModel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = text.split_once('=').ok_or("it must be NAME=FILE")?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
            return Err(format!(
                "the name is `{name}`, it must be 1 to {MAX_NAME} of the characters A-Z a-z 0-9 . _ -"
            ));
        }
        if file.is_empty() {
            return Err("the file is empty, it must be the path of a GGUF file".to_owned());
        }
        Ok(Self { name: name.to_owned(), file: file.into() })
    }
}

/// `NAME=PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct EnvironmentPort {
    name: String,
    port: u16,
}

impl FromStr for EnvironmentPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, port) = text.split_once('=').ok_or("it must be NAME=PORT")?;
        if !ENVIRONMENTS.contains(&name) {
            return Err(format!("there is no environment `{name}`, there are {}", ENVIRONMENTS.join(", ")));
        }
        let port = port.parse().map_err(|_| format!("the port is `{port}`, it must be within 0..=65535"))?;
        Ok(Self { name: name.to_owned(), port })
    }
}

pub(super) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let state = Arc::new(state(&args)?);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(listen(&args, state))
}

fn state(args: &ServeArgs) -> anyhow::Result<AppState> {
    if let Some(folder) = &args.page
        && !folder.join("index.html").is_file()
    {
        bail!("`--page {}` has no index.html; `cargo xtask serve` builds the page", folder.display());
    }
    let names: Vec<&str> = args.models.iter().map(|model| model.name.as_str()).collect();
    if let Some((_, twice)) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
        bail!("`--model {twice}=…` is given twice, names must differ");
    }
    let options = args.engine.options();
    let critics = args.critic.iter().map(Some).chain(std::iter::repeat(None));
    let models = args.models.iter().zip(critics).map(|(model, critic)| start(model, critic, options));
    let models = models.collect::<anyhow::Result<_>>()?;
    let instances = InstanceLimits {
        total: args.env_instances as usize,
        per_client: args.env_instances_per_client as usize,
        idle: Duration::from_secs(args.env_idle),
    };
    let mut state = AppState::new(models);
    state.instances = instances;
    state.page.clone_from(&args.page);
    Ok(state)
}

fn start(model: &NamedModel, critic: Option<&PathBuf>, options: EngineOptions) -> anyhow::Result<Model> {
    let NamedModel { name, file } = model.clone();
    let load = move |progress: &mut dyn FnMut(usize, usize)| {
        load_engine(&name, &file, &options, progress).map_err(|error| error.to_string())
    };
    let started = match critic.cloned() {
        None => Model::start(&model.name, Some(&model.file), load),
        Some(critic) => Model::start(&model.name, Some(&model.file), move |progress| {
            let stem = critic.file_stem().map_or_else(|| "critic".into(), |stem| stem.to_string_lossy());
            let actor = load(progress)?;
            let critic = load_engine(&stem, &critic, &options, progress).map_err(|error| error.to_string())?;
            Ok(Pair { actor, critic })
        }),
    };
    started.with_context(|| format!("cannot start a thread for `{}`", model.name))
}

async fn listen(args: &ServeArgs, state: Arc<AppState>) -> anyhow::Result<()> {
    let listener = TcpListener::bind((args.host.as_str(), args.port)).await;
    let listener = listener.with_context(|| format!("cannot listen on {}:{}", args.host, args.port))?;
    let address = listener.local_addr().context("cannot tell the address")?;
    if !address.ip().is_loopback() {
        tracing::warn!("{address} can be reached from other machines, and nobody is asked who they are");
    }
    let mut environments = Vec::new();
    for EnvironmentPort { name, port } in &args.env_ports {
        let listener = TcpListener::bind((args.host.as_str(), *port)).await;
        let listener = listener.with_context(|| format!("cannot listen on {}:{port} for `{name}`", args.host))?;
        let router = environment_app(&state, name).context("invariant: the name was checked")?;
        writeln!(std::io::stdout(), "{name} http://{}", listener.local_addr().context("cannot tell the address")?)?;
        let state = Arc::clone(&state);
        environments.push(serve(listener, router, state, ServeLimits::default(), stop_signal()));
    }
    writeln!(std::io::stdout(), "http://{address}")?;
    let environments = futures_util::future::join_all(environments);
    let main = serve(listener, app(Arc::clone(&state)), state, ServeLimits::default(), stop_signal());
    tokio::join!(main, environments);
    Ok(())
}

/// Ctrl-C, and what a service supervisor sends.
pub(super) async fn stop_signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
    tracing::info!("stopping");
}

#[cfg(test)]
mod tests {
    use super::NamedModel;

    #[test]
    fn models_are_a_name_and_a_file() {
        let model: NamedModel = "smol-1.0=dir/a=b.gguf".parse().expect("a good pair");
        assert_eq!(model, NamedModel { name: "smol-1.0".to_owned(), file: "dir/a=b.gguf".into() });
        for bad in
            ["file.gguf", "=file.gguf", "name=", "a/b=file.gguf", "ü=file.gguf", &format!("{}=f", "x".repeat(65))]
        {
            assert!(bad.parse::<NamedModel>().is_err(), "{bad}");
        }
    }
}
