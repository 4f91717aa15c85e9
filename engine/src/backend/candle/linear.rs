//! Linear maps as candle's quantized products.

use candle_core::quantized::{GgmlDType, QMatMul, QTensor, ggml_file::qtensor_from_ggml};
use candle_core::{Device, Module, Result, Tensor};

use crate::gguf::{BlockFormat, Matrix};

/// A stack of matrices, each a product of its own: candle cannot join quantized tensors.
pub struct Linear {
    products: Vec<QMatMul>, // (rows_i, cols) each
    matrices: Vec<Matrix>,  // the same weights as they lie in the file, for embedding lookups; shares its bytes
}

impl Linear {
    pub(super) fn load(stack: &[Matrix], device: &Device) -> Result<Self> {
        let products = stack.iter().map(|matrix| product(matrix, device)).collect::<Result<_>>()?;
        Ok(Self { products, matrices: stack.to_vec() })
    }

    /// The outputs of the matrices side by side: (R, cols) → (R, Σ rows).
    pub(super) fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let outputs = self.each(input)?;
        match &outputs[..] {
            [one] => Ok(one.clone()),
            _ => Tensor::cat(&outputs, 1),
        }
    }

    /// The outputs of each matrix: (R, cols) → (R, rows_i).
    pub(super) fn each(&self, input: &Tensor) -> Result<Vec<Tensor>> {
        let input = input.contiguous()?;
        self.products.iter().map(|product| product.forward(&input)).collect()
    }

    /// Rows of the first matrix, unpacked on the host: (n, cols). An embedding is never needed whole as floats.
    pub(super) fn rows(&self, rows: impl ExactSizeIterator<Item = u32>, device: &Device) -> Result<Tensor> {
        let matrix = &self.matrices[0];
        let (count, cols) = (rows.len(), matrix.cols());
        let mut values = vec![0.0; count * cols];
        for (row, out) in rows.zip(values.chunks_mut(cols)) {
            matrix.format().dequantize(matrix.row(row as usize), out);
        }
        Tensor::from_vec(values, (count, cols), device)
    }
}

fn product(matrix: &Matrix, device: &Device) -> Result<QMatMul> {
    let dtype = match matrix.format() {
        BlockFormat::F32 | BlockFormat::F16 => {
            let weights = Tensor::from_vec(matrix.to_f32(), (matrix.rows(), matrix.cols()), device)?;
            return Ok(QMatMul::Tensor(weights));
        }
        BlockFormat::Q4_0 => GgmlDType::Q4_0,
        BlockFormat::Q4_1 => GgmlDType::Q4_1,
        BlockFormat::Q8_0 => GgmlDType::Q8_0,
    };
    // Copied first: candle reads the blocks in place, and a slice of a file need not be aligned for them.
    let bytes = matrix.bytes().to_vec();
    let tensor: QTensor = qtensor_from_ggml(dtype, &bytes, vec![matrix.rows(), matrix.cols()], device)?;
    QMatMul::from_qtensor(tensor)
}
