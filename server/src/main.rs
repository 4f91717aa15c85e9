//! The `duet` command.

mod cli;

use std::process::ExitCode;

/// Training allocates and frees the same large buffers each step; the C library gives them back to the system in between.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
