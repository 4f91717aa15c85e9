//! Story arithmetic as a source of examples that never ends: every index is a story of its own.

use std::sync::Arc;

use super::mixture::mix;
use super::{ChatFormat, Dialogue, Example, LearnError, Source};
use crate::reason::story::{
    Equation, LabelRule, Level, MistakeKind, Op, Rng, Split, Story, annotate, flawed_path, mistaken_step,
};
use crate::reason::{Critique, Problem, Verdict, prompts};
use crate::template::{Message, PromptStyle, Turn};

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

/// What is to be learnt from a story, with a seed for what is drawn, and the rule for the labels of critiques.
pub type Task = fn(&Story, u64, LabelRule) -> Option<Dialogue>;

/// The task of solving.
#[must_use]
pub fn solving(story: &Story, _: u64, _: LabelRule) -> Option<Dialogue> {
    let problem = Problem::new(&story.question).ok()?;
    Some(Dialogue { messages: prompts::attempt(PromptStyle::Trained, &problem), output: story.solution.clone() })
}

/// The task of judging a solution: as often a right one as one with a mistake made on purpose.
#[must_use]
pub fn judging(story: &Story, seed: u64, rule: LabelRule) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let steps = if rng.below(2) == 0 { story.steps() } else { flawed(story, &mut rng)? };
    let critique = annotate(story, &steps, rule);
    let problem = Problem::new(&story.question).ok()?;
    let messages = prompts::critique(PromptStyle::Trained, &problem, &story.solution, &steps.join("\n"));
    Some(Dialogue { messages, output: critique.to_string().trim_end().to_owned() })
}

/// Equations of an example of [`calculating`].
const EQUATIONS: usize = 5;

/// The task of calculating, without words: any equation that a step at the story's level may have. A small model learns
/// its sums from stories slowly, one in fifteen tokens.
#[must_use]
pub fn calculating(story: &Story, seed: u64, _: LabelRule) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let (most, factor) = (story.level.most(), story.level.factor());
    let mut draw = || -> Option<Equation> {
        let op = Op::ALL[rng.below(Op::ALL.len())];
        let (lhs, rhs) = match op {
            Op::Add | Op::Sub => (rng.within(2, most)?, rng.within(2, most)?),
            Op::Mul => (rng.within(2, most / 2)?, rng.within(2, factor)?),
            Op::Div => {
                let (quotient, divisor) = (rng.within(2, most / 2)?, rng.within(2, factor)?);
                (quotient * divisor, divisor)
            }
        };
        let (lhs, rhs) = if op == Op::Mul && rng.below(2) == 0 { (rhs, lhs) } else { (lhs, rhs) };
        let value = op.apply(lhs, rhs).filter(|value| (2..=most).contains(value) && lhs <= most)?;
        Some(Equation { lhs, op, rhs, value })
    };
    let equations: Vec<String> = std::iter::repeat_with(|| (0..64).find_map(|_| draw()).map(|e| e.to_string()))
        .take(EQUATIONS)
        .collect::<Option<_>>()?;
    let asked: Vec<&str> = equations.iter().filter_map(|equation| Some(equation.split_once(" = ")?.0)).collect();
    let messages = vec![Message { turn: Turn::User, content: asked.join("\n") }];
    Some(Dialogue { messages, output: equations.join("\n") })
}

/// The task of comparing one step with one's own: what judging is made of, short, and wrong as often as right. Whole
/// critiques have few verdicts, most of them "Correct", and a small model learns from them to say just that.
#[must_use]
pub fn comparing(story: &Story, seed: u64, _: LabelRule) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let step = rng.below(story.program.steps.len());
    let own = story.steps().into_iter().nth(step)?;
    let wrong = rng.below(2) == 0;
    let path = match wrong {
        true => slip(story, step, &mut rng)?,
        false => own.clone(),
    };
    let said = |turn, content: String| Message { turn, content };
    let messages = vec![said(Turn::Assistant, own), said(Turn::User, format!("Solution:\n{path}"))];
    let verdict = if wrong { Verdict::Wrong } else { Verdict::Correct };
    Some(Dialogue { messages, output: format!("Step sentence: {path}\nCorrectness of the step: {verdict}") })
}

/// The task of amending one step as its judgement says: what refining is made of, short. In whole refinements nearly every
/// token is copied from the path, its mistake too, and a small model learns from them to repeat itself.
#[must_use]
pub fn amending(story: &Story, seed: u64, rule: LabelRule) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let step = rng.below(story.program.steps.len());
    let right = story.steps();
    let mut path = right[..=step].to_vec();
    if rng.below(4) > 0 {
        path[step] = slip(story, step, &mut rng)?;
    }
    let judgement = annotate(story, &path, rule).judgements.into_iter().nth(step)?;
    let said = |turn, content: String| Message { turn, content };
    let critique = Critique { judgements: vec![judgement], answer: None, explanation: String::new() };
    let judged = said(Turn::User, critique.to_string().trim_end().to_owned());
    let messages = vec![said(Turn::Assistant, path.swap_remove(step)), judged];
    Some(Dialogue { messages, output: right.into_iter().nth(step)? })
}

