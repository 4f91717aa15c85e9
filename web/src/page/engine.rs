//! What the page does with the engine: choose a backend, load a model, solve, stop, recover.

use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use web_sys::File;

use super::browser::{self, Trail};
use super::state::{App, EngineState, Origin, OwnPair, ServerModel};
use super::strings;
use crate::protocol::{Command, Failure, Loaded, Part, Reply, Source};

impl EngineState {
    /// The worker is gone, and with it all that it held.
    pub(super) fn died(self, why: &str) {
        self.dead.set(true);
        self.loaded.set(None);
        self.loading.set(None);
        self.progress.set(None);
        self.solving.set(None);
        self.searching.set(None);
        self.sweeping.set(None);
        self.stopping.set(false);
        self.failure.set(Some(Failure::new(strings::ENGINE_DIED, why, strings::ENGINE_DIED_HINT)));
    }

    /// Whether a load or a run of any kind is under way.
    pub(crate) fn is_busy(self) -> bool {
        self.loading.get().is_some() || self.running().is_some()
    }

    /// The run under way, of whatever kind.
    pub(crate) fn running(self) -> Option<u32> {
        self.solving.get().or_else(|| self.searching.get()).or_else(|| self.sweeping.get())
    }
}

impl App {
    /// Starts the worker, asks it and the server what there is, and loads what needs no download worth asking for: the
    /// page's own pair, or the wanted model if this browser keeps it.
    pub(crate) fn wake(self) {
        self.client().start();
        spawn_local(async move {
            // A static host has no list; its page takes models from an address or from disk.
            self.engine.offered.set(Some(server_models().await.unwrap_or_default()));
        });
        spawn_local(async move {
            // Without its pair the page works as one that never had any.
            self.engine.pair.set(Some(own_pair().await.unwrap_or_default()));
            self.client().send(Command::ListStored, move |reply| {
                let answered = matches!(reply, Reply::Stored(_));
                self.hear_storage(reply);
                if answered {
                    self.load_at_start();
                }
            });
        });
    }

    fn load_at_start(self) {
        let at_hand = |name: &String| self.is_pair(name) || self.is_stored(name);
        match self.wanted_model_untracked().filter(at_hand) {
            Some(name) if self.engine.loaded.with_untracked(Option::is_none) => self.load_by_name(name, || {}),
            _ => self.probe(),
        }
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
        match self.engine.loaded.get_untracked() {
            Some(loaded) => {
                self.engine.choice.set(None);
                self.load_by_name(loaded.model, || {});
            }
            None => self.probe(),
        }
    }

    /// The model to use: the visitor's, else the page's own pair, else the first one kept, else the first one offered.
    pub(crate) fn wanted_model(self) -> Option<String> {
        let chosen = self.settings.with(|settings| settings.model.clone());
        let own = || self.engine.pair.with(|pair| Some(pair.as_ref()?.as_ref()?.name.clone()));
        let kept = || self.engine.storage.with(|s| Some(s.as_ref()?.models.first()?.name.clone()));
        let offered = || self.engine.offered.with(|o| Some(o.as_ref()?.first()?.name.clone()));
        chosen.or_else(own).or_else(kept).or_else(offered)
    }

    fn is_pair(self, name: &str) -> bool {
        self.engine
            .pair
            .with_untracked(|pair| pair.as_ref().and_then(Option::as_ref).is_some_and(|pair| pair.name == name))
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
        let pair = self.engine.pair.get_untracked().flatten().filter(|pair| pair.name == name);
        match (pair, self.is_stored(&name), offered) {
            (Some(OwnPair { actor, critic, .. }), _, _) => {
                let (actor, critic) = (part(actor), Some(part(critic)));
                self.send_load(name, actor, critic, None, then);
            }
            (None, true, _) => self.load(name, Source::Stored, None, then),
            (None, false, Some(model)) => self.send_load(name, part(model), None, None, then),
            (None, false, None) => {
                let why = format!("Neither this browser nor this page’s server has a model named “{name}”.");
                let hint = "Choose another under Model, or open its GGUF file there.";
                self.engine.failure.set(Some(Failure::new("The model was not found", why, hint)));
            }
        }
    }

