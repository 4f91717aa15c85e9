//! The candle backend over the table of shapes, on candle's CPU device.

use candle_core::Device;
use duet_engine::backend::candle::CandleBackend;
use duet_engine::backend::conformance::{cases, run_case};

/// candle's quantized products round activations to 8 bits per block of 32: half a step of 1/127 of the largest.
const ONE_OPERATION: f32 = 3e-2;

/// The same after all layers, where the roundings have added up.
const WHOLE_PASS: f32 = 1.5e-1;

#[test]
fn candle_passes_every_case() {
    for case in cases() {
        let make = async |shape, capacity| CandleBackend::new(Device::Cpu, shape, capacity);
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for failure in report.failures(ONE_OPERATION) {
            // Which of two near-equal logits is larger is not candle's to say; the logits themselves are compared.
            let ids = failure.operation == "whole pass: greedy ids";
            let whole = failure.operation == "whole pass: logits" && failure.difference <= WHOLE_PASS;
            assert!(ids || whole, "{report}");
        }
    }
}
