//! Hooks for tests and benchmarks, on `window`. They work the same worker as the page does; none is used by the page.
//!
//! * `duetLoad({model, name, backend})` loads a model from an address onto `"cpu"`, `"gpu"` or `"auto"`.
//! * `duetBench({model, backend, quick})` loads that model and measures it; resolves to a report in the form of
//!   `duet bench --json`. Without `model` it measures what is loaded.
//! * `duetConformance("cpu" | "gpu")` compares every operation of that backend with the plain-Rust reference.
//! * `duetGenerate({prompt, max_tokens})` continues a text greedily and resolves to token ids and text.
//!
//! Each resolves to the worker's final reply as plain data, and rejects with the failure's sentences.

use std::cell::Cell;

use js_sys::Function;
use leptos::prelude::Set;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

use super::state::App;
use crate::protocol::{BenchLength, Command, Loaded, Part, Reply, Source, Wish};

#[derive(Deserialize)]
struct LoadOptions {
    model: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    backend: Wish,
}

#[derive(Deserialize, Default)]
struct BenchOptions {
    model: Option<String>,
    #[serde(default)]
    backend: Wish,
    #[serde(default)]
    quick: bool,
}

#[derive(Deserialize)]
struct GenerateOptions {
    prompt: String,
    max_tokens: usize,
}

/// Installs the hooks.
pub(super) fn install(app: App) {
    hook("duetLoad", move |options: LoadOptions, promise| send(app, load(options), promise));
    hook("duetBench", move |options: Option<BenchOptions>, promise| bench(app, options.unwrap_or_default(), promise));
    hook("duetConformance", move |backend, promise| send(app, Command::Conformance { backend }, promise));
    hook("duetGenerate", move |GenerateOptions { prompt, max_tokens }, promise| {
        send(app, Command::Generate { prompt, max_tokens }, promise);
    });
}

/// The two ends of a promise.
struct Promise {
    resolve: Function,
    reject: Function,
}

impl Promise {
    fn settle(&self, reply: &Reply, load_seconds: Option<f64>) {
        let settled = match reply {
            Reply::Failed(failure) => {
                let text = format!("{}: {} {}", failure.what, failure.why, failure.hint);
                self.reject.call1(&JsValue::NULL, &js_sys::Error::new(&text))
            }
            reply => {
                let tagged = serde_json::to_value(reply).expect("invariant: replies are plain data");
                let content = tagged.as_object().and_then(|tagged| tagged.values().next().cloned());
                let mut value = content.unwrap_or(tagged);
                if let Some(seconds) = load_seconds {
                    value["load_seconds"] = seconds.into();
                }
                self.resolve.call1(&JsValue::NULL, &js_sys::JSON::parse(&value.to_string()).unwrap_or_default())
            }
        };
        drop(settled);
    }
}

fn hook<O: DeserializeOwned + 'static>(name: &str, act: impl Fn(O, Promise) + 'static) {
    let call = Closure::<dyn Fn(JsValue) -> js_sys::Promise>::new(move |options: JsValue| {
        js_sys::Promise::new(&mut |resolve, reject| {
            let text = js_sys::JSON::stringify(&options).ok().and_then(|text| text.as_string());
            match serde_json::from_str(text.as_deref().unwrap_or("null")) {
                Ok(options) => act(options, Promise { resolve, reject }),
                Err(error) => drop(reject.call1(&JsValue::NULL, &js_sys::Error::new(&error.to_string()))),
            }
        })
    });
    js_sys::Reflect::set(&js_sys::global(), &name.into(), &call.into_js_value())
        .expect("invariant: the window takes properties");
}

fn load(options: LoadOptions) -> Command {
    let url = super::browser::absolute(&options.model).unwrap_or(options.model);
    let name = options.name.unwrap_or_else(|| url.clone());
    let actor = Part { name: name.clone(), source: Source::Url { url, sha256: None } };
    Command::Load { name, actor, critic: None, wish: options.backend }
}

/// Sends a command and settles with its final reply.
fn send(app: App, command: Command, promise: Promise) {
    app.client().send(command, move |reply| {
        if reply.is_final() {
            note_loaded(app, &reply);
            promise.settle(&reply, None);
        }
    });
}

fn note_loaded(app: App, reply: &Reply) {
    if let Reply::Loaded(loaded) = reply {
        app.engine.loaded.set(Some(loaded.clone()));
    }
}

fn bench(app: App, options: BenchOptions, promise: Promise) {
    let length = if options.quick { BenchLength::Quick } else { BenchLength::Whole };
    let measure = move |promise: Promise, seconds: Option<f64>| {
        app.client().send(Command::Bench { length }, move |reply| promise.settle(&reply, seconds));
    };
    let Some(model) = options.model else { return measure(promise, None) };
    let promise = Cell::new(Some(promise));
    let command = load(LoadOptions { model, name: Some("bench".to_owned()), backend: options.backend });
    app.client().send(command, move |reply| {
        if !reply.is_final() {
            return;
        }
        note_loaded(app, &reply);
        let promise = promise.take().expect("invariant: there is one final reply");
        match reply {
            Reply::Loaded(Loaded { seconds, .. }) => measure(promise, Some(seconds)),
            other => promise.settle(&other, None),
        }
    });
}
