//! What the page does with the engine: choose a backend, load a model, solve, stop, recover.

use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use web_sys::File;

use super::browser::{self, Trail};
use super::state::{App, EngineState, Origin, ServerModel};
use super::strings;
use crate::protocol::{Command, Failure, Loaded, Reply, Source};

impl EngineState {
    /// The worker is gone, and with it all that it held.
    pub(super) fn died(self, why: &str) {
        self.dead.set(true);
        self.loaded.set(None);
        self.loading.set(None);
        self.progress.set(None);
        self.solving.set(None);
        self.stopping.set(false);
        self.failure.set(Some(Failure::new(strings::ENGINE_DIED, why, strings::ENGINE_DIED_HINT)));
    }

    /// Whether a load or a run is under way.
    pub(crate) fn is_busy(self) -> bool {
        self.loading.get().is_some() || self.solving.get().is_some()
    }
}

impl App {
    /// Starts the worker, asks it and the server what there is, and loads the wanted model if this browser keeps it.
    pub(crate) fn wake(self) {
        self.client().start();
        spawn_local(async move {
            // A static host has no list; its page takes models from an address or from disk.
            self.engine.offered.set(Some(server_models().await.unwrap_or_default()));
        });
        self.client().send(Command::ListStored, move |reply| {
            self.hear_storage(reply);
            if let Some(name) = self.wanted_model_untracked().filter(|name| self.is_stored(name)) {
                self.load(name, Source::Stored, None, || {});
            }
        });
        // After the survey, which is quick: timing a slow GPU is not.
        self.probe();
    }

    pub(super) fn client(self) -> super::client::Client {
        self.client.get_value()
    }

    /// Chooses a backend for the visitor's wish.
    pub(crate) fn probe(self) {
        let wish = self.settings.with_untracked(|settings| settings.backend);
        self.engine.choice.set(None);
        self.client().send(Command::Probe { wish }, move |reply| match reply {
            Reply::Backend(choice) => self.engine.choice.set(Some(choice)),
            other => self.hear_failure(other),
        });
    }

    /// The visitor wants another backend: choose again, and move the model there.
    pub(crate) fn change_backend(self) {
        self.probe();
        if let Some(loaded) = self.engine.loaded.get_untracked() {
            self.engine.loaded.set(None);
            self.load_by_name(loaded.model, || {});
        }
    }

    /// The model to use: the visitor's, else the first one kept, else the first one offered.
    pub(crate) fn wanted_model(self) -> Option<String> {
        let chosen = self.settings.with(|settings| settings.model.clone());
        let kept = || self.engine.storage.with(|s| Some(s.as_ref()?.models.first()?.name.clone()));
        let offered = || self.engine.offered.with(|o| Some(o.as_ref()?.first()?.name.clone()));
        chosen.or_else(kept).or_else(offered)
    }

    fn wanted_model_untracked(self) -> Option<String> {
        untrack(|| self.wanted_model())
    }

    /// Whether this browser keeps a model of that name.
    pub(crate) fn is_stored(self, name: &str) -> bool {
        let has = |storage: &crate::protocol::Storage| storage.models.iter().any(|model| model.name == name);
        self.engine.storage.with_untracked(|storage| storage.as_ref().is_some_and(has))
    }

    /// Loads a model from wherever it is nearest, then does `then`.
    pub(crate) fn load_by_name(self, name: String, then: impl FnOnce() + 'static) {
        let offered = self.engine.offered.get_untracked().unwrap_or_default();
        let offered = offered.into_iter().find(|model| model.name == name);
        match (self.is_stored(&name), offered) {
            (true, _) => self.load(name, Source::Stored, None, then),
            (false, Some(ServerModel { url, sha256, .. })) => self.load(name, Source::Url { url, sha256 }, None, then),
            (false, None) => {
                let why = format!("Neither this browser nor this page’s server has a model named “{name}”.");
                let hint = "Choose another under Model, or open its GGUF file there.";
                self.engine.failure.set(Some(Failure::new("The model was not found", why, hint)));
            }
        }
    }

    /// Loads a model, then does `then`.
    pub(crate) fn load(self, name: String, source: Source, file: Option<&File>, then: impl FnOnce() + 'static) {
        let engine = self.engine;
        if engine.loading.get_untracked().is_some() {
            return;
        }
        engine.failure.set(None);
        let wish = self.settings.with_untracked(|settings| settings.backend);
        let mut then = Some(then);
        let listener = move |reply| match reply {
            Reply::Progress(progress) => engine.progress.set(Some(progress)),
            other => {
                engine.loading.set(None);
                engine.progress.set(None);
                match other {
                    Reply::Loaded(loaded) => self.hear_loaded(loaded, then.take()),
                    other => self.hear_failure(other),
                }
            }
        };
        let id = self.client().send_with(Command::Load { name, source, wish }, file, listener);
        engine.loading.set(Some(id));
    }

