//! How sure a critic is: P(wrong) from the logits where it writes a verdict (`specs/critique.md` §11, "critic output").

use super::Odds;
use crate::runtime::Completion;
use crate::tokenizer::Tokenizer;

const STEP: &str = "Correctness of the step:";
const ANSWER: &str = "Correctness of the final answer:";

/// What " Correct" and " Wrong" begin with, where that tells them apart. A tokenizer that begins both with the same token
/// gives no odds.
pub(super) fn verdict_tokens(tokenizer: &Tokenizer) -> Option<[u32; 2]> {
    let first = |text| tokenizer.encode_text(text).first().copied();
    let (correct, wrong) = (first(" Correct")?, first(" Wrong")?);
    (correct != wrong).then_some([correct, wrong])
}

/// The odds of a critique that goes on from `prefill` and watched [`verdict_tokens`]; none when it watched nothing. A
/// verdict on the answer before any step is no part of a critique and is overruled by a later one; of later ones the first
/// counts, as in [`super::CritiqueParser`].
pub(super) fn odds(tokenizer: &Tokenizer, prefill: &str, completion: &Completion) -> Odds {
    let mut odds = Odds::default();
    let mut text = prefill.to_owned();
    let mut detokenizer = tokenizer.detokenizer();
    for (token, watched) in completion.tokens.iter().zip(&completion.watched) {
        if let [correct, wrong] = watched[..] {
            if text.ends_with(STEP) {
                if odds.steps.is_empty() {
                    odds.answer = None;
                }
                odds.steps.push(p_wrong(correct, wrong));
            } else if text.ends_with(ANSWER) && odds.answer.is_none() {
                odds.answer = Some(p_wrong(correct, wrong));
            }
        }
        text.push_str(&detokenizer.push(*token));
    }
    odds
}

/// From ln P of both words.
fn p_wrong(correct: f32, wrong: f32) -> f32 {
    1.0 / (1.0 + (correct - wrong).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::FinishReason;
    use crate::tokenizer::{PreTokenizer, TokenKind, TokenizerParts, byte_char};

    /// Bytes, and the two words as one token each (numbers 256 and 257), if wanted.
    fn tokenizer(words: bool) -> Tokenizer {
        let mut tokens: Vec<String> = (0..=255).map(|byte| byte_char(byte).to_string()).collect();
        let mut merges = Vec::new();
        if words {
            tokens.extend(["ĠC", "ĠW"].map(str::to_owned));
            merges.extend(["Ġ C", "Ġ W"].map(str::to_owned));
        }
        let kinds = vec![TokenKind::Normal; tokens.len()];
        let pre = PreTokenizer::Gpt2;
        let parts = TokenizerParts { tokens, kinds, merges, pre, bos: None, eos: None, eot: None, adds_bos: false };
        Tokenizer::new(&parts).expect("valid")
    }

    /// A critique whose n-th token had P(wrong) = n / 1000.
    fn critique(tokenizer: &Tokenizer, text: &str) -> Completion {
        let tokens = tokenizer.encode_text(text);
        let p = |n: usize| n as f32 / 1000.0;
        let watched = (0..tokens.len()).map(|n| vec![(1.0 - p(n)).ln(), p(n).ln()]).collect();
        Completion { text: text.to_owned(), tokens, reason: FinishReason::Stop, watched }
    }

    /// The token at which this stands.
    fn at(tokenizer: &Tokenizer, text: &str, place: &str) -> f32 {
        tokenizer.encode_text(&text[..text.find(place).expect("there") + place.len()]).len() as f32 / 1000.0
    }

    #[test]
    fn odds_are_read_where_the_verdict_is_written() {
        let tokenizer = tokenizer(true);
        assert_eq!(verdict_tokens(&tokenizer), Some([256, 257]));
        let text = " Correct\nExplanation: Is it Wrong?\n\nStep sentence: b\nCorrectness of the step: Wrong\n\n\
            Correctness of the final answer: Wrong\nExplanation: so.\n\nCorrectness of the final answer: Correct";
        let odds = odds(&tokenizer, "Step sentence: a\nCorrectness of the step:", &critique(&tokenizer, text));
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-5, "{a} for {b}");
        close(odds.answer.expect("a verdict"), at(&tokenizer, text, "final answer:"));
        assert_eq!(odds.steps.len(), 2);
        close(odds.steps[0], 0.0);
        close(odds.steps[1], at(&tokenizer, text, "of the step:"));
    }

    #[test]
    fn a_verdict_before_the_steps_is_overruled() {
        let tokenizer = tokenizer(true);
        let text = "Correctness of the final answer: Wrong\nStep sentence: a\nCorrectness of the step: Correct\n";
        let cut = critique(&tokenizer, text);
        assert_eq!(odds(&tokenizer, "", &cut).answer, None);
        let text = format!("{text}\nCorrectness of the final answer:");
        assert_eq!(odds(&tokenizer, "", &critique(&tokenizer, &text)).answer, None, "cut before its word");
        let text = format!("{text} Wrong");
        assert!(odds(&tokenizer, "", &critique(&tokenizer, &text)).answer.is_some());
    }

    #[test]
    fn without_distinct_tokens_or_logits_there_are_no_odds() {
        assert_eq!(verdict_tokens(&tokenizer(false)), None);
        let tokenizer = tokenizer(true);
        let mut critique = critique(&tokenizer, "Correctness of the final answer: Wrong");
        critique.watched.clear();
        assert_eq!(odds(&tokenizer, "", &critique), Odds::default());
    }
}
