//! Loading a model: its bytes from wherever they are, kept for the next visit, placed on a backend.

use bytes::Bytes;
use duet_engine::gguf::Gguf;
use duet_engine::reason::Pair;
use duet_engine::runtime::{AnyEngine, Device, LoadOptions, RuntimeError};
use sha2::{Digest, Sha256};
use web_sys::File;

use super::desk::Desk;
use super::device::SMALL;
use super::line::{Answerer, describe};
use super::pause::now_ms;
use super::players::Cast;
use super::store::{self, Store, Writer};
use super::{fetch, solve};
use crate::protocol::{BackendChoice, Failure, Loaded, Part, Progress, Reply, Source, Stage, StoredModel, Wish};

/// Milliseconds between two reports of progress.
const REPORT_MS: f64 = 100.0;
/// What a GGUF file begins with.
const MAGIC: &[u8] = b"GGUF";
const NOT_GGUF: &str = "It does not begin with the letters GGUF, so it is another kind of file.";
const NOT_GGUF_HINT: &str = "Choose a model file that ends in .gguf.";

/// What to load.
pub(super) struct Request {
    pub(super) name: String,
    pub(super) actor: Part,
    pub(super) critic: Option<Part>,
    pub(super) file: Option<File>,
    pub(super) wish: Wish,
}

/// A model's parsed file, and what became of keeping it.
struct Gathered {
    file: Gguf,
    stored: bool,
    note: Option<String>,
}

/// Loads models in place of those before.
pub(super) async fn load(desk: &mut Desk, request: Request, answerer: &Answerer) -> Result<Loaded, Failure> {
    let started = now_ms();
    // First, so that two models never fill the memory together.
    desk.cast = None;
    let mut files = vec![gather(&request.actor, request.file.as_ref(), answerer).await?];
    if let Some(critic) = &request.critic {
        files.push(gather(critic, None, answerer).await?);
    }
    let stored = files.iter().all(|gathered| gathered.stored);
    let note = files.iter_mut().find_map(|gathered| gathered.note.take());
    let parts = [Some(&request.actor), request.critic.as_ref()].into_iter().flatten();
    let named: Vec<(&str, &Gguf)> = parts.map(|part| part.name.as_str()).zip(files.iter().map(|g| &g.file)).collect();
    let (cast, choice) = gather_cast(desk, &named, request.wish, answerer).await?;
    let infos: Vec<_> = cast.all().into_iter().map(|engine| engine.info().clone()).collect();
    desk.cast = Some(cast);
    Ok(Loaded {
        model: request.name,
        backend: infos[0].backend.clone(),
        kind: choice.chosen,
        choice,
        pair: infos.len() > 1,
        parameters: infos.iter().map(|info| info.parameters).sum(),
        weight_bytes: infos.iter().map(|info| info.weight_bytes).sum(),
        context: infos.iter().map(|info| info.context).min().unwrap_or_default(),
        seconds: (now_ms() - started) / 1000.0,
        stored,
        note,
    })
}

/// Places the models where the visitor's wish and their size want them; where a GPU cannot take them, on the processor.
async fn gather_cast(
    desk: &mut Desk,
    files: &[(&str, &Gguf)],
    wish: Wish,
    answerer: &Answerer,
) -> Result<(Cast, BackendChoice), Failure> {
    let weights = files.iter().map(|(_, file)| weights(file)).max().unwrap_or_default();
    let choice = desk.devices.choose_for(wish, weights).await;
    match place_all(desk, files, choice.chosen, answerer).await {
        Ok(cast) => Ok((cast, choice)),
        Err((_, error)) if choice.chosen == Wish::Gpu && wish == Wish::Auto => {
            let reason = format!("The GPU could not take the model ({error}), so the processor does the work.");
            let placed = place_all(desk, files, Wish::Cpu, answerer).await;
            let cast = placed.map_err(|(name, error)| unreadable(name, &error))?;
            Ok((cast, BackendChoice { chosen: Wish::Cpu, reason, ..choice }))
        }
        Err((name, error)) => Err(unreadable(name, &error)),
    }
}

/// Numbers in a file's tensors.
fn weights(file: &Gguf) -> u64 {
    file.tensors().iter().map(|tensor| tensor.dims.iter().map(|dim| *dim as u64).product::<u64>()).sum()
}

