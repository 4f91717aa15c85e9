//! Running other programs.

use std::env;
use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `command` with its output on the terminal; an exit status other than 0 is an error that quotes the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", quote(command)))?;
    if !status.success() {
        bail!("`{}` failed: {status}", quote(command));
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to stdout; stderr goes to the terminal.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    let output =
        command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start `{}`", quote(command)))?;
    if !output.status.success() {
        bail!("`{}` failed: {}", quote(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{}` wrote bytes that are not UTF-8", quote(command)))
}

/// Whether `command` runs and succeeds. Its output is dropped.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success())
}

/// The file that `name` on the PATH would start.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let paths = env::var_os("PATH")?;
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&paths).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The cargo that started this program, working in `root`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // `cargo run` sets these for this package; another package's build must not see them.
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

fn quote(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// Runs `command` and shows every line of the stream that the caller made a pipe, first to `watch` and then on the
/// terminal.
pub(crate) fn watch(command: &mut Command, mut watch: impl FnMut(&str)) -> Result<()> {
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", quote(command)))?;
    let stream: Box<dyn Read> = match (child.stderr.take(), child.stdout.take()) {
        (Some(stderr), _) => Box::new(stderr),
        (None, Some(stdout)) => Box::new(stdout),
        (None, None) => Box::new(io::empty()),
    };
    for line in BufReader::new(stream).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        watch(&line);
        eprintln!("{line}");
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` failed: {status}", quote(command));
    }
    Ok(())
}
