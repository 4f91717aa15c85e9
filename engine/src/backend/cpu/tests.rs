//! The code that processors without AVX2 and the page run, which detection would never choose here.

use super::CpuBackend;
use super::simd::Isa;
use crate::backend::conformance::{cases, run_case};

#[test]
fn the_baseline_passes_every_case() {
    for case in cases() {
        let make = async |shape, capacity| {
            let backend = CpuBackend::new(shape, capacity, 1)?;
            Ok(CpuBackend { isa: Isa::baseline(), ..backend })
        };
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(report.failures(2e-5).is_empty(), "{report}");
    }
}
