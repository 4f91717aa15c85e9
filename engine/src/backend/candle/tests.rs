//! The packed weights that CUDA uses, on the CPU.

use candle_core::Device;

use super::{CandleBackend, Residence};
use crate::backend::conformance::{cases, run_case};

/// candle multiplies packed weights with activations rounded to 1/127 of the largest of their block. Uniform numbers
/// lose 1/127/√12 · √3 ≈ 0.4 % of an output's typical size. The worst of 25,000 outputs, some of them products of two,
/// lose six times that (0.022 measured); a wrong term would cost about 1.
const OPERATION: f32 = 0.03;

/// A pass of two layers chains nine such products: three times as much, if the errors are independent.
const WHOLE_PASS: f32 = 3.0 * OPERATION;

#[test]
fn packed_weights_pass_every_case_within_their_rounding() {
    for case in cases() {
        let make =
            async |shape, capacity| CandleBackend::with_residence(Device::Cpu, shape, capacity, Residence::Packed);
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        for failure in report.failures(OPERATION) {
            let chained = failure.operation.starts_with("whole pass");
            assert!(chained && failure.difference <= WHOLE_PASS, "{report}");
        }
    }
}
