//! Stories in GSM8K's form, and GSM8K's records as engine types. The JSON around them stays outside.

use super::Story;
use crate::reason::critique::without_annotations;
use crate::reason::{Answer, gold_answer};

/// A record of a data set in GSM8K's form.
#[derive(Debug, Clone, PartialEq)]
pub struct Gsm8k {
    /// The word problem.
    pub question: String,
    /// The lines of the solution, calculator annotations removed, without the line of the answer.
    pub solution: Vec<String>,
    /// What stands behind `####`.
    pub gold: Answer,
}

/// Reads the two fields of a record; none without an answer behind `####`.
///
/// ```
/// use duet_engine::reason::story::import;
/// let record = import("How many?", "He has 2*3=<<2*3=6>>6 eggs.\n#### 6").expect("an answer");
/// assert_eq!((record.solution[0].as_str(), record.gold.text()), ("He has 2*3=6 eggs.", "6"));
/// ```
#[must_use]
pub fn import(question: &str, answer: &str) -> Option<Gsm8k> {
    let gold = gold_answer(answer)?;
    let (solution, _) = answer.rsplit_once("####")?;
    let lines = solution.lines().map(|line| without_annotations(line).trim().to_owned());
    let solution = lines.filter(|line| !line.is_empty()).collect();
    Some(Gsm8k { question: question.trim().to_owned(), solution, gold })
}

impl Story {
    /// The solution as GSM8K's `answer` field: `12 + 7 = <<12+7=19>>19`, and the gold answer behind `####`.
    #[must_use]
    pub fn gsm8k_answer(&self) -> String {
        let equations = (0..).map_while(|index| self.program.equation(index));
        let lines = self.program.steps.iter().zip(equations).map(|(step, equation)| {
            let value = equation.value;
            let written = equation.to_string();
            let sides = written.strip_suffix(&value.to_string()).unwrap_or(&written);
            step.line(&format!("{sides}<<{}>>{value}", written.replace(' ', "")))
        });
        lines.chain([format!("#### {}", self.answer)]).collect::<Vec<_>>().join("\n")
    }
}
