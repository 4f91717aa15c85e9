//! Story arithmetic as a source of examples that never ends: every index is a story of its own.

use std::sync::Arc;

use super::mixture::mix;
use super::{ChatFormat, Dialogue, Example, LearnError, Source};
use crate::reason::story::{LabelRule, Level, MistakeKind, Rng, Split, Story, annotate, flawed_path};
use crate::reason::{Problem, prompts};
use crate::template::PromptStyle;

/// Shares of the levels 1 to 5 among the stories of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels([f64; 5]);

impl Levels {
    /// Relative shares.
    ///
    /// # Errors
    /// [`LearnError::Setting`] unless they are numbers of at least 0 and not all 0.
    pub fn new(shares: [f64; 5]) -> Result<Self, LearnError> {
        if shares.iter().any(|share| !share.is_finite() || *share < 0.0) || shares.iter().sum::<f64>() <= 0.0 {
            return Err(LearnError::setting("levels", format!("{shares:?}"), "at least 0 each, and not all 0"));
        }
        Ok(Self(shares))
    }

    /// The level at `place`, within 0..1, of the shares laid side by side.
    fn at(&self, place: f64) -> Level {
        let mut left = place * self.0.iter().sum::<f64>();
        for (level, share) in Level::ALL.into_iter().zip(self.0) {
            if left < share {
                return level;
            }
            left -= share;
        }
        // Rounding: the last level that has a share.
        Level::ALL.into_iter().zip(self.0).rev().find(|(_, share)| *share > 0.0).map_or(Level::ALL[0], |found| found.0)
    }
}

/// Which stories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stories {
    /// Their split.
    pub split: Split,
    /// How hard they are.
    pub levels: Levels,
    /// Another seed, other stories.
    pub seed: u64,
    /// How many there are; `None`: no end.
    pub limit: Option<u64>,
}

impl Stories {
    /// The story with this number.
    #[must_use]
    pub fn story(&self, index: u64) -> Story {
        let place = mix(self.seed ^ mix(index)) >> 11;
        let level = self.levels.at(place as f64 / (1u64 << 53) as f64);
        // Seeds of a data set are far apart, so that two data sets share no story by accident of counting.
        Story::generate(self.split, level, self.seed.wrapping_mul(1 << 32).wrapping_add(index))
    }
}

/// What is to be learnt from a story.
pub type Task = fn(&Story, u64) -> Option<Dialogue>;

/// The task of solving.
#[must_use]
pub fn solving(story: &Story, _: u64) -> Option<Dialogue> {
    let problem = Problem::new(&story.question).ok()?;
    Some(Dialogue { messages: prompts::attempt(PromptStyle::Trained, &problem), output: story.solution.clone() })
}

/// The task of judging a solution: as often a right one as one with a mistake made on purpose.
#[must_use]
pub fn judging(story: &Story, seed: u64) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let steps = if rng.below(2) == 0 { story.steps() } else { flawed(story, &mut rng)? };
    let critique = annotate(story, &steps, LabelRule::StopAtFirstError);
    let problem = Problem::new(&story.question).ok()?;
    let messages = prompts::critique(PromptStyle::Trained, &problem, &story.solution, &steps.join("\n"));
    Some(Dialogue { messages, output: critique.to_string().trim_end().to_owned() })
}

/// The task of refining: mostly a solution with a mistake made on purpose, now and then a right one, to be kept.
#[must_use]
pub fn refining(story: &Story, seed: u64) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let steps = if rng.below(6) == 0 { story.steps() } else { flawed(story, &mut rng)? };
    let critique = annotate(story, &steps, LabelRule::StopAtFirstError);
    let problem = Problem::new(&story.question).ok()?;
    let messages = prompts::refinement(PromptStyle::Trained, &problem, &steps.join("\n"), &critique, "");
    Some(Dialogue { messages, output: story.solution.clone() })
}

/// The story's solution with a random mistake at a random step.
fn flawed(story: &Story, rng: &mut Rng) -> Option<Vec<String>> {
    // Some kinds do not apply to some steps.
    (0..8).find_map(|_| {
        let step = rng.below(story.program.steps.len());
        let kind = MistakeKind::ALL[rng.below(MistakeKind::ALL.len())];
        flawed_path(story, step, kind, rng)
    })
}

/// Stories as dialogues of a task.
pub struct StorySource {
    name: String,
    stories: Stories,
    task: Task,
    format: Arc<ChatFormat>,
}

impl StorySource {
    /// A source.
    #[must_use]
    pub fn new(name: &str, stories: Stories, task: Task, format: Arc<ChatFormat>) -> Self {
        Self { name: name.to_owned(), stories, task, format }
    }
}

impl Source for StorySource {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> Option<u64> {
        self.stories.limit
    }

    fn example(&self, index: u64) -> Example {
        // Some stories have nothing to show for a task; the next ones then stand in, deterministically.
        for attempt in 0..1000 {
            let story = self.stories.story(index.wrapping_add(attempt << 40));
            let dialogue = (self.task)(&story, mix(self.stories.seed ^ mix(index ^ attempt << 40)));
            if let Some(example) = dialogue.and_then(|dialogue| self.format.example(&dialogue).ok()) {
                return example;
            }
        }
        unreachable!("a task that no story fits")
    }
}
