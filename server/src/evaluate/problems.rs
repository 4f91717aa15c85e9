//! What is solved: stories of a split, or a file of GSM8K's form.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use duet_engine::reason::story::{Level, Split, Story};
use duet_engine::reason::{Answer, gold_answer};
use serde::{Deserialize, Serialize};

/// A problem with its gold answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Its name, unique within a sweep: `story.test.3.17`, `gsm8k.42`.
    pub id: String,
    /// The word problem.
    pub question: String,
    /// The gold answer.
    pub gold: String,
    /// The story's level, 1 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
}

impl Problem {
    /// Whether an answer is the gold one.
    #[must_use]
    pub fn is_right(&self, answer: Option<&str>) -> bool {
        answer.and_then(Answer::parse).is_some_and(|answer| Some(answer) == Answer::parse(&self.gold))
    }
}

/// Where problems come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Dataset {
    /// Stories: as many of every level.
    Stories {
        /// `train`, `query`, `development` or `test`.
        split: String,
        /// Stories of each level.
        each: u64,
        /// Another seed, other stories.
        seed: u64,
    },
    /// Lines of `{"question", "answer"}` with the gold answer behind `####`.
    Gsm8k {
        /// The file.
        path: PathBuf,
        /// The first so many; all without it.
        limit: Option<usize>,
    },
}

impl FromStr for Dataset {
    type Err = anyhow::Error;

    /// `test:100` (stories of a split, so many of each level), `test:100:7` (with a seed).
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.split(':');
        let split = parts.next().unwrap_or_default().to_owned();
        split_of(&split)?;
        let number = |part: Option<&str>, what: &str, default: u64| match part {
            None => Ok(default),
            Some(part) => part.parse().with_context(|| format!("`{part}` in `{text}` must be {what}")),
        };
        let each = number(parts.next(), "the stories of each level", 100)?;
        let seed = number(parts.next(), "a seed", 0)?;
        ensure!(parts.next().is_none(), "`{text}` must be SPLIT:COUNT:SEED");
        ensure!((1..=100_000).contains(&each), "{each} stories of each level, it must be within 1..=100000");
        Ok(Self::Stories { split, each, seed })
    }
}

impl Dataset {
    /// The problems, in their order.
    ///
    /// # Errors
    /// What is wrong with the file, with its line.
    pub fn problems(&self) -> anyhow::Result<Vec<Problem>> {
        match self {
            Self::Stories { split, each, seed } => {
                let split = split_of(split)?;
                let of = |level: Level| (0..*each).map(move |index| story(split, level, *seed, index));
                Ok(Level::ALL.into_iter().flat_map(of).collect())
            }
            Self::Gsm8k { path, limit } => gsm8k(path, *limit),
        }
    }
}

fn split_of(name: &str) -> anyhow::Result<Split> {
    Ok(match name {
        "train" => Split::Train,
        "query" => Split::Query,
        "development" => Split::Development,
        "test" => Split::Test,
        _ => bail!("`{name}` must be one of train, query, development, test"),
    })
}

fn story(split: Split, level: Level, seed: u64, index: u64) -> Problem {
    let story = Story::generate(split, level, seed << 32 | index);
    let name = format!("{split:?}").to_lowercase();
    Problem {
        id: format!("story.{name}.{}.{seed}.{index}", level.number()),
        question: story.question,
        gold: story.answer.to_string(),
        level: Some(level.number()),
    }
}

fn gsm8k(path: &Path, limit: Option<usize>) -> anyhow::Result<Vec<Problem>> {
    #[derive(Deserialize)]
    struct Record {
        question: String,
        answer: String,
    }
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut problems = Vec::new();
    for (index, line) in std::io::BufReader::new(file).lines().enumerate().take(limit.unwrap_or(usize::MAX)) {
        let place = || format!("{}, line {}", path.display(), index + 1);
        let record: Record = serde_json::from_str(&line.with_context(place)?).with_context(place)?;
        let gold = gold_answer(&record.answer).context("no answer behind `####`").with_context(place)?;
        let (id, question) = (format!("gsm8k.{index}"), record.question);
        problems.push(Problem { id, question, gold: gold.to_string(), level: None });
    }
    ensure!(!problems.is_empty(), "{} holds no problem", path.display());
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_data_sets() {
        let stories = |split: &str, each, seed| Dataset::Stories { split: split.to_owned(), each, seed };
        assert_eq!("test:20:3".parse::<Dataset>().expect("valid"), stories("test", 20, 3));
        assert_eq!("development".parse::<Dataset>().expect("valid"), stories("development", 100, 0));
        for (text, message) in [
            ("exam:3", "`exam` must be one of"),
            ("test:0", "0 stories of each level"),
            ("test:x", "`x` in `test:x` must be the stories"),
            ("test:1:2:3", "must be SPLIT:COUNT:SEED"),
        ] {
            let error = text.parse::<Dataset>().expect_err("not valid").to_string();
            assert!(error.contains(message), "{error}");
        }
        let problems = stories("test", 2, 1).problems().expect("made");
        assert_eq!(problems.len(), 10);
        assert_eq!((problems[3].id.as_str(), problems[3].level), ("story.test.2.1.1", Some(2)));
        assert!(problems[3].is_right(Some(&problems[3].gold)) && !problems[3].is_right(None));
    }
}
