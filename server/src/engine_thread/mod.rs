//! One model, one thread: the thread loads the engine, owns it, and works off a bounded queue of requests.
//!
//! A request carries the sending half of its events. When the receiver is dropped the engine stops at its next chunk
//! (a prefill batch or a token), and a request that still waits is skipped. A panic fails the request that caused it;
//! the engine is then loaded anew, because nothing is known of the state it was left in.

mod gauges;
mod job;
mod run;

use std::path::Path;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use duet_engine::runtime::{EngineInfo, Limits};

pub(crate) use gauges::Gauges;
pub(crate) use job::{ChatEvent, ChatJob, Job};
use run::EngineThread;

use crate::model_file::ModelFile;
use crate::{ApiError, Inference};

/// Requests that may wait before a model; the next one is told to come back.
pub(crate) const QUEUE: usize = 32;

/// What a model is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Being read and placed on its device.
    Loading {
        /// Tensors loaded.
        done: usize,
        /// Tensors in the file; 0 until it is known.
        total: usize,
    },
    /// Answering.
    Ready {
        /// What is loaded.
        info: EngineInfo,
        /// What a request may ask for.
        limits: Limits,
    },
    /// Not loaded, and why.
    Failed(String),
}

/// A model that this server offers: the near end of its engine thread.
#[derive(Debug)]
pub struct Model {
    shared: Arc<Shared>,
    queue: SyncSender<Job>,
}

/// What both ends of the queue see.
#[derive(Debug)]
pub(crate) struct Shared {
    name: String,
    file: Option<Arc<ModelFile>>,
    status: Mutex<Status>,
    gauges: Gauges,
}

impl Model {
    /// Starts the thread of a model, which begins to load at once. `load` is told how to report progress (tensors
    /// loaded, tensors in all); it is called again after a panic. `file` is what `/models/NAME.gguf` serves, provided
    /// that it is a model file.
    ///
    /// # Errors
    /// When the system starts no more threads.
    pub fn start<E: Inference + 'static>(
        name: &str,
        file: Option<&Path>,
        load: impl Fn(&mut dyn FnMut(usize, usize)) -> Result<E, String> + Send + 'static,
    ) -> std::io::Result<Self> {
        let file = file.and_then(ModelFile::open).map(Arc::new);
        if let Some(file) = file.clone() {
            std::thread::Builder::new().name(format!("digest {name}")).spawn(move || file.digest())?;
        }
        let shared = Arc::new(Shared {
            name: name.to_owned(),
            file,
            status: Mutex::new(Status::Loading { done: 0, total: 0 }),
            gauges: Gauges::default(),
        });
        let (queue, jobs) = sync_channel(QUEUE);
        let thread = EngineThread { shared: Arc::clone(&shared), jobs };
        std::thread::Builder::new().name(format!("engine {name}")).spawn(move || thread.run(load))?;
        Ok(Self { shared, queue })
    }

    /// The name it goes by.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// What it is doing.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// The file it is loaded from, for the page to load as well.
    pub(crate) fn file(&self) -> Option<&ModelFile> {
        self.shared.file.as_deref()
    }

    /// Work waiting, running and done.
    pub(crate) fn gauges(&self) -> &Gauges {
        &self.shared.gauges
    }

    /// What a request may ask for, once the model is ready.
    ///
    /// # Errors
    /// [`ApiError::Loading`] or [`ApiError::LoadFailed`].
    pub(crate) fn limits(&self) -> Result<Limits, ApiError> {
        match self.status() {
            Status::Ready { limits, .. } => Ok(limits),
            Status::Loading { .. } => Err(ApiError::Loading(self.name().to_owned())),
            Status::Failed(reason) => Err(ApiError::LoadFailed { name: self.name().to_owned(), reason }),
        }
    }

    /// Queues a request.
    ///
    /// # Errors
    /// [`ApiError::Busy`] when the queue is full; what [`Self::limits`] says when the model is not ready.
    pub(crate) fn submit(&self, job: Job) -> Result<(), ApiError> {
        self.limits()?;
        let gauges = &self.shared.gauges;
        gauges.enqueued();
        self.queue.try_send(job).map_err(|error| {
            gauges.dequeued();
            let name = self.name().to_owned();
            match error {
                TrySendError::Full(_) => ApiError::Busy { name, queued: gauges.queued(), limit: QUEUE },
                TrySendError::Disconnected(_) => {
                    ApiError::LoadFailed { name, reason: "its thread has ended".to_owned() }
                }
            }
        })
    }
}

impl Shared {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    // The lock is held for one assignment or clone, so a panic cannot leave the status half written.
    fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_status(&self, status: Status) {
        *self.status.lock().unwrap_or_else(PoisonError::into_inner) = status;
    }
}
