//! Messages between the page and its worker: JSON over `postMessage`, a `File` beside it where a command needs one.
//!
//! Every command has an id and gets any number of passing replies ([`Reply::Progress`], [`Reply::Event`]) and exactly
//! one final reply with the same id. The worker answers [`Reply::Ready`] (id 0) once it listens: what was posted
//! earlier would be lost, so the page holds its commands back until then.

use duet_engine::reason::search::{SearchEvent, SearchRequest};
use duet_engine::reason::{SolveEvent, SolveRequest};
use serde::{Deserialize, Serialize};

/// A message with the id that ties replies to their command.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// From 1; 0 for what no command asked for.
    pub id: u32,
    /// The command or the reply.
    pub body: T,
}

/// Where the engine is wanted to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Whatever measures faster and passes its self-test.
    #[default]
    Auto,
    /// WebGPU, even where it is slower.
    Gpu,
    /// The processor, even where WebGPU would work.
    Cpu,
}

impl Wish {
    /// All, in the order of the control.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Gpu, Self::Cpu];

    /// As it stands in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        }
    }

    /// Reads [`Self::as_str`] back; anything else is no wish.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|wish| wish.as_str() == text)
    }
}

/// Where a model's bytes come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An absolute http(s) address; kept in the browser's storage afterwards.
    Url {
        /// The address.
        url: String,
        /// What the bytes must hash to, in hexadecimal.
        sha256: Option<String>,
    },
    /// The `File` posted beside the command; kept like a download.
    File,
    /// The browser's storage.
    Stored,
}

/// A model of a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// What to call it in storage and in a run.
    pub name: String,
    /// Where its bytes are.
    pub source: Source,
}

/// Searches over many stories, for curves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// How many.
    pub stories: usize,
    /// Their level; every level in turn when absent.
    pub level: Option<u8>,
    /// Everything but the problem; its seed is the first story's, too.
    pub request: SearchRequest,
    /// Width of the charts, in CSS pixels.
    pub width: u32,
}

/// What the page asks of the worker. (Tagged from outside: a tag within has to be looked for, which
/// takes more code, and sequences have no room for one.)
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Choose a backend. Final reply: [`Reply::Backend`].
    Probe {
        /// The visitor's wish.
        wish: Wish,
    },
    /// Load a model, or a pair, onto the backend that fits the wish. Final reply: [`Reply::Loaded`].
    Load {
        /// What to call it on the page.
        name: String,
        /// Attempts and refines; without a critic it judges, too. A file posted beside the command is this one's.
        actor: Part,
        /// Judges.
        critic: Option<Part>,
        /// The visitor's wish.
        wish: Wish,
    },
    /// Final reply: [`Reply::Stored`].
    ListStored,
    /// Delete a model from storage. Final reply: [`Reply::Stored`].
    DeleteStored {
        /// Its name.
        name: String,
    },
    /// Solve a problem. Final reply: [`Reply::Ended`].
    Solve {
        /// The problem and its settings.
        request: SolveRequest,
    },
    /// Search a problem. Passing replies: [`Reply::Found`]. Final reply: [`Reply::Searched`].
    Search {
        /// The problem and its settings.
        request: SearchRequest,
    },
    /// Search many stories. Passing replies: [`Reply::Swept`], one per story. Final reply: [`Reply::Ended`].
    Sweep(Sweep),
    /// Stop the command with this id at its next chunk. It still sends its own final reply; this one sends
    /// [`Reply::Ended`].
    Cancel {
        /// A `Solve`, `Search`, `Sweep` or `Load`.
        target: u32,
    },
    /// Measure the loaded model. Final reply: [`Reply::Bench`].
    Bench {
        /// How much of it.
        length: BenchLength,
    },
    /// Compare every operation of a backend with the plain-Rust reference. Final reply: [`Reply::Conformance`].
    Conformance {
        /// Never [`Wish::Auto`].
        backend: Wish,
    },
    /// Continue a text greedily. Final reply: [`Reply::Generated`].
    Generate {
        /// The text, fed as it is, without the chat template.
        prompt: String,
        /// Tokens to draw.
        max_tokens: usize,
    },
}

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchLength {
    /// Whether it works, and roughly how fast: minutes on a software GPU.
    Quick,
    /// Every row, the best of several runs.
    Whole,
}

