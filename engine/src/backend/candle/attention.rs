//! Attention as candle tensors, one sequence after the other.

use candle_core::{D, Result, Tensor};

use super::CandleBackend;

impl CandleBackend {
    /// softmax(q·K / √e) · V for every row: (R, h·e).
    pub(super) fn attend(&self, layer: usize) -> Result<Tensor> {
        let mut outputs = Vec::new();
        let mut order = Vec::new(); // (R) the row that each line of the outputs belongs to
        for table in 0..self.tables.len() {
            let rows: Vec<u32> =
                (0..self.rows.len() as u32).filter(|row| self.rows[*row as usize].table as usize == table).collect();
            if !rows.is_empty() {
                outputs.push(self.attend_sequence(layer, table, &rows)?);
                order.extend(rows);
            }
        }
        let mut place = vec![0u32; order.len()];
        order.iter().zip(0..).for_each(|(row, line)| place[*row as usize] = line);
        Tensor::cat(&outputs, 0)?.index_select(&Tensor::new(place, &self.device)?, 0)
    }

    /// The rows of one sequence: (n, h·e).
    fn attend_sequence(&self, layer: usize, table: usize, rows: &[u32]) -> Result<Tensor> {
        let (heads, kv_heads, e) = (self.shape.heads, self.shape.kv_heads, self.shape.head_dim);
        let (n, group) = (rows.len(), heads / kv_heads);
        let positions: Vec<usize> = rows.iter().map(|row| self.rows[*row as usize].position as usize).collect();
        let len = positions.iter().max().map_or(0, |last| last + 1);
        let slots = (0..len).map(|position| self.slot(table, position) as u32).collect();
        let slots = Tensor::from_vec(slots, len, &self.device)?;
        // (T, k·e) → (k, T, e)
        let gather =
            |cache: &Tensor| cache.index_select(&slots, 0)?.reshape((len, kv_heads, e))?.transpose(0, 1)?.contiguous();
        let (keys, values) = (gather(&self.keys[layer])?, gather(&self.values[layer])?);
        // (n, h·e) → (k, group·n, e): the heads that share a KV head stand together
        let queries = self.query.index_select(&Tensor::new(rows, &self.device)?, 0)?;
        let queries = queries.reshape((n, kv_heads, group, e))?.permute((1, 2, 0, 3))?.contiguous()?;
        let queries = queries.reshape((kv_heads, group * n, e))?;
        let scores = (queries.matmul(&keys.transpose(1, 2)?.contiguous()?)? / (e as f64).sqrt())?;
        let hidden = |position: usize| (0..len).map(move |p| if p > position { f32::NEG_INFINITY } else { 0.0 });
        let mask: Vec<f32> = (0..group).flat_map(|_| positions.iter().flat_map(|p| hidden(*p))).collect();
        let scores = scores.broadcast_add(&Tensor::from_vec(mask, (1, group * n, len), &self.device)?)?;
        let weights = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
        let weights = weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?;
        let gathered = weights.matmul(&values)?.reshape((kv_heads, group, n, e))?;
        gathered.permute((2, 0, 1, 3))?.reshape((n, heads * e))
    }
}
