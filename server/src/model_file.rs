//! A model's file, as the page may download it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// What a GGUF file begins with. A mistyped `--model` must not publish some other file.
const MAGIC: &[u8; 4] = b"GGUF";

/// A file that begins like a model.
#[derive(Debug)]
pub(crate) struct ModelFile {
    path: PathBuf,
    bytes: u64,
    sha256: OnceLock<String>,
}

impl ModelFile {
    /// The file, if it can be read and begins like a model.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let mut file = File::open(path).ok()?;
        let bytes = file.metadata().ok()?.len();
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).ok()?;
        (magic == *MAGIC).then(|| Self { path: path.to_owned(), bytes, sha256: OnceLock::new() })
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Its length.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Its digest in hexadecimal, once it is known.
    pub(crate) fn sha256(&self) -> Option<&str> {
        self.sha256.get().map(String::as_str)
    }

    /// Reads the file and remembers its digest, by which a page tells a whole download from a broken one.
    pub(crate) fn digest(&self) {
        match sha256(&self.path) {
            Ok(digest) => drop(self.sha256.set(digest)),
            Err(error) => tracing::warn!("no digest of `{}`: {error}", self.path.display()),
        }
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut part = vec![0; 1 << 20];
    loop {
        match file.read(&mut part)? {
            0 => break,
            length => hasher.update(&part[..length]),
        }
    }
    Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
