//! Builds llama.cpp from the sources inside PyPI's llama-cpp-python.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::llama;
use crate::models::sha256;
use crate::process::run;
use crate::system::{self, Need};

const PACKAGE: &str = "llama-cpp-python==0.3.36";
const ARCHIVE: &str = "llama_cpp_python-0.3.36";
const SHA256: &str = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e";
const PROGRAMS: [&str; 2] = ["llama-bench", "llama-batched-bench"];

/// Builds the programs into the cache folder; no work when they are there.
///
/// # Errors
/// A tool is missing, the download fails or its content is not the expected one, or the sources do not compile.
pub(crate) fn build() -> Result<()> {
    if llama::Llama::find().is_some() {
        eprintln!("llama.cpp is there");
        return Ok(());
    }
    system::require(&[Need::Pip, Need::Cmake])?;
    let folder = llama::folder();
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let sources = folder.join(ARCHIVE).join("vendor").join("llama.cpp");
    if !sources.is_dir() {
        download(&folder)?;
    }
    // CMake puts programs into `bin` under its build folder, which is where they are looked for.
    let options = ["-DCMAKE_BUILD_TYPE=Release", "-DGGML_NATIVE=ON", "-DLLAMA_CURL=OFF"];
    run(Command::new("cmake").arg("-S").arg(&sources).arg("-B").arg(&folder).args(["-G", "Ninja"]).args(options))?;
    run(Command::new("cmake").arg("--build").arg(&folder).arg("--target").args(PROGRAMS))
}

fn download(folder: &Path) -> Result<()> {
    let python = || Command::new(system::python());
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--disable-pip-version-check"];
    run(python().args(pip).arg("--dest").arg(folder).arg(PACKAGE))?;
    let archive = folder.join(format!("{ARCHIVE}.tar.gz"));
    let found = sha256(File::open(&archive).with_context(|| format!("`{}` was not downloaded", archive.display()))?)?;
    ensure!(found == SHA256, "`{}` has sha256 {found}, expected {SHA256}", archive.display());
    run(python().args(["-m", "tarfile", "-e"]).arg(&archive).arg(folder))
}
