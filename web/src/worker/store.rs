//! Models in the browser's own file system (OPFS).
//!
//! A model is two files named by a hash of its name: `HASH.gguf` and `HASH.json`. The second is written after the last
//! byte of the first is flushed, and removed before the first is touched: data without it is incomplete and never
//! trusted, and the next survey clears it away.

use sha2::{Digest, Sha256};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions};
use web_sys::{FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemSyncAccessHandle, StorageEstimate};

use super::line::{describe, scope};
use crate::protocol::{Failure, Storage, StoredModel};

const FOLDER: &str = "models";
/// Bytes that go through memory at once when a model is read back.
const CHUNK: u64 = 8 << 20;

/// The folder of models.
pub(super) struct Store(FileSystemDirectoryHandle);

impl Store {
    /// Opens it, or says why this browser keeps nothing.
    pub(super) async fn open() -> Result<Self, String> {
        let open = async {
            let storage = scope().navigator().storage();
            let root: FileSystemDirectoryHandle = JsFuture::from(storage.get_directory()).await?.dyn_into()?;
            let create = FileSystemGetDirectoryOptions::new();
            create.set_create(true);
            let folder = JsFuture::from(root.get_directory_handle_with_options(FOLDER, &create)).await?;
            folder.dyn_into().map(Self)
        };
        open.await
            .map_err(|error: JsValue| format!("This browser does not let the page keep files: {}", describe(&error)))
    }

    async fn file(&self, name: &str, create: bool) -> Result<FileSystemFileHandle, JsValue> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(create);
        JsFuture::from(self.0.get_file_handle_with_options(name, &options)).await?.dyn_into()
    }

    async fn read(&self, name: &str) -> Result<File, JsValue> {
        JsFuture::from(self.file(name, false).await?.get_file()).await?.dyn_into()
    }

    async fn remove(&self, name: &str) -> Result<(), JsValue> {
        JsFuture::from(self.0.remove_entry(name)).await.map(drop)
    }

    async fn names(&self) -> Result<Vec<String>, JsValue> {
        let keys = self.0.keys();
        let mut names = Vec::new();
        loop {
            let next: js_sys::IteratorNext = JsFuture::from(keys.next()?).await?.unchecked_into();
            if next.done() {
                return Ok(names);
            }
            names.extend(next.value().as_string());
        }
    }

    /// What is written of a model, if it is complete.
    pub(super) async fn find(&self, name: &str) -> Option<(StoredModel, File)> {
        let key = key(name);
        let text = JsFuture::from(self.read(&format!("{key}.json")).await.ok()?.text()).await.ok()?.as_string()?;
        let model: StoredModel = serde_json::from_str(&text).ok()?;
        let file = self.read(&format!("{key}.gguf")).await.ok()?;
        (model.name == name && model.bytes == file.size() as u64).then_some((model, file))
    }

    /// Begins to write a model; what was there under its name is forgotten first.
    pub(super) async fn begin(&self, name: &str) -> Result<Writer, JsValue> {
        let key = key(name);
        // It need not be there.
        drop(self.remove(&format!("{key}.json")).await);
        let file = self.file(&format!("{key}.gguf"), true).await?;
        let handle: FileSystemSyncAccessHandle = JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()?;
        handle.truncate_with_u32(0)?;
        Ok(Writer { handle, written: 0.0 })
    }

    /// Declares a model complete.
    pub(super) async fn complete(&self, writer: Writer, model: &StoredModel) -> Result<(), JsValue> {
        writer.handle.flush()?;
        drop(writer);
        let text = serde_json::to_string(model).expect("invariant: a model's description is plain data");
        let file = self.file(&format!("{}.json", key(&model.name)), true).await?;
        let handle: FileSystemSyncAccessHandle = JsFuture::from(file.create_sync_access_handle()).await?.dyn_into()?;
        let mut writer = Writer { handle, written: 0.0 };
        writer.handle.truncate_with_u32(0)?;
        writer.write(text.as_bytes())?;
        writer.handle.flush()
    }

    /// Gives up on a model that is not complete.
    pub(super) async fn abandon(&self, writer: Writer, name: &str) {
        drop(writer);
        // Where this fails, too, the next survey clears it away.
        drop(self.remove(&format!("{}.gguf", key(name))).await);
    }

    /// Complete models; what is incomplete is cleared away, unless another tab is writing it.
    async fn survey(&self) -> Result<Vec<StoredModel>, JsValue> {
        let names = self.names().await?;
        let mut models = Vec::new();
        for name in names.iter().filter(|name| name.ends_with(".json")) {
            let text = JsFuture::from(self.read(name).await?.text()).await?.as_string().unwrap_or_default();
            let model = serde_json::from_str::<StoredModel>(&text).ok();
            match model {
                Some(model) if self.find(&model.name).await.is_some() => models.push(model),
                _ => drop(self.remove(name).await),
            }
        }
        let complete: Vec<String> = models.iter().map(|model| format!("{}.gguf", key(&model.name))).collect();
        for name in names.iter().filter(|name| name.ends_with(".gguf") && !complete.contains(name)) {
            // A file that another tab writes is locked and stays.
            drop(self.remove(name).await);
        }
        models.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(models)
    }
}

