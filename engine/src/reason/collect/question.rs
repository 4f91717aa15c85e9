//! What is to be solved: a story with its program, or a word problem with a reference solution.

use thiserror::Error;

use crate::reason::story::{Gsm8k, Story};
use crate::reason::{Answer, Problem, RequestError, extract_answer};

/// A question with its reference.
#[derive(Debug, Clone)]
pub struct Question {
    /// Unique in its data set, and the beginning of its records' ids.
    pub id: String,
    /// The data set's name.
    pub dataset: String,
    /// Its number in the data set.
    pub idx: u64,
    /// The text.
    pub problem: Problem,
    /// The lines of the reference solution, the one of the answer last.
    pub gold_steps: Vec<String>,
    /// The reference answer.
    pub gold: Answer,
    /// The story that it is; none for a question without a program.
    pub story: Option<Story>,
}

/// A text that is no question.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("question `{id}`: {reason}")]
pub struct QuestionError {
    id: String,
    reason: String,
}

impl Question {
    /// The question of a story.
    ///
    /// # Errors
    /// [`QuestionError`] when the text is longer than a [`Problem`] may be.
    pub fn of_story(idx: u64, story: Story) -> Result<Self, QuestionError> {
        let split = format!("{:?}", story.split).to_lowercase();
        let id = format!("story-{split}-{}-{}", story.level.number(), story.seed);
        let problem = problem(&id, &story.question)?;
        let gold_steps = story.steps();
        let gold = extract_answer(&story.solution).ok_or_else(|| no_answer(&id))?;
        Ok(Self { id, dataset: "story".to_owned(), idx, problem, gold_steps, gold, story: Some(story) })
    }

    /// A record of a data set in GSM8K's form.
    ///
    /// # Errors
    /// [`QuestionError`] when the text is longer than a [`Problem`] may be, or blank.
    pub fn of_gsm8k(dataset: &str, idx: u64, record: Gsm8k) -> Result<Self, QuestionError> {
        let id = format!("{dataset}-{idx}");
        let problem = problem(&id, &record.question)?;
        let mut gold_steps = record.solution;
        gold_steps.push(format!("{} {}.", crate::reason::ANSWER_MARKER, record.gold));
        Ok(Self { id, dataset: dataset.to_owned(), idx, problem, gold_steps, gold: record.gold, story: None })
    }

    /// Whether a path ends with the reference answer.
    #[must_use]
    pub fn is_solved_by(&self, path: &str) -> bool {
        extract_answer(path).as_ref() == Some(&self.gold)
    }

    /// 1 to 5 for a story, 0 for a question without a level.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.story.as_ref().map_or(0, |story| story.level.number())
    }
}

fn problem(id: &str, text: &str) -> Result<Problem, QuestionError> {
    Problem::new(text).map_err(|error: RequestError| QuestionError { id: id.to_owned(), reason: error.to_string() })
}

fn no_answer(id: &str) -> QuestionError {
    QuestionError { id: id.to_owned(), reason: "the reference solution has no answer".to_owned() }
}
