//! A tensor's entry in the file.

use super::BlockFormat;

/// What a file says of one tensor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, e.g. `blk.0.attn_q.weight`.
    pub name: String,
    /// Its dimensions, the row length first (so a matrix is `[cols, rows]`); none is zero.
    pub dims: Vec<usize>,
    /// GGML's type id.
    pub type_id: u32,
    /// Where its data begins in the file.
    pub start: usize,
    /// Bytes it takes; absent when the type is not even known by name.
    pub bytes: Option<usize>,
}

impl TensorInfo {
    /// The format, when this engine can compute with it.
    #[must_use]
    pub fn format(&self) -> Option<BlockFormat> {
        BlockFormat::from_id(self.type_id).ok()
    }

    /// What the type is called, or `type N`.
    #[must_use]
    pub fn type_name(&self) -> String {
        match known_type(self.type_id) {
            Some(known) => known.name.to_owned(),
            None => format!("type {}", self.type_id),
        }
    }
}

/// A type of GGML by name and size. Those outside [`BlockFormat`] can be listed and skipped, not computed with.
pub(super) struct KnownType {
    id: u32,
    name: &'static str,
    /// Weights in one block.
    pub(super) block_len: usize,
    /// Bytes of one block.
    pub(super) block_bytes: usize,
}

const fn known(id: u32, name: &'static str, block_len: usize, block_bytes: usize) -> KnownType {
    KnownType { id, name, block_len, block_bytes }
}

/// Sizes as in GGML's type traits; ids that GGML has withdrawn are absent.
const KNOWN: [KnownType; 31] = [
    known(0, "F32", 1, 4),
    known(1, "F16", 1, 2),
    known(2, "Q4_0", 32, 18),
    known(3, "Q4_1", 32, 20),
    known(6, "Q5_0", 32, 22),
    known(7, "Q5_1", 32, 24),
    known(8, "Q8_0", 32, 34),
    known(10, "Q2_K", 256, 84),
    known(11, "Q3_K", 256, 110),
    known(12, "Q4_K", 256, 144),
    known(13, "Q5_K", 256, 176),
    known(14, "Q6_K", 256, 210),
    known(15, "Q8_K", 256, 292),
    known(16, "IQ2_XXS", 256, 66),
    known(17, "IQ2_XS", 256, 74),
    known(18, "IQ3_XXS", 256, 98),
    known(19, "IQ1_S", 256, 50),
    known(20, "IQ4_NL", 32, 18),
    known(21, "IQ3_S", 256, 110),
    known(22, "IQ2_S", 256, 82),
    known(23, "IQ4_XS", 256, 136),
    known(24, "I8", 1, 1),
    known(25, "I16", 1, 2),
    known(26, "I32", 1, 4),
    known(27, "I64", 1, 8),
    known(28, "F64", 1, 8),
    known(29, "IQ1_M", 256, 56),
    known(30, "BF16", 1, 2),
    known(34, "TQ1_0", 256, 54),
    known(35, "TQ2_0", 256, 66),
    known(39, "MXFP4", 32, 17),
];

pub(super) fn known_type(id: u32) -> Option<&'static KnownType> {
    KNOWN.iter().find(|known| known.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_agrees_with_the_formats() {
        for format in BlockFormat::ALL {
            let known = known_type(format as u32).expect("every format is known");
            assert_eq!(known.name, format!("{format:?}"));
            assert_eq!((known.block_len, known.block_bytes), (format.block_len(), format.block_bytes()));
        }
        assert!(known_type(4).is_none(), "Q4_2 was withdrawn");
    }
}
