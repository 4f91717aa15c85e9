//! Builds the page into `dist/`: a folder that any static file server can serve.

use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::wasm::{self, Goal, Spent};
use crate::{models, paths, process, system};

/// The programs of `web/`. The page is downloaded before anything shows; the worker owns the engine.
const PROGRAMS: [(&str, Goal); 2] = [("page", Goal::Size), ("worker", Goal::Speed)];

/// Where the page's own pair lies in `dist/`: not `models/`, which is a route of the server.
const PAIR_FOLDER: &str = "pair";

/// What the page reads to find its pair.
const PAIR_MANIFEST: &str = "pair.json";

/// A built page.
pub(crate) struct Built {
    cargo: Duration,
    programs: Vec<(&'static str, Spent)>,
    /// Every file of `dist/`.
    pub(crate) files: Vec<Weighed>,
}

/// A file and what it weighs.
pub(crate) struct Weighed {
    /// Relative to `dist/`.
    pub(crate) name: PathBuf,
    /// As it lies there.
    pub(crate) bytes: u64,
    /// As a server sends it.
    pub(crate) gzip: u64,
}

impl Built {
    /// What a first visit downloads before any model, when the server compresses.
    pub(crate) fn gzip(&self) -> u64 {
        self.files.iter().filter(|file| !file.name.starts_with(PAIR_FOLDER)).map(|file| file.gzip).sum()
    }

    /// The part of it that belongs to one of the programs.
    pub(crate) fn gzip_of(&self, program: &str) -> u64 {
        let own = [format!("{program}.js"), format!("{program}_bg.wasm")];
        self.files.iter().filter(|file| own.iter().any(|name| file.name == Path::new(name))).map(|file| file.gzip).sum()
    }
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "cargo {:.1} s", self.cargo.as_secs_f32())?;
        for (name, spent) in &self.programs {
            writeln!(f, "{name}: {spent}")?;
        }
        for file in &self.files {
            writeln!(f, "{:>9} B {:>9} B gzip  {}", file.bytes, file.gzip, file.name.display())?;
        }
        writeln!(f, "{:>11} {:>9} B gzip  in all, without models", "", self.gzip())
    }
}

/// Builds the page.
///
/// # Errors
/// A tool is missing, or the page does not build.
pub(crate) fn build() -> Result<Built> {
    system::require_target(wasm::TARGET)?;
    let started = Instant::now();
    let root = paths::root();
    for (name, goal) in PROGRAMS {
        let build = ["build", "--profile", goal.profile(), "--target", wasm::TARGET, "-p", "duet-web", "--bin", name];
        process::run(process::cargo(&root).args(build))?;
    }
    let cargo = started.elapsed();

    let dist = paths::dist();
    if dist.exists() {
        fs::remove_dir_all(&dist).with_context(|| format!("cannot empty `{}`", dist.display()))?;
    }
    copy_folder(&root.join("web").join("static"), &dist)?;
    let compiled = paths::target().join(wasm::TARGET);
    let mut programs = Vec::new();
    for (name, goal) in PROGRAMS {
        let spent = wasm::finish(&compiled.join(goal.profile()).join(format!("{name}.wasm")), name, goal, &dist)?;
        programs.push((name, spent));
    }
    copy_pair(&dist)?;
    fs::copy(root.join("index.html"), dist.join("index.html")).context("cannot copy `index.html`")?;
    stamp_addresses(&dist)?;
    Ok(Built { cargo, programs, files: weigh(&dist)? })
}

/// Puts the page's own pair beside it, with a manifest that says where and what; the manifest says `null` where the
/// repository has no pair.
fn copy_pair(dist: &Path) -> Result<()> {
    let manifest = match models::pair() {
        None => {
            eprintln!(
                "warning: models/{}-actor.gguf and -critic.gguf are missing, so the page has no pair",
                models::PAIR
            );
            serde_json::Value::Null
        }
        Some(files) => {
            let [actor, critic] = files.map(|file| copy_model(&file, dist));
            serde_json::json!({ "name": models::PAIR, "actor": actor?, "critic": critic? })
        }
    };
    Ok(fs::write(dist.join(PAIR_MANIFEST), manifest.to_string())?)
}

/// Copies a model and describes it as `GET /v1/models` does; its address changes with its content.
fn copy_model(file: &Path, dist: &Path) -> Result<serde_json::Value> {
    let name = file.file_name().expect("invariant: a model's path ends in its name").to_string_lossy();
    let target = dist.join(PAIR_FOLDER).join(&*name);
    fs::create_dir_all(dist.join(PAIR_FOLDER))?;
    let size = fs::copy(file, &target).with_context(|| format!("cannot copy `{}`", file.display()))?;
    let sha256 = models::sha256(fs::File::open(&target)?)?;
    let url = format!("{PAIR_FOLDER}/{name}?v={}", &sha256[..10]);
    let name = name.trim_end_matches(".gguf");
    Ok(serde_json::json!({ "name": name, "url": url, "sha256": sha256, "size": size }))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in files_under(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().expect("invariant: a file lies in a folder"))?;
        fs::copy(&file, &target).with_context(|| format!("cannot copy `{}`", file.display()))?;
    }
    Ok(())
}

/// Gives every file that `index.html` or a script names an address that changes with its content, so that a browser
/// never mixes two builds. The worker's address stands in `index.html` for the page to read.
fn stamp_addresses(dist: &Path) -> Result<()> {
    for (name, _) in PROGRAMS {
        stamp(&dist.join(format!("{name}.js")), dist, &[format!("{name}_bg.wasm")])?;
    }
    let names: Vec<String> = files_under(dist)?
        .iter()
        .filter_map(|file| Some(file.strip_prefix(dist).ok()?.to_string_lossy().replace('\\', "/")))
        .collect();
    stamp(&dist.join("index.html"), dist, &names)
}

/// Rewrites `"./NAME"`, `"NAME"` and `'NAME'` in `file` to end in `?v=HASH`, for each of `names`.
fn stamp(file: &Path, dist: &Path, names: &[String]) -> Result<()> {
    let mut text = fs::read_to_string(file)?;
    for name in names {
        let hash = &models::sha256(fs::File::open(dist.join(name))?)?[..10];
        for (open, close) in [("\"./", '"'), ("\"", '"'), ("'", '\'')] {
            text = text.replace(&format!("{open}{name}{close}"), &format!("{open}{name}?v={hash}{close}"));
        }
    }
    Ok(fs::write(file, text)?)
}

/// Every file under `folder`, in order of path. A folder that is not there has none.
fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop().filter(|folder| folder.exists()) {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

fn weigh(dist: &Path) -> Result<Vec<Weighed>> {
    let weigh_one = |path: &PathBuf| -> Result<Weighed> {
        let content = fs::read(path)?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&content)?;
        let gzip = encoder.finish()?.len() as u64;
        Ok(Weighed { name: path.strip_prefix(dist)?.to_path_buf(), bytes: content.len() as u64, gzip })
    };
    files_under(dist)?.iter().map(weigh_one).collect()
}
