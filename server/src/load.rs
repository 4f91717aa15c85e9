//! From a model file to an engine.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use duet_engine::backend::BackendError;
use duet_engine::backend::gpu::{DeviceOptions, GpuDevice};
use duet_engine::gguf::{Gguf, GgufError};
use duet_engine::runtime::{AnyEngine, Device, LoadOptions, RuntimeError};
use thiserror::Error;

/// Where models run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum BackendKind {
    /// Duet's own CPU kernels.
    Cpu,
    /// WGSL kernels through wgpu: Vulkan, Metal or DirectX.
    Gpu,
    /// candle: CUDA where it was built in and is there, else its CPU kernels.
    Candle,
}

/// How models are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineOptions {
    /// Where they run.
    pub backend: BackendKind,
    /// Threads of the CPU backend.
    pub threads: usize,
    /// How much they hold.
    pub load: LoadOptions,
}

/// Why a model could not be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// The file is no model file.
    #[error("`{}`: {reason}", path.display())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: GgufError,
    },
    /// There is no such device.
    #[error(transparent)]
    Device(#[from] BackendError),
    /// candle has no such device.
    #[error("no device: {0}")]
    Candle(String),
    /// The model does not fit the engine.
    #[error("`{}`: {reason}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: RuntimeError,
    },
}

/// Reads a file and loads it. `progress` is told (tensors loaded, tensors in all).
///
/// # Errors
/// [`LoadError`] naming the file and what is wrong with it.
pub fn load_engine(
    name: &str,
    path: &Path,
    options: &EngineOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<AnyEngine, LoadError> {
    let file = read_model(path)?;
    let device = device(options)?;
    AnyEngine::load(name, &file, device, &options.load, progress)
        .map_err(|reason| LoadError::Model { path: path.to_owned(), reason })
}

/// Reads and parses a model file.
///
/// # Errors
/// [`LoadError`] naming the file and what is wrong with it.
pub fn read_model(path: &Path) -> Result<Gguf, LoadError> {
    let bytes = std::fs::read(path).map_err(|reason| LoadError::Read { path: path.to_owned(), reason })?;
    Gguf::parse(Bytes::from(bytes)).map_err(|reason| LoadError::Gguf { path: path.to_owned(), reason })
}

fn device(options: &EngineOptions) -> Result<Device, LoadError> {
    Ok(match options.backend {
        BackendKind::Cpu => Device::Cpu { threads: options.threads },
        BackendKind::Gpu => Device::Gpu(Box::new(pollster::block_on(GpuDevice::request(&DeviceOptions::default()))?)),
        BackendKind::Candle => {
            let device =
                candle_core::Device::cuda_if_available(0).map_err(|error| LoadError::Candle(error.to_string()))?;
            Device::Candle(device)
        }
    })
}