    /// Loads one model for both sides, then does `then`.
    pub(crate) fn load(self, name: String, source: Source, file: Option<&File>, then: impl FnOnce() + 'static) {
        let actor = Part { name: name.clone(), source };
        self.send_load(name, actor, None, file, then);
    }

    fn send_load(
        self,
        name: String,
        actor: Part,
        critic: Option<Part>,
        file: Option<&File>,
        then: impl FnOnce() + 'static,
    ) {
        let engine = self.engine;
        if engine.loading.get_untracked().is_some() {
            return;
        }
        engine.failure.set(None);
        // The worker lets go of what it has before it takes in another.
        engine.loaded.set(None);
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
        let id = self.client().send_with(Command::Load { name, actor, critic, wish }, file, listener);
        engine.loading.set(Some(id));
    }

    fn hear_loaded(self, loaded: Loaded, then: Option<impl FnOnce()>) {
        self.engine.choice.set(Some(loaded.choice.clone()));
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

    pub(super) fn hear_failure(self, reply: Reply) {
        if let Reply::Failed(failure) = reply {
            if failure.unloaded {
                self.engine.loaded.set(None);
            }
            self.engine.failure.set(Some(failure));
        }
    }

    /// Solves the problem on show; loads the model first where that is still to be done.
    pub(crate) fn solve(self) {
        self.with_model(move || self.run_live());
    }

    /// Does something that needs the wanted model; loads it first where that is still to be done.
    pub(super) fn with_model(self, act: impl FnOnce() + 'static) {
        self.settings.with_untracked(|settings| browser::write_address(settings, Trail::Keep));
        let wanted = self.wanted_model_untracked();
        let loaded = self.engine.loaded.with_untracked(|loaded| loaded.as_ref().map(|loaded| loaded.model.clone()));
        match (loaded, wanted) {
            (Some(loaded), wanted) if wanted.as_ref().is_none_or(|wanted| *wanted == loaded) => act(),
            (_, Some(wanted)) => self.load_by_name(wanted, act),
            (_, None) => {
                let hint = "Under Model, give the address of a GGUF file or open one from your disk.";
                self.engine.failure.set(Some(Failure::new("There is no model to run yet", strings::NO_MODEL, hint)));
            }
        }
    }

    fn run_live(self) {
        let (engine, run) = (self.engine, self.run);
        if untrack(|| engine.running()).is_some() {
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
        if let Some(target) = untrack(|| self.engine.running()) {
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

/// The part of `pair.json` that the page reads (written by `cargo xtask dist`).
#[derive(Deserialize)]
struct PairManifest {
    name: String,
    actor: ManifestFile,
    critic: ManifestFile,
}

#[derive(Deserialize)]
struct ManifestFile {
    name: String,
    url: String,
    sha256: String,
    size: u64,
}

/// The pair that comes with the page; the manifest says `null` where there is none.
async fn own_pair() -> Result<Option<OwnPair>, gloo_net::Error> {
    let manifest: Option<PairManifest> = Request::get(&browser::meta("duet-pair")).send().await?.json().await?;
    let model = |ManifestFile { name, url, sha256, size }: ManifestFile| {
        Some(ServerModel { name, url: browser::absolute(&url)?, sha256: Some(sha256), bytes: Some(size) })
    };
    Ok(manifest.and_then(|PairManifest { name, actor, critic }| {
        Some(OwnPair { name, actor: model(actor)?, critic: model(critic)? })
    }))
}

/// A model to be fetched, unless the browser keeps the very same.
fn part(model: ServerModel) -> Part {
    let ServerModel { name, url, sha256, .. } = model;
    Part { name, source: Source::Url { url, sha256 } }
}

async fn server_models() -> Result<Vec<ServerModel>, gloo_net::Error> {
    let list: ModelList = Request::get("v1/models").send().await?.json().await?;
    let downloadable = list.data.into_iter().filter_map(|ListedModel { id, meta }| {
        let ModelMeta { url, sha256, size } = meta?;
        Some(ServerModel { name: id, url: browser::absolute(&url?)?, sha256, bytes: size })
    });
    Ok(downloadable.collect())
}
