//! Whether other work disturbed the measurements.

use std::hint::black_box;
use std::time::Instant;

/// Above this the figures of a run say more about the neighbours than about us.
const BUSY: f64 = 1.2;

/// Mean over best time of a fixed loop: 1 on an idle machine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Contention(pub(crate) f64);

impl Contention {
    /// Runs the loop for about a second.
    pub(crate) fn measure() -> Self {
        let times: Vec<f64> = (0..50).map(|_| one_loop()).collect();
        let best = times.iter().copied().fold(f64::INFINITY, f64::min);
        Self(times.iter().sum::<f64>() / times.len() as f64 / best)
    }

    /// The worse of two.
    pub(crate) fn worst(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// Whether the figures should not be quoted.
    pub(crate) fn is_busy(self) -> bool {
        self.0 > BUSY
    }
}

/// Seconds of a chain of dependent multiplications.
fn one_loop() -> f64 {
    let started = Instant::now();
    let mut value = 1.0_f64;
    for _ in 0..8_000_000 {
        value = value * 1.000_000_1 + 1e-9;
    }
    black_box(value);
    started.elapsed().as_secs_f64()
}
