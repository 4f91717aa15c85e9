//! Where things are.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    // `cargo run` sets the variable; the fallback serves a binary started by hand.
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().expect("invariant: xtask/ lies in the repository's root").to_path_buf()
}

/// Cargo's build folder.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// The built page.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Browser tests and the npm packages.
pub(crate) fn e2e() -> PathBuf {
    root().join("e2e")
}

/// The `duet` binary of the release profile.
pub(crate) fn duet() -> PathBuf {
    target().join("release").join(format!("duet{}", env::consts::EXE_SUFFIX))
}

/// What may be deleted at any time and is fetched or built again: `$HOME/.cache/duet`.
pub(crate) fn cache() -> PathBuf {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE")).unwrap_or_else(|| ".".into());
    Path::new(&home).join(".cache").join("duet")
}

/// Model files: `DUET_MODELS`, or a folder in the cache.
pub(crate) fn models() -> PathBuf {
    env::var_os("DUET_MODELS").map_or_else(|| cache().join("models"), PathBuf::from)
}
