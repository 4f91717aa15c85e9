//! `cargo xtask serve`: from a fresh clone to a page in the browser.

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
    if let Some(file) = model {
        let mut named = std::ffi::OsString::from("smollm2=");
        named.push(file);
        server.arg("--model").arg(named);
    }
    process::run(server.args(&options.extra))
}
