//! An engine whose backend is chosen at run time.

use std::ops::ControlFlow;

use super::{Completion, Delta, Engine, EngineInfo, GenerateRequest, Halt, Limits, RuntimeError};
use crate::backend::cpu::CpuBackend;
use crate::backend::{Backend, BackendError, Capacity, Counters, KV_BLOCK, Shape};
use crate::gguf::Gguf;
use crate::model::Config;
use crate::template::Message;
use crate::tokenizer::Tokenizer;

/// Where a model is to run.
pub enum Device {
    /// Our CPU kernels, on this many threads.
    Cpu {
        /// At least 1; always 1 in the browser.
        threads: usize,
    },
    /// WGSL kernels on a wgpu device.
    #[cfg(feature = "gpu")]
    Gpu(Box<crate::backend::gpu::GpuDevice>),
    /// candle tensors on a candle device.
    #[cfg(feature = "candle")]
    Candle(candle_core::Device),
}

/// How much an engine is made to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadOptions {
    /// Positions in one sequence; shortened to what the model was trained on.
    pub context: usize,
    /// Completions of one prompt that decode together.
    pub samples: usize,
    /// Prompt tokens in one forward pass: what a cancellation waits for at most.
    pub prefill_rows: usize,
    /// Positions in the whole cache; at least `context`.
    pub cache: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { context: 2048, samples: 16, prefill_rows: 64, cache: 4096 }
    }
}

impl LoadOptions {
    fn capacity(&self, trained_context: usize) -> Result<Capacity, RuntimeError> {
        let at_least_one = |name, value: usize| match value {
            0 => Err(RuntimeError::parameter(name, 0, "at least 1".to_owned())),
            _ => Ok(value),
        };
        let context = at_least_one("context", self.context)?.min(trained_context);
        let samples = at_least_one("samples", self.samples)?;
        Ok(Capacity {
            rows: at_least_one("prefill_rows", self.prefill_rows)?.max(samples),
            logit_rows: samples,
            kv_blocks: self.cache.max(context).div_ceil(KV_BLOCK),
            context,
        })
    }
}

/// A loaded engine on one of the backends.
pub enum AnyEngine {
    /// Our CPU kernels.
    Cpu(Box<Engine<CpuBackend>>),
    /// WGSL kernels.
    #[cfg(feature = "gpu")]
    Gpu(Box<Engine<crate::backend::gpu::GpuBackend>>),
    /// candle tensors.
    #[cfg(feature = "candle")]
    Candle(Box<Engine<crate::backend::candle::CandleBackend>>),
}

/// Calls the same method on whichever engine it is.
macro_rules! each {
    ($any:expr, $engine:ident => $call:expr) => {
        match $any {
            AnyEngine::Cpu($engine) => $call,
            #[cfg(feature = "gpu")]
            AnyEngine::Gpu($engine) => $call,
            #[cfg(feature = "candle")]
            AnyEngine::Candle($engine) => $call,
        }
    };
}

impl AnyEngine {
    /// Loads a parsed model file onto a device. `progress` is told (tensors loaded, tensors in all).
    ///
    /// # Errors
    /// [`RuntimeError`] naming what the file lacks or what does not fit.
    pub fn load(
        name: &str,
        file: &Gguf,
        device: Device,
        options: &LoadOptions,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Self, RuntimeError> {
        let config = Config::from_gguf(file)?;
        let capacity = options.capacity(config.context)?;
        Ok(match device {
            Device::Cpu { threads } => {
                Self::Cpu(place(name, file, &config, capacity, progress, |s, c| CpuBackend::new(s, c, threads))?)
            }
            #[cfg(feature = "gpu")]
            Device::Gpu(device) => Self::Gpu(place(name, file, &config, capacity, progress, |s, c| {
                crate::backend::gpu::GpuBackend::new(*device, s, c)
            })?),
            #[cfg(feature = "candle")]
            Device::Candle(device) => Self::Candle(place(name, file, &config, capacity, progress, |s, c| {
                crate::backend::candle::CandleBackend::new(device, s, c)
            })?),
        })
    }

    /// See [`Engine::info`].
    #[must_use]
    pub fn info(&self) -> &EngineInfo {
        each!(self, engine => engine.info())
    }

    /// See [`Engine::limits`].
    #[must_use]
    pub fn limits(&self) -> Limits {
        each!(self, engine => engine.limits())
    }

    /// See [`Engine::tokenizer`].
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        each!(self, engine => engine.tokenizer())
    }

    /// See [`Engine::chat`].
    ///
    /// # Errors
    /// As [`Engine::chat`].
    pub fn chat(&self, messages: &[Message], prefill: &str) -> Result<Vec<u32>, RuntimeError> {
        each!(self, engine => engine.chat(messages, prefill))
    }

    /// See [`Engine::check`].
    ///
    /// # Errors
    /// As [`Engine::check`].
    pub fn check(&self, request: &GenerateRequest) -> Result<(), RuntimeError> {
        each!(self, engine => engine.check(request))
    }

    /// See [`Engine::generate`].
    ///
    /// # Errors
    /// As [`Engine::generate`].
    pub async fn generate(
        &mut self,
        request: &GenerateRequest,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Vec<Completion>, RuntimeError> {
        each!(self, engine => engine.generate(request, sink).await)
    }

    /// See [`Engine::generate_all`].
    ///
    /// # Errors
    /// As [`Engine::generate_all`].
    pub async fn generate_all(
        &mut self,
        requests: &[GenerateRequest],
        sink: &mut impl AsyncFnMut(usize, Delta) -> ControlFlow<Halt>,
    ) -> Result<Vec<Vec<Completion>>, RuntimeError> {
        each!(self, engine => engine.generate_all(requests, sink).await)
    }

    /// See [`Engine::take_counters`].
    pub fn take_counters(&mut self) -> Counters {
        each!(self, engine => engine.take_counters())
    }

    /// See [`Engine::free_positions`].
    #[must_use]
    pub fn free_positions(&self) -> usize {
        each!(self, engine => engine.free_positions())
    }
}

fn place<B: Backend>(
    name: &str,
    file: &Gguf,
    config: &Config,
    capacity: Capacity,
    progress: &mut dyn FnMut(usize, usize),
    make: impl FnOnce(Shape, Capacity) -> Result<B, BackendError>,
) -> Result<Box<Engine<B>>, RuntimeError> {
    Ok(Box::new(Engine::load(name, file, make(config.shape.clone(), capacity)?, progress)?))
}
