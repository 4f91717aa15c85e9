//! Which kernels there are: every pipeline is one variant of a file in `/shaders`.

use super::device::Lanes;
use super::pack::Packing;
use super::preprocess::{Defines, expand};
use crate::backend::{KV_BLOCK, RopePairs, Shape};

/// What a linear kernel does besides multiplying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Fusion {
    Qkv,
    GateUp,
    Add,
    Logits,
}

impl Fusion {
    pub(super) const ALL: [Self; 4] = [Self::Qkv, Self::GateUp, Self::Add, Self::Logits];
}

/// One pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kernel {
    Embed(Packing),
    /// Normed from Residual alone.
    Prepare,
    Linear {
        fusion: Fusion,
        packing: Packing,
        /// Rows of the batch that one invocation group takes: one of [`TOKENS`].
        tokens: u32,
    },
    Attention,
    Sample,
}

/// Rows of the batch in a tile.
pub(super) const TOKENS: [u32; 4] = [1, 2, 4, 8];

/// The smallest tile that holds a batch, or the largest there is.
pub(super) fn tile_tokens(rows: usize) -> u32 {
    TOKENS.into_iter().find(|tokens| *tokens as usize >= rows).unwrap_or(TOKENS[TOKENS.len() - 1])
}

/// Invocations in a workgroup, and how many of them share one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) group: u32,
    pub(super) lanes: u32,
    /// Linear: outputs in a tile, in fours. Attention: heads for each load of the cache. Otherwise 1.
    pub(super) each: u32,
}

impl Plan {
    /// Workgroups for so many results.
    pub(super) fn workgroups(self, results: u32) -> u32 {
        results.div_ceil(self.group / self.lanes)
    }
}

/// Default limit of WebGPU on workgroup memory, in bytes: kernels stay within it everywhere.
const WORKGROUP_BYTES: usize = 16_384;

