//! Work side by side, a thread each.

use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::LearnError;

/// Threads, each of which runs what it is given, matrix products too, alone. So the results depend on no number of theirs.
#[derive(Debug)]
pub(super) struct SideBySide(Vec<ThreadPool>); // of one thread each; none where one thread is all

impl SideBySide {
    /// So many threads.
    ///
    /// # Errors
    /// [`LearnError::Setting`] when the system refuses them.
    pub(super) fn new(threads: usize) -> Result<Self, LearnError> {
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build();
        let pools = if threads > 1 { (0..threads).map(pool).collect() } else { Ok(Vec::new()) };
        pools.map(Self).map_err(|error| LearnError::setting("shards", threads, &error.to_string()))
    }

    /// `one` of every item, in their order.
    pub(super) fn map<I: Sync, O: Send>(&self, items: &[I], one: impl Fn(&I) -> O + Sync) -> Vec<O> {
        let threads = self.0.len();
        if threads == 0 {
            return items.iter().map(one).collect();
        }
        let one = &one;
        let mut lanes: Vec<std::vec::IntoIter<O>> = std::thread::scope(|scope| {
            let lanes = self.0.iter().enumerate().map(|(first, pool)| {
                let work = move || items.iter().skip(first).step_by(threads).map(one).collect::<Vec<O>>();
                scope.spawn(move || pool.install(work))
            });
            let lanes: Vec<_> = lanes.collect();
            let join = |lane: ScopedJoinHandle<'_, Vec<O>>| lane.join().unwrap_or_else(|panic| resume_unwind(panic));
            lanes.into_iter().map(|lane| join(lane).into_iter()).collect()
        });
        (0..items.len()).filter_map(|item| lanes[item % threads].next()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_their_order() {
        let items: Vec<usize> = (0..11).collect();
        for threads in 1..5 {
            let squares = SideBySide::new(threads).expect("few").map(&items, |item| item * item);
            assert_eq!(squares, items.iter().map(|item| item * item).collect::<Vec<_>>(), "{threads}");
        }
    }
}
