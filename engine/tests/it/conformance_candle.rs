//! The candle backend over the table of shapes, on candle's CPU device.

use candle_core::Device;
use duet_engine::backend::candle::CandleBackend;
use duet_engine::backend::conformance::{cases, run_case};

/// candle's quantized products round activations to 8 bits per block of 32: half a step of 1/127 of the largest, which
/// the sums mostly average out.
const TOLERANCE: f32 = 3e-2;

#[test]
fn candle_passes_every_case() {
    for case in cases() {
        let make = async |shape, capacity| CandleBackend::new(Device::Cpu, shape, capacity);
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(report.failures(TOLERANCE).is_empty(), "{report}");
    }
}
