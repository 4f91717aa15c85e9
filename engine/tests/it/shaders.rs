//! Every variant of every kernel is valid WGSL: parsed and validated by naga, without any GPU.

#![cfg(feature = "gpu")]
#![allow(missing_docs, clippy::print_stdout)]

use duet_engine::backend::gpu::{Lanes, kernel_sources};
use duet_engine::backend::{Rope, RopePairs, Shape};
use naga::valid::{Capabilities, ValidationFlags, Validator};

fn shape(heads: usize, kv_heads: usize, head_dim: usize, pairs: RopePairs) -> Shape {
    Shape {
        layers: 1,
        width: heads * head_dim,
        heads,
        kv_heads,
        head_dim,
        hidden: 1536,
        vocab: 49_152,
        norm_eps: 1e-5,
        rope: Rope { base: 10_000.0, pairs },
    }
}

/// WebGPU's default limit on workgroup memory.
const WORKGROUP_BYTES: u32 = 16_384;

#[test]
fn every_kernel_is_valid_and_within_default_limits() {
    let shapes = [
        shape(9, 3, 64, RopePairs::Adjacent),
        shape(14, 2, 64, RopePairs::Halves),
        shape(32, 8, 128, RopePairs::Adjacent),
        shape(4, 1, 256, RopePairs::Halves),
        shape(1, 1, 4, RopePairs::Halves),
    ];
    // For other compilers: `DUET_SHADER_DIR=dir cargo test --test shaders`, then e.g. `tint --validate` on each file.
    let dir = std::env::var_os("DUET_SHADER_DIR").map(std::path::PathBuf::from);
    let mut count = 0;
    for lanes in [Lanes::One, Lanes::Many] {
        for shape in &shapes {
            for (name, source) in kernel_sources(lanes, shape) {
                let name = format!("{name} {lanes:?} head_dim {} {:?}", shape.head_dim, shape.rope.pairs);
                if let Some(dir) = &dir {
                    let file: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
                    std::fs::write(dir.join(file + ".wgsl"), &source).expect("DUET_SHADER_DIR is writable");
                }
                check(&name, &source);
                count += 1;
            }
        }
    }
    println!("{count} variants");
}

fn check(name: &str, source: &str) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{name}: {}\n{source}", error.emit_to_string(source)));
    // unpack2x16float, which every WebGPU implementation has; no f16 arithmetic, no subgroups.
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_FLOAT16_IN_FLOAT32);
    validator.validate(&module).unwrap_or_else(|error| panic!("{name}: {}\n{source}", error.emit_to_string(source)));
    let size = |handle: naga::Handle<naga::Type>| module.types[handle].inner.size(module.to_ctx());
    let globals: Vec<_> = module.global_variables.iter().map(|(_, variable)| variable).collect();
    let workgroup = globals.iter().filter(|variable| variable.space == naga::AddressSpace::WorkGroup);
    let bytes: u32 = workgroup.map(|variable| size(variable.ty)).sum();
    assert!(bytes <= WORKGROUP_BYTES, "{name}: {bytes} bytes of workgroup memory");
    let storage =
        globals.iter().filter(|variable| matches!(variable.space, naga::AddressSpace::Storage { .. })).count();
    assert!(storage <= 8, "{name}: {storage} storage buffers");
}
