//! From cargo's wasm file to what a browser loads: JavaScript glue by wasm-bindgen, then wasm-opt.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::models::sha256;
use crate::{node, paths, process, system};

/// The page's compilation target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// How a program trades size against speed, in cargo's profile and in wasm-opt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// What is downloaded before the first paint.
    Size,
    /// What runs a model.
    Speed,
}

impl Goal {
    /// The profile in the workspace's `Cargo.toml`.
    pub(crate) fn profile(self) -> &'static str {
        match self {
            Self::Size => "page",
            Self::Speed => "web",
        }
    }

    fn flag(self) -> &'static str {
        match self {
            Self::Size => "-Os",
            Self::Speed => "-O3",
        }
    }
}

/// Bytes and time of one program's last steps.
pub(crate) struct Spent {
    before: usize,
    after: usize,
    bindgen: Duration,
    optimizer: Optimizer,
}

enum Optimizer {
    Ran(Duration),
    Cached,
    Missing,
}

impl fmt::Display for Spent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "wasm-bindgen {:.1} s, ", self.bindgen.as_secs_f32())?;
        match self.optimizer {
            Optimizer::Ran(time) => write!(f, "wasm-opt {:.1} s", time.as_secs_f32())?,
            Optimizer::Cached => f.write_str("wasm-opt not needed again")?,
            Optimizer::Missing => f.write_str("not optimized")?,
        }
        write!(f, ", {} kB → {} kB", self.before / 1000, self.after / 1000)
    }
}

/// Finishes the program that cargo wrote to `input`: `NAME.js`, which starts it when loaded, and `NAME_bg.wasm` go to
/// `folder`.
///
/// # Errors
/// wasm-bindgen or wasm-opt rejects it.
pub(crate) fn finish(input: &Path, name: &str, goal: Goal, folder: &Path) -> Result<Spent> {
    let started = Instant::now();
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .generate(folder)
        .with_context(|| format!("wasm-bindgen rejects `{}`", input.display()))?;
    // Loading the file starts the program, so neither the page's shell nor a worker needs inline script.
    let mut script = OpenOptions::new().append(true).open(folder.join(format!("{name}.js")))?;
    script.write_all(b"\n__wbg_init();\n")?;
    let bindgen = started.elapsed();
    let file = folder.join(format!("{name}_bg.wasm"));
    let before = fs::read(&file)?;
    let (after, optimizer) = optimize(&before, goal)?;
    fs::write(&file, &after)?;
    Ok(Spent { before: before.len(), after: after.len(), bindgen, optimizer })
}

/// Runs wasm-opt, or takes its last result for the same input.
fn optimize(wasm: &[u8], goal: Goal) -> Result<(Vec<u8>, Optimizer)> {
    if system::npm().is_none() {
        eprintln!("warning: npm is missing, so the page is not optimized: it is larger and slower");
        return Ok((wasm.to_vec(), Optimizer::Missing));
    }
    let folder = paths::target().join("wasm-opt");
    fs::create_dir_all(&folder)?;
    let key = format!("{}{}", sha256(wasm)?, goal.flag());
    let result = folder.join(format!("{key}.wasm"));
    if let Ok(cached) = fs::read(&result) {
        return Ok((cached, Optimizer::Cached));
    }
    node::install_packages()?;
    let started = Instant::now();
    let (input, output) = (folder.join("input.wasm"), folder.join("output.wasm"));
    fs::write(&input, wasm)?;
    // The features come from the file itself: rustc lists what it used in the section `target_features`.
    let program = paths::e2e().join("node_modules/binaryen/bin/wasm-opt");
    let mut command = node::node();
    process::run(command.arg(program).arg(goal.flag()).arg(&input).arg("--output").arg(&output))?;
    fs::rename(&output, &result)?;
    Ok((fs::read(&result)?, Optimizer::Ran(started.elapsed())))
}