/// What the worker answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The worker listens now.
    Ready,
    /// How far a load has come; not final.
    Progress(Progress),
    /// Something happened in a run; not final.
    Event(Timed),
    /// Things that happened in a search; not final.
    Found(Vec<Found>),
    /// A sweep has one more story; not final.
    Swept(Box<Swept>),
    /// A search ended.
    Searched {
        /// Its [`SearchRecord`](duet_engine::reason::search::SearchRecord) as JSON, to be kept as it is.
        record: String,
    },
    /// The backend that was chosen.
    Backend(BackendChoice),
    /// A model is ready.
    Loaded(Loaded),
    /// What the storage holds.
    Stored(Storage),
    /// The command ended and has nothing to say beyond what it said.
    Ended,
    /// Measurements.
    Bench(BenchReport),
    /// Conformance, one line per finding.
    Conformance {
        /// The backend's own name.
        backend: String,
        /// Cases compared.
        cases: usize,
        /// What differed, in words; empty when everything conforms.
        failures: Vec<String>,
    },
    /// A greedy continuation.
    Generated {
        /// Token ids of the prompt.
        prompt: Vec<u32>,
        /// The drawn token ids.
        ids: Vec<u32>,
        /// Their text.
        text: String,
    },
    /// The command failed.
    Failed(Failure),
}

impl Reply {
    /// Whether the command is over.
    #[must_use]
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Ready | Self::Progress(_) | Self::Event(_) | Self::Found(_) | Self::Swept(_))
    }
}

/// A part of loading a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Bytes over the network, or from a file, into storage.
    Fetching,
    /// Bytes from storage into memory.
    Reading,
    /// Tensors onto the backend; counts tensors, not bytes.
    Placing,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is going on.
    pub stage: Stage,
    /// Bytes (or tensors) done.
    pub done: u64,
    /// Bytes (or tensors) in all, where known.
    pub total: Option<u64>,
    /// Milliseconds since the stage began.
    pub elapsed_ms: f64,
}

/// An event of a run with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timed {
    /// Milliseconds since the run began.
    pub at_ms: u64,
    /// What happened.
    pub event: SolveEvent,
}

/// An event of a search with its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Milliseconds since the search began.
    pub at_ms: u64,
    /// What happened.
    pub event: SearchEvent,
}

/// A sweep so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Swept {
    /// Stories searched.
    pub done: usize,
    /// Milliseconds since the sweep began.
    pub at_ms: u64,
    /// What is known now.
    pub curves: Vec<Curve>,
    /// The chart against samples, then the chart against tokens: SVG.
    pub charts: [String; 2],
    /// The new story's gold answer and records, as JSON, to be kept as they are.
    pub record: String,
}

/// Accuracy for every number of samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// In words.
    pub name: String,
    /// In the order of K.
    pub points: Vec<Point>,
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Samples with a critic, or the number that costs as much as.
    pub k: usize,
    /// Share of the stories whose vote is right.
    pub accuracy: f64,
    /// Its 95 % interval, by bootstrap over the stories.
    pub low: f64,
    /// See `low`.
    pub high: f64,
    /// Tokens read and written for one story, on average.
    pub tokens: f64,
}

/// A backend, and why it and no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendChoice {
    /// [`Wish::Gpu`] or [`Wish::Cpu`].
    pub chosen: Wish,
    /// One sentence for the visitor.
    pub reason: String,
    /// The adapter's name, where there is one.
    pub adapter: Option<String>,
    /// The GPU's self-test: absent when there is no GPU, else what was wrong, or nothing.
    pub self_test: Option<Result<(), String>>,
    /// Milliseconds that one token through the measured stack of layers took on the GPU.
    pub gpu_ms: Option<f64>,
    /// The same on the processor.
    pub cpu_ms: Option<f64>,
}

