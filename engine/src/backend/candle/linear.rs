//! Weight matrices as candle holds them.

use std::borrow::Cow;

use candle_core::quantized::{GgmlDType, QMatMul, QStorage, QTensor};
use candle_core::{Device, Module, Result, Tensor};

use crate::backend::Stacking;
use crate::gguf::{BlockFormat, Matrix};

/// How quantized weights lie in the device's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Residence {
    /// As in the file. candle then rounds activations to 8 bits too, for products of about two digits.
    Packed,
    /// As f32, for exact products at about six times the memory.
    Unpacked,
}

/// A loaded stack.
#[derive(Debug, Clone)]
pub struct Linear {
    maps: Vec<QMatMul>,
    stacking: Stacking,
}

impl Linear {
    pub(super) fn new(stack: &[Matrix], stacking: Stacking, residence: Residence, device: &Device) -> Result<Self> {
        let maps = stack.iter().map(|matrix| load(matrix, residence, device)).collect::<Result<_>>()?;
        Ok(Self { maps, stacking })
    }

    /// x (R, inputs) → (R, outputs).
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let outputs: Vec<Tensor> = self.maps.iter().map(|map| map.forward(x)).collect::<Result<_>>()?;
        match (self.stacking, &outputs[..]) {
            (_, [only]) => Ok(only.clone()),
            (Stacking::Concatenated, several) => Tensor::cat(several, 1),
            (Stacking::Interleaved, pair) => Tensor::stack(pair, 2)?.flatten(1, 2),
        }
    }

    /// ids (R) → rows of the table (R, inputs). The table is one matrix.
    pub(super) fn embedding(&self, ids: &Tensor) -> Result<Tensor> {
        match &self.maps[..] {
            [table] => table.embedding(ids),
            several => candle_core::bail!("an embedding table is one matrix, not {}", several.len()),
        }
    }
}

fn load(matrix: &Matrix, residence: Residence, device: &Device) -> Result<QMatMul> {
    let shape = (matrix.rows(), matrix.cols());
    let dtype = match matrix.format() {
        _ if residence == Residence::Unpacked => None,
        BlockFormat::F32 | BlockFormat::F16 => None,
        BlockFormat::Q4_0 => Some(GgmlDType::Q4_0),
        BlockFormat::Q4_1 => Some(GgmlDType::Q4_1),
        BlockFormat::Q8_0 => Some(GgmlDType::Q8_0),
    };
    let Some(dtype) = dtype else {
        return Ok(QMatMul::Tensor(Tensor::from_vec(matrix.to_f32(), shape, device)?));
    };
    // candle reads blocks as structures and panics where they are not aligned; a slice of a file may lie anywhere.
    let bytes = match (matrix.bytes().as_ptr() as usize).is_multiple_of(4) {
        true => Cow::Borrowed(&matrix.bytes()[..]),
        false => Cow::Owned(matrix.bytes().to_vec()),
    };
    QMatMul::from_qtensor(QTensor::new(QStorage::from_data(bytes, device, dtype)?, shape)?)
}
