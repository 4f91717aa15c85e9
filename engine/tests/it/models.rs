//! Where tests get their models: the cache folder for real ones, a seeded random one made here.

use std::path::PathBuf;

use bytes::Bytes;
use duet_engine::gguf::Gguf;

/// SmolLM2-135M-Instruct from the cache folder (`cargo xtask models` brings it), or nothing, said aloud.
pub(crate) fn smollm2() -> Option<Gguf> {
    let folder = std::env::var_os("DUET_MODELS").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/duet/models"))
    })?;
    let path = folder.join("SmolLM2-135M-Instruct.Q4_1.gguf");
    match std::fs::read(&path) {
        Ok(bytes) => Some(Gguf::parse(Bytes::from(bytes)).expect("a file that `xtask models` has checked")),
        Err(error) => {
            println!("skipped: {}: {error}; run `cargo xtask models`", path.display());
            None
        }
    }
}
