//! The CPU backend gives the same bits however its work is split: by batch, by chunk, by thread.

use bytes::Bytes;
use duet_engine::backend::cpu::{CpuBackend, Linear};
use duet_engine::backend::{Backend, Batch, Capacity, KV_BLOCK, Register, Rope, RopePairs, Row, Shape, Stacking};
use duet_engine::gguf::{BlockFormat, Matrix};

const SHAPE: Shape = Shape {
    layers: 2,
    width: 96,
    heads: 6,
    kv_heads: 2,
    head_dim: 20,
    hidden: 224,
    vocab: 300,
    norm_eps: 1e-5,
    rope: Rope { base: 10_000.0, pairs: RopePairs::Adjacent },
};

/// Positions of a sequence, and blocks that hold them.
const LENGTH: usize = 50;
const BLOCKS: usize = LENGTH.div_ceil(KV_BLOCK);
const SEQUENCES: usize = 5;

struct Model {
    backend: CpuBackend,
    embedding: Linear,
    norm: Vec<f32>,
    layers: Vec<[Linear; 4]>, // qkv, output, gate and up, down
}

/// Packed weights with every byte different; scales stay small because their exponent bits are cut.
fn matrix(format: BlockFormat, rows: usize, cols: usize) -> Matrix {
    let len = rows * format.row_bytes(cols).expect("the widths divide into blocks");
    let mut state = (rows * 31 + cols * 7 + format as usize) as u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut bytes: Vec<u8> = (0..len).map(|_| next()).collect();
    for block in bytes.chunks_mut(format.block_bytes()) {
        match format {
            BlockFormat::F32 => block.copy_from_slice(&(f32::from(next()) / 1024.0 - 0.12).to_le_bytes()),
            BlockFormat::F16 => block[1] = 0x24 | block[1] & 0x81,
            BlockFormat::Q4_1 => (block[1], block[3]) = (0x1c, 0xa8),
            BlockFormat::Q4_0 => block[1] = 0x1c | block[1] & 0x80,
            BlockFormat::Q8_0 => block[1] = 0x0c,
        }
    }
    Matrix::new(format, rows, cols, Bytes::from(bytes)).expect("the bytes fit the shape")
}

impl Model {
    fn new(threads: usize) -> Self {
        use BlockFormat::{F16, F32, Q4_0, Q4_1, Q8_0};
        let capacity = Capacity {
            rows: SEQUENCES * LENGTH,
            logit_rows: SEQUENCES * LENGTH,
            kv_blocks: SEQUENCES * BLOCKS,
            context: BLOCKS * KV_BLOCK,
        };
        let mut backend = CpuBackend::new(SHAPE, capacity, threads).expect("a possible shape");
        let (d, q, kv, f) = (SHAPE.width, SHAPE.query_width(), SHAPE.kv_width(), SHAPE.hidden);
        let mut load = |stack: &[Matrix], stacking| backend.linear(stack, stacking).expect("a stack that fits");
        let layers = (0..SHAPE.layers)
            .map(|_| {
                [
                    load(&[matrix(Q4_1, q, d), matrix(Q8_0, kv, d), matrix(F16, kv, d)], Stacking::Concatenated),
                    load(&[matrix(F32, d, q)], Stacking::Concatenated),
                    load(&[matrix(Q4_0, f, d), matrix(Q4_1, f, d)], Stacking::Interleaved),
                    load(&[matrix(Q8_0, d, f)], Stacking::Concatenated),
                ]
            })
            .collect();
        let embedding = load(&[matrix(Q8_0, SHAPE.vocab, d)], Stacking::Concatenated);
        Self { backend, embedding, norm: vec![0.9; d], layers }
    }

    /// Logits of every row: (R, v), as bits.
    fn pass(&mut self, rows: &[Row]) -> Vec<u32> {
        let tables: Vec<Vec<u32>> = (0..SEQUENCES as u32)
            .map(|sequence| (0..BLOCKS as u32).map(|block| block * SEQUENCES as u32 + sequence).collect())
            .collect();
        let tables: Vec<&[u32]> = tables.iter().map(Vec::as_slice).collect();
        let logit_rows: Vec<u32> = (0..rows.len() as u32).collect();
        let Self { backend, embedding, norm, layers } = self;
        backend.begin(&Batch { rows, tables: &tables, logit_rows: &logit_rows }).expect("a batch within the capacity");
        backend.embed(embedding);
        for (layer, [qkv, output, gate_up, down]) in layers.iter().enumerate() {
            backend.qkv(layer, norm, qkv, None);
            backend.attention(layer);
            backend.add_projection(Register::Attended, output);
            backend.gate_up(norm, gate_up);
            backend.add_projection(Register::Hidden, down);
        }
        backend.logits(norm, embedding);
        let logits = pollster::block_on(backend.read(Register::Logits)).expect("a CPU can be read");
        assert!(logits.iter().all(|logit| logit.is_finite()) && logits.iter().any(|logit| logit.abs() > 1e-3));
        logits.iter().map(|logit| logit.to_bits()).collect()
    }
}

fn row(sequence: usize, position: usize) -> Row {
    let token = (sequence * 131 + position * 17) % SHAPE.vocab;
    Row { token: token as u32, position: position as u32, table: sequence as u32 }
}

/// The logits of a whole sequence in one pass.
fn whole(sequence: usize) -> Vec<u32> {
    let rows: Vec<Row> = (0..LENGTH).map(|position| row(sequence, position)).collect();
    Model::new(1).pass(&rows)
}

#[test]
fn a_chunked_prompt_equals_the_whole() {
    for chunk in [1, 2, 3, 7, 16, 33] {
        let mut model = Model::new(1);
        let positions: Vec<usize> = (0..LENGTH).collect();
        let logits = positions.chunks(chunk).flat_map(|positions| {
            let rows: Vec<Row> = positions.iter().map(|position| row(0, *position)).collect();
            model.pass(&rows)
        });
        assert!(logits.collect::<Vec<u32>>() == whole(0), "chunks of {chunk} differ from the whole");
    }
}

#[test]
fn sequences_decoded_together_equal_each_alone() {
    let mut model = Model::new(1);
    let mut together = vec![Vec::new(); SEQUENCES];
    for position in 0..LENGTH {
        let rows: Vec<Row> = (0..SEQUENCES).map(|sequence| row(sequence, position)).collect();
        let logits = model.pass(&rows);
        together.iter_mut().zip(logits.chunks(SHAPE.vocab)).for_each(|(all, logits)| all.extend_from_slice(logits));
    }
    for (sequence, together) in together.iter().enumerate() {
        assert!(*together == whole(sequence), "sequence {sequence} differs beside others");
    }
}

#[test]
fn threads_change_no_bit() {
    let rows: Vec<Row> = (0..SEQUENCES * LENGTH).map(|i| row(i / LENGTH, i % LENGTH)).collect();
    let one = Model::new(1).pass(&rows);
    for threads in [2, 3] {
        assert!(Model::new(threads).pass(&rows) == one, "{threads} threads differ from one");
    }
}
