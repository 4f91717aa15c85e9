//! Files that are either whole or not there.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

/// Writes a file under another name beside it, makes sure that it is on the disk, and only then gives it its name.
///
/// # Errors
/// What the file system says, with the path.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut name = path.file_name().context("a file to write has no name")?.to_owned();
    name.push(".part");
    let part = folder.join(name);
    let written = || -> std::io::Result<()> {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        // The rename itself must reach the disk, too; some file systems cannot sync a folder.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = std::env::temp_dir().join(format!("duet-durable-{}", std::process::id()));
        let path = folder.join("deep").join("state");
        write(&path, b"first").expect("writable");
        write(&path, b"second").expect("writable");
        assert_eq!(std::fs::read(&path).expect("there"), b"second");
        assert_eq!(std::fs::read_dir(folder.join("deep")).expect("there").count(), 1, "no part is left");
        std::fs::remove_dir_all(folder).expect("removable");
    }
}
