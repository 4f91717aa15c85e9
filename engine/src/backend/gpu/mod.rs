//! WGSL compute kernels on wgpu: Vulkan, Metal and DirectX natively, WebGPU in a browser, one code.
//!
//! The kernels are the files in `/shaders`; [`kernel_sources`] lists every variant. Operations are only recorded;
//! `finish` uploads the batch, submits everything at once and reads back the drawn ids. Weights stay quantized in GPU
//! memory. Activations are rows of f32 padded with zeros to whole blocks of 32, so that no kernel has a ragged edge.
//!
//! Works within WebGPU's default limits except that large models want large buffers: weights are split to fit.

mod device;
mod oneshot;
mod operations;
mod pack;
mod pass;
mod pipelines;
mod preprocess;
mod registers;
mod self_test;
mod variant;
mod weights;

pub use device::{DeviceOptions, GpuDevice, Lanes};
pub use self_test::{SelfTest, self_test};
pub use variant::kernel_sources;
pub use weights::{Linear, Vector};

use crate::backend::{BackendError, Capacity, Counters, Shape};
use device::Buffer;
use pass::Pass;
use pipelines::{Io, Pipelines};
use registers::Registers;

/// The backend on a GPU.
#[derive(Debug)]
pub struct GpuBackend {
    device: GpuDevice,
    shape: Shape,
    capacity: Capacity,
    pipelines: Pipelines,
    pass: Pass,
    registers: Registers,
    caches: Vec<Buffer>, // per layer (kv_blocks · KV_BLOCK, 2, k·e): keys, then values
    groups: Groups,
    no_vector: Vector,                  // zeros: a bias where there is none, a norm not known yet
    normed_by: Option<wgpu::BindGroup>, // the norm that Normed holds, when Residual has not changed since
    drawn: usize,                       // ids that the pass will have drawn
    counters: Counters,
}

/// The bind groups of every kernel's buffers.
#[derive(Debug)]
struct Groups {
    embed: wgpu::BindGroup,
    qkv: Vec<wgpu::BindGroup>,       // by layer
    attention: Vec<wgpu::BindGroup>, // by layer
    add_attended: wgpu::BindGroup,
    add_hidden: wgpu::BindGroup,
    gate_up: wgpu::BindGroup,
    logits: wgpu::BindGroup,
    sample: wgpu::BindGroup,
}

impl GpuBackend {
    /// A backend with an empty cache; allocates everything but the weights.
    ///
    /// # Errors
    /// [`BackendError::Shape`] for an impossible shape, [`BackendError::Memory`] when a register or a layer's cache is
    /// larger than a kernel can be given, [`BackendError::Device`] when the device has failed.
    pub fn new(device: GpuDevice, shape: Shape, capacity: Capacity) -> Result<Self, BackendError> {
        shape.validate()?;
        let pipelines = Pipelines::new(&device, &shape);
        let pass = Pass::new(&device, &shape, &capacity)?;
        let registers = Registers::new(&device, &shape, &capacity)?;
        let caches = registers::caches(&device, &shape, &capacity)?;
        let groups = Groups::new(&pipelines, &pass, &registers, &caches);
        let zeros = vec![0.0; (shape.query_width() + 2 * shape.kv_width()).max(shape.width)];
        let no_vector = weights::load_vector(&device, &pipelines, &zeros)?;
        device.check()?;
        let counters = Counters::default();
        Ok(Self {
            device,
            shape,
            capacity,
            pipelines,
            pass,
            registers,
            caches,
            groups,
            no_vector,
            normed_by: None,
            drawn: 0,
            counters,
        })
    }

    /// The device that it runs on.
    #[must_use]
    pub fn device(&self) -> &GpuDevice {
        &self.device
    }

    /// Bytes of all buffers on its device: activations, cache and weights.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        self.device.memory_bytes()
    }
}

impl Groups {
    fn new(pipelines: &Pipelines, pass: &Pass, registers: &Registers, caches: &[Buffer]) -> Self {
        let group = |io, buffers: &[&Buffer]| pipelines.io_group(io, &pass.arena, &pass.batch, buffers);
        let Registers { residual, normed, query, attended, hidden, logits, ids, .. } = registers;
        let (residual, normed) = (&residual.buffer, &normed.buffer);
        let (query, attended) = (&query.buffer, &attended.buffer);
        let (hidden, logits) = (&hidden.buffer, &logits.buffer);
        Self {
            embed: group(Io::Ww, &[residual, normed]),
            qkv: caches.iter().map(|cache| group(Io::Rww, &[normed, query, cache])).collect(),
            attention: caches.iter().map(|cache| group(Io::Rrw, &[query, cache, attended])).collect(),
            add_attended: group(Io::Rww, &[attended, residual, normed]),
            add_hidden: group(Io::Rww, &[hidden, residual, normed]),
            gate_up: group(Io::Rw, &[normed, hidden]),
            logits: group(Io::Rw, &[normed, logits]),
            sample: group(Io::Rw, &[logits, ids]),
        }
    }
}