    fn hear_loaded(self, loaded: Loaded, then: Option<impl FnOnce()>) {
        self.engine.loaded.set(Some(loaded));
        self.engine.speed.set(None);
        self.client().send(Command::ListStored, move |reply| self.hear_storage(reply));
        if let Some(then) = then {
            then();
        }
    }

    /// Deletes a model from this browser's storage.
    pub(crate) fn delete(self, name: String) {
        self.client().send(Command::DeleteStored { name }, move |reply| self.hear_storage(reply));
    }

    fn hear_storage(self, reply: Reply) {
        match reply {
            Reply::Stored(storage) => self.engine.storage.set(Some(storage)),
            other => self.hear_failure(other),
        }
    }

    fn hear_failure(self, reply: Reply) {
        if let Reply::Failed(failure) = reply {
            if failure.unloaded {
                self.engine.loaded.set(None);
            }
            self.engine.failure.set(Some(failure));
        }
    }

    /// Solves the problem on show; loads the model first where that is still to be done.
    pub(crate) fn solve(self) {
        self.settings.with_untracked(|settings| browser::write_address(settings, Trail::Keep));
        let wanted = self.wanted_model_untracked();
        let loaded = self.engine.loaded.with_untracked(|loaded| loaded.as_ref().map(|loaded| loaded.model.clone()));
        match (loaded, wanted) {
            (Some(loaded), wanted) if wanted.as_ref().is_none_or(|wanted| *wanted == loaded) => self.run_live(),
            (_, Some(wanted)) => self.load_by_name(wanted, move || self.run_live()),
            (_, None) => {
                let hint = "Under Model, give the address of a GGUF file or open one from your disk.";
                self.engine.failure.set(Some(Failure::new("There is no model to run yet", strings::NO_MODEL, hint)));
            }
        }
    }

    fn run_live(self) {
        let (engine, run) = (self.engine, self.run);
        if engine.solving.get_untracked().is_some() {
            return;
        }
        engine.failure.set(None);
        run.replace(Origin::Live, Vec::new());
        let request = self.settings.with_untracked(crate::settings::Settings::request);
        let listener = move |reply| match reply {
            Reply::Event(timed) => {
                run.push(timed);
                let speed = run.view.with_untracked(|view| view.turns.last().and_then(|turn| turn.tokens_per_second()));
                engine.speed.set(speed.or(engine.speed.get_untracked()));
            }
            other => {
                engine.solving.set(None);
                engine.stopping.set(false);
                self.hear_failure(other);
            }
        };
        engine.solving.set(Some(self.client().send(Command::Solve { request }, listener)));
    }

    /// Stops the run under way at its next token.
    pub(crate) fn stop(self) {
        if let Some(target) = self.engine.solving.get_untracked() {
            self.engine.stopping.set(true);
            self.client().send(Command::Cancel { target }, |_| {});
        }
    }

    /// Stops the load under way.
    pub(crate) fn cancel_load(self) {
        if let Some(target) = self.engine.loading.get_untracked() {
            self.client().send(Command::Cancel { target }, |_| {});
        }
    }

    /// A fresh worker after the old one died.
    pub(crate) fn restart(self) {
        self.engine.dead.set(false);
        self.engine.failure.set(None);
        self.wake();
    }
}

/// The part of `GET /v1/models` that the page reads.
#[derive(Deserialize)]
struct ModelList {
    data: Vec<ListedModel>,
}

#[derive(Deserialize)]
struct ListedModel {
    id: String,
    meta: Option<ModelMeta>,
}

#[derive(Deserialize)]
struct ModelMeta {
    url: Option<String>,
    sha256: Option<String>,
    size: Option<u64>,
}

async fn server_models() -> Result<Vec<ServerModel>, gloo_net::Error> {
    let list: ModelList = Request::get("v1/models").send().await?.json().await?;
    let downloadable = list.data.into_iter().filter_map(|ListedModel { id, meta }| {
        let ModelMeta { url, sha256, size } = meta?;
        Some(ServerModel { name: id, url: browser::absolute(&url?)?, sha256, bytes: size })
    });
    Ok(downloadable.collect())
}
