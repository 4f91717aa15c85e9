//! candle tensors: CPU and CUDA.
