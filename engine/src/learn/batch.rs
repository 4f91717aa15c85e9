//! Examples side by side, padded to the longest.

use super::Example;

/// B sequences of T tokens each, and which rows have a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    tokens: Vec<u32>,      // (B · T) inputs; padding is token 0
    lengths: Vec<usize>,   // (B) rows that are no padding
    time: usize,           // T
    target_rows: Vec<u32>, // (M) rows with a target, ascending
    targets: Vec<u32>,     // (M)
    weights: Vec<f32>,     // (M)
}

impl Batch {
    /// Puts examples side by side. The last token of an example is a target only, never an input.
    #[must_use]
    pub fn new(examples: &[Example]) -> Self {
        let lengths: Vec<usize> = examples.iter().map(|example| example.tokens().len() - 1).collect();
        let time = lengths.iter().copied().max().unwrap_or(0);
        let mut batch = Self { lengths, ..Self::empty(time) };
        for (index, example) in examples.iter().enumerate() {
            let tokens = example.tokens();
            batch.tokens.extend_from_slice(&tokens[..tokens.len() - 1]);
            batch.tokens.resize((index + 1) * time, 0);
            for output in example.output() {
                batch.target_rows.push((index * time + output - 1) as u32);
                batch.targets.push(tokens[output]);
            }
            batch.weights.extend_from_slice(example.weights());
        }
        batch
    }

    fn empty(time: usize) -> Self {
        let (lengths, targets, weights) = Default::default();
        Self { tokens: Vec::new(), lengths, time, target_rows: Vec::new(), targets, weights }
    }

    /// The batch as `count` smaller ones of like lengths, or fewer where there are not as many examples.
    #[must_use]
    pub fn shards(&self, count: usize) -> Vec<Self> {
        let shard = |shard: usize| {
            let members: Vec<usize> = (shard..self.lengths.len()).step_by(count).collect();
            let time = members.iter().map(|member| self.lengths[*member]).max()?;
            let mut part = Self::empty(time);
            for (place, member) in members.into_iter().enumerate() {
                let rows = member * self.time..(member + 1) * self.time;
                part.tokens.extend_from_slice(&self.tokens[rows.start..rows.start + time]);
                part.lengths.push(self.lengths[member]);
                let first = self.target_rows.partition_point(|row| (*row as usize) < rows.start);
                let last = self.target_rows.partition_point(|row| (*row as usize) < rows.end);
                part.targets.extend_from_slice(&self.targets[first..last]);
                part.weights.extend_from_slice(&self.weights[first..last]);
                let moved = self.target_rows[first..last].iter().map(|row| *row as usize - rows.start + place * time);
                part.target_rows.extend(moved.map(|row| row as u32));
            }
            Some(part)
        };
        (0..count).filter_map(shard).collect()
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

    /// (M) what each target counts in the loss.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The sum of the weights.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.weights.iter().map(|weight| f64::from(*weight)).sum()
    }

    /// Input tokens without the padding.
    #[must_use]
    pub fn real_tokens(&self) -> usize {
        self.lengths.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_hold_what_the_batch_holds() {
        let example = |length: u32| {
            let tokens: Vec<u32> = (0..length).map(|i| 100 * length + i).collect();
            Example::new(&tokens[..2], &tokens[2..])
                .expect("not empty")
                .weighted(tokens[2..].iter().map(|t| *t as f32).collect())
        };
        let examples = [example(4), example(9), example(5), example(3), example(7)];
        let batch = Batch::new(&examples);
        for count in [1, 2, 3, 8] {
            let shards = batch.shards(count);
            assert_eq!(shards.len(), count.min(5));
            for (index, shard) in shards.iter().enumerate() {
                let members: Vec<Example> = examples.iter().skip(index).step_by(count).cloned().collect();
                assert_eq!(*shard, Batch::new(&members), "{index} of {count}");
            }
        }
    }
}
