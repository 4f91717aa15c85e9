//! Threads that share the pieces of one operation.

use std::sync::Mutex;

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::backend::BackendError;

/// Multiplications below which an operation stays on the calling thread: waking another costs about as much.
const INLINE_BELOW: usize = 100_000;

/// Buffers of one thread, grown to what the model needs and kept.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// (TILE, widest stride) unpacked weights.
    pub(super) tile: Vec<f32>,
    /// (positions) attention scores of one head.
    pub(super) scores: Vec<f32>,
}

/// The calling thread and its companions.
#[derive(Debug)]
pub(super) struct Workers {
    companions: Option<ThreadPool>,
    scratches: Vec<Scratch>,
}

impl Workers {
    /// `threads` threads, the calling one included; in the browser always one.
    pub(super) fn new(threads: usize) -> Result<Self, BackendError> {
        let threads = if cfg!(target_arch = "wasm32") { 1 } else { threads.max(1) };
        let build =
            || ThreadPoolBuilder::new().num_threads(threads - 1).thread_name(|i| format!("duet-cpu-{i}")).build();
        let companions = (threads > 1).then(build).transpose();
        let companions = companions.map_err(|error| BackendError::Device(format!("{threads} threads: {error}")))?;
        Ok(Self { companions, scratches: (0..threads).map(|_| Scratch::default()).collect() })
    }

    /// Threads, the calling one included.
    pub(super) fn threads(&self) -> usize {
        self.scratches.len()
    }

    /// Runs `work` on every piece, on one thread when the whole is small. `multiplications` says how large it is.
    pub(super) fn share<T: Send>(
        &mut self,
        multiplications: usize,
        pieces: impl Iterator<Item = T> + Send,
        work: impl Fn(&mut Scratch, T) + Sync,
    ) {
        let (own, others) = self.scratches.split_first_mut().expect("invariant: at least one thread");
        let Some(companions) = self.companions.as_ref().filter(|_| multiplications >= INLINE_BELOW) else {
            return pieces.for_each(|piece| work(own, piece));
        };
        let queue = Mutex::new(pieces);
        let next = || queue.lock().expect("invariant: taking a piece does not panic").next();
        let run = |scratch: &mut Scratch| {
            while let Some(piece) = next() {
                work(scratch, piece);
            }
        };
        companions.in_place_scope(|scope| {
            others.iter_mut().for_each(|scratch| scope.spawn(|_| run(scratch)));
            run(own);
        });
    }
}