/// A model that is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// Its name.
    pub model: String,
    /// The actor's own backend's name.
    pub backend: String,
    /// Which kind of backend that is.
    pub kind: Wish,
    /// Why that one.
    pub choice: BackendChoice,
    /// Whether there is a critic beside the actor.
    pub pair: bool,
    /// Weights, of both.
    pub parameters: u64,
    /// Bytes of the packed weights, of both.
    pub weight_bytes: u64,
    /// Positions in one sequence.
    pub context: usize,
    /// From the command to ready.
    pub seconds: f64,
    /// Whether its bytes now lie in the browser's storage.
    pub stored: bool,
    /// What a visitor should know about the storage, e.g. why the model was not kept.
    pub note: Option<String>,
}

/// The browser's storage.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// Why nothing can be kept, where that is so.
    pub unavailable: Option<String>,
    /// Complete models.
    pub models: Vec<StoredModel>,
}

/// A model in storage; written there only after its last byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredModel {
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its hash, in hexadecimal.
    pub sha256: String,
    /// Where it came from: an address, or `file`.
    pub origin: String,
}

/// Measurements of the loaded model, in the form of `duet bench --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// The model's name.
    pub model: String,
    /// The backend's own name.
    pub backend: String,
    /// Always 1 in the browser.
    pub threads: usize,
    /// Kernel dispatches per decoded token of one sequence (0 on the processor).
    pub dispatches_per_token: f64,
    /// Queue submissions, likewise.
    pub submits_per_token: f64,
    /// Bytes read back from the device, likewise.
    pub readback_bytes_per_token: f64,
    /// One figure each.
    pub rows: Vec<BenchRow>,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchRow {
    /// `prefill N`, `decode N` or `batched decode N`.
    pub name: String,
    /// The best run, all sequences together.
    pub tokens_per_second: f64,
    /// Every run.
    pub runs: Vec<f64>,
}

/// What went wrong, as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened.
    pub what: String,
    /// Why.
    pub why: String,
    /// What the visitor can do.
    pub hint: String,
    /// The model that was loaded is not any more.
    #[serde(default)]
    pub unloaded: bool,
}

impl Failure {
    /// A failure from its three sentences.
    pub fn new(what: impl Into<String>, why: impl ToString, hint: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.to_string(), hint: hint.into(), unloaded: false }
    }
}

#[cfg(test)]
mod tests {
    use duet_engine::reason::Side;

    use super::*;

    /// Some shapes of enums compile and cannot be written.
    #[test]
    fn every_kind_of_message_survives_the_line() {
        let found = Found { at_ms: 1, event: SearchEvent::Text { chain: 0, side: Side::Attempt, text: "1".into() } };
        let swept = Swept {
            done: 1,
            at_ms: 2,
            curves: vec![Curve { name: "one".into(), points: Vec::new() }],
            charts: [String::new(), String::new()],
            record: "{}".into(),
        };
        let timed = Timed { at_ms: 1, event: SolveEvent::Turn { side: Side::Attempt } };
        let progress = Progress { stage: Stage::Fetching, done: 1, total: None, elapsed_ms: 1.0 };
        let replies = [
            Reply::Ready,
            Reply::Progress(progress),
            Reply::Event(timed),
            Reply::Found(vec![found]),
            Reply::Swept(Box::new(swept)),
            Reply::Searched { record: "{}".into() },
            Reply::Stored(Storage::default()),
            Reply::Ended,
            Reply::Failed(Failure::new("a", "b", "c")),
        ];
        for reply in replies {
            let text = serde_json::to_string(&Envelope { id: 1, body: &reply }).expect("can be written");
            let back: Envelope<Reply> = serde_json::from_str(&text).expect("can be read");
            assert_eq!(format!("{:?}", back.body), format!("{reply:?}"));
        }
        let part = |source| Part { name: "a".into(), source };
        let url = Source::Url { url: "x".into(), sha256: None };
        let load =
            Command::Load { name: "a".into(), actor: part(Source::File), critic: Some(part(url)), wish: Wish::Auto };
        let request = SearchRequest::default();
        let sweep = Command::Sweep(Sweep { stories: 1, level: None, request: request.clone(), width: 300 });
        for command in [load, sweep, Command::Search { request }, Command::ListStored] {
            let text = serde_json::to_string(&Envelope { id: 1, body: &command }).expect("can be written");
            let back: Envelope<Command> = serde_json::from_str(&text).expect("can be read");
            assert_eq!(format!("{:?}", back.body), format!("{command:?}"));
        }
    }
}
