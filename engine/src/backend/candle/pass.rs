//! What a batch is on the device: index tensors, rotations and masks, made once for all layers.

use candle_core::{Device, Result, Tensor};

use crate::backend::reference::angle;
use crate::backend::{Batch, KV_BLOCK, RopePairs, Shape};

/// A batch on the device.
#[derive(Debug)]
pub(super) struct Pass {
    /// Its rows, R.
    pub(super) rows: usize,
    /// (R) ids.
    pub(super) tokens: Tensor,
    /// (R, k·e) the cache slot of each row, repeated for `scatter_set`.
    pub(super) slots: Tensor,
    /// Cosines and sines, (R, 1, e/2, 1) for adjacent pairs and (R, 1, 1, e/2) for halves.
    pub(super) turns: [Tensor; 2],
    /// The sequences that have rows.
    pub(super) sequences: Vec<Sequence>,
    /// (R) where each row stands when the sequences' rows are put one after the other.
    pub(super) order: Tensor,
    /// (L) the rows with logits; candle knows no empty tensors.
    pub(super) logit_rows: Option<Tensor>,
}

/// The rows of one sequence.
#[derive(Debug)]
pub(super) struct Sequence {
    /// (n) which rows of the batch.
    pub(super) rows: Tensor,
    /// (p) the cache slots of its positions, up to that of its last row.
    pub(super) slots: Tensor,
    /// (1, n, p) 0 where a row may look, −∞ where not.
    pub(super) mask: Tensor,
}

impl Pass {
    pub(super) fn new(shape: &Shape, batch: &Batch<'_>, device: &Device) -> Result<Self> {
        let r = batch.rows.len();
        let slot = |table: u32, position: usize| {
            batch.tables[table as usize][position / KV_BLOCK] * KV_BLOCK as u32 + (position % KV_BLOCK) as u32
        };
        let tokens: Vec<u32> = batch.rows.iter().map(|row| row.token).collect();
        let own: Vec<u32> = batch.rows.iter().map(|row| slot(row.table, row.position as usize)).collect();
        let (mut sequences, mut order) = (Vec::new(), vec![0_u32; r]);
        let mut placed = 0;
        for table in 0..batch.tables.len() as u32 {
            let rows: Vec<usize> = (0..r).filter(|i| batch.rows[*i].table == table).collect();
            if rows.is_empty() {
                continue;
            }
            for row in &rows {
                order[*row] = placed;
                placed += 1;
            }
            let positions: Vec<usize> = rows.iter().map(|row| batch.rows[*row].position as usize).collect();
            sequences.push(Sequence::new(&rows, &positions, |position| slot(table, position), device)?);
        }
        Ok(Self {
            rows: r,
            tokens: Tensor::new(tokens, device)?,
            slots: Tensor::new(own, device)?.unsqueeze(1)?.repeat((1, shape.kv_width()))?.contiguous()?,
            turns: turns(shape, batch, device)?,
            sequences,
            order: Tensor::new(order, device)?,
            logit_rows: match batch.logit_rows {
                [] => None,
                rows => Some(Tensor::new(rows, device)?),
            },
        })
    }
}

impl Sequence {
    fn new(rows: &[usize], positions: &[usize], slot: impl Fn(usize) -> u32, device: &Device) -> Result<Self> {
        let seen = positions.iter().max().map_or(0, |last| last + 1);
        let look = |position: &usize| {
            let position = *position;
            (0..seen).map(move |p| if p <= position { 0.0 } else { f32::NEG_INFINITY })
        };
        let mask: Vec<f32> = positions.iter().flat_map(look).collect();
        Ok(Self {
            rows: Tensor::from_iter(rows.iter().map(|row| *row as u32), device)?,
            slots: Tensor::from_iter((0..seen).map(slot), device)?,
            mask: Tensor::from_vec(mask, (1, rows.len(), seen), device)?,
        })
    }
}

fn turns(shape: &Shape, batch: &Batch<'_>, device: &Device) -> Result<[Tensor; 2]> {
    let (r, pairs, e) = (batch.rows.len(), shape.head_dim / 2, shape.head_dim);
    let angles: Vec<f32> = (batch.rows.iter())
        .flat_map(|row| (0..pairs).map(|i| angle(row.position as usize, i, e, shape.rope.base)))
        .collect();
    let dims = match shape.rope.pairs {
        RopePairs::Adjacent => (r, 1, pairs, 1),
        RopePairs::Halves => (r, 1, 1, pairs),
    };
    let table = |f: fn(f32) -> f32| Tensor::from_vec(angles.iter().copied().map(f).collect(), dims, device);
    Ok([table(f32::cos)?, table(f32::sin)?])
}
