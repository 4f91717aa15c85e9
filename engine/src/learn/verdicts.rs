//! How a network judges while it is being trained: its verdicts, with the words before them given.

use super::{Batch, ChatFormat, Example, LearnError, Network};
use crate::reason::Verdict;

/// Examples whose logits are computed together.
const TOGETHER: usize = 16;

/// The share of right verdicts among those that should be Correct, and among those that should be Wrong. Each is read off
/// the two words' logits, behind the example's own text. Not a number where there is none of them.
///
/// # Errors
/// [`LearnError::Tensor`] when the device fails.
pub fn right_verdicts(network: &Network, format: &ChatFormat, examples: &[Example]) -> Result<[f64; 2], LearnError> {
    let [correct, wrong] = [Verdict::Correct, Verdict::Wrong].map(|verdict| format.verdict_token(verdict));
    let (mut right, mut all) = ([0.0; 2], [0.0; 2]);
    for examples in examples.chunks(TOGETHER) {
        let batch = Batch::new(examples);
        let mut rows = Vec::new();
        let mut first = 0;
        for example in examples {
            rows.extend(format.verdict_places(example).map(|place| first + place));
            first += example.output().len();
        }
        let logits = network.logits(&batch)?;
        for row in rows {
            let said = logits.get(row)?.to_vec1::<f32>()?;
            let truly_wrong = batch.targets()[row] == wrong;
            let says_wrong = said[wrong as usize] > said[correct as usize];
            all[usize::from(truly_wrong)] += 1.0;
            right[usize::from(truly_wrong)] += f64::from(u8::from(says_wrong == truly_wrong));
        }
    }
    Ok([right[0] / all[0], right[1] / all[1]])
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;
    use crate::backend::{Rope, RopePairs, Shape};
    use crate::learn::{Dialogue, SPECIAL, comparing, train_bpe};
    use crate::reason::story::{LabelRule, Level, Split, Story};

    /// A network judges as it judges, whatever is true: with every truth turned round, right becomes wrong.
    #[test]
    fn turned_truths_turn_the_shares() {
        let stories = (0..30).map(|seed| (Story::generate(Split::Train, Level::ALL[0], seed), seed));
        let dialogues: Vec<Dialogue> =
            stories.filter_map(|(story, seed)| comparing(&story, seed, LabelRule::All)).collect();
        let parts = train_bpe(dialogues.iter().map(|d| d.output.as_str()), 400, SPECIAL).expect("trains");
        let format = ChatFormat::new(&parts).expect("consistent");
        let rope = Rope { base: 10_000.0, pairs: RopePairs::Adjacent };
        let vocab = parts.tokens.len().next_multiple_of(32);
        let shape = Shape {
            layers: 1,
            width: 32,
            heads: 1,
            kv_heads: 1,
            head_dim: 32,
            hidden: 32,
            vocab,
            norm_eps: 1e-5,
            rope,
        };
        let network = Network::new(shape, 1, &Device::Cpu).expect("a valid shape");
        let shares = |turned: bool| {
            let example = |dialogue: &Dialogue| {
                let mut dialogue = dialogue.clone();
                let (words, verdict) = dialogue.output.rsplit_once(' ').expect("ends with a verdict");
                if turned {
                    dialogue.output = format!("{words} {}", if verdict == "Wrong" { "Correct" } else { "Wrong" });
                }
                format.example(&dialogue).expect("short")
            };
            let examples: Vec<Example> = dialogues.iter().map(example).collect();
            right_verdicts(&network, &format, &examples).expect("computed")
        };
        let ([correct, wrong], [turned_correct, turned_wrong]) = (shares(false), shares(true));
        assert!((0.0..=1.0).contains(&correct) && (0.0..=1.0).contains(&wrong));
        assert!((turned_correct - (1.0 - wrong)).abs() < 1e-9 && (turned_wrong - (1.0 - correct)).abs() < 1e-9);
    }
}
