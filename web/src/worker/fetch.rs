//! Bytes as they come: over the network, or out of a file that the visitor opened.

use gloo_net::http::Request;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStream, ReadableStreamDefaultReader};

use super::line::describe;
use crate::protocol::Failure;

/// A stream of bytes.
pub(super) struct Bytes {
    reader: ReadableStreamDefaultReader,
    /// How many there are, where known.
    pub(super) total: Option<u64>,
}

impl Bytes {
    /// Asks a server.
    pub(super) async fn from_url(url: &str) -> Result<Self, Failure> {
        let failed =
            |why: String, hint: &str| Failure::new(format!("The model could not be fetched from {url}"), why, hint);
        let response = Request::get(url).send().await.map_err(|error| {
            let hint = "Check the address and the network. The server must allow other sites (CORS) to read the file.";
            failed(error.to_string(), hint)
        })?;
        if !response.ok() {
            let why = format!("The server answered {} {}.", response.status(), response.status_text());
            return Err(failed(why, "Check the address."));
        }
        // Behind a compressing server the length is that of the compressed bytes.
        let plain = response.headers().get("content-encoding").is_none();
        let total = response.headers().get("content-length").filter(|_| plain).and_then(|length| length.parse().ok());
        let stream = response.body().ok_or_else(|| failed("The answer was empty.".to_owned(), "Check the address."))?;
        Self::new(&stream, total).map_err(|error| failed(describe(&error), "Reload the page."))
    }

    /// Opens a file.
    pub(super) fn from_file(file: &File) -> Result<Self, Failure> {
        let total = Some(file.size() as u64);
        Self::new(&file.stream(), total)
            .map_err(|error| Failure::new("The file could not be read", describe(&error), "Open it again."))
    }

    fn new(stream: &ReadableStream, total: Option<u64>) -> Result<Self, JsValue> {
        Ok(Self { reader: ReadableStreamDefaultReader::new(stream)?, total })
    }

    /// The next bytes; nothing at the end.
    pub(super) async fn next(&self) -> Result<Option<Vec<u8>>, Failure> {
        let read = JsFuture::from(self.reader.read()).await.map_err(|error| {
            Failure::new("The model stopped arriving", describe(&error), "Check the network, then press Load again.")
        })?;
        let get = |name: &str| Reflect::get(&read, &name.into()).unwrap_or(JsValue::UNDEFINED);
        Ok(get("value").dyn_into::<Uint8Array>().ok().map(|chunk| chunk.to_vec()))
    }

    /// Wants no more.
    pub(super) fn cancel(&self) {
        // The answer, if any, is of no use: the stream is dropped either way.
        drop(self.reader.cancel());
    }
}
