//! The block tables of a case.

use super::cases::{Case, LogitRows};
use super::noise::Noise;
use crate::backend::{Batch, KV_BLOCK, Row};

/// Blocks of the sequences in shuffled order, forks sharing those of the first.
pub(super) struct Tables {
    tables: Vec<Vec<u32>>,
    /// Blocks that no table uses.
    pub(super) spare: Vec<u32>,
}

/// A batch that owns its rows and tables.
pub(super) struct OwnedBatch {
    pub(super) rows: Vec<Row>,
    pub(super) tables: Vec<Vec<u32>>,
    pub(super) logit_rows: Vec<u32>,
}

impl OwnedBatch {
    /// Runs `f` on the batch: its tables are borrowed twice over, which no field could hold.
    pub(super) fn with<T>(&self, f: impl FnOnce(&Batch<'_>) -> T) -> T {
        let tables: Vec<&[u32]> = self.tables.iter().map(Vec::as_slice).collect();
        f(&Batch { rows: &self.rows, tables: &tables, logit_rows: &self.logit_rows })
    }
}

impl Tables {
    pub(super) fn new(case: &Case, noise: &mut Noise) -> Self {
        let mut pool: Vec<u32> = (0..case.capacity().kv_blocks as u32).collect();
        noise.shuffle(&mut pool);
        let mut tables: Vec<Vec<u32>> = Vec::new();
        for span in &case.spans {
            let mut table = tables.first().map_or(Vec::new(), |first| first[..span.shared_blocks].to_vec());
            table.extend(pool.drain(..span.own_blocks()));
            tables.push(table);
        }
        Self { tables, spare: pool }
    }

    /// The case's batch.
    pub(super) fn batch(&self, case: &Case, noise: &mut Noise) -> OwnedBatch {
        let (mut rows, mut last) = (Vec::new(), Vec::new());
        for (table, span) in case.spans.iter().enumerate() {
            let positions = span.past..span.past + span.rows;
            rows.extend(positions.map(|position| row(case, table, position, noise)));
            last.push(rows.len() as u32 - 1);
        }
        let logit_rows = match case.logit_rows {
            LogitRows::Last => last,
            LogitRows::All => (0..rows.len() as u32).collect(),
        };
        OwnedBatch { rows, tables: self.tables.clone(), logit_rows }
    }

    /// The batches that fill the cache up to the case's batch, each as long as the capacity allows.
    pub(super) fn past(&self, case: &Case, noise: &mut Noise) -> Vec<OwnedBatch> {
        let mut rows = Vec::new();
        for (table, span) in case.spans.iter().enumerate() {
            let positions = span.shared_blocks * KV_BLOCK..span.past;
            rows.extend(positions.map(|position| row(case, table, position, noise)));
        }
        let batch =
            |rows: &[Row]| OwnedBatch { rows: rows.to_vec(), tables: self.tables.clone(), logit_rows: Vec::new() };
        rows.chunks(case.capacity().rows).map(batch).collect()
    }

    /// One row after the first sequence's batch, whose last block is `block` instead of its own.
    pub(super) fn forked(&self, case: &Case, block: u32, noise: &mut Noise) -> (u32, OwnedBatch) {
        let position = case.spans[0].past + case.spans[0].rows;
        let mut table = self.tables[0].clone();
        let replaced = std::mem::replace(&mut table[position / KV_BLOCK], block);
        (
            replaced,
            OwnedBatch { rows: vec![row(case, 0, position, noise)], tables: vec![table], logit_rows: Vec::new() },
        )
    }

    /// The last row of the first sequence alone.
    pub(super) fn original(&self, case: &Case, noise: &mut Noise) -> OwnedBatch {
        let position = case.spans[0].past + case.spans[0].rows - 1;
        let rows = vec![row(case, 0, position, noise)];
        OwnedBatch { rows, tables: vec![self.tables[0].clone()], logit_rows: Vec::new() }
    }
}

fn row(case: &Case, table: usize, position: usize, noise: &mut Noise) -> Row {
    Row { token: noise.below(case.shape.vocab) as u32, position: position as u32, table: table as u32 }
}
