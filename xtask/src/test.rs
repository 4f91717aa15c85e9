//! `cargo xtask test`: every check, the fastest to fail first; it stops at the first failure.

mod clients;
mod tally;

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use crate::system::{self, Need};
use crate::{dist, models, node, paths, process, wasm};
use tally::Tally;

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Runs these stages alone (repeat, or separate by commas).
    #[arg(long, value_delimiter = ',')]
    only: Vec<Stage>,
    /// Does not fetch the model; tests that need it say that they skip.
    #[arg(long)]
    no_model: bool,
}

/// A part of the whole check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// Installs what the later stages need.
    Tools,
    /// `cargo fmt --check`.
    Format,
    /// `cargo clippy`, natively and for the page's target; warnings are errors.
    Lint,
    /// Fetches the model.
    Model,
    /// Unit and integration tests, shader validation and the native GPU among them, then documentation tests.
    Native,
    /// Builds the page and the server.
    Page,
    /// Clients of others against the real server.
    Clients,
    /// The real page and the real server in a real browser, the wasm conformance run among them.
    Browser,
}

impl Stage {
    fn headline(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Format => "format",
            Self::Lint => "lints, native and wasm",
            Self::Model => "model",
            Self::Native => "native tests and shader validation",
            Self::Page => "page and server build",
            Self::Clients => "clients of others",
            Self::Browser => "browser tests and wasm conformance",
        }
    }

    fn run(self, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Tools => tools(),
            Self::Format => process::run(cargo().args(["fmt", "--all", "--check"])),
            Self::Lint => lint(),
            Self::Model => models::fetch().map(|file| eprintln!("{}", file.display())),
            Self::Native => native(tally),
            Self::Page => page(),
            Self::Clients => clients::run(tally),
            Self::Browser => browser(tally),
        }
    }
}

/// Runs the stages.
///
/// # Errors
/// A stage failed, and those after it did not run.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut tally = Tally::default();
    let started = Instant::now();
    for &stage in Stage::value_variants() {
        let chosen = options.only.is_empty() || options.only.contains(&stage);
        if !chosen || (options.no_model && stage == Stage::Model) {
            continue;
        }
        eprintln!("\n=== {}", stage.headline());
        let stage_started = Instant::now();
        let result = stage.run(&mut tally);
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        eprintln!("=== {}: {verdict} in {:.1} s", stage.headline(), stage_started.elapsed().as_secs_f32());
        if let Err(error) = result {
            // A stage without tests of its own, like the lints, counts as one failure.
            tally.failed = tally.failed.max(1);
            println!("{tally}");
            return Err(error.context(format!("stage `{}`", stage.headline())));
        }
    }
    eprintln!("\nall in {:.0} s", started.elapsed().as_secs_f32());
    println!("{tally}");
    Ok(())
}

fn cargo() -> Command {
    process::cargo(&paths::root())
}

fn tools() -> Result<()> {
    system::require(&[Need::Chromium, Need::Lavapipe, Need::Node, Need::Npm])?;
    system::require_target(wasm::TARGET)?;
    system::require_lints()?;
    node::install_packages()
}

fn lint() -> Result<()> {
    // The profiles of the later builds: build scripts and macros are then compiled once.
    process::run(cargo().args(["clippy", "--release", "--all-targets", "--", "-D", "warnings"]))?;
    let web = ["clippy", "--profile", "web", "--target", wasm::TARGET, "-p", "duet-web", "--", "-D", "warnings"];
    process::run(cargo().args(web))
}

fn native(tally: &mut Tally) -> Result<()> {
    let mut tests = cargo();
    if process::succeeds(cargo().args(["nextest", "--version"])) {
        tests.args(["nextest", "run", "--release", "--workspace", "--no-fail-fast"]).stderr(Stdio::piped());
    } else {
        tests.args(["test", "--release", "--workspace", "--no-fail-fast", "--tests"]).stdout(Stdio::piped());
    }
    // A test that finds no GPU then fails instead of skipping.
    tests.env("DUET_REQUIRE_GPU", "1");
    if let (None, Some(driver)) = (env::var_os("VK_ICD_FILENAMES"), system::lavapipe()) {
        tests.env("VK_ICD_FILENAMES", driver);
    }
    process::watch(&mut tests, |line| tally.read(line))?;
    let mut documentation = cargo();
    documentation.args(["test", "--release", "--doc"]).stdout(Stdio::piped());
    process::watch(&mut documentation, |line| tally.read(line))
}

fn page() -> Result<()> {
    let built = dist::build()?;
    eprint!("{built}");
    // Together with the tests, so that dependencies keep the features they were just built with.
    process::run(cargo().args(["build", "--release", "--workspace", "--tests", "--bin", "duet"]))
}

fn browser(tally: &mut Tally) -> Result<()> {
    let report = paths::target().join("browser-tests.json");
    let result = process::run(
        node::node()
            .args(["node_modules/@playwright/test/cli.js", "test", "--reporter=list,json"])
            .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
            .env("DUET_BIN", paths::duet())
            .env("DUET_DIST", paths::dist())
            .env("DUET_MODELS", paths::models()),
    );
    let counted = add_report(&report, tally);
    result.and(counted)
}

/// Adds the counts of Playwright's own report, whose terminal output has another form.
fn add_report(report: &Path, tally: &mut Tally) -> Result<()> {
    let text = fs::read_to_string(report).context("the browser tests left no report")?;
    fs::remove_file(report)?;
    let report: serde_json::Value = serde_json::from_str(&text)?;
    let count = |name: &str| report["stats"][name].as_u64().with_context(|| format!("no count `{name}`"));
    let passed = count("expected")?;
    tally.passed += passed;
    tally.failed += count("unexpected")? + count("flaky")?;
    if passed == 0 && count("unexpected")? == 0 {
        bail!("no browser test ran");
    }
    Ok(())
}
