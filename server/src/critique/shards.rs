//! A folder of shards and the manifest that vouches for them.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::durable;
use crate::model_file::ModelFile;

const MANIFEST: &str = "manifest.json";

/// Which model, beyond doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelId {
    /// Its file's name.
    pub name: String,
    /// Its file's digest.
    pub sha256: String,
}

impl ModelId {
    /// The model in this file.
    ///
    /// # Errors
    /// When the file cannot be read or is no GGUF file.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        let file = ModelFile::open(path).with_context(|| format!("cannot read a model from {}", path.display()))?;
        file.digest();
        let sha256 = file.sha256().with_context(|| format!("cannot read {}", path.display()))?.to_owned();
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { name, sha256 })
    }
}

/// What a manifest says of one shard; `T` is counted per shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Shard<T> {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) records: u64,
    #[serde(flatten)]
    pub(super) counts: T,
}

/// Everything that makes a data set again, and what is in it. No times: the same run writes the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Manifest<T> {
    pub(super) version: u32,
    pub(super) options: Value,
    pub(super) totals: T,
    pub(super) records: u64,
    pub(super) shards: Vec<Shard<T>>,
}

/// A folder that is being filled.
pub(super) struct Shards<T> {
    folder: PathBuf,
    stem: &'static str,
    pub(super) manifest: Manifest<T>,
}

impl<T: Serialize + DeserializeOwned + Default + Clone> Shards<T> {
    /// Opens a folder, new or begun by a run with the same options. Shards that the manifest knows are checked.
    pub(super) fn open(folder: &Path, stem: &'static str, options: Value) -> anyhow::Result<Self> {
        let manifest = match std::fs::read_to_string(folder.join(MANIFEST)) {
            Ok(text) => {
                let manifest: Manifest<T> = serde_json::from_str(&text)
                    .with_context(|| format!("{} is no manifest of this command", folder.join(MANIFEST).display()))?;
                same(&manifest.options, &options).with_context(|| {
                    format!("{} was begun with other options; use another folder", folder.display())
                })?;
                manifest
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Manifest { version: 1, options, totals: T::default(), records: 0, shards: Vec::new() }
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", folder.join(MANIFEST).display()));
            }
        };
        let shards = Self { folder: folder.to_owned(), stem, manifest };
        (0..shards.manifest.shards.len()).try_for_each(|index| shards.read(index).map(drop))?;
        Ok(shards)
    }

    /// Shards that are done.
    pub(super) fn len(&self) -> usize {
        self.manifest.shards.len()
    }

    /// The text of a shard, if it is still what was written.
    pub(super) fn read(&self, index: usize) -> anyhow::Result<String> {
        let shard = &self.manifest.shards[index];
        let path = self.folder.join(&shard.file);
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read the shard {}", path.display()))?;
        let found = digest(text.as_bytes());
        ensure!(
            found == shard.sha256,
            "{} is not what was written: its sha256 is {found}, the manifest has {}",
            path.display(),
            shard.sha256
        );
        Ok(text)
    }

    /// Writes the next shard, then the manifest that has it.
    pub(super) fn add<L: Serialize>(
        &mut self,
        lines: &[L],
        counts: T,
        merge: impl FnOnce(&mut T, &T),
    ) -> anyhow::Result<()> {
        let file = format!("{}-{:05}.jsonl", self.stem, self.len());
        let bytes = jsonl(lines)?;
        durable::write(&self.folder.join(&file), &bytes)?;
        merge(&mut self.manifest.totals, &counts);
        let records = lines.len() as u64;
        self.manifest.records += records;
        self.manifest.shards.push(Shard { file, sha256: digest(&bytes), records, counts });
        let text = serde_json::to_string_pretty(&self.manifest)? + "\n";
        durable::write(&self.folder.join(MANIFEST), text.as_bytes())
    }
}

/// The texts of a finished folder's shards, checked, with the options it was made with.
pub(super) fn read_all(folder: &Path) -> anyhow::Result<(Value, Vec<String>)> {
    #[derive(Deserialize, Serialize, Default, Clone)]
    struct Any {}
    let path = folder.join(MANIFEST);
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let manifest: Manifest<Any> =
        serde_json::from_str(&text).with_context(|| format!("{} is no manifest", path.display()))?;
    let shards = Shards { folder: folder.to_owned(), stem: "", manifest };
    let texts = (0..shards.len()).map(|index| shards.read(index)).collect::<anyhow::Result<_>>()?;
    Ok((shards.manifest.options, texts))
}

/// Lines of JSON.
pub(super) fn jsonl<L: Serialize>(lines: &[L]) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// Sha256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fails with the first option that differs.
pub(crate) fn same(begun: &Value, now: &Value) -> anyhow::Result<()> {
    let (Value::Object(begun), Value::Object(now)) = (begun, now) else { bail!("the manifest has no options") };
    for key in begun.keys().chain(now.keys()) {
        let (was, is) = (begun.get(key).unwrap_or(&Value::Null), now.get(key).unwrap_or(&Value::Null));
        ensure!(was == is, "`{key}` was {was}, now it is {is}");
    }
    Ok(())
}
