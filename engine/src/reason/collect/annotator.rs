//! Who writes the critiques: the program of a story, or a model that sees the reference solution.

use super::prompts::annotation;
use super::sampler::{Ask, Sampler};
use super::{Generator, Question};
use crate::reason::prompts::critique_prefill;
use crate::reason::story::{LabelRule, MistakeKind, annotate};
use crate::reason::{Critique, PlayerError, Verdict};

/// A path to be criticised, with what is known about it.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The question.
    pub question: &'a Question,
    /// The steps.
    pub path: &'a [String],
    /// Whether the path's answer is right.
    pub correct: bool,
    /// How the path came about.
    pub generator: Generator,
    /// Where it was led astray, from 0.
    pub planned: Option<usize>,
    /// And how.
    pub kind: Option<MistakeKind>,
    /// What the annotator may draw with.
    pub seed: u64,
}

/// Writes critiques of paths whose truth is known.
#[allow(async_fn_in_trait)]
pub trait Annotator {
    /// Who that is.
    fn name(&self) -> String;

    /// Which steps get a label; none where that is the model's choice.
    fn label_rule(&self) -> Option<LabelRule>;

    /// A critique for each case; none where it is unreadable or contradicts the truth.
    ///
    /// # Errors
    /// [`PlayerError`] when a case cannot be judged at all, or the model fails.
    async fn annotate(&mut self, cases: &[Case<'_>]) -> Result<Vec<Option<Critique>>, PlayerError>;
}

/// The exact oracle of story arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oracle(pub LabelRule);

impl Annotator for Oracle {
    fn name(&self) -> String {
        "oracle".to_owned()
    }

    fn label_rule(&self) -> Option<LabelRule> {
        Some(self.0)
    }

    async fn annotate(&mut self, cases: &[Case<'_>]) -> Result<Vec<Option<Critique>>, PlayerError> {
        let judged = cases.iter().map(|case| match &case.question.story {
            Some(story) => Ok(Some(annotate(story, case.path, self.0))),
            None => Err(PlayerError {
                message: format!("question `{}` is no story: the oracle judges stories only", case.question.id),
                callers_fault: true,
            }),
        });
        judged.collect()
    }
}

/// A model that is shown the reference solution and, where it is known, the place and the type of the mistake.
pub struct ModelAnnotator<S> {
    /// The model.
    pub sampler: S,
    /// Tokens of a critique, at most.
    pub max_tokens: usize,
}

impl<S: Sampler> Annotator for ModelAnnotator<S> {
    fn name(&self) -> String {
        self.sampler.model()
    }

    fn label_rule(&self) -> Option<LabelRule> {
        None
    }

    async fn annotate(&mut self, cases: &[Case<'_>]) -> Result<Vec<Option<Critique>>, PlayerError> {
        let style = self.sampler.prompts();
        let asks: Vec<Ask> = cases
            .iter()
            .map(|case| Ask {
                messages: annotation(style, case),
                prefill: critique_prefill(style, case.path),
                samples: 1,
                temperature: 0.0,
                seed: case.seed,
                max_tokens: self.max_tokens,
                one_line: false,
            })
            .collect();
        let said = self.sampler.say_all(&asks).await?;
        let read = cases.iter().zip(&asks).zip(said).map(|((case, ask), said)| {
            let text = format!("{}{}", ask.prefill, said.first()?.text);
            let critique = Critique::parse(&text, case.path);
            let truth = if case.correct { Verdict::Correct } else { Verdict::Wrong };
            (critique.answer == Some(truth)).then_some(critique)
        });
        Ok(read.collect())
    }
}
