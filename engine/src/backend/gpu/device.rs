//! A GPU, or the software that stands in for one, and what became of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::oneshot;
use crate::backend::BackendError;

/// How the kernels spread over invocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lanes {
    /// One invocation per result, no barrier: adapters that run on the CPU.
    One,
    /// Several invocations per result, which add up through workgroup memory: GPUs.
    Many,
}

/// What to ask of an adapter. The default is right everywhere; tests override it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeviceOptions {
    /// Instead of what suits the adapter.
    pub lanes: Option<Lanes>,
    /// Largest weight buffer in bytes, instead of what the adapter allows.
    pub chunk_bytes: Option<u64>,
}

/// An open device. Cloning shares it.
#[derive(Debug, Clone)]
pub struct GpuDevice {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) lanes: Lanes,
    pub(super) chunk_bytes: u64,
    info: wgpu::AdapterInfo,
    failure: Arc<Mutex<Option<String>>>,
    memory: Arc<AtomicU64>,
}

impl GpuDevice {
    /// Opens the preferred adapter with the largest buffers that it offers.
    ///
    /// # Errors
    /// [`BackendError::NoDevice`] when there is no adapter, or it does not open.
    pub async fn request(options: &DeviceOptions) -> Result<Self, BackendError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let wanted = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..wgpu::RequestAdapterOptions::default()
        };
        let no_device = |error: &dyn std::fmt::Display| BackendError::NoDevice(error.to_string());
        let adapter = instance.request_adapter(&wanted).await.map_err(|error| no_device(&error))?;
        let offered = adapter.limits();
        let mut limits = wgpu::Limits::default().or_worse_values_from(&offered);
        limits.max_buffer_size = offered.max_buffer_size;
        limits.max_storage_buffer_binding_size = offered.max_storage_buffer_binding_size;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("duet"),
            required_limits: limits.clone(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = adapter.request_device(&descriptor).await.map_err(|error| no_device(&error))?;
        let info = adapter.get_info();
        let fallback = info.device_type == wgpu::DeviceType::Cpu;
        let allowed = limits.max_buffer_size.min(limits.max_storage_buffer_binding_size);
        let opened = Self {
            device,
            queue,
            lanes: options.lanes.unwrap_or(if fallback { Lanes::One } else { Lanes::Many }),
            chunk_bytes: options.chunk_bytes.unwrap_or(allowed).min(allowed),
            info,
            failure: Arc::default(),
            memory: Arc::default(),
        };
        opened.listen();
        Ok(opened)
    }

    /// Keeps the first failure, instead of wgpu's panic.
    fn listen(&self) {
        let keep = |failure: &Arc<Mutex<Option<String>>>, message: String| {
            failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(message);
        };
        let failure = self.failure.clone();
        self.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| keep(&failure, error.to_string())));
        let failure = self.failure.clone();
        self.device.set_device_lost_callback(move |reason, message| {
            keep(&failure, format!("lost ({reason:?}): {message}"));
        });
    }

    /// What the adapter calls itself; browsers often say nothing.
    #[must_use]
    pub fn adapter_name(&self) -> &str {
        if self.info.name.is_empty() {
            if self.is_fallback() { "fallback adapter" } else { "WebGPU" }
        } else {
            &self.info.name
        }
    }

    /// Whether the adapter is software that runs on the CPU.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.info.device_type == wgpu::DeviceType::Cpu
    }

    /// Which kernels it runs.
    #[must_use]
    pub fn lanes(&self) -> Lanes {
        self.lanes
    }

    /// Largest buffer that a kernel can be given, in bytes.
    #[must_use]
    pub fn max_binding_bytes(&self) -> u64 {
        let limits = self.device.limits();
        limits.max_buffer_size.min(limits.max_storage_buffer_binding_size)
    }

    /// Bytes of all buffers that live on it now.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.memory.load(Ordering::Relaxed)
    }

    /// Closes it at once; later work fails with [`BackendError::Device`].
    pub fn destroy(&self) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| "closed".to_owned());
        self.device.destroy();
    }

    /// # Errors
    /// [`BackendError::Device`] with the first failure, once there was one.
    pub(super) fn check(&self) -> Result<(), BackendError> {
        match &*self.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(message) => Err(BackendError::Device(message.clone())),
            None => Ok(()),
        }
    }

    /// A buffer of zeros.
    ///
    /// # Errors
    /// [`BackendError::Memory`] when it is larger than a kernel can be given.
    pub(super) fn buffer(&self, label: &str, bytes: u64, usage: wgpu::BufferUsages) -> Result<Buffer, BackendError> {
        let limit = self.max_binding_bytes();
        if bytes > limit {
            return Err(BackendError::Memory { what: label.to_owned(), needed: bytes, limit });
        }
        let size = bytes.next_multiple_of(16).max(16);
        let descriptor = wgpu::BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
        self.memory.fetch_add(size, Ordering::Relaxed);
        Ok(Buffer { buffer: self.device.create_buffer(&descriptor), memory: self.memory.clone() })
    }

    /// Maps a buffer and copies its first `bytes` bytes.
    ///
    /// # Errors
    /// [`BackendError::Device`] when the device failed before or meanwhile.
    pub(super) async fn read(&self, buffer: &wgpu::Buffer, bytes: u64) -> Result<Vec<u32>, BackendError> {
        self.check()?;
        let (sender, receiver) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| sender.send(result));
        self.wait()?;
        let mapped = receiver.await;
        self.check()?;
        match mapped {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(BackendError::Device(error.to_string())),
            None => return Err(BackendError::Device("the device went away while results were read".to_owned())),
        }
        let view = buffer.get_mapped_range(..bytes).map_err(|error| BackendError::Device(error.to_string()))?;
        let words = view.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        drop(view);
        buffer.unmap();
        Ok(words)
    }

    /// Waits until submitted work is done.
    ///
    /// # Errors
    /// [`BackendError::Device`] when the device failed before or meanwhile.
    pub(super) async fn idle(&self) -> Result<(), BackendError> {
        self.check()?;
        let (sender, receiver) = oneshot::channel();
        self.queue.on_submitted_work_done(move || sender.send(()));
        self.wait()?;
        receiver.await;
        self.check()
    }

    /// Natively somebody has to poll for callbacks; in a browser its event loop calls them and this does nothing.
    fn wait(&self) -> Result<(), BackendError> {
        let polled = self.device.poll(wgpu::PollType::wait_indefinitely());
        polled.map(drop).map_err(|error| BackendError::Device(error.to_string()))
    }
}

/// A buffer that is counted, and freed when dropped rather than when a browser collects garbage.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) buffer: wgpu::Buffer,
    memory: Arc<AtomicU64>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.memory.fetch_sub(self.buffer.size(), Ordering::Relaxed);
        self.buffer.destroy();
    }
}
