//! Quantized weights on the CPU, vectorized.
