//! `cargo xtask serve`: from a fresh clone to a page in the browser.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::{dist, models, paths, process};

/// What to serve.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Serves the page without fetching a model.
    #[arg(long)]
    no_model: bool,
    /// More arguments for `duet serve`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    extra: Vec<String>,
}

/// Builds everything, then becomes the server, which prints its URL.
///
/// # Errors
/// A step before the server fails, or the server does.
pub(crate) fn run(options: &Options) -> Result<()> {
    let page = dist::build()?;
    eprintln!("page: {} kB gzip", page.gzip() / 1000);
    let model = if options.no_model { None } else { Some(models::fetch()?) };
    process::run(process::cargo(&paths::root()).args(["build", "--release", "--bin", "duet"]))?;
    let mut server = Command::new(paths::duet());
    server.arg("serve").arg("--page").arg(paths::dist()).arg("--port").arg(options.port.to_string());
    // The first model has the critic, and is the one of requests that name none.
    if let Some([actor, critic]) = models::pair() {
        server.arg("--model").arg(named(models::PAIR, &actor)).arg("--critic").arg(critic);
    }
    if let Some(file) = model {
        server.arg("--model").arg(named("smollm2", &file));
    }
    process::run(server.args(&options.extra))
}

fn named(name: &str, file: &Path) -> OsString {
    let mut named = OsString::from(format!("{name}="));
    named.push(file);
    named
}
