//! Node.js and the npm packages of `e2e/`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process, system};

/// Installs the packages of `e2e/package-lock.json` unless they are there already.
///
/// # Errors
/// npm is missing or fails.
pub(crate) fn install_packages() -> Result<()> {
    let folder = paths::e2e();
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    let npm = system::npm().context("npm is missing: install Node.js")?;
    let quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    process::run(Command::new(npm).current_dir(&folder).arg("ci").args(quiet))?;
    fs::write(stamp, lock)?;
    Ok(())
}

/// `node`, working in `e2e/`.
pub(crate) fn node() -> Command {
    let mut command = Command::new("node");
    command.current_dir(paths::e2e());
    if let Some(chromium) = system::chromium() {
        command.env("CHROMIUM", chromium);
    }
    command
}
