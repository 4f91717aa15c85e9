//! The candle backend over the table of shapes, on candle's CPU device.
#![cfg(feature = "candle")]

use candle_core::Device;
use duet_engine::backend::candle::CandleBackend;
use duet_engine::backend::conformance::{F32_TOLERANCE, cases, run_case};

#[test]
fn candle_passes_every_case() {
    for case in cases() {
        let make = async |shape, capacity| CandleBackend::new(Device::Cpu, shape, capacity);
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(report.failures(F32_TOLERANCE).is_empty(), "{report}");
    }
}
