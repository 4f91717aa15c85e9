//! WGSL compute kernels on wgpu.
