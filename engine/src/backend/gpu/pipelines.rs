//! Bind group layouts, and pipelines compiled when first used.

use std::collections::HashMap;

use super::device::{Buffer, GpuDevice};
use super::pass::PARAMS_BYTES;
use super::variant::{Fusion, Kernel};
use crate::backend::Shape;

/// What a kernel binds in group 0 after the uniform slot (binding 0) and the batch (binding 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Io {
    /// Writes two buffers: embed.
    Ww,
    /// Reads one, writes one: linear maps, sample.
    Rw,
    /// Reads one, writes two: linear maps that also write the cache or Normed.
    Rww,
    /// Reads two, writes one: attention.
    Rrw,
}

impl Io {
    /// Whether bindings 2, 3, … are read only.
    fn read_only(self) -> &'static [bool] {
        match self {
            Self::Ww => &[false, false],
            Self::Rw => &[true, false],
            Self::Rww => &[true, false, false],
            Self::Rrw => &[true, true, false],
        }
    }
}

/// Layouts and pipelines of one backend.
#[derive(Debug)]
pub(super) struct Pipelines {
    device: GpuDevice,
    shape: Shape,
    io: [wgpu::BindGroupLayout; 4], // by Io
    one: wgpu::BindGroupLayout,     // weights, or a vector
    compiled: HashMap<Kernel, wgpu::ComputePipeline>,
}

impl Pipelines {
    pub(super) fn new(device: &GpuDevice, shape: &Shape) -> Self {
        let io = [Io::Ww, Io::Rw, Io::Rww, Io::Rrw].map(|io| {
            let mut entries = vec![entry(0, uniform()), entry(1, storage(true))];
            entries.extend((2..).zip(io.read_only()).map(|(binding, read_only)| entry(binding, storage(*read_only))));
            layout(device, &entries)
        });
        let one = layout(device, &[entry(0, storage(true))]);
        Self { device: device.clone(), shape: shape.clone(), io, one, compiled: HashMap::new() }
    }

    /// The bind group of a kernel's buffers, in order of binding.
    pub(super) fn io_group(&self, io: Io, arena: &Buffer, batch: &Buffer, buffers: &[&Buffer]) -> wgpu::BindGroup {
        let slot = wgpu::BufferBinding { buffer: &arena.buffer, offset: 0, size: wgpu::BufferSize::new(PARAMS_BYTES) };
        let mut entries = vec![
            wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(slot) },
            wgpu::BindGroupEntry { binding: 1, resource: batch.buffer.as_entire_binding() },
        ];
        entries.extend(
            (2..)
                .zip(buffers)
                .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.buffer.as_entire_binding() }),
        );
        self.group(&self.io[io as usize], &entries)
    }

    /// The bind group of weights or a vector.
    pub(super) fn one_buffer(&self, buffer: &Buffer) -> wgpu::BindGroup {
        self.group(&self.one, &[wgpu::BindGroupEntry { binding: 0, resource: buffer.buffer.as_entire_binding() }])
    }

    fn group(&self, layout: &wgpu::BindGroupLayout, entries: &[wgpu::BindGroupEntry<'_>]) -> wgpu::BindGroup {
        self.device.device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries })
    }

    /// The pipeline of a kernel.
    pub(super) fn get(&mut self, kernel: Kernel) -> wgpu::ComputePipeline {
        if let Some(pipeline) = self.compiled.get(&kernel) {
            return pipeline.clone();
        }
        let pipeline = self.compile(kernel);
        self.compiled.insert(kernel, pipeline.clone());
        pipeline
    }

    fn compile(&self, kernel: Kernel) -> wgpu::ComputePipeline {
        let label = format!("{kernel:?}");
        let device = &self.device.device;
        let one = Some(&self.one);
        let io = |io: Io| Some(&self.io[io as usize]);
        let groups: &[Option<&wgpu::BindGroupLayout>] = match kernel {
            Kernel::Embed(_) | Kernel::Prepare => &[io(Io::Ww), one, one],
            Kernel::Linear { fusion: Fusion::Qkv | Fusion::Add, .. } => &[io(Io::Rww), one, one],
            Kernel::Linear { .. } => &[io(Io::Rw), one, one],
            Kernel::Attention => &[io(Io::Rrw)],
            Kernel::Sample => &[io(Io::Rw)],
        };
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: None,
            bind_group_layouts: groups,
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(&label),
            source: wgpu::ShaderSource::Wgsl(kernel.source(self.device.lanes, &self.shape).into()),
        });
        device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(&label),
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            // Every kernel writes its workgroup memory before it reads it.
            compilation_options: wgpu::PipelineCompilationOptions {
                zero_initialize_workgroup_memory: false,
                ..wgpu::PipelineCompilationOptions::default()
            },
            cache: None,
        })
    }
}

fn layout(device: &GpuDevice, entries: &[wgpu::BindGroupLayoutEntry]) -> wgpu::BindGroupLayout {
    device.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries })
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::COMPUTE, ty, count: None }
}

fn storage(read_only: bool) -> wgpu::BindingType {
    let ty = wgpu::BufferBindingType::Storage { read_only };
    wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}

fn uniform() -> wgpu::BindingType {
    let min_binding_size = wgpu::BufferSize::new(PARAMS_BYTES);
    wgpu::BindingType::Buffer { ty: wgpu::BufferBindingType::Uniform, has_dynamic_offset: true, min_binding_size }
}
