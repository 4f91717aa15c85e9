//! Files of lines that grow, and survive a crash at any time.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use duet_engine::gym::rollout::Key;
use serde::{Deserialize, Serialize};

use super::Said;

/// A file to which lines are added, by one run at a time.
pub(super) struct Growing {
    path: PathBuf,
    file: File,
}

impl Growing {
    /// Opens a file, or begins one; returns its lines. What a crash cut off in the middle of a line is dropped.
    pub(super) fn open(path: &Path) -> anyhow::Result<(Self, Vec<String>)> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let place = || format!("cannot open {}", path.display());
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).with_context(place)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another `duet gym rollout` is at work on {}", path.display()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(place),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(place)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).with_context(place)?;
            bytes.truncate(whole);
        }
        let text = String::from_utf8(bytes).ok().with_context(|| format!("{} is no text", path.display()))?;
        Ok((Self { path: path.to_owned(), file }, text.lines().map(str::to_owned).collect()))
    }

    /// Adds whole lines; when it returns they are on the disk.
    pub(super) fn add(&mut self, lines: &str) -> anyhow::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_data());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

/// A file beside another one: its name and an ending.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// A text of an episode that may not be over.
#[derive(Serialize, Deserialize)]
struct Entry {
    item_id: String,
    sample: u32,
    round: u32,
    text: String,
    read: u64,
    written: u64,
}

/// The texts that a model wrote, until the run is complete.
pub(super) struct Journal {
    file: Growing,
    texts: std::collections::BTreeMap<(Key, u32), Said>,
}

impl Journal {
    /// Opens the journal of a file of trajectories.
    pub(super) fn open(out: &Path) -> anyhow::Result<Self> {
        let path = Self::path(out);
        let (file, lines) = Growing::open(&path)?;
        let mut texts = std::collections::BTreeMap::new();
        for (line, number) in lines.iter().zip(1..) {
            let place = || format!("{}, line {number}", path.display());
            let Entry { item_id, sample, round, text, read, written } =
                serde_json::from_str(line).with_context(place)?;
            let key = Key { item: item_id.parse().with_context(place)?, sample };
            texts.insert((key, round), Said { text, read, written });
        }
        Ok(Self { file, texts })
    }

    fn path(out: &Path) -> PathBuf {
        beside(out, ".journal")
    }

    /// Removes the journal of a run that is complete, or of one that is gone.
    pub(super) fn remove(out: &Path) -> anyhow::Result<()> {
        let path = Self::path(out);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// What was said there before the run was interrupted.
    pub(super) fn take(&mut self, key: &Key, round: u32) -> Option<Said> {
        self.texts.remove(&(key.clone(), round))
    }

    /// Adds texts; when it returns they are on the disk.
    pub(super) fn add<'s>(&mut self, texts: impl IntoIterator<Item = (&'s Key, u32, &'s Said)>) -> anyhow::Result<()> {
        let mut lines = String::new();
        for (key, round, said) in texts {
            let Said { text, read, written } = said.clone();
            let (item_id, sample) = (key.item.to_string(), key.sample);
            lines += &serde_json::to_string(&Entry { item_id, sample, round, text, read, written })?;
            lines.push('\n');
        }
        self.file.add(&lines)
    }
}

/// That a file's first lines are what is wanted.
pub(super) fn begins_with(found: &[Key], wanted: &[Key], path: &Path) -> anyhow::Result<()> {
    for (number, (found, wanted)) in (1..).zip(found.iter().zip(wanted)) {
        ensure!(
            found == wanted,
            "{}, line {number}: found `{}`, sample {}, where this run has `{}`, sample {}; name another file",
            path.display(),
            found.item,
            found.sample,
            wanted.item,
            wanted.sample
        );
    }
    Ok(())
}
