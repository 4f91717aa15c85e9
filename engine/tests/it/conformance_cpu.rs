//! The CPU backend over the table of shapes.

use duet_engine::backend::conformance::{cases, run_case};
use duet_engine::backend::cpu::CpuBackend;

/// Tighter than [`duet_engine::backend::conformance::F32_TOLERANCE`]: the CPU divides exactly and its `exp` is good to two units.
const TOLERANCE: f32 = 2e-5;

fn check(threads: usize) {
    for case in cases() {
        let make = async |shape, capacity| CpuBackend::new(shape, capacity, threads);
        let report = pollster::block_on(run_case(&case, make)).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(report.failures(TOLERANCE).is_empty(), "{report}");
    }
}

#[test]
fn one_thread_passes_every_case() {
    check(1);
}

#[test]
fn three_threads_pass_every_case() {
    check(3);
}