/// The task of refining: mostly a solution with a mistake made on purpose, now and then a right one, to be kept.
#[must_use]
pub fn refining(story: &Story, seed: u64, rule: LabelRule) -> Option<Dialogue> {
    let mut rng = Rng::new(seed);
    let steps = if rng.below(6) == 0 { story.steps() } else { flawed(story, &mut rng)? };
    let critique = annotate(story, &steps, rule);
    let problem = Problem::new(&story.question).ok()?;
    let messages = prompts::refinement(PromptStyle::Trained, &problem, &steps.join("\n"), &critique, "");
    Some(Dialogue { messages, output: story.solution.clone() })
}

/// A step with a random mistake in it; the one that leaves the step out is none of these.
fn slip(story: &Story, step: usize, rng: &mut Rng) -> Option<String> {
    let kinds = MistakeKind::ALL.into_iter().filter(|kind| *kind != MistakeKind::MissingStep);
    let kinds: Vec<MistakeKind> = kinds.collect();
    (0..8).find_map(|_| mistaken_step(story, step, kinds[rng.below(kinds.len())], rng))
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
    rule: LabelRule,
    format: Arc<ChatFormat>,
}

impl StorySource {
    /// A source.
    #[must_use]
    pub fn new(name: &str, stories: Stories, (task, rule): (Task, LabelRule), format: Arc<ChatFormat>) -> Self {
        Self { name: name.to_owned(), stories, task, rule, format }
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
            let dialogue = (self.task)(&story, mix(self.stories.seed ^ mix(index ^ attempt << 40)), self.rule);
            if let Some(example) = dialogue.and_then(|dialogue| self.format.example(&dialogue).ok()) {
                return example;
            }
        }
        unreachable!("a task that no story fits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(seed: u64) -> Story {
        Story::generate(Split::Train, Level::ALL[2], seed)
    }

    #[test]
    fn levels_come_in_their_shares() {
        let levels = Levels::new([1.0, 0.0, 3.0, 0.0, 0.0]).expect("valid");
        let stories = Stories { split: Split::Train, levels, seed: 4, limit: None };
        let third = (0..400).filter(|index| stories.story(*index).level == Level::ALL[2]).count();
        assert!((260..340).contains(&third), "{third} of 400, 300 expected");
        assert!(Levels::new([0.0; 5]).is_err() && Levels::new([1.0, -1.0, 0.0, 0.0, 0.0]).is_err());
    }

    #[test]
    fn comparisons_are_wrong_where_the_step_differs() {
        let mut verdicts = [0, 0];
        for seed in 0..200 {
            let Some(Dialogue { messages, output }) = comparing(&story(seed), seed, LabelRule::All) else { continue };
            let (own, path) = (&messages[0].content, messages[1].content.strip_prefix("Solution:\n").expect("a path"));
            let wrong = output.ends_with("Wrong");
            assert_eq!(own != path, wrong, "{own} {path} {output}");
            verdicts[usize::from(wrong)] += 1;
        }
        assert!(verdicts.iter().all(|count| *count > 60), "{verdicts:?}");
    }

    #[test]
    fn amended_steps_follow_their_judgement() {
        let (mut kept, mut amended) = (0, 0);
        for seed in 0..200 {
            let Some(Dialogue { messages, output }) = amending(&story(seed), seed, LabelRule::All) else { continue };
            let (path, judged) = (&messages[0].content, &messages[1].content);
            assert!(judged.starts_with(&format!("Step sentence: {path}\nCorrectness of the step: ")), "{judged}");
            assert_eq!(judged.contains("step: Correct"), *path == output, "{judged}\n{output}");
            match *path == output {
                true => kept += 1,
                false => amended += 1,
            }
            // Whatever is to be written is in what was read.
            let result = output.rsplit_once(" = ").map_or("", |(_, result)| result.split(' ').next().unwrap_or(""));
            assert!(path == &output || judged.contains(result.trim_end_matches('.')), "{judged}\n{output}");
        }
        assert!(kept > 20 && amended > 100, "{kept} kept, {amended} amended");
    }

    #[test]
    fn sums_are_right_and_within_their_level() {
        for seed in 0..200 {
            let story = story(seed);
            let Dialogue { messages, output } = calculating(&story, seed, LabelRule::All).expect("sums");
            assert_eq!(output.lines().count(), EQUATIONS);
            for (asked, line) in messages[0].content.lines().zip(output.lines()) {
                let equation = Equation::find(line).expect("an equation");
                assert!(equation.holds() && line.starts_with(&format!("{asked} = ")), "{line}");
                let Equation { lhs, rhs, value, .. } = equation;
                assert!([lhs, rhs, value].iter().all(|number| (2..=story.level.most()).contains(number)), "{line}");
            }
        }
    }

    #[test]
    fn the_other_tasks_hold_what_the_players_will_read() {
        for seed in 0..50 {
            let story = story(seed);
            let judged = judging(&story, seed, LabelRule::All).expect("a critique");
            assert_eq!(judged.messages[1].content, story.solution, "the critic's own solution");
            assert!(judged.output.starts_with("Step sentence: ") && judged.output.contains("final answer: "));
            let refined = refining(&story, seed, LabelRule::All).expect("a refinement");
            assert_eq!((refined.messages.len(), &refined.output), (3, &story.solution));
        }
    }
}
