//! The page's state: a few structs of signals, shared through leptos' context.

use leptos::prelude::*;

use super::client::Client;
use crate::protocol::{BackendChoice, Failure, Loaded, Progress, Storage, Swept, Timed};
use crate::run::RunView;
use crate::search::SearchView;
use crate::settings::Settings;

/// Everything that components share.
#[derive(Clone, Copy)]
pub(crate) struct App {
    /// What the visitor chose; mirrored in the address.
    pub(crate) settings: RwSignal<Settings>,
    /// The run on show.
    pub(crate) run: RunState,
    /// The search and the curves on show.
    pub(crate) scaling: ScalingState,
    /// The engine in the worker.
    pub(crate) engine: EngineState,
    /// The line to the worker.
    pub(crate) client: StoredValue<Client, LocalStorage>,
}

/// Where the run on show comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The file that comes with the page.
    Recorded,
    /// This visit.
    Live,
}

/// The run on show and how much of it is shown.
#[derive(Clone, Copy)]
pub(crate) struct RunState {
    /// Where it comes from.
    pub(crate) origin: RwSignal<Origin>,
    /// All events so far.
    pub(crate) events: RwSignal<Vec<Timed>>,
    /// How many of them are shown.
    pub(crate) shown: RwSignal<usize>,
    /// The fold of the shown ones.
    pub(crate) view: RwSignal<RunView>,
    /// Playback is under way.
    pub(crate) playing: RwSignal<bool>,
    /// Counts playbacks, so that a timer of an earlier one knows that it is over.
    pub(crate) playback: StoredValue<u32>,
    /// Whole sentences for the live region.
    pub(crate) announced: RwSignal<String>,
}

/// A model that the page's server offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerModel {
    /// Its name.
    pub(crate) name: String,
    /// Its absolute address.
    pub(crate) url: String,
    /// Its hash, where the server tells.
    pub(crate) sha256: Option<String>,
    /// Its size, where the server tells.
    pub(crate) bytes: Option<u64>,
}

/// The pair that comes with the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OwnPair {
    /// What it is called.
    pub(crate) name: String,
    /// Attempts and refines.
    pub(crate) actor: ServerModel,
    /// Judges.
    pub(crate) critic: ServerModel,
}

/// The search and the curves on show.
#[derive(Clone, Copy)]
pub(crate) struct ScalingState {
    /// The fold of the search's events.
    pub(crate) view: RwSignal<SearchView>,
    /// The right answer of what is searched, where it is known.
    pub(crate) gold: RwSignal<Option<String>>,
    /// The search's record as JSON, once it ended.
    pub(crate) record: RwSignal<Option<String>>,
    /// The curves so far.
    pub(crate) swept: RwSignal<Option<Swept>>,
    /// Stories that were asked for.
    pub(crate) wanted: RwSignal<usize>,
    /// The records of the curves' stories, as JSON.
    pub(crate) records: StoredValue<Vec<String>>,
}

/// What is known of the engine.
#[derive(Clone, Copy)]
pub(crate) struct EngineState {
    /// The backend, once chosen.
    pub(crate) choice: RwSignal<Option<BackendChoice>>,
    /// The model that is ready.
    pub(crate) loaded: RwSignal<Option<Loaded>>,
    /// The load under way: its command's id.
    pub(crate) loading: RwSignal<Option<u32>>,
    /// How far that load has come.
    pub(crate) progress: RwSignal<Option<Progress>>,
    /// The run under way: its command's id.
    pub(crate) solving: RwSignal<Option<u32>>,
    /// The search under way: its command's id.
    pub(crate) searching: RwSignal<Option<u32>>,
    /// The search over many stories under way: its command's id.
    pub(crate) sweeping: RwSignal<Option<u32>>,
    /// What is under way was asked to stop.
    pub(crate) stopping: RwSignal<bool>,
    /// What the browser keeps; absent until known.
    pub(crate) storage: RwSignal<Option<Storage>>,
    /// The pair that comes with the page: absent until known, then whether there is one.
    pub(crate) pair: RwSignal<Option<Option<OwnPair>>>,
    /// What the server offers; absent until known.
    pub(crate) offered: RwSignal<Option<Vec<ServerModel>>>,
    /// What went wrong last.
    pub(crate) failure: RwSignal<Option<Failure>>,
    /// The worker is gone.
    pub(crate) dead: RwSignal<bool>,
    /// Tokens per second of the last live turn.
    pub(crate) speed: RwSignal<Option<f64>>,
}

impl RunState {
    fn new() -> Self {
        Self {
            origin: RwSignal::new(Origin::Recorded),
            events: RwSignal::default(),
            shown: RwSignal::default(),
            view: RwSignal::default(),
            playing: RwSignal::default(),
            playback: StoredValue::new(0),
            announced: RwSignal::default(),
        }
    }
}

impl ScalingState {
    fn new() -> Self {
        Self {
            view: RwSignal::default(),
            gold: RwSignal::default(),
            record: RwSignal::default(),
            swept: RwSignal::default(),
            wanted: RwSignal::default(),
            records: StoredValue::default(),
        }
    }
}

impl EngineState {
    fn new() -> Self {
        Self {
            choice: RwSignal::default(),
            loaded: RwSignal::default(),
            loading: RwSignal::default(),
            progress: RwSignal::default(),
            solving: RwSignal::default(),
            searching: RwSignal::default(),
            sweeping: RwSignal::default(),
            stopping: RwSignal::default(),
            storage: RwSignal::default(),
            pair: RwSignal::default(),
            offered: RwSignal::default(),
            failure: RwSignal::default(),
            dead: RwSignal::default(),
            speed: RwSignal::default(),
        }
    }
}

impl App {
    /// Fresh state and the settings of the address.
    pub(crate) fn start() -> Self {
        let engine = EngineState::new();
        let client = Client::new(move |why| engine.died(&why));
        let settings = RwSignal::new(super::browser::read_address());
        let (run, scaling) = (RunState::new(), ScalingState::new());
        Self { settings, run, scaling, engine, client: StoredValue::new_local(client) }
    }
}

/// The shared state.
pub(crate) fn use_app() -> App {
    use_context().expect("invariant: the root component provides it")
}
