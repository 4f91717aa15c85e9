//! Reading a critique while it is being written. Parsing never fails: it returns what is there.

use super::Critique;
use super::align::Aligner;
use super::label::{Label, label, verdict};
use crate::reason::{Judgement, Verdict};

/// Reads a critique in parts. However the text is cut, the judgements and the critique are the same.
///
/// Tolerated, as real critics write it (`specs/critique.md` §2.3): spaces at line ends, blank lines between fields,
/// "Step 1:" for "Step sentence:", several lines in a field, markdown, verdicts in any case, text before the first
/// step (cut), text after the verdict on the answer and its explanation (ignored from the next label on).
#[derive(Debug)]
pub struct CritiqueParser {
    aligner: Aligner,
    line: String, // the line that is not ended yet
    field: Field,
    numbered: bool,          // the step at hand began with "Step 1:"
    open: Option<Judgement>, // the step that is being judged
    critique: Critique,
}

/// What running text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    /// To nothing: before the first step.
    Preamble,
    Sentence,
    StepVerdict,
    StepExplanation,
    AnswerVerdict,
    AnswerExplanation,
    /// To nothing: the critique is complete.
    Over,
}

impl CritiqueParser {
    /// A parser of a critique of the path with these steps.
    #[must_use]
    pub fn new(steps: &[String]) -> Self {
        Self {
            aligner: Aligner::new(steps),
            line: String::new(),
            field: Field::Preamble,
            numbered: false,
            open: None,
            critique: Critique::default(),
        }
    }

    /// Adds text; returns the judgements that it completes.
    pub fn push(&mut self, text: &str) -> Vec<Judgement> {
        let known = self.critique.judgements.len();
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            if part.ends_with('\n') {
                self.end_line();
            } else if part.contains(':') {
                self.begin_early();
            }
        }
        self.critique.judgements[known..].to_vec()
    }

    /// The end of the text; returns the judgement that it completes.
    pub fn finish(&mut self) -> Vec<Judgement> {
        let known = self.critique.judgements.len();
        self.end_line();
        self.close_step();
        self.critique.judgements[known..].to_vec()
    }

    /// Whether the critique is complete, so that nothing more will be read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.field == Field::Over
    }

    /// What was read so far, without a step whose judgement is not complete.
    #[must_use]
    pub fn into_critique(self) -> Critique {
        self.critique
    }

    /// When the line at hand turns out to begin the next block, there is no need to wait for its end.
    fn begin_early(&mut self) {
        let Some((label, _)) = label(&self.line) else { return };
        if self.ends_critique(label) {
            self.field = Field::Over;
        } else if self.ends_step(label) {
            self.close_step();
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        match label(&line) {
            Some((Label::NumberedStep, _)) if !self.ends_step(Label::NumberedStep) => self.add(line.trim()),
            Some((label, value)) => {
                self.begin(label);
                self.add(value);
            }
            None => self.add(line.trim()),
        }
    }

    /// Whether this label ends the judgement at hand. "Step 2:" does not while a step sentence is being repeated:
    /// it is part of the sentence then.
    fn ends_step(&self, label: Label) -> bool {
        match label {
            Label::Step | Label::AnswerVerdict => true,
            Label::NumberedStep => self.field != Field::Sentence || self.numbered,
            Label::StepVerdict | Label::Explanation => false,
        }
    }

    /// Whether this label comes after the verdict on the answer, where a critique ends. A verdict that comes before
    /// any step ends nothing: it is cut.
    fn ends_critique(&self, label: Label) -> bool {
        let judged = !self.critique.judgements.is_empty();
        self.critique.answer.is_some()
            && match label {
                Label::Step | Label::NumberedStep | Label::StepVerdict => judged,
                Label::AnswerVerdict => true,
                Label::Explanation => false,
            }
    }

    fn begin(&mut self, label: Label) {
        if self.ends_critique(label) {
            self.field = Field::Over;
        }
        self.field = match (label, self.field) {
            (_, Field::Over) => Field::Over,
            (Label::Step | Label::NumberedStep, _) => return self.begin_step(label),
            (Label::AnswerVerdict, _) => {
                self.close_step();
                Field::AnswerVerdict
            }
            // A step's verdict or an explanation without what it belongs to.
            (_, Field::Preamble) => Field::Preamble,
            (Label::StepVerdict, Field::AnswerVerdict | Field::AnswerExplanation) => Field::Preamble,
            (Label::StepVerdict, _) => Field::StepVerdict,
            (Label::Explanation, Field::AnswerVerdict | Field::AnswerExplanation) => Field::AnswerExplanation,
            (Label::Explanation, _) => Field::StepExplanation,
        };
    }

    fn begin_step(&mut self, label: Label) {
        self.close_step();
        if self.critique.judgements.is_empty() {
            // Whatever came before the first step is cut, a verdict on the answer too.
            self.critique.answer = None;
            self.critique.explanation.clear();
        }
        self.field = Field::Sentence;
        self.numbered = label == Label::NumberedStep;
        self.open = Some(Judgement { sentence: String::new(), verdict: None, explanation: String::new(), step: None });
    }

    /// Adds running text to the field at hand.
    fn add(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match (self.field, &mut self.open) {
            (Field::Sentence, Some(open)) => append(&mut open.sentence, ' ', text),
            (Field::StepVerdict, Some(open)) => {
                self.field =
                    judge(&mut open.verdict, text, &mut open.explanation, (self.field, Field::StepExplanation));
            }
            (Field::StepExplanation, Some(open)) => append(&mut open.explanation, '\n', text),
            (Field::AnswerVerdict, _) => {
                let Critique { answer, explanation, .. } = &mut self.critique;
                self.field = judge(answer, text, explanation, (self.field, Field::AnswerExplanation));
            }
            (Field::AnswerExplanation, _) => append(&mut self.critique.explanation, '\n', text),
            _ => {}
        }
    }

    fn close_step(&mut self) {
        let Some(mut judgement) = self.open.take() else { return };
        if judgement.sentence.is_empty() && judgement.verdict.is_none() && judgement.explanation.is_empty() {
            return;
        }
        judgement.step = self.aligner.place(&judgement.sentence);
        self.critique.judgements.push(judgement);
    }
}

/// Takes the verdict from the text; once there is one, further lines explain it. Returns the field that follows.
fn judge(known: &mut Option<Verdict>, text: &str, explanation: &mut String, (this, next): (Field, Field)) -> Field {
    if known.is_some() {
        append(explanation, '\n', text);
        return next;
    }
    *known = verdict(text);
    this
}

fn append(field: &mut String, separator: char, text: &str) {
    if !field.is_empty() {
        field.push(separator);
    }
    field.push_str(text);
}
