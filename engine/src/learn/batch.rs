//! Examples side by side, padded to the longest.

use super::Example;

/// B sequences of T tokens each, and which rows have a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    tokens: Vec<u32>,      // (B · T) inputs; padding is token 0
    lengths: Vec<usize>,   // (B) rows that are no padding
    time: usize,           // T
    target_rows: Vec<u32>, // (M) rows with a target, ascending
    targets: Vec<u32>,     // (M)
}

impl Batch {
    /// Puts examples side by side. The last token of an example is a target only, never an input.
    #[must_use]
    pub fn new(examples: &[Example]) -> Self {
        let lengths: Vec<usize> = examples.iter().map(|example| example.tokens().len() - 1).collect();
        let time = lengths.iter().copied().max().unwrap_or(0);
        let mut batch = Self { tokens: Vec::new(), lengths, time, target_rows: Vec::new(), targets: Vec::new() };
        for (index, example) in examples.iter().enumerate() {
            let tokens = example.tokens();
            batch.tokens.extend_from_slice(&tokens[..tokens.len() - 1]);
            batch.tokens.resize((index + 1) * time, 0);
            for output in example.output() {
                batch.target_rows.push((index * time + output - 1) as u32);
                batch.targets.push(tokens[output]);
            }
        }
        batch
    }

    /// (B · T) input tokens.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// (B) rows of each sequence that are no padding.
    #[must_use]
    pub fn lengths(&self) -> &[usize] {
        &self.lengths
    }

    /// Rows of a sequence, T.
    #[must_use]
    pub fn time(&self) -> usize {
        self.time
    }

    /// (M) rows whose next token is to be predicted.
    #[must_use]
    pub fn target_rows(&self) -> &[u32] {
        &self.target_rows
    }

    /// (M) those tokens.
    #[must_use]
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Input tokens without the padding.
    #[must_use]
    pub fn real_tokens(&self) -> usize {
        self.lengths.iter().sum()
    }
}
