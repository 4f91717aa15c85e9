//! The table of shapes itself: the reference agrees with itself, and a wrong backend does not pass.

use duet_engine::backend::conformance::{F32_TOLERANCE, cases, run_case};
use duet_engine::backend::reference::Reference;

#[test]
fn the_reference_passes_every_case_exactly() {
    for case in cases() {
        let report = pollster::block_on(run_case(&case, async |shape, capacity| Reference::new(shape, capacity)))
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert!(report.failures(0.0).is_empty(), "{report}");
    }
}

/// A backend with another norm epsilon and rope base differs in the operations that use them, and only there.
#[test]
fn a_wrong_backend_fails() {
    let case = cases().into_iter().find(|case| case.name == "mixed formats").expect("in the table");
    let wrong = async |mut shape: duet_engine::backend::Shape, capacity| {
        shape.rope.base = 9_000.0;
        shape.norm_eps = 0.1;
        Reference::new(shape, capacity)
    };
    let report = pollster::block_on(run_case(&case, wrong)).expect("the case runs");
    let failed: Vec<&str> = report.failures(F32_TOLERANCE).iter().map(|failure| failure.operation).collect();
    assert!(["qkv: query", "attention", "gate_up", "logits"].iter().all(|name| failed.contains(name)), "{report}");
    assert!(["embed", "add_projection: hidden", "sample"].iter().all(|name| !failed.contains(name)), "{report}");
}
