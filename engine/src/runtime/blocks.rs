//! Which KV blocks belong to which sequence: reference-counted, so that forks share what they have in common.

use super::RuntimeError;
use crate::backend::KV_BLOCK;

/// The blocks of one cache.
#[derive(Debug, Clone)]
pub(crate) struct BlockPool {
    holders: Vec<u32>, // (blocks) sequences that hold each block
    free: Vec<u32>,    // blocks that nobody holds; the lowest is taken first
}

/// One sequence's positions in the cache.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    table: Vec<u32>, // (⌈len / KV_BLOCK⌉) blocks in order of position
    len: usize,      // positions written, or being written
}

impl BlockPool {
    /// A pool of `blocks` free blocks.
    pub(crate) fn new(blocks: usize) -> Self {
        Self { holders: vec![0; blocks], free: (0..blocks as u32).rev().collect() }
    }

    /// Blocks that nobody holds.
    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }

    /// Fails unless `needed` blocks are free.
    pub(crate) fn require(&self, needed: usize) -> Result<(), RuntimeError> {
        if needed > self.free() {
            return Err(RuntimeError::CacheFull { needed, free: self.free(), total: self.holders.len() });
        }
        Ok(())
    }

    /// Makes room for `more` positions. Returns the block to copy, `(from, to)`, when the last block was shared: a
    /// fork's first write into it. On error the sequence is as it was.
    pub(crate) fn extend(&mut self, sequence: &mut Sequence, more: usize) -> Result<Option<(u32, u32)>, RuntimeError> {
        let new_len = sequence.len + more;
        let grows = new_len.div_ceil(KV_BLOCK) - sequence.table.len();
        let partial = !sequence.len.is_multiple_of(KV_BLOCK);
        let shared =
            sequence.table.last().copied().filter(|last| partial && more > 0 && self.holders[*last as usize] > 1);
        self.require(grows + usize::from(shared.is_some()))?;
        let copy = shared.map(|from| {
            let to = self.take();
            self.holders[from as usize] -= 1;
            *sequence.table.last_mut().expect("invariant: a shared last block exists") = to;
            (from, to)
        });
        for _ in 0..grows {
            let block = self.take();
            sequence.table.push(block);
        }
        sequence.len = new_len;
        Ok(copy)
    }

    /// A sequence with the same positions, sharing every block.
    pub(crate) fn fork(&mut self, sequence: &Sequence) -> Sequence {
        for block in &sequence.table {
            self.holders[*block as usize] += 1;
        }
        Sequence { table: sequence.table.clone(), len: sequence.len }
    }

    /// Gives a sequence's blocks back.
    pub(crate) fn release(&mut self, sequence: Sequence) {
        for block in sequence.table.into_iter().rev() {
            let holders = &mut self.holders[block as usize];
            *holders -= 1;
            if *holders == 0 {
                self.free.push(block);
            }
        }
    }

    fn take(&mut self) -> u32 {
        let block = self.free.pop().expect("invariant: `require` came first");
        self.holders[block as usize] = 1;
        block
    }
}

impl Sequence {
    /// Blocks in order of position.
    pub(crate) fn table(&self) -> &[u32] {
        &self.table
    }

    /// Positions in use.
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_fork_copies_only_the_partial_block_and_only_once() {
        let mut pool = BlockPool::new(8);
        let mut first = Sequence::default();
        assert_eq!(pool.extend(&mut first, KV_BLOCK + 3).expect("fits"), None);
        let mut second = pool.fork(&first);
        assert_eq!(pool.free(), 6);
        let shared = first.table()[1];
        let copy = pool.extend(&mut second, 1).expect("fits").expect("the last block is shared");
        assert_eq!(copy, (shared, second.table()[1]));
        assert_eq!(pool.extend(&mut second, 1).expect("fits"), None);
        assert_eq!(pool.extend(&mut first, 1).expect("fits"), None, "its holder count is back to one");
        pool.release(first);
        pool.release(second);
        assert_eq!(pool.free(), 8);
    }

    #[test]
    fn a_full_pool_says_what_is_missing_and_changes_nothing() {
        let mut pool = BlockPool::new(2);
        let mut sequence = Sequence::default();
        let error = pool.extend(&mut sequence, 3 * KV_BLOCK).expect_err("three blocks of two");
        assert_eq!(error, RuntimeError::CacheFull { needed: 3, free: 2, total: 2 });
        assert_eq!((sequence.len(), pool.free()), (0, 2));
    }

    proptest! {
        /// Whatever is extended, forked and released: no block is ever lost or written by two sequences.
        #[test]
        fn no_block_is_lost_or_shared_for_writing(actions in prop::collection::vec((0..3u8, 0..4usize, 1..40usize), 1..60)) {
            let mut pool = BlockPool::new(24);
            let mut live: Vec<Sequence> = vec![Sequence::default()];
            for (action, which, more) in actions {
                let which = which % live.len();
                match action {
                    0 if pool.extend(&mut live[which], more).is_ok() => {
                        let last = *live[which].table().last().expect("just extended");
                        let holders = live.iter().filter(|s| s.table().contains(&last)).count();
                        prop_assert_eq!(holders, 1, "the block being written has one holder");
                    }
                    0 => {}
                    1 if live.len() < 6 => {
                        let fork = pool.fork(&live[which]);
                        live.push(fork);
                    }
                    _ if live.len() > 1 => pool.release(live.swap_remove(which)),
                    _ => {}
                }
                let mut held: Vec<u32> = live.iter().flat_map(|s| s.table().to_vec()).collect();
                held.sort_unstable();
                held.dedup();
                prop_assert_eq!(held.len() + pool.free(), 24);
            }
        }
    }
}
