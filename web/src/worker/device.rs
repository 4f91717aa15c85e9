//! Which backend to use: the GPU when it is there, computes right and is not slower; the processor otherwise.

use duet_engine::backend::cpu::CpuBackend;
use duet_engine::backend::gpu::{DeviceOptions, GpuBackend, GpuDevice, self_test};
use duet_engine::backend::{BackendError, Capacity, Shape};
use duet_engine::runtime::Device;

use super::timing::milliseconds_per_token;
use crate::protocol::{BackendChoice, Wish};

/// What is known of this machine. Everything is found out once.
#[derive(Default)]
pub(super) struct Devices {
    gpu: Option<Gpu>,
    /// Milliseconds for a token: GPU, processor.
    measured: Option<(f64, f64)>,
}

/// What became of asking for a GPU.
enum Gpu {
    /// It computes right.
    Good(Box<GpuDevice>),
    /// It is there and computes wrong, or fails.
    Bad { adapter: String, why: String },
    /// There is none.
    None(String),
}

/// Weights up to which a model is not even tried on the GPU. A token of such a model takes the processor a few
/// milliseconds; on the GPU its dispatches and the wait for their result take as long, whatever the GPU.
pub(super) const SMALL: u64 = 8_000_000;

impl Devices {
    /// Chooses a backend for a model with this many weights, and says why.
    pub(super) async fn choose_for(&mut self, wish: Wish, weights: u64) -> BackendChoice {
        if wish != Wish::Auto || weights > SMALL {
            return self.choose(wish).await;
        }
        let millions = weights as f64 / 1e6;
        cpu(format!(
            "A model of {millions:.1} million weights is quicker on the processor: handing its small steps to a GPU takes \
             longer than doing them. (A rule for models of up to {} million, not a measurement.)",
            SMALL / 1_000_000
        ))
    }

    /// Chooses a backend for a wish, and says why.
    pub(super) async fn choose(&mut self, wish: Wish) -> BackendChoice {
        if wish == Wish::Cpu {
            return cpu("You chose the processor.".to_owned());
        }
        let device = match self.gpu().await {
            Gpu::Good(device) => GpuDevice::clone(device),
            Gpu::Bad { adapter, why } => {
                let reason = format!("The GPU ({adapter}) failed its self-test, so the processor does the work.");
                return BackendChoice {
                    adapter: Some(adapter.clone()),
                    self_test: Some(Err(why.clone())),
                    ..cpu(reason)
                };
            }
            Gpu::None(why) => {
                // The message lists every API that wgpu was not compiled for: for the console, not for the visitor.
                web_sys::console::info_1(&why.as_str().into());
                return cpu("The processor does the work: this browser offers no WebGPU adapter.".to_owned());
            }
        };
        let known = BackendChoice {
            adapter: Some(device.adapter_name().to_owned()),
            self_test: Some(Ok(())),
            ..cpu(String::new())
        };
        if wish == Wish::Gpu {
            return BackendChoice { chosen: Wish::Gpu, reason: "You chose the GPU.".to_owned(), ..known };
        }
        self.compare(&device, known).await
    }

    /// Times both, once.
    async fn compare(&mut self, device: &GpuDevice, known: BackendChoice) -> BackendChoice {
        let measured = match self.measured {
            Some(measured) => Ok(measured),
            None => measure(device).await,
        };
        let (gpu_ms, cpu_ms) = match measured {
            Ok(measured) => measured,
            Err(error) => {
                let reason = format!("Timing the GPU failed, so the processor does the work: {error}.");
                return BackendChoice { reason, ..known };
            }
        };
        self.measured = Some((gpu_ms, cpu_ms));
        let (chosen, winner, loser) =
            if gpu_ms <= cpu_ms { (Wish::Gpu, "GPU", "processor") } else { (Wish::Cpu, "processor", "GPU") };
        let ratio = (gpu_ms / cpu_ms).max(cpu_ms / gpu_ms);
        let reason = format!("The {winner} was {ratio:.1} times as fast as the {loser} in a short test.");
        BackendChoice { chosen, reason, gpu_ms: Some(gpu_ms), cpu_ms: Some(cpu_ms), ..known }
    }

    async fn gpu(&mut self) -> &Gpu {
        if self.gpu.is_none() {
            self.gpu = Some(find_gpu().await);
        }
        self.gpu.as_ref().expect("invariant: it was just found out")
    }

    /// The GPU, if there is a good one.
    pub(super) async fn good_gpu(&mut self) -> Option<GpuDevice> {
        match self.gpu().await {
            Gpu::Good(device) => Some(GpuDevice::clone(device)),
            Gpu::Bad { .. } | Gpu::None(_) => None,
        }
    }

    /// The GPU failed in use: it is asked for anew the next time.
    pub(super) fn forget_gpu(&mut self) {
        self.gpu = None;
        self.measured = None;
    }

    /// Where to load a model.
    pub(super) async fn device(&mut self, chosen: Wish) -> Device {
        match (chosen, self.good_gpu().await) {
            (Wish::Gpu, Some(device)) => Device::Gpu(Box::new(device)),
            _ => Device::Cpu { threads: 1 },
        }
    }
}

fn cpu(reason: String) -> BackendChoice {
    BackendChoice { chosen: Wish::Cpu, reason, adapter: None, self_test: None, gpu_ms: None, cpu_ms: None }
}

async fn find_gpu() -> Gpu {
    let device = match GpuDevice::request(&DeviceOptions::default()).await {
        Ok(device) => device,
        Err(error) => return Gpu::None(error.to_string()),
    };
    match self_test(&device).await {
        Ok(_) => Gpu::Good(Box::new(device)),
        Err(error) => Gpu::Bad { adapter: device.adapter_name().to_owned(), why: error.to_string() },
    }
}

async fn measure(device: &GpuDevice) -> Result<(f64, f64), BackendError> {
    let gpu = milliseconds_per_token(|shape, capacity| gpu_backend(device, shape, capacity)).await?;
    let cpu = milliseconds_per_token(cpu_backend).await?;
    Ok((gpu, cpu))
}

/// A fresh GPU backend.
pub(super) fn gpu_backend(device: &GpuDevice, shape: Shape, capacity: Capacity) -> Result<GpuBackend, BackendError> {
    GpuBackend::new(device.clone(), shape, capacity)
}

/// A fresh processor backend: one thread, because threads need headers that a teacher's web space does not send.
pub(super) fn cpu_backend(shape: Shape, capacity: Capacity) -> Result<CpuBackend, BackendError> {
    CpuBackend::new(shape, capacity, 1)
}
