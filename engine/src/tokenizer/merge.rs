//! Byte-pair merging of one word.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// A merge: its rank (lower goes first) and the token it makes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Merge {
    pub(super) rank: u32,
    pub(super) merged: u32,
}

/// The merges of a vocabulary.
#[derive(Debug, Clone)]
pub(super) struct Merges {
    /// (256) the token of each byte; some vocabularies lack bytes that their corpus never had.
    pub(super) bytes: [Option<u32>; 256],
    /// (left, right) → merge
    pub(super) pairs: HashMap<(u32, u32), Merge>,
}

/// A symbol of the word being merged, in a linked list so that a merge takes constant time.
#[derive(Debug, Clone, Copy)]
struct Symbol {
    token: u32, // DEAD once merged into its left neighbour
    before: usize,
    after: usize,
}

const DEAD: u32 = u32::MAX;
const END: usize = usize::MAX;

/// A merge that was possible when it was queued: the lowest rank first, then the leftmost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: u32,
    at: usize,
    left: u32,
    right: u32,
    merged: u32,
}

/// Buffers that are used again for every word.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    symbols: Vec<Symbol>,
    queue: BinaryHeap<Reverse<Candidate>>,
}

impl Merges {
    /// Appends the tokens of a word. The queue keeps this at n log n: one word can be as long as the whole text.
    ///
    /// A byte that the vocabulary lacks is left out, as other implementations do where there is no unknown token; the
    /// unknown token itself would let untrusted text write a control token.
    pub(super) fn encode(&self, word: &[u8], scratch: &mut Scratch, out: &mut Vec<u32>) {
        let Scratch { symbols, queue } = scratch;
        symbols.clear();
        queue.clear();
        for token in word.iter().filter_map(|byte| self.bytes[usize::from(*byte)]) {
            let at = symbols.len();
            symbols.push(Symbol { token, before: at.wrapping_sub(1), after: at + 1 });
        }
        let Some(last) = symbols.last_mut() else { return };
        last.after = END;
        for at in 0..symbols.len() {
            self.queue_pair(symbols, at, queue);
        }
        while let Some(Reverse(candidate)) = queue.pop() {
            self.apply(candidate, symbols, queue);
        }
        out.extend(symbols.iter().map(|symbol| symbol.token).filter(|token| *token != DEAD));
    }

    /// Queues the merge of the symbol at `at` with the one after it, if there is one.
    fn queue_pair(&self, symbols: &[Symbol], at: usize, queue: &mut BinaryHeap<Reverse<Candidate>>) {
        let Symbol { token: left, after, .. } = symbols[at];
        if after == END {
            return;
        }
        let right = symbols[after].token;
        if let Some(Merge { rank, merged }) = self.pairs.get(&(left, right)).copied() {
            queue.push(Reverse(Candidate { rank, at, left, right, merged }));
        }
    }

    fn apply(&self, candidate: Candidate, symbols: &mut [Symbol], queue: &mut BinaryHeap<Reverse<Candidate>>) {
        let Candidate { at, left, right, merged, .. } = candidate;
        let Symbol { token, before, after } = symbols[at];
        // An earlier merge may have taken either side.
        if token != left || after == END || symbols[after].token != right {
            return;
        }
        let behind = symbols[after].after;
        symbols[at] = Symbol { token: merged, before, after: behind };
        symbols[after].token = DEAD;
        if behind != END {
            symbols[behind].before = at;
        }
        if before != END {
            self.queue_pair(symbols, before, queue);
        }
        self.queue_pair(symbols, at, queue);
    }
}