/// A file being written. Dropping it closes it.
pub(super) struct Writer {
    handle: FileSystemSyncAccessHandle,
    written: f64,
}

impl Writer {
    /// Appends bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), JsValue> {
        let options = FileSystemReadWriteOptions::new();
        options.set_at(self.written);
        let written = self.handle.write_with_u8_array_and_options(bytes, &options)?;
        if written < bytes.len() as f64 {
            return Err(JsValue::from_str(&format!("only {written} of {} bytes were written", bytes.len())));
        }
        self.written += written;
        Ok(())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.handle.close();
    }
}

/// Reads a stored file back, telling how far it has come.
pub(super) async fn read_back(file: &File, mut progress: impl FnMut(u64)) -> Result<Vec<u8>, JsValue> {
    let total = file.size() as u64;
    let mut bytes = Vec::with_capacity(total as usize);
    while (bytes.len() as u64) < total {
        let start = bytes.len() as u64;
        let end = (start + CHUNK).min(total);
        let part = file.slice_with_f64_and_f64(start as f64, end as f64)?;
        let part = js_sys::Uint8Array::new(&JsFuture::from(part.array_buffer()).await?);
        bytes.extend_from_slice(&part.to_vec());
        progress(end);
    }
    Ok(bytes)
}

/// Everything that is kept, or why nothing is.
pub(super) async fn survey() -> Storage {
    let surveyed = async { Store::open().await?.survey().await.map_err(|error| describe(&error)) };
    match surveyed.await {
        Ok(models) => Storage { unavailable: None, models },
        Err(why) => Storage { unavailable: Some(why), models: Vec::new() },
    }
}

/// Deletes a model.
pub(super) async fn delete(name: &str) -> Result<(), Failure> {
    let failed =
        |why: String| Failure::new(format!("“{name}” could not be deleted"), why, "Close other tabs of this page.");
    let store = Store::open().await.map_err(failed)?;
    for ending in ["json", "gguf"] {
        store.remove(&format!("{}.{ending}", key(name))).await.map_err(|error| failed(describe(&error)))?;
    }
    Ok(())
}

/// Bytes that may still be stored, where the browser tells.
pub(super) async fn room() -> Option<u64> {
    let estimate = scope().navigator().storage().estimate().ok()?;
    let estimate: StorageEstimate = JsFuture::from(estimate).await.ok()?.unchecked_into();
    Some((estimate.get_quota()? - estimate.get_usage()?).max(0.0) as u64)
}

/// A file name for a model's name, which may hold anything.
fn key(name: &str) -> String {
    hex(&Sha256::digest(name.as_bytes()))[..24].to_owned()
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