/// The cast, or the name of the model that could not be placed.
async fn place_all<'a>(
    desk: &mut Desk,
    files: &[(&'a str, &Gguf)],
    kind: Wish,
    answerer: &Answerer,
) -> Result<Cast, (&'a str, RuntimeError)> {
    let mut engines = Vec::new();
    for (name, file) in files {
        engines.push(place(desk, name, file, kind, answerer).await.map_err(|error| (*name, error))?);
    }
    let mut engines = engines.into_iter();
    let actor = engines.next().expect("invariant: a load has an actor");
    Ok(match engines.next() {
        Some(critic) => Cast::Two(Box::new(Pair { actor, critic })),
        None => Cast::One(Box::new(actor)),
    })
}

fn unreadable(name: &str, why: &dyn std::fmt::Display) -> Failure {
    let hint = "Choose another model. Supported are GGUF files of llama-like models in F32, F16, Q8_0, Q4_0 and Q4_1.";
    Failure::new(format!("“{name}” cannot be used"), why, hint)
}

async fn place(
    desk: &mut Desk,
    name: &str,
    file: &Gguf,
    kind: Wish,
    answerer: &Answerer,
) -> Result<AnyEngine, RuntimeError> {
    let device = desk.devices.device(kind).await;
    // Where the processor computes, itself or as a fallback adapter, a large chunk of prompt would make a visitor wait
    // who pressed Stop.
    let prefill_rows = match &device {
        Device::Gpu(gpu) if !gpu.is_fallback() => 64,
        _ => 16,
    };
    // A small model's cache is small, too, and its samples are worth decoding all at once.
    let options = match weights(file) {
        ..=SMALL => LoadOptions { context: 2048, samples: 64, prefill_rows: 64, cache: 8192 },
        _ => LoadOptions { context: 2048, samples: 16, prefill_rows, cache: 3072 },
    };
    let mut report = Report::new(answerer, Stage::Placing, None);
    AnyEngine::load(name, file, device, &options, &mut |done, total| {
        report.total = Some(total as u64);
        report.at(done as u64);
    })
}

async fn gather(part: &Part, file: Option<&File>, answerer: &Answerer) -> Result<Gathered, Failure> {
    let name = &part.name;
    match (&part.source, file) {
        (Source::Stored, _) => read_stored(name, answerer).await,
        (Source::Url { sha256: Some(sha256), .. }, _) if keeps(name, sha256).await => read_stored(name, answerer).await,
        (Source::Url { url, sha256 }, _) => {
            let stream = fetch::Bytes::from_url(url).await?;
            take_in(name, url, sha256.as_deref(), stream, answerer).await
        }
        (Source::File, Some(file)) => take_in(name, "file", None, fetch::Bytes::from_file(file)?, answerer).await,
        (Source::File, None) => Err(Failure::new("There is no file", "None was opened.", "Open it again.")),
    }
}

/// Whether this browser keeps the very bytes that are wanted.
async fn keeps(name: &str, sha256: &str) -> bool {
    let Ok(store) = Store::open().await else { return false };
    store.find(name).await.is_some_and(|(model, _)| model.sha256.eq_ignore_ascii_case(sha256))
}

async fn read_stored(name: &str, answerer: &Answerer) -> Result<Gathered, Failure> {
    let failed = |why: String| {
        Failure::new(format!("“{name}” could not be read from this browser"), why, "Press Load to fetch it again.")
    };
    let store = Store::open().await.map_err(failed)?;
    let (model, file) = store.find(name).await.ok_or_else(|| failed("It is not there any more.".to_owned()))?;
    let mut report = Report::new(answerer, Stage::Reading, Some(model.bytes));
    let bytes = store::read_back(&file, |done| report.at(done)).await.map_err(|error| failed(describe(&error)))?;
    let file = parse(name, bytes)?;
    Ok(Gathered { file, stored: true, note: None })
}

fn parse(name: &str, bytes: Vec<u8>) -> Result<Gguf, Failure> {
    Gguf::parse(Bytes::from(bytes)).map_err(|error| unreadable(name, &error))
}

/// Takes bytes in as they come: into memory, and into storage where there is room.
async fn take_in(
    name: &str,
    origin: &str,
    sha256: Option<&str>,
    stream: fetch::Bytes,
    answerer: &Answerer,
) -> Result<Gathered, Failure> {
    let mut keeper = Keeper::begin(name, stream.total).await;
    let received = receive(&stream, &mut keeper, answerer).await.and_then(|(bytes, hash)| {
        if let Some(expected) = sha256.filter(|expected| !expected.eq_ignore_ascii_case(&hash)) {
            let why = format!("Its SHA-256 is {hash}, {expected} was expected.");
            return Err(Failure::new("The model arrived damaged", why, "Press Load to fetch it again."));
        }
        // Parsed before it is kept: what cannot be used need not come back on the next visit.
        Ok((bytes.len() as u64, parse(name, bytes)?, hash))
    });
    match received {
        Ok((bytes, file, sha256)) => {
            let (name, origin) = (name.to_owned(), origin.to_owned());
            let note = keeper.complete(&StoredModel { name, bytes, sha256, origin }).await;
            Ok(Gathered { file, stored: note.is_none(), note })
        }
        Err(failure) => {
            stream.cancel();
            keeper.abandon().await;
            Err(failure)
        }
    }
}

/// All bytes of a stream and their hash.
async fn receive(
    stream: &fetch::Bytes,
    keeper: &mut Keeper,
    answerer: &Answerer,
) -> Result<(Vec<u8>, String), Failure> {
    let mut bytes = Vec::with_capacity(stream.total.unwrap_or_default() as usize);
    let mut hasher = Sha256::new();
    let mut report = Report::new(answerer, Stage::Fetching, stream.total);
    while let Some(chunk) = stream.next().await? {
        if answerer.is_cancelled() {
            return Err(solve::cancelled());
        }
        hasher.update(&chunk);
        bytes.extend_from_slice(&chunk);
        // At once, so that a wrong address does not cost a long download.
        if bytes.len() >= MAGIC.len() && !bytes.starts_with(MAGIC) {
            return Err(Failure::new("This is not a GGUF file", NOT_GGUF, NOT_GGUF_HINT));
        }
        keeper.write(&chunk);
        report.at(bytes.len() as u64);
    }
    let missing = stream.total.filter(|total| *total != bytes.len() as u64);
    if let Some(total) = missing {
        let why = format!("{} of {total} bytes arrived.", bytes.len());
        return Err(Failure::new("The model did not arrive whole", why, "Press Load to fetch it again."));
    }
    if bytes.len() < MAGIC.len() {
        return Err(Failure::new("This is not a GGUF file", format!("It has {} bytes.", bytes.len()), NOT_GGUF_HINT));
    }
    Ok((bytes, store::hex(&hasher.finalize())))
}

/// Keeps a model for the next visit, or knows why not. Not keeping it is no failure.
enum Keeper {
    Writing { store: Store, writer: Writer, name: String },
    GivenUp { store: Store, writer: Writer, name: String, why: String },
    Unable(String),
}

impl Keeper {
    async fn begin(name: &str, total: Option<u64>) -> Self {
        let store = match Store::open().await {
            Ok(store) => store,
            Err(why) => return Self::Unable(why),
        };
        if let (Some(total), Some(room)) = (total, store::room().await)
            && total > room
        {
            let megabytes = |bytes: u64| bytes / 1_000_000;
            let (total, room) = (megabytes(total), megabytes(room));
            return Self::Unable(format!("This browser has room for {room} MB, the model needs {total} MB."));
        }
        match store.begin(name).await {
            Ok(writer) => Self::Writing { store, writer, name: name.to_owned() },
            Err(error) => Self::Unable(format!("This browser does not let the page write: {}.", describe(&error))),
        }
    }

    fn write(&mut self, chunk: &[u8]) {
        let Self::Writing { writer, .. } = self else { return };
        if let Err(error) = writer.write(chunk) {
            let why = format!("Writing stopped: {}.", describe(&error));
            let was = std::mem::replace(self, Self::Unable(String::new()));
            if let Self::Writing { store, writer, name } = was {
                *self = Self::GivenUp { store, writer, name, why };
            }
        }
    }

    /// Why the model is not kept, if it is not.
    async fn complete(self, model: &StoredModel) -> Option<String> {
        let why = match self {
            Self::Writing { store, writer, .. } => {
                let completed = store.complete(writer, model).await;
                completed.err().map(|error| describe(&error))?
            }
            Self::GivenUp { store, writer, name, why } => {
                store.abandon(writer, &name).await;
                why
            }
            Self::Unable(why) => why,
        };
        Some(format!("The model is in memory only, the next visit loads it again. {why}"))
    }

    async fn abandon(self) {
        if let Self::Writing { store, writer, name } | Self::GivenUp { store, writer, name, .. } = self {
            store.abandon(writer, &name).await;
        }
    }
}

/// Tells the page how far a stage has come, not too often.
struct Report<'a> {
    answerer: &'a Answerer,
    stage: Stage,
    total: Option<u64>,
    began_ms: f64,
    last_ms: f64,
}

impl<'a> Report<'a> {
    fn new(answerer: &'a Answerer, stage: Stage, total: Option<u64>) -> Self {
        Self { answerer, stage, total, began_ms: now_ms(), last_ms: f64::NEG_INFINITY }
    }

    fn at(&mut self, done: u64) {
        let now = now_ms();
        if now - self.last_ms < REPORT_MS && Some(done) != self.total {
            return;
        }
        self.last_ms = now;
        let (stage, total, elapsed_ms) = (self.stage, self.total, now - self.began_ms);
        self.answerer.send(&Reply::Progress(Progress { stage, done, total, elapsed_ms }));
    }
}
