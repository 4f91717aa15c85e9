//! The backends that a test runs on.

use duet_engine::gguf::Gguf;
use duet_engine::runtime::{AnyEngine, Device, LoadOptions};

/// Which backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Our CPU kernels, on this many threads.
    Cpu(usize),
    /// WGSL on the first Vulkan adapter (lavapipe on the build machines).
    Gpu,
    /// candle tensors on the CPU.
    Candle,
}

impl Kind {
    /// Every backend of this machine.
    pub(crate) const ALL: [Self; 4] = [Self::Cpu(1), Self::Cpu(2), Self::Gpu, Self::Candle];

    /// Loads a file onto it. Without a Vulkan adapter the GPU says that it was skipped, unless `DUET_REQUIRE_GPU=1`.
    pub(crate) fn load(self, file: &Gguf, options: &LoadOptions) -> Option<AnyEngine> {
        let device = match self {
            Self::Cpu(threads) => Device::Cpu { threads },
            #[cfg(feature = "candle")]
            Self::Candle => Device::Candle(candle_core::Device::Cpu),
            #[cfg(feature = "gpu")]
            Self::Gpu => Device::Gpu(Box::new(gpu()?)),
            #[allow(unreachable_patterns)]
            _ => return None, // a backend that this build leaves out
        };
        Some(AnyEngine::load("test", file, device, options, &mut |_, _| {}).expect("a valid file"))
    }
}

#[cfg(feature = "gpu")]
fn gpu() -> Option<duet_engine::backend::gpu::GpuDevice> {
    use duet_engine::backend::gpu::{DeviceOptions, GpuDevice};
    match pollster::block_on(GpuDevice::request(&DeviceOptions::default())) {
        Ok(device) => Some(device),
        Err(error) => {
            assert!(std::env::var("DUET_REQUIRE_GPU").as_deref() != Ok("1"), "{error}");
            println!("skipped: {error}");
            None
        }
    }
}
