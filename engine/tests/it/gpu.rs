//! The GPU backend on whatever Vulkan adapter there is (lavapipe on the build machines): every operation against the
//! plain-Rust reference in both kinds of kernels, and what only this backend does.

#![cfg(feature = "gpu")]
#![allow(missing_docs, clippy::print_stdout)]

use bytes::Bytes;
use duet_engine::backend::conformance::{Case, F32_TOLERANCE, cases, run_case};
use duet_engine::backend::gpu::{DeviceOptions, GpuBackend, GpuDevice, Lanes, Linear, Vector, self_test};
use duet_engine::backend::{
    Backend, BackendError, Batch, Capacity, Counters, Draw, KV_BLOCK, Register, Rope, RopePairs, Row, Shape, Stacking,
};
use duet_engine::gguf::{BlockFormat, Matrix};
use pollster::block_on;

const LANES: [Lanes; 2] = [Lanes::One, Lanes::Many];

/// A device, or nothing after saying so; `DUET_REQUIRE_GPU=1` makes it an error.
fn device(options: &DeviceOptions) -> Option<GpuDevice> {
    match block_on(GpuDevice::request(options)) {
        Ok(device) => Some(device),
        Err(error) => {
            assert!(std::env::var("DUET_REQUIRE_GPU").as_deref() != Ok("1"), "{error}");
            println!("skipped: {error}");
            None
        }
    }
}

fn with_lanes(lanes: Lanes) -> DeviceOptions {
    DeviceOptions { lanes: Some(lanes), ..DeviceOptions::default() }
}

fn check_case(case: &Case, device: &GpuDevice) -> f32 {
    let report = block_on(run_case(case, async |shape, capacity| GpuBackend::new(device.clone(), shape, capacity)));
    let report = report.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    assert!(report.failures(F32_TOLERANCE).is_empty(), "{:?} {report}", device.lanes());
    report.largest()
}

#[test]
fn operations_match_the_reference() {
    for lanes in LANES {
        let Some(device) = device(&with_lanes(lanes)) else { return };
        for case in cases() {
            let largest = check_case(&case, &device);
            println!("{} {lanes:?} {}: {largest:.1e}", device.adapter_name(), case.name);
        }
    }
}

#[test]
fn self_test_passes() {
    for lanes in LANES {
        let Some(device) = device(&with_lanes(lanes)) else { return };
        println!("{:?}", block_on(self_test(&device)).expect("right results"));
    }
}

/// A one-head model of many layers: (shape, capacity).
fn small(layers: usize) -> (Shape, Capacity) {
    let rope = Rope { base: 10_000.0, pairs: RopePairs::Adjacent };
    let shape =
        Shape { layers, width: 32, heads: 2, kv_heads: 1, head_dim: 16, hidden: 64, vocab: 50, norm_eps: 1e-5, rope };
    (shape, Capacity { rows: 8, logit_rows: 4, kv_blocks: 4, context: 2 * KV_BLOCK })
}

fn floats(rows: usize, cols: usize) -> Matrix {
    let values = (0..rows * cols).flat_map(|i| (((i * 37 % 101) as f32 - 50.0) / 200.0).to_le_bytes());
    Matrix::new(BlockFormat::F32, rows, cols, Bytes::from_iter(values)).expect("lengths agree")
}

/// The weights of a small model, one set for all its layers.
struct Small {
    table: Linear,
    qkv: Linear,
    out: Linear,
    gate_up: Linear,
    down: Linear,
    norm: Vector,
}

impl Small {
    fn load(backend: &mut GpuBackend) -> Result<Self, BackendError> {
        let shape = backend.shape().clone();
        let (d, f, kv) = (shape.width, shape.hidden, shape.kv_width());
        Ok(Self {
            table: backend.linear(&[floats(shape.vocab, d)], Stacking::Concatenated)?,
            qkv: backend.linear(&[floats(d, d), floats(kv, d), floats(kv, d)], Stacking::Concatenated)?,
            out: backend.linear(&[floats(d, d)], Stacking::Concatenated)?,
            gate_up: backend.linear(&[floats(f, d), floats(f, d)], Stacking::Interleaved)?,
            down: backend.linear(&[floats(d, f)], Stacking::Concatenated)?,
            norm: backend.vector(&vec![1.0; d])?,
        })
    }

