//! The numbers that fix every buffer's size, checked once.

use super::{BackendError, Batch, KV_BLOCK};

/// Which components of a head a rotation pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RopePairs {
    /// (0, 1), (2, 3), …: llama files, whose query and key rows are permuted for it.
    Adjacent,
    /// (i, i + e/2): the other families.
    Halves,
}

/// Rotary position embedding: pair i of a head is turned by `position · base^(−2i/e)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rope {
    /// Base of the frequencies, e.g. 10,000.
    pub base: f32,
    /// Which components form a pair.
    pub pairs: RopePairs,
}

/// The shape of a decoder-only transformer.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Layers.
    pub layers: usize,
    /// Width of the residual stream, d.
    pub width: usize,
    /// Query heads, h.
    pub heads: usize,
    /// Key and value heads, k; divides `heads`.
    pub kv_heads: usize,
    /// Components of one head, e; even.
    pub head_dim: usize,
    /// Width of the feed-forward layer, f.
    pub hidden: usize,
    /// Token ids, v.
    pub vocab: usize,
    /// Added to the mean square in a norm.
    pub norm_eps: f32,
    /// Position embedding.
    pub rope: Rope,
}

/// How much a backend is made to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Rows in one batch, R.
    pub rows: usize,
    /// Rows with logits in one batch, L; also the number of sequences decoded together.
    pub logit_rows: usize,
    /// Blocks of [`KV_BLOCK`] positions in the cache.
    pub kv_blocks: usize,
    /// Positions that one sequence may have (its block table's length × [`KV_BLOCK`]).
    pub context: usize,
}

impl Shape {
    /// Checks that the numbers are possible at all: a backend may rely on them.
    ///
    /// # Errors
    /// [`BackendError::Shape`] naming the first number out of range.
    pub fn validate(&self) -> Result<(), BackendError> {
        let within = |field, value: usize, max: usize| {
            if value == 0 || value > max {
                return Err(BackendError::Shape {
                    field,
                    value: value as u64,
                    rule: format!("must be within 1..={max}"),
                });
            }
            Ok(())
        };
        within("layers", self.layers, 1 << 10)?;
        within("width", self.width, 1 << 17)?;
        within("heads", self.heads, 1 << 10)?;
        within("kv_heads", self.kv_heads, 1 << 10)?;
        within("head_dim", self.head_dim, 1 << 10)?;
        within("hidden", self.hidden, 1 << 20)?;
        within("vocab", self.vocab, 1 << 22)?;
        if !self.heads.is_multiple_of(self.kv_heads) {
            let rule = format!("must be a multiple of kv_heads ({})", self.kv_heads);
            return Err(BackendError::Shape { field: "heads", value: self.heads as u64, rule });
        }
        if !self.head_dim.is_multiple_of(4) {
            let rule = "must be a multiple of 4".to_owned();
            return Err(BackendError::Shape { field: "head_dim", value: self.head_dim as u64, rule });
        }
        if !(self.norm_eps.is_finite() && self.norm_eps >= 0.0 && self.rope.base.is_finite() && self.rope.base > 0.0) {
            let rule = format!("and norm eps {} must be finite and positive", self.norm_eps);
            return Err(BackendError::Shape { field: "rope base", value: self.rope.base as u64, rule });
        }
        Ok(())
    }

    /// h·e: width of the queries and of what attention gathers.
    #[must_use]
    pub fn query_width(&self) -> usize {
        self.heads * self.head_dim
    }

    /// k·e: width of one position's keys, and of its values.
    #[must_use]
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Checks a batch: what every [`super::Backend::begin`] calls first.
    ///
    /// # Errors
    /// [`BackendError::Batch`] naming the first number out of range.
    pub fn check(&self, capacity: &Capacity, batch: &Batch<'_>) -> Result<(), BackendError> {
        let at_most = |field, value: usize, limit: usize| {
            if value > limit {
                return Err(BackendError::Batch { field, value: value as u64, limit: limit as u64 });
            }
            Ok(())
        };
        if batch.rows.is_empty() {
            return Err(BackendError::Batch { field: "rows", value: 0, limit: capacity.rows as u64 });
        }
        at_most("rows", batch.rows.len(), capacity.rows)?;
        at_most("logit rows", batch.logit_rows.len(), capacity.logit_rows)?;
        at_most("sequences", batch.tables.len(), capacity.rows)?;
        for table in batch.tables {
            at_most("block table length", table.len(), capacity.context.div_ceil(KV_BLOCK))?;
            for block in *table {
                at_most("block", *block as usize, capacity.kv_blocks - 1)?;
            }
        }
        for row in batch.rows {
            at_most("token", row.token as usize, self.vocab - 1)?;
            at_most("table index", row.table as usize + 1, batch.tables.len())?;
            let positions = batch.tables[row.table as usize].len() * KV_BLOCK;
            at_most("position", row.position as usize + 1, positions.min(capacity.context))?;
        }
        for row in batch.logit_rows {
            at_most("logit row", *row as usize + 1, batch.rows.len())?;
        }
        Ok(())
    }
}