impl Kernel {
    /// Every kernel that a backend can ask for.
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self::Prepare, Self::Attention, Self::Sample];
        for packing in Packing::ALL {
            all.push(Self::Embed(packing));
            for fusion in Fusion::ALL {
                all.extend(TOKENS.map(|tokens| Self::Linear { fusion, packing, tokens }));
            }
        }
        all
    }

    /// The workgroup plan. One lane: small groups, since a CPU adapter spreads groups over its threads.
    pub(super) fn plan(self, lanes: Lanes, shape: &Shape) -> Plan {
        let plan = |group, lanes, each| Plan { group, lanes, each };
        match (self, lanes) {
            (Self::Embed(_) | Self::Prepare, _) => plan(64, 1, 1),
            (Self::Linear { .. }, Lanes::One) => plan(8, 1, 2),
            // 16 lanes × one block each: wide enough to read whole cache lines, narrow enough for rows of 18 blocks.
            (Self::Linear { .. }, Lanes::Many) => plan(64, 16, 1),
            (Self::Attention, Lanes::One) => {
                let heads = shape.heads / shape.kv_heads;
                plan(4, 1, [4, 3, 2].into_iter().find(|each| heads.is_multiple_of(*each)).unwrap_or(1) as u32)
            }
            (Self::Attention, Lanes::Many) => {
                let fits = |lanes: &u32| *lanes as usize / 2 * (shape.head_dim + 2) * 4 <= WORKGROUP_BYTES;
                let lanes = [64, 32, 16, 8, 4].into_iter().find(fits).unwrap_or(2);
                plan(lanes, lanes, 1)
            }
            // 16 buckets for each lane are 8 KiB.
            (Self::Sample, _) => plan(128, 128, 1),
        }
    }

    /// The WGSL text of the kernel.
    pub(super) fn source(self, lanes: Lanes, shape: &Shape) -> String {
        let defines = self.defines(lanes, shape);
        expand(self.file(), &defines, &include).expect("invariant: a test expands every kernel")
    }

    fn file(self) -> &'static str {
        match self {
            Self::Embed(_) | Self::Prepare => include_str!("../../../../shaders/embed.wgsl"),
            Self::Linear { .. } => include_str!("../../../../shaders/linear.wgsl"),
            Self::Attention => include_str!("../../../../shaders/attention.wgsl"),
            Self::Sample => include_str!("../../../../shaders/sample.wgsl"),
        }
    }

    fn defines(self, lanes: Lanes, shape: &Shape) -> Defines {
        let plan = self.plan(lanes, shape);
        let mut defines = Defines::new();
        let mut number = |name, value: usize| drop(defines.insert(name, format!("{value}u")));
        number("GROUP", plan.group as usize);
        number("LANES", plan.lanes as usize);
        number("HALF_LANES", plan.lanes as usize / 2);
        number("HEADS", shape.heads);
        number("KV_HEADS", shape.kv_heads);
        number("HEAD_DIM", shape.head_dim);
        number("HEAD_VECS", shape.head_dim / 4);
        number("KV_WIDTH", shape.kv_width());
        number("KV_VECS", shape.kv_width() / 4);
        number("QUERY_WIDTH", shape.query_width());
        number("KV_BLOCK", KV_BLOCK);
        number("BLOCK_SHIFT", KV_BLOCK.ilog2() as usize);
        number("EACH", plan.each as usize);
        number("FOURS", plan.each as usize);
        number("SHARED_VECS", plan.lanes as usize / 2 * shape.head_dim / 4);
        number("BUCKETS_TIMES_LANES", 16 * plan.lanes as usize);
        if let Self::Linear { packing, .. } | Self::Embed(packing) = self {
            number("VECS", packing.vecs());
            number("QUADS", 8 / packing.vecs());
            number("PARTS", packing.parts());
            number("UNITS", 8 / packing.vecs() / packing.parts());
        }
        if let Self::Linear { tokens, .. } = self {
            number("TOKENS", tokens as usize);
            number("GROUP_TIMES_TOKENS", (plan.group * tokens) as usize);
            number("SUMS", (plan.group * tokens * plan.each) as usize);
        }
        defines.extend(self.flags(plan, shape).into_iter().map(|flag| (flag, String::new())));
        defines
    }

    /// Names that only choose branches.
    fn flags(self, plan: Plan, shape: &Shape) -> Vec<&'static str> {
        let mut flags = Vec::new();
        if plan.lanes == 1 {
            flags.push("SOLO");
        }
        if self == Self::Prepare {
            flags.push("PREPARE");
        }
        if matches!(self, Self::Prepare | Self::Embed(_) | Self::Linear { fusion: Fusion::Add, .. }) {
            flags.push("NORMED");
        }
        if let Self::Linear { packing, .. } | Self::Embed(packing) = self {
            flags.push(packing.name());
            if packing.scaled() {
                flags.push("SCALED");
            }
        }
        if let Self::Linear { fusion, .. } = self {
            match fusion {
                Fusion::Qkv if shape.rope.pairs == RopePairs::Halves => flags.extend(["QKV", "NORM", "HALVES"]),
                Fusion::Qkv => flags.extend(["QKV", "NORM"]),
                Fusion::GateUp => flags.extend(["GATE_UP", "NORM"]),
                Fusion::Logits => flags.extend(["LOGITS", "NORM"]),
                Fusion::Add => flags.push("ADD"),
            }
        }
        flags
    }
}

fn include(name: &str) -> Option<&'static str> {
    match name {
        "params.wgsl" => Some(include_str!("../../../../shaders/params.wgsl")),
        "weights.wgsl" => Some(include_str!("../../../../shaders/weights.wgsl")),
        "epilogue.wgsl" => Some(include_str!("../../../../shaders/epilogue.wgsl")),
        "reduce.wgsl" => Some(include_str!("../../../../shaders/reduce.wgsl")),
        "block.wgsl" => Some(include_str!("../../../../shaders/block.wgsl")),
        "normed.wgsl" => Some(include_str!("../../../../shaders/normed.wgsl")),
        "noise.wgsl" => Some(include_str!("../../../../shaders/noise.wgsl")),
        _ => None,
    }
}

/// Name and WGSL text of every kernel that a backend of this shape can run: for validation by other compilers.
#[must_use]
pub fn kernel_sources(lanes: Lanes, shape: &Shape) -> Vec<(String, String)> {
    Kernel::all().into_iter().map(|kernel| (format!("{kernel:?}"), kernel.source(lanes, shape))).collect()
}
