//! Project chores, run as `cargo xtask CHORE`: `serve` shows the page, `test` checks everything, `bench` measures,
//! `dist` builds the page, `models` fetches the default model.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod dist;
mod models;
mod node;
mod paths;
mod process;
mod serve;
mod system;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Project chores.")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Builds the page and the server, fetches the model, and starts the server on 127.0.0.1.
    Serve(serve::Options),
    /// Runs every check: format, lints, shaders and native tests, page build, end-to-end tests in a browser.
    Test(test::Options),
    /// Measures speed and size beside llama.cpp and wllama; `bench peers` builds llama.cpp.
    Bench(bench::Options),
    /// Builds the page into dist/.
    Dist,
    /// Fetches SmolLM2-135M-Instruct Q4_1 into the cache folder and prints its path.
    Models,
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> anyhow::Result<()> {
    match chore {
        Chore::Serve(options) => serve::run(&options),
        Chore::Test(options) => test::run(&options),
        Chore::Bench(options) => bench::run(&options),
        Chore::Dist => dist::build().map(|built| print!("{built}")),
        Chore::Models => models::fetch().map(|file| println!("{}", file.display())),
    }
}
