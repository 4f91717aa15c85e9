//! The one door between safe code and instructions that not every processor has.
//!
//! Each kernel is written once, as an inlined generic body over `[f32; 8]` lanes, and compiled twice: for the target's
//! baseline, and on x86-64 again with AVX2 and FMA. Which one runs is decided once, by [`Isa::detect`].
#![allow(unsafe_code)]

use super::attention::{self, Attention};
use super::elementwise;
use super::project::{self, Input, Output, Weights};

/// What the processor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Isa(Level);

// Private, so that nobody can claim instructions that `detect` did not find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

/// Whether the baseline fuses multiply and add. Where it does not, `mul_add` would call a slow library function.
const BASELINE_FMA: bool = cfg!(any(target_arch = "aarch64", target_feature = "fma"));

impl Isa {
    /// What this processor can do.
    pub(super) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return Self(Level::Avx2);
        }
        Self(Level::Baseline)
    }

    /// What every processor of the target can do: the code that the page runs.
    #[cfg(test)]
    pub(super) fn baseline() -> Self {
        Self(Level::Baseline)
    }

    /// For the backend's name.
    pub(super) fn name(self) -> &'static str {
        match self.0 {
            Level::Baseline if cfg!(target_arch = "wasm32") => "simd128",
            Level::Baseline => "baseline",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
        }
    }
}

/// Asks for the cache lines of `len` bytes, `ahead` of the start of `bytes` (and perhaps beyond its end).
#[inline(always)]
pub(super) fn prefetch(bytes: &[u8], ahead: usize, len: usize) {
    #[cfg(target_arch = "x86_64")]
    for line in (ahead..ahead + len).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = bytes.as_ptr().wrapping_add(line).cast();
        // SAFETY: a prefetch is a hint that reads nothing: it cannot fault, whatever the address. It needs SSE, which
        // every x86-64 processor has.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, ahead, len);
}

/// Compiles `$module::$name::<FMA>` for every level and makes a method of [`Isa`] that picks one.
macro_rules! kernel {
    ($(#[$doc:meta])* $module:ident::$name:ident($($arg:ident: $type:ty),*)) => {
        impl Isa {
            $(#[$doc])*
            pub(super) fn $name(self, $($arg: $type),*) {
                match self.0 {
                    Level::Baseline => $module::$name::<BASELINE_FMA>($($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => {
                        #[target_feature(enable = "avx2,fma")]
                        fn avx2($($arg: $type),*) {
                            $module::$name::<true>($($arg),*);
                        }
                        // SAFETY: `Level::Avx2` is private to this module and made by `detect` alone, which has seen
                        // that the processor has AVX2 and FMA.
                        unsafe { avx2($($arg),*) }
                    }
                }
            }
        }
    };
}

kernel! {
    /// Products of weight rows with activation rows.
    project::project(weights: Weights<'_>, input: Input<'_>, output: Output<'_>, tile: &mut [f32])
}
kernel! {
    /// The heads of one row that share a KV head.
    attention::attend(of: Attention<'_>, queries: &[f32], scores: &mut Vec<f32>, attended: &mut [f32])
}
kernel! {
    /// silu(gate) · up of interleaved pairs.
    elementwise::gate(pairs: &[f32], hidden: &mut [f32])
}
kernel! {
    /// x / √(mean(x²) + eps) · weight.
    elementwise::rms_norm(x: &[f32], weight: &[f32], eps: f32, out: &mut [f32])
}
