//! Training a tokenizer: byte-level BPE by the tokenizers crate, in the form that a model file stores.

use tokenizers::Trainer as _;
use tokenizers::models::bpe::{BPE, BpeTrainer};

use super::LearnError;
use crate::tokenizer::{PreTokenizer, TokenKind, TokenizerParts, byte_char};

/// Tokens of a trained tokenizer beside the merged ones.
#[derive(Debug, Clone, Copy)]
pub struct SpecialTokens<'a> {
    /// Structure that text cannot spell, e.g. `<|user|>`.
    pub control: &'a [&'a str],
    /// Phrases that are one token wherever they stand.
    pub phrases: &'a [&'a str],
    /// Which control token ends a turn.
    pub end: &'a str,
}

/// Learns merges from texts until the vocabulary (256 bytes, merges, special tokens) has `vocab` tokens, or until no
/// pair of tokens occurs twice. Every digit is a token of its own. The same texts give the same tokenizer.
///
/// # Errors
/// [`LearnError::Setting`] when `vocab` leaves no room or the end token is no control token, [`LearnError::Bpe`] when the
/// library fails.
pub fn train_bpe<'a>(
    texts: impl Iterator<Item = &'a str>,
    vocab: usize,
    special: SpecialTokens<'_>,
) -> Result<TokenizerParts, LearnError> {
    let pre = PreTokenizer::SmolLm;
    let fixed = 256 + special.control.len() + special.phrases.len();
    if vocab < fixed {
        return Err(LearnError::setting("vocab", vocab, &format!("at least {fixed} (bytes and special tokens)")));
    }
    let mut words = Vec::new();
    for text in texts {
        for plain in without(text, special.phrases) {
            words.extend(pre.words(plain).map(|word| word.bytes().map(byte_char).collect::<String>()));
        }
    }
    let bytes: Vec<String> = (0..=255).map(|byte| byte_char(byte).to_string()).collect();
    let mut trainer = BpeTrainer::builder()
        .vocab_size(vocab - special.control.len() - special.phrases.len())
        .min_frequency(2)
        .show_progress(false)
        .initial_alphabet((0..=255).map(byte_char).collect())
        .build();
    let failed = |error: tokenizers::Error| LearnError::Bpe(error.to_string());
    trainer.feed(words.iter(), |word| Ok(vec![word.to_owned()])).map_err(failed)?;
    let mut model = BPE::default();
    trainer.train(&mut model).map_err(failed)?;
    let merges = merges(&model)?;
    let mut tokens = bytes;
    tokens.extend(merges.iter().map(|(a, b)| format!("{a}{b}")));
    let mut kinds = vec![TokenKind::Normal; tokens.len()];
    for (texts, kind) in [(special.phrases, TokenKind::UserDefined), (special.control, TokenKind::Control)] {
        tokens.extend(texts.iter().map(|text| (*text).to_owned()));
        kinds.resize(tokens.len(), kind);
    }
    let end = tokens.iter().rposition(|token| token == special.end).filter(|_| special.control.contains(&special.end));
    let end = end.ok_or_else(|| LearnError::setting("end token", special.end, "one of the control tokens"))?;
    let merges = merges.iter().map(|(a, b)| format!("{a} {b}")).collect();
    Ok(TokenizerParts { tokens, kinds, merges, pre, bos: None, eos: Some(end as u32), eot: None, adds_bos: false })
}

/// The stretches of a text between the phrases.
fn without<'a>(text: &'a str, phrases: &[&str]) -> Vec<&'a str> {
    let mut parts = vec![text];
    for phrase in phrases {
        parts = parts.into_iter().flat_map(|part| part.split(phrase)).collect();
    }
    parts
}

/// The merges in their order. The library has no getter for them, but it serializes them.
fn merges(model: &BPE) -> Result<Vec<(String, String)>, LearnError> {
    #[derive(serde::Deserialize)]
    struct Serialized {
        merges: Vec<(String, String)>,
    }
    let json = serde_json::to_value(model).map_err(|error| LearnError::Bpe(error.to_string()))?;
    let Serialized { merges } =
        serde_json::from_value(json).map_err(|error| LearnError::Bpe(format!("its merges cannot be read: {error}")))?;
    Ok(merges)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokenizer::Tokenizer;

    const SPECIAL: SpecialTokens<'_> =
        SpecialTokens { control: &["<|user|>", "<|end|>"], phrases: &["\nExplanation:"], end: "<|end|>" };

    #[test]
    fn words_become_tokens_and_digits_stay_alone() {
        let texts = ["Mia has 12 apples.\nExplanation: Mia has apples."; 3];
        let parts = train_bpe(texts.into_iter(), 300, SPECIAL).expect("trains");
        assert_eq!(parts, train_bpe(texts.into_iter(), 300, SPECIAL).expect("trains"), "the same every time");
        let tokenizer = Tokenizer::new(&parts).expect("consistent");
        let ids = tokenizer.encode_text("Mia has 12 apples.");
        let words: Vec<String> = ids.iter().map(|id| tokenizer.decode(&[*id])).collect();
        assert_eq!(words, ["Mia", " has", " ", "1", "2", " apples", "."]);
        assert_eq!(tokenizer.decode(&tokenizer.encode_text("Ünï <|end|> 3")), "Ünï <|end|> 3");
        assert!(tokenizer.is_end(*tokenizer.encode_trusted("<|end|>").first().expect("one token")));
    }

    #[test]
    fn impossible_settings_are_named() {
        let error = train_bpe([].into_iter(), 258, SPECIAL).expect_err("no room").to_string();
        assert_eq!(error, "`vocab` is 258, it must be at least 259 (bytes and special tokens)");
        let special = SpecialTokens { end: "</s>", ..SPECIAL };
        let error = train_bpe([].into_iter(), 300, special).expect_err("not there").to_string();
        assert_eq!(error, "`end token` is </s>, it must be one of the control tokens");
    }
}
