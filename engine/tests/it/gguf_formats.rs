//! Packing and unpacking weights, against the numpy code of the `gguf` package (fixtures/quantize.py).

#![allow(clippy::unwrap_used)] // a test may fail by a panic

use duet_engine::gguf::{BlockFormat, Matrix};
use proptest::prelude::*;

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap()).collect()
}

fn floats(text: &str) -> Vec<f32> {
    from_hex(text).chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
}

#[test]
fn packs_and_unpacks_as_the_gguf_package_does() {
    let fixture: serde_json::Value = serde_json::from_str(include_str!("../fixtures/quantize.json")).unwrap();
    let weights = floats(fixture["weights"].as_str().unwrap());
    for format in BlockFormat::ALL {
        let expected = &fixture["formats"][format!("{format:?}")];
        let packed = from_hex(expected["packed"].as_str().unwrap());
        assert_eq!(format.quantize(&weights).unwrap(), packed, "{format:?} packs");
        let mut unpacked = vec![0.0; weights.len()];
        format.dequantize(&packed, &mut unpacked);
        assert_eq!(unpacked, floats(expected["unpacked"].as_str().unwrap()), "{format:?} unpacks");
    }
}

/// Largest error of one block. The f16 scale is off by up to 2^-11 of itself, or 2^-25 where it is subnormal, and the
/// largest level (127) multiplies that.
fn bound(format: BlockFormat, block: &[f32]) -> f32 {
    let largest = block.iter().fold(0.0f32, |most, w| most.max(w.abs()));
    let range =
        block.iter().fold(f32::NEG_INFINITY, |m, w| m.max(*w)) - block.iter().fold(f32::INFINITY, |m, w| m.min(*w));
    let f16_step = largest / 1024.0 + 4e-6;
    match format {
        BlockFormat::F32 => 0.0,
        BlockFormat::F16 => f16_step,
        BlockFormat::Q8_0 => largest / 127.0 * 0.5 + f16_step,
        // Levels −8..=7: the extreme is exact, its mirror image is cut off by one whole level.
        BlockFormat::Q4_0 => largest / 8.0 + f16_step,
        BlockFormat::Q4_1 => range / 15.0 * 0.5 + 2.0 * f16_step + range / 1024.0,
    }
}

proptest! {
    #[test]
    fn the_error_stays_within_half_a_level(
        weights in prop::collection::vec(-100.0f32..100.0, 32),
        power in -6i32..3,
    ) {
        let weights: Vec<f32> = weights.iter().map(|w| w * 10f32.powi(power)).collect();
        for format in BlockFormat::ALL {
            let packed = format.quantize(&weights).unwrap();
            prop_assert_eq!(packed.len(), format.row_bytes(32).unwrap());
            let mut back = vec![0.0; 32];
            format.dequantize(&packed, &mut back);
            for (w, b) in weights.iter().zip(&back) {
                prop_assert!((w - b).abs() <= bound(format, &weights), "{:?}: {} became {}", format, w, b);
            }
        }
    }
}

#[test]
fn a_ragged_block_is_an_error_that_names_it() {
    let error = BlockFormat::Q8_0.quantize(&[0.0; 33]).unwrap_err();
    assert_eq!(error.to_string(), "a row of 33 weights does not divide into Q8_0 blocks of 32");
    assert!(Matrix::quantized(BlockFormat::Q4_0, 2, 32, &[0.0; 65]).is_err());
    assert!(Matrix::quantized(BlockFormat::Q4_0, 1, 64, &[0.0; 64]).is_ok());
}

#[test]
fn weights_that_are_no_numbers_do_not_panic() {
    for format in BlockFormat::ALL {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            let mut weights = [1.0; 32];
            weights[3] = bad;
            assert_eq!(format.quantize(&weights).unwrap().len(), format.row_bytes(32).unwrap());
        }
    }
}
