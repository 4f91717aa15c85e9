//! The passes that a case runs on both backends side by side.

use super::cases::Case;
use super::draws::{Broken, POLICIES, logits, stable_draw};
use super::model::{Model, RawModel};
use super::noise::Noise;
use super::report::CaseReport;
use super::tables::{OwnedBatch, Tables};
use crate::backend::reference::Reference;
use crate::backend::{Backend, BackendError, Batch, Draw, Register, Row};

/// Both backends with the same weights, and what was found so far.
pub(super) struct Passes<'a, B: Backend> {
    case: &'a Case,
    noise: Noise,
    tables: Tables,
    batch: OwnedBatch,
    reference: Reference,
    expected: Model<Reference>,
    tested: B,
    actual: Model<B>,
    report: CaseReport,
}

impl<'a, B: Backend> Passes<'a, B> {
    pub(super) fn new(case: &'a Case, mut tested: B) -> Result<Self, BackendError> {
        // Any seed would do; the name keeps the cases apart.
        let mut noise = Noise::new(case.name.bytes().fold(1, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte)));
        let raw = RawModel::new(case, &mut noise);
        let mut reference = Reference::new(case.shape.clone(), case.capacity())?;
        let tables = Tables::new(case, &mut noise);
        let batch = tables.batch(case, &mut noise);
        let (expected, actual) = (raw.load(&mut reference)?, raw.load(&mut tested)?);
        let report = CaseReport { case: case.name, operations: Vec::new() };
        Ok(Self { case, noise, tables, batch, reference, expected, tested, actual, report })
    }

    pub(super) fn into_report(self) -> CaseReport {
        self.report
    }

    /// Batches that `begin` must refuse.
    pub(super) fn refusals(&mut self) {
        let capacity = self.case.capacity();
        let row = Row { token: 0, position: 0, table: 0 };
        let (first, beyond) = ([0_u32], [capacity.kv_blocks as u32]);
        let (tables, outside) = ([first.as_slice()], [beyond.as_slice()]);
        let too_many = vec![row; capacity.rows + 1];
        let unknown = [Row { token: self.case.shape.vocab as u32, ..row }];
        let no_table = [Row { table: 1, ..row }];
        let too_deep = [Row { position: 16, ..row }];
        let refused = [
            ("no rows", Batch { rows: &[], tables: &tables, logit_rows: &[] }),
            ("too many rows", Batch { rows: &too_many, tables: &tables, logit_rows: &[] }),
            ("a token beyond the vocabulary", Batch { rows: &unknown, tables: &tables, logit_rows: &[] }),
            ("a block beyond the cache", Batch { rows: &[row], tables: &outside, logit_rows: &[] }),
            ("a row without a table", Batch { rows: &no_table, tables: &tables, logit_rows: &[] }),
            ("a position beyond the table", Batch { rows: &too_deep, tables: &tables, logit_rows: &[] }),
            ("logits of a row that is not there", Batch { rows: &[row], tables: &tables, logit_rows: &[1] }),
        ];
        for (what, batch) in refused {
            let difference = if self.tested.begin(&batch).is_err() { 0.0 } else { f32::INFINITY };
            self.report.enter("begin refuses", difference, what.to_owned());
        }
    }

    /// Runs the keys and values of every earlier position into both caches.
    pub(super) async fn fill_cache(&mut self) -> Result<(), BackendError> {
        for batch in self.tables.past(self.case, &mut self.noise) {
            self.begin(&batch)?;
            for layer in 0..self.case.shape.layers {
                self.write(Register::Residual, batch.rows.len(), 1.5);
                self.qkv(layer);
            }
            self.finish().await?;
        }
        Ok(())
    }

    /// Every operation of the case's batch alone, on inputs that both get anew.
    pub(super) async fn operations(&mut self) -> Result<(), BackendError> {
        let batch = self.case_batch();
        let (r, reach) = (batch.rows.len(), self.case.query_reach);
        self.begin(&batch)?;
        self.reference.embed(&self.expected.embedding);
        self.tested.embed(&self.actual.embedding);
        self.compare("embed", Register::Residual).await?;
        for layer in 0..self.case.shape.layers {
            self.write(Register::Residual, r, 1.5);
            self.qkv(layer);
            self.compare("qkv: query", Register::Query).await?;
            self.write(Register::Query, r, reach);
            self.attention(layer);
            self.compare("attention", Register::Attended).await?;
            for (from, operation) in
                [(Register::Attended, "add_projection: attended"), (Register::Hidden, "add_projection: hidden")]
            {
                self.write(from, r, 1.0);
                self.write(Register::Residual, r, 0.5);
                self.add_projection(layer, from);
                self.compare(operation, Register::Residual).await?;
            }
            self.write(Register::Residual, r, 0.3);
            self.gate_up(layer);
            self.compare("gate_up", Register::Hidden).await?;
        }
        self.write(Register::Residual, r, 1.5);
        self.logits();
        self.compare("logits", Register::Logits).await?;
        self.finish().await
    }

    /// A block is copied and its copy written to: the fork sees both, the original only its own.
    pub(super) async fn forked_block(&mut self) -> Result<(), BackendError> {
        let spare = self.tables.spare[0];
        let (from, batch) = self.tables.forked(self.case, spare, &mut self.noise);
        self.reference.copy_blocks(&[(from, spare)]);
        self.tested.copy_blocks(&[(from, spare)]);
        let original = self.tables.original(self.case, &mut self.noise);
        self.begin(&batch)?;
        for layer in 0..self.case.shape.layers {
            self.write(Register::Residual, 1, 1.5);
            self.qkv(layer);
            self.write(Register::Query, 1, self.case.query_reach);
            self.attention(layer);
            self.compare("copy_blocks: the fork", Register::Attended).await?;
        }
        self.finish().await?;
        self.begin(&original)?;
        for layer in 0..self.case.shape.layers {
            self.write(Register::Query, 1, self.case.query_reach);
            self.attention(layer);
            self.compare("copy_blocks: the original", Register::Attended).await?;
        }
        self.finish().await
    }

    /// Draws under every policy from given logits, some of them no numbers.
    pub(super) async fn draws(&mut self) -> Result<(), BackendError> {
        for (operation, broken) in [("sample", Broken::None), ("sample: logits that are no numbers", Broken::Some)] {
            let batch = self.case_batch();
            for policies in POLICIES.chunks(batch.logit_rows.len()) {
                let vocab = self.case.shape.vocab;
                let rows: Vec<Vec<f32>> = policies.iter().map(|_| logits(&mut self.noise, vocab, broken)).collect();
                let seed = self.noise.below(1 << 30) as u32;
                let draws: Vec<Draw> =
                    rows.iter().zip(policies).map(|(row, policy)| stable_draw(row, *policy, seed)).collect();
                let logit_rows = batch.logit_rows[..policies.len()].to_vec();
                let batch = OwnedBatch { rows: batch.rows.clone(), tables: batch.tables.clone(), logit_rows };
                self.begin(&batch)?;
                self.tested.write(Register::Logits, &rows.concat());
                self.reference.write(Register::Logits, &rows.concat());
                self.sample(operation, &draws).await?;
            }
        }
        Ok(())
    }

    /// The whole forward pass without interruption: what one operation leaves behind, the next must find.
    pub(super) async fn whole_pass(&mut self) -> Result<(), BackendError> {
        let batch = self.case_batch();
        self.begin(&batch)?;
        self.reference.embed(&self.expected.embedding);
        self.tested.embed(&self.actual.embedding);
        for layer in 0..self.case.shape.layers {
            self.qkv(layer);
            self.attention(layer);
            self.add_projection(layer, Register::Attended);
            self.gate_up(layer);
            self.add_projection(layer, Register::Hidden);
        }
        self.logits();
        // The tested backend's own logits decide what it should draw: near-ties are no failure of `sample`.
        let greedy = Draw { temperature: 0.0, top_k: 0, top_p: 1.0, key: [0, 0] };
        let draws = vec![greedy; batch.logit_rows.len()];
        self.tested.sample(&draws);
        let ids = self.tested.finish().await?;
        let logits = self.tested.read(Register::Logits).await?;
        let chosen = logits.chunks(self.case.shape.vocab).map(|row| crate::backend::reference::draw(row, &greedy));
        self.report.compare_ids("whole pass: greedy ids", &chosen.collect::<Vec<u32>>(), &ids);
        self.compare("whole pass: logits", Register::Logits).await
    }

    fn case_batch(&self) -> OwnedBatch {
        let OwnedBatch { rows, tables, logit_rows } = &self.batch;
        OwnedBatch { rows: rows.clone(), tables: tables.clone(), logit_rows: logit_rows.clone() }
    }

    fn width(&self, register: Register) -> usize {
        match register {
            Register::Residual => self.case.shape.width,
            Register::Query | Register::Attended => self.case.shape.query_width(),
            Register::Hidden => self.case.shape.hidden,
            Register::Logits => self.case.shape.vocab,
        }
    }

    /// Writes equal noise to the rows of a register of both.
    fn write(&mut self, register: Register, rows: usize, reach: f32) {
        let values = self.noise.vector(rows * self.width(register), reach);
        self.reference.write(register, &values);
        self.tested.write(register, &values);
    }

    async fn compare(&mut self, operation: &'static str, register: Register) -> Result<(), BackendError> {
        let (expected, actual) = (self.reference.read(register).await?, self.tested.read(register).await?);
        self.report.compare(operation, self.width(register), &expected, &actual);
        Ok(())
    }

    async fn sample(&mut self, operation: &'static str, draws: &[Draw]) -> Result<(), BackendError> {
        self.reference.sample(draws);
        self.tested.sample(draws);
        let (expected, actual) = (self.reference.finish().await?, self.tested.finish().await?);
        self.report.compare_ids(operation, &expected, &actual);
        Ok(())
    }

    fn begin(&mut self, batch: &OwnedBatch) -> Result<(), BackendError> {
        batch.with(|batch| self.reference.begin(batch))?;
        batch.with(|batch| self.tested.begin(batch))
    }

    /// Ends a pass that drew nothing.
    async fn finish(&mut self) -> Result<(), BackendError> {
        let ids = self.tested.finish().await?;
        self.report.compare_ids("finish without sample", &self.reference.finish().await?, &ids);
        Ok(())
    }

    fn qkv(&mut self, i: usize) {
        let layer = &self.expected.layers[i];
        self.reference.qkv(i, &layer.attention_norm, &layer.qkv, layer.bias.as_ref());
        let layer = &self.actual.layers[i];
        self.tested.qkv(i, &layer.attention_norm, &layer.qkv, layer.bias.as_ref());
    }

    fn attention(&mut self, i: usize) {
        self.reference.attention(i);
        self.tested.attention(i);
    }

    fn add_projection(&mut self, i: usize, from: Register) {
        let (expected, actual) = (&self.expected.layers[i], &self.actual.layers[i]);
        match from {
            Register::Attended => {
                self.reference.add_projection(from, &expected.output);
                self.tested.add_projection(from, &actual.output);
            }
            _ => {
                self.reference.add_projection(from, &expected.down);
                self.tested.add_projection(from, &actual.down);
            }
        }
    }

    fn gate_up(&mut self, i: usize) {
        let (expected, actual) = (&self.expected.layers[i], &self.actual.layers[i]);
        self.reference.gate_up(&expected.hidden_norm, &expected.gate_up);
        self.tested.gate_up(&actual.hidden_norm, &actual.gate_up);
    }

    fn logits(&mut self) {
        self.reference.logits(&self.expected.norm, self.expected.head());
        self.tested.logits(&self.actual.norm, self.actual.head());
    }
}
