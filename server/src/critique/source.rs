//! Where questions come from.

use std::path::Path;
use std::str::FromStr;

use anyhow::{Context, anyhow, ensure};
use duet_engine::reason::collect::Question;
use duet_engine::reason::story::{Level, Split, Story, import};
use serde::Deserialize;

use super::line::{named, split_name};

/// Questions in a fixed order.
#[derive(Debug, Clone)]
pub enum Source {
    /// Stories, made as they are needed.
    Stories {
        /// Their split.
        split: Split,
        /// Their levels, in turn.
        levels: Vec<Level>,
        /// How many there are; none: no end.
        count: Option<u64>,
        /// Another seed, other stories.
        seed: u64,
    },
    /// A file in GSM8K's form.
    File {
        /// Its questions.
        questions: Vec<Question>,
        /// Its digest.
        sha256: String,
    },
}

/// `split:levels:count`, as `query:1-5:20000` or `query:3`.
impl FromStr for Source {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.split(':');
        let split = named("split", parts.next().unwrap_or(""), &Split::ALL, split_name)?;
        let levels = levels(parts.next().unwrap_or("1-5"))?;
        let number = |count: &str| count.parse::<u64>().map_err(|_| anyhow!("`{count}` is no number of stories"));
        let count = parts.next().map(number).transpose()?;
        ensure!(parts.next().is_none(), "`{text}` has more than split:levels:count");
        ensure!(count != Some(0), "0 stories are none");
        ensure!(split != Split::Test, "the test split is for reported numbers only");
        Ok(Self::Stories { split, levels, count, seed: 0 })
    }
}

/// `3`, or `2-4`.
fn levels(text: &str) -> anyhow::Result<Vec<Level>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let level = |text: &str| -> anyhow::Result<u8> {
        let number = text.parse().map_err(|_| anyhow!("`{text}` is no level, levels are 1 to 5"))?;
        Ok(Level::new(number)?.number())
    };
    let (from, to) = (level(from)?, level(to)?);
    ensure!(from <= to, "levels `{text}` are none");
    (from..=to).map(|number| Ok(Level::new(number)?)).collect()
}

impl Source {
    /// The records of a file: `{"question", "answer"}` lines.
    ///
    /// # Errors
    /// When the file cannot be read, or a line of it is no question with an answer behind `####`.
    pub fn gsm8k(path: &Path) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Line {
            question: String,
            answer: String,
        }
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let question = |(index, line): (usize, &str)| -> anyhow::Result<Question> {
            let place = || format!("{}, line {}", path.display(), index + 1);
            let line: Line = serde_json::from_str(line).with_context(place)?;
            let record = import(&line.question, &line.answer).context("no answer behind ####").with_context(place)?;
            Question::of_gsm8k("gsm8k", index as u64, record).with_context(place)
        };
        let questions = lines.map(question).collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(!questions.is_empty(), "{} holds no question", path.display());
        Ok(Self::File { questions, sha256: super::shards::digest(text.as_bytes()) })
    }

    /// The same source with another seed; files have none.
    #[must_use]
    pub fn seeded(self, new: u64) -> Self {
        match self {
            Self::Stories { split, levels, count, .. } => Self::Stories { split, levels, count, seed: new },
            file @ Self::File { .. } => file,
        }
    }

    /// How many questions there are; none: no end.
    #[must_use]
    pub fn questions(&self) -> Option<u64> {
        match self {
            Self::Stories { count, .. } => *count,
            Self::File { questions, .. } => Some(questions.len() as u64),
        }
    }

    /// Questions `from..from + count`, as far as there are any.
    pub(super) fn block(&self, from: u64, count: u64) -> anyhow::Result<Vec<Question>> {
        let end = self.questions().map_or(from + count, |len| len.min(from + count));
        match self {
            Self::Stories { split, levels, seed, .. } => (from..end)
                .map(|index| {
                    let level = levels[(index % levels.len() as u64) as usize];
                    // Seeds of data sets are far apart, so that two share no story by accident of counting.
                    let story = Story::generate(*split, level, seed.wrapping_mul(1 << 32).wrapping_add(index));
                    Ok(Question::of_story(index, story)?)
                })
                .collect(),
            Self::File { questions, .. } => Ok(questions[from.min(end) as usize..end as usize].to_vec()),
        }
    }

    /// What a manifest says of it.
    pub(super) fn described(&self) -> serde_json::Value {
        match self {
            Self::Stories { split, levels, count, seed } => {
                let levels: Vec<u8> = levels.iter().map(|level| level.number()).collect();
                serde_json::json!({ "stories": split_name(*split), "levels": levels, "count": count, "seed": seed })
            }
            Self::File { questions, sha256 } => {
                serde_json::json!({ "gsm8k": { "questions": questions.len(), "sha256": sha256 } })
            }
        }
    }

    /// Whether every question has an exact program.
    #[must_use]
    pub fn is_stories(&self) -> bool {
        matches!(self, Self::Stories { .. })
    }
}
