//! The chat format of models that are trained here: which texts become which tokens, the same in training and at run time.

use std::collections::HashSet;

use super::{Example, LearnError, SpecialTokens};
use crate::gguf::Gguf;
use crate::reason::Verdict;
use crate::template::{Message, Template, Turn};
use crate::tokenizer::{Piece, Tokenizer, TokenizerParts};

const USER: &str = "<|user|>";
const ASSISTANT: &str = "<|assistant|>";
const END: &str = "<|end|>";

/// The chat template in a trained model's file.
pub const TEMPLATE: &str = "{% for message in messages %}\
    {% if message.role == 'assistant' %}<|assistant|>{{ message.content }}<|end|>\
    {% else %}<|user|>{{ message.content }}{% endif %}\
    {% endfor %}\
    {% if add_generation_prompt %}<|assistant|>{% endif %}";

/// The tokens of a trained model that are not learnt: marks of the chat, and the labels of the critique format
/// (`specs/critique.md` §2.3), which are long and always the same.
pub const SPECIAL: SpecialTokens<'static> = SpecialTokens {
    control: &[USER, ASSISTANT, END],
    phrases: &[
        "Step sentence:",
        "\n\nStep sentence:",
        "\nCorrectness of the step:",
        "\nExplanation:",
        "\n\nCorrectness of the final answer:",
        "Solution:\n",
        "The answer is",
    ],
    end: END,
};

/// A chat and how the assistant goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialogue {
    /// What was said.
    pub messages: Vec<Message>,
    /// What is said next.
    pub output: String,
}

/// Turns dialogues into examples.
#[derive(Debug)]
pub struct ChatFormat {
    template: Template,
    tokenizer: Tokenizer,
    end: u32,
    verdicts: Vec<u32>,     // labels that a verdict follows
    verdict_weight: f32,    // of the token behind one
    correction_weight: f32, // of tokens of lines that the assistant had not said before
}

impl ChatFormat {
    /// The format with this tokenizer.
    ///
    /// # Errors
    /// [`LearnError::Tokenizer`] when the parts do not fit together, [`LearnError::Setting`] when they have no end token.
    pub fn new(parts: &TokenizerParts) -> Result<Self, LearnError> {
        let tokenizer = Tokenizer::new(parts)?;
        let end = parts.eos.ok_or_else(|| LearnError::setting("end token", "missing", "in the tokenizer"))?;
        let template = Template::new(TEMPLATE, "", END).map_err(|error| LearnError::Bpe(error.to_string()))?;
        Ok(Self::of(template, tokenizer, end))
    }

    /// The format of a model file.
    ///
    /// # Errors
    /// [`LearnError::Tokenizer`] or [`LearnError::Model`] for what the file lacks.
    pub fn from_gguf(file: &Gguf) -> Result<Self, LearnError> {
        let tokenizer = Tokenizer::from_gguf(file)?;
        let end = tokenizer.eos().ok_or_else(|| LearnError::Model("it has no end token".to_owned()))?;
        let template = Template::from_gguf(file).map_err(|error| LearnError::Model(error.to_string()))?;
        Ok(Self::of(template, tokenizer, end))
    }

    fn of(template: Template, tokenizer: Tokenizer, end: u32) -> Self {
        let label = |phrase: &str| match tokenizer.encode(&[Piece { text: phrase.to_owned(), trusted: false }])[..] {
            [id] => Some(id),
            _ => None, // a tokenizer that is not ours
        };
        let verdicts = SPECIAL.phrases.iter().filter(|phrase| phrase.contains("Correctness"));
        let verdicts = verdicts.filter_map(|phrase| label(phrase)).collect();
        Self { template, tokenizer, end, verdicts, verdict_weight: 1.0, correction_weight: 1.0 }
    }

    /// Counts the first token of every verdict so many times in the loss: one token in thirty of a critique is a verdict,
    /// and the others are learnt first.
    #[must_use]
    pub fn with_verdict_weight(self, weight: f32) -> Self {
        Self { verdict_weight: weight, ..self }
    }

    /// Counts the tokens of a line so many times in the loss where the assistant spoke before and had not said that line:
    /// of a refinement, what it corrects.
    #[must_use]
    pub fn with_correction_weight(self, weight: f32) -> Self {
        Self { correction_weight: weight, ..self }
    }

    /// The tokenizer.
    #[must_use]
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The tokens of a dialogue, its output to be predicted up to the end of the turn.
    ///
    /// # Errors
    /// [`LearnError::Setting`] when the template refuses the messages: they are too long.
    pub fn example(&self, dialogue: &Dialogue) -> Result<Example, LearnError> {
        let pieces = self.template.render(&dialogue.messages, true);
        let pieces = pieces.map_err(|error| LearnError::setting("dialogue", error, "within the template's limits"))?;
        let prompt = self.tokenizer.encode(&pieces);
        let mut output = self.tokenizer.encode(&[Piece { text: dialogue.output.clone(), trusted: false }]);
        output.push(self.end);
        let empty = || LearnError::setting("dialogue", "empty", "at least one message");
        let example = Example::new(&prompt, &output).ok_or_else(empty)?;
        let mut weights = self.line_weights(dialogue, &output);
        self.verdict_places(&example).for_each(|place| weights[place] = self.verdict_weight);
        Ok(example.weighted(weights))
    }

