//! The byte alphabet of byte-level BPE: every byte is written as one printable character in the vocabulary.
//!
//! Source: GPT-2's encoder. Printable Latin-1 stands for itself; the other 68 bytes become U+0100, U+0101, …

/// Bytes that stand for themselves.
const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff)
}

const CHARS: [char; 256] = {
    let mut chars = ['\0'; 256];
    let (mut byte, mut shifted) = (0usize, 0u32);
    while byte < 256 {
        let code = if is_printable(byte as u8) {
            byte as u32
        } else {
            shifted += 1;
            0x100 + shifted - 1
        };
        chars[byte] = char::from_u32(code).expect("invariant: below the surrogates");
        byte += 1;
    }
    chars
};

/// The character that stands for a byte in token texts, e.g. `Ġ` for the space.
///
/// ```
/// assert_eq!(duet_engine::tokenizer::byte_char(b' '), 'Ġ');
/// assert_eq!(duet_engine::tokenizer::byte_char(b'a'), 'a');
/// ```
#[must_use]
pub fn byte_char(byte: u8) -> char {
    CHARS[usize::from(byte)]
}

/// Appends the bytes that a token's text stands for. A character outside the alphabet stands for its own UTF-8.
pub(super) fn push_bytes(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match byte_of(c) {
            Some(byte) => out.push(byte),
            None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        code @ 0..=0xff => is_printable(code as u8).then_some(code as u8),
        // The shifted bytes are in order, so the character's distance finds the byte.
        code @ 0x100..=0x143 => (0..=255u8).filter(|byte| !is_printable(*byte)).nth((code - 0x100) as usize),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_character_and_comes_back() {
        for byte in 0..=255 {
            assert_eq!(byte_of(byte_char(byte)), Some(byte));
        }
        assert_eq!([byte_char(0), byte_char(b'\n'), byte_char(0x7f), byte_char(0xad)], ['Ā', 'Ċ', 'ġ', 'Ń']);
        let mut bytes = Vec::new();
        push_bytes("Ġé｜", &mut bytes);
        assert_eq!(bytes, [b' ', 0xe9, 0xef, 0xbd, 0x9c], "é is byte E9, a wide bar is itself");
    }
}
