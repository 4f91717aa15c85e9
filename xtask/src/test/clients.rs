//! Clients of others against the real server: AgentGym's shapes over Python's `requests`.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::tally::Tally;
use crate::system::{self, Need};
use crate::{paths, process};

/// Environments that also get a port of their own.
const ENVIRONMENTS: [&str; 7] = ["maze", "wordle", "babyai", "textcraft", "alfworld", "todo", "sheet"];

/// Plays every environment through every layout of its routes; a line that begins with `ok` is a test that passed.
///
/// # Errors
/// The server does not start, or an answer is not what the client needs.
pub(super) fn run(tally: &mut Tally) -> Result<()> {
    system::require(&[Need::Pip])?;
    let packages = paths::target().join("python-clients");
    if !packages.join("requests").is_dir() {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"];
        process::run(Command::new(system::python()).args(pip).arg(&packages).arg("requests"))?;
    }
    let server = Server::start()?;
    let mut client = Command::new(system::python());
    client.arg(paths::root().join("e2e/agentgym_client.py")).arg(&server.address).args(&server.ports);
    client.env("PYTHONPATH", &packages).stdout(Stdio::piped());
    process::watch(&mut client, |line| tally.passed += u64::from(line.starts_with("ok ")))
}

/// `duet serve`, killed when dropped.
struct Server {
    child: Child,
    address: String,
    ports: Vec<String>, // NAME=PORT
}

impl Server {
    fn start() -> Result<Self> {
        let mut command = Command::new(paths::duet());
        command.args(["serve", "--port", "0"]).stdout(Stdio::piped());
        for name in ENVIRONMENTS {
            command.arg("--env-port").arg(format!("{name}=0"));
        }
        let mut child = command.spawn().context("cannot start `duet serve`")?;
        let stdout = child.stdout.take().context("invariant: it is piped")?;
        let mut server = Self { child, address: String::new(), ports: Vec::new() };
        // A line for each environment's port, then the main address.
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            match line.split_once(' ') {
                Some((name, address)) => {
                    let port = address.rsplit(':').next().unwrap_or_default();
                    server.ports.push(format!("{name}={port}"));
                }
                None => {
                    server.address = line;
                    break;
                }
            }
        }
        ensure!(!server.address.is_empty(), "`duet serve` ended before it told its address");
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
