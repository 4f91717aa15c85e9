//! Special tokens in trusted text.

use std::collections::HashMap;

/// Texts that are one token wherever trusted text has them.
#[derive(Debug, Clone)]
pub(super) struct Specials {
    ids: HashMap<Box<[u8]>, u32>,
    lengths: Vec<usize>, // of the texts, longest first, each once
    starts: [bool; 256], // whether any text begins with this byte
}

/// A stretch of trusted text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Between special tokens.
    Text(&'a str),
    /// A special token.
    Special(u32),
}

impl Specials {
    /// Bytes of a special token. Every length that occurs is tried at every position where one may begin, so the
    /// limit bounds the work that a hostile vocabulary can cause. Known ones stay below 40.
    pub(super) const MAX_BYTES: usize = 256;

    /// The texts are at most [`Self::MAX_BYTES`] long; empty ones never match.
    pub(super) fn new<'a>(texts: impl Iterator<Item = (&'a str, u32)>) -> Self {
        let ids: HashMap<Box<[u8]>, u32> =
            texts.filter(|(text, _)| !text.is_empty()).map(|(text, id)| (text.as_bytes().into(), id)).collect();
        let mut lengths: Vec<usize> = ids.keys().map(|text| text.len()).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths.dedup();
        let mut starts = [false; 256];
        ids.keys().for_each(|text| starts[usize::from(text[0])] = true);
        Self { ids, lengths, starts }
    }

    /// Splits a text at its special tokens: the leftmost first, of those at one place the longest.
    pub(super) fn split<'a>(&self, text: &'a str, mut sink: impl FnMut(Part<'a>)) {
        let bytes = text.as_bytes();
        let (mut done, mut at) = (0, 0);
        while at < bytes.len() {
            match self.longest_at(&bytes[at..]) {
                Some((len, id)) => {
                    // A special token is valid UTF-8 itself, so it begins and ends between characters.
                    sink(Part::Text(&text[done..at]));
                    sink(Part::Special(id));
                    at += len;
                    done = at;
                }
                None => at += 1,
            }
        }
        sink(Part::Text(&text[done..]));
    }

    fn longest_at(&self, bytes: &[u8]) -> Option<(usize, u32)> {
        if !self.starts[usize::from(bytes[0])] {
            return None;
        }
        let candidates = self.lengths.iter().filter_map(|len| bytes.get(..*len));
        candidates.into_iter().find_map(|text| Some((text.len(), *self.ids.get(text)?)))
    }
}