    /// Decodes one token of `sequences` sequences: what was drawn and what it took.
    fn decode(&self, backend: &mut GpuBackend, sequences: usize) -> Result<(Vec<u32>, Counters), BackendError> {
        backend.take_counters();
        let rows: Vec<Row> = (0..sequences as u32).map(|i| Row { token: i + 1, position: 0, table: i }).collect();
        let blocks: Vec<[u32; 1]> = (0..sequences as u32).map(|i| [i]).collect();
        let tables: Vec<&[u32]> = blocks.iter().map(<[u32; 1]>::as_slice).collect();
        let logit_rows: Vec<u32> = (0..sequences as u32).collect();
        backend.begin(&Batch { rows: &rows, tables: &tables, logit_rows: &logit_rows })?;
        backend.embed(&self.table);
        for layer in 0..backend.shape().layers {
            backend.qkv(layer, &self.norm, &self.qkv, None);
            backend.attention(layer);
            backend.add_projection(Register::Attended, &self.out);
            backend.gate_up(&self.norm, &self.gate_up);
            backend.add_projection(Register::Hidden, &self.down);
        }
        backend.logits(&self.norm, &self.table);
        backend.sample(&vec![Draw { temperature: 0.8, top_k: 5, top_p: 0.9, key: [1, 2] }; sequences]);
        let drawn = block_on(backend.finish())?;
        Ok((drawn, backend.take_counters()))
    }
}

/// Loads a small model and decodes one token.
fn decode(backend: &mut GpuBackend, sequences: usize) -> Result<(Vec<u32>, Counters), BackendError> {
    Small::load(backend)?.decode(backend, sequences)
}

#[test]
fn a_token_takes_five_dispatches_a_layer_one_submit_and_four_bytes() {
    let Some(device) = device(&DeviceOptions::default()) else { return };
    for (layers, sequences) in [(1, 1), (7, 4)] {
        let (shape, capacity) = small(layers);
        let mut backend = GpuBackend::new(device.clone(), shape, capacity).expect("fits");
        let (drawn, counters) = decode(&mut backend, sequences).expect("runs");
        let dispatches = 5 * layers as u64 + 3;
        assert!(dispatches <= 6 * layers as u64 + 3);
        assert_eq!(counters, Counters { dispatches, submits: 1, readback_bytes: 4 * sequences as u64 });
        assert_eq!(drawn.len(), sequences);
        assert_eq!(backend.take_counters(), Counters::default());
    }
}

#[test]
fn matrices_beyond_the_binding_limit_are_split() {
    for lanes in LANES {
        let options = DeviceOptions { chunk_bytes: Some(24_000), ..with_lanes(lanes) };
        let Some(device) = device(&options) else { return };
        let (shape, capacity) = small(1);
        let mut backend = GpuBackend::new(device.clone(), shape, capacity).expect("fits");
        // 400 rows of 128 bytes; chunks hold whole heads of 16 rows, so 176 of the 187 that would fit.
        let split = backend.linear(&[floats(400, 32)], Stacking::Concatenated).expect("splits");
        assert_eq!(split.chunks(), 3);
        let fits = |case: &Case| case.shape.vocab < 5_000 && case.shape.width >= 32;
        let mut checked = 0;
        for case in cases().iter().filter(|case| fits(case)).step_by(3) {
            match block_on(run_case(case, async |shape, capacity| GpuBackend::new(device.clone(), shape, capacity))) {
                Ok(report) => assert!(report.failures(F32_TOLERANCE).is_empty(), "{lanes:?} {report}"),
                // One head's rows of a wide F32 matrix are more than a chunk: refused by name, never split wrongly.
                Err(BackendError::Memory { needed, limit, .. }) => {
                    assert!(needed > limit);
                    continue;
                }
                Err(error) => panic!("{}: {error}", case.name),
            }
            checked += 1;
        }
        assert!(checked >= 3, "only {checked} cases fit");
    }
}

#[test]
fn memory_is_counted_flat_and_given_back() {
    let Some(device) = device(&DeviceOptions::default()) else { return };
    assert_eq!(device.memory_bytes(), 0);
    let (shape, capacity) = small(2);
    let mut backend = GpuBackend::new(device.clone(), shape, capacity).expect("fits");
    let model = Small::load(&mut backend).expect("fits");
    let held = backend.memory_bytes();
    for _ in 0..100 {
        model.decode(&mut backend, 2).expect("runs");
        assert_eq!(backend.memory_bytes(), held);
    }
    assert!(held > 0);
    drop((model, backend));
    assert_eq!(device.memory_bytes(), 0);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let Some(device) = device(&DeviceOptions::default()) else { return };
    let (shape, capacity) = small(1);
    let shape = Shape { vocab: 4_000_000, ..shape };
    let capacity = Capacity { logit_rows: 100_000, ..capacity };
    let Err(error) = GpuBackend::new(device, shape, capacity) else { panic!("1.6 TB of logits do not fit") };
    assert!(matches!(&error, BackendError::Memory { what, .. } if what == "logits"), "{error}");
}

#[test]
fn a_closed_device_is_an_error() {
    let Some(device) = device(&DeviceOptions::default()) else { return };
    let (shape, capacity) = small(1);
    let mut backend = GpuBackend::new(device.clone(), shape, capacity).expect("fits");
    decode(&mut backend, 1).expect("runs");
    device.destroy();
    let Err(error) = decode(&mut backend, 1) else { panic!("nothing runs on a closed device") };
    assert!(matches!(error, BackendError::Device(_)), "{error}");
}
