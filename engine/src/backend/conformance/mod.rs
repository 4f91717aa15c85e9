//! Every operation of a backend against its plain-Rust twin ([`super::reference`]), over one table of shapes.
//!
//! The same table runs in native tests, on a GPU and in the browser: it needs no clock, no threads and no IO, and its
//! numbers come from seeds. Operations are compared one by one on equal inputs, then as a whole forward pass.
//!
//! ```
//! use duet_engine::backend::conformance::{F32_TOLERANCE, cases, run_case};
//! use duet_engine::backend::reference::Reference;
//!
//! let case = &cases()[0];
//! let report = pollster::block_on(run_case(case, async |shape, capacity| Reference::new(shape, capacity)))?;
//! assert!(report.failures(F32_TOLERANCE).is_empty(), "{report}");
//! # Ok::<(), duet_engine::backend::BackendError>(())
//! ```

mod cases;
mod draws;
mod model;
mod noise;
mod passes;
mod report;
mod tables;

pub use cases::{Bias, Case, Formats, LogitRows, Span, cases};
pub use report::{CaseReport, OperationReport};

use super::{Backend, BackendError, Capacity, Shape};
use passes::Passes;

/// The relative difference allowed to a backend that computes in f32: room for another order of summation and for a
/// GPU's approximate `exp` and division, two orders below what a wrong term would cause.
pub const F32_TOLERANCE: f32 = 1e-4;

/// Runs one case on a backend that `make` creates, and on its twin.
///
/// # Errors
/// [`BackendError`] when the backend cannot be made, loaded or run: a difference in results is no error but a number
/// in the report.
pub async fn run_case<B: Backend>(
    case: &Case,
    make: impl AsyncFnOnce(Shape, Capacity) -> Result<B, BackendError>,
) -> Result<CaseReport, BackendError> {
    let tested = make(case.shape.clone(), case.capacity()).await?;
    let mut passes = Passes::new(case, tested)?;
    passes.refusals();
    passes.fill_cache().await?;
    passes.operations().await?;
    passes.forked_block().await?;
    passes.draws().await?;
    passes.whole_pass().await?;
    Ok(passes.into_report())
}