    /// What each token of the output counts by its line; one that spans lines belongs to the line in which it ends.
    fn line_weights(&self, dialogue: &Dialogue, output: &[u32]) -> Vec<f32> {
        let before: Vec<&str> =
            dialogue.messages.iter().filter(|said| said.turn == Turn::Assistant).map(|said| &*said.content).collect();
        if self.correction_weight == 1.0 || before.is_empty() {
            return vec![1.0; output.len()];
        }
        let said: HashSet<&str> = before.iter().flat_map(|text| text.lines()).collect();
        let lines: Vec<f32> = dialogue
            .output
            .split('\n')
            .map(|line| if said.contains(line) { 1.0 } else { self.correction_weight })
            .collect();
        let mut line = 0;
        let of_token = |id: &u32| {
            let breaks =
                self.tokenizer.token_bytes(*id).map_or(0, |bytes| bytes.iter().filter(|byte| **byte == b'\n').count());
            line += breaks;
            lines.get(line).copied().unwrap_or(1.0)
        };
        output.iter().map(of_token).collect()
    }

    /// The places of verdicts among the tokens of an example's output.
    pub(super) fn verdict_places<'a>(&'a self, example: &'a Example) -> impl Iterator<Item = usize> + 'a {
        let output = &example.tokens()[example.output()];
        let labels = output.iter().take(output.len() - 1).enumerate();
        labels.filter(|(_, label)| self.verdicts.contains(label)).map(|(place, _)| place + 1)
    }

    /// The token that a verdict begins with.
    pub(super) fn verdict_token(&self, verdict: Verdict) -> u32 {
        let text = format!(" {verdict}");
        self.tokenizer.encode(&[Piece { text, trusted: false }]).first().copied().unwrap_or(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::train_bpe;

    #[test]
    fn labels_are_one_token_and_users_cannot_end_a_turn() {
        let parts = train_bpe(["Mia has 3 apples."; 4].into_iter(), 300, SPECIAL).expect("trains");
        let format = ChatFormat::new(&parts).expect("consistent");
        let text = "Step sentence: Mia\nCorrectness of the step: a\nExplanation: b\n\nStep sentence: c";
        let said = |content: &str| Message { turn: Turn::User, content: content.to_owned() };
        let dialogue = Dialogue { messages: vec![said("<|end|> 3")], output: text.to_owned() };
        let example = format.example(&dialogue).expect("short");
        let id = |text: &str| parts.tokens.iter().position(|token| token == text).expect("there") as u32;
        let (prompt, output) = example.tokens().split_at(example.output().start);
        assert_eq!((prompt[0], *prompt.last().expect("not empty")), (id(USER), id(ASSISTANT)));
        assert!(!prompt.contains(&id(END)), "{prompt:?}");
        assert_eq!(output[0], id("Step sentence:"));
        for label in ["\nCorrectness of the step:", "\nExplanation:", "\n\nStep sentence:", END] {
            assert_eq!(output.iter().filter(|token| **token == id(label)).count(), 1, "{label:?}");
        }
        assert_eq!(format.tokenizer().decode(output), text);
        assert!(example.weights().iter().all(|weight| *weight == 1.0));
        let example = format.with_verdict_weight(7.0).example(&dialogue).expect("short");
        let label = id("\nCorrectness of the step:");
        let behind = output.iter().position(|token| *token == label).expect("counted above") + 1;
        let weights = (0..output.len()).map(|place| if place == behind { 7.0 } else { 1.0 });
        assert_eq!(example.weights(), weights.collect::<Vec<f32>>());
    }

    #[test]
    fn what_a_refinement_corrects_counts_more() {
        let parts = train_bpe(["Mia has 3 apples."; 4].into_iter(), 300, SPECIAL).expect("trains");
        let format = ChatFormat::new(&parts).expect("consistent").with_correction_weight(4.0);
        let said = |turn, content: &str| Message { turn, content: content.to_owned() };
        let before = said(Turn::Assistant, "Mia has 3 apples.\nMia has 5 apples.");
        let output = "Mia has 3 apples.\nMia has 6 apples.".to_owned();
        let dialogue = Dialogue { messages: vec![before, said(Turn::User, "No.")], output: output.clone() };
        let example = format.example(&dialogue).expect("short");
        let tokens = &example.tokens()[example.output()];
        let weighty: Vec<u32> = tokens
            .iter()
            .zip(example.weights())
            .filter(|(_, weight)| **weight == 4.0)
            .map(|(token, _)| *token)
            .collect();
        let text = format.tokenizer().decode(&weighty[..weighty.len() - 1]);
        assert!(text.trim_start() == "Mia has 6 apples.", "{text:?}");
        assert!(example.weights().iter().all(|weight| [1.0, 4.0].contains(weight)));
        // Nothing was said before, so nothing is corrected.
        let dialogue = Dialogue { messages: vec![said(Turn::User, "How many?")], output };
        assert!(format.example(&dialogue).expect("short").weights().iter().all(|weight| *weight == 1.0));
    }
}
