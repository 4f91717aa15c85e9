//! Data to stdout, words to stderr.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Whether a stream takes colours: a terminal, and `NO_COLOR` is not set (no-color.org).
pub(super) fn coloured(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A model's text without the control characters that a terminal would obey; lines and tabs stay.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|char| matches!(char, '\n' | '\t') || !char.is_control()).collect()
}

/// A failed command, in one line.
pub(super) fn error(error: &anyhow::Error) -> ExitCode {
    let closed = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    if closed.into_iter().any(|cause| cause.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS; // `duet … | head` has what it wanted
    }
    complain(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

/// A command line that was not understood, in one line: clap's first paragraph.
pub(super) fn usage_error(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let first: Vec<&str> = text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    complain(&first.join(" "));
    ExitCode::from(2)
}

fn complain(line: &str) {
    // There is nobody left to tell when stderr is closed.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Writes a result, to standard output.
pub(super) fn say(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
