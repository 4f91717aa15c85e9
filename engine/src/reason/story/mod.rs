//! Story arithmetic: word problems with an exact program behind them (design.md §3). A story is a pure function of split,
//! level and seed.

mod annotate;
mod ask;
mod equation;
mod frames;
mod gsm8k;
mod happen;
mod mistake;
mod oracle;
mod plan;
mod program;
mod rng;
mod words;
mod write;

use thiserror::Error;

pub use annotate::{LabelRule, annotate};
pub use equation::Equation;
pub use gsm8k::{Gsm8k, import};
pub use mistake::{MistakeKind, flawed_path, mistaken_step};
pub use oracle::{Checked, Fault, StepCheck, check};
pub use program::{Op, Operand, Program, Step};
pub use rng::Rng;
pub use words::skeleton;

use super::ANSWER_MARKER;
use plan::Plan;

/// Wordings tried for a program before another program is drawn: the smallest split takes one in eight.
const MAX_WORDINGS: usize = 32;

/// Which stories a model may see when. No program and no wording belongs to two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// The actor's own training.
    Train,
    /// Questions on which flawed paths and critiques are collected.
    Query,
    /// Choices of sizes, data and schedules.
    Development,
    /// Reported numbers.
    Test,
}

impl Split {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Train, Self::Query, Self::Development, Self::Test];

    /// The split that a program's fingerprint belongs to: half of all to training, an eighth to the test.
    #[must_use]
    pub fn of_program(program: &Program) -> Self {
        Self::of(program.fingerprint())
    }

    /// The split that a question's wording belongs to.
    #[must_use]
    pub fn of_wording(question: &str) -> Self {
        Self::of(rng::hash(skeleton(question).as_bytes()))
    }

    fn of(hash: u64) -> Self {
        match hash >> 61 {
            0..4 => Self::Train,
            4..6 => Self::Query,
            6 => Self::Development,
            _ => Self::Test,
        }
    }
}

/// How hard a story is: its number of steps and the size of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(u8);

/// Not a level.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("level {0} does not exist, levels are 1 to 5")]
pub struct LevelError(pub u8);

impl Level {
    /// From the easiest on.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// A level by its number.
    ///
    /// # Errors
    /// [`LevelError`] for anything but 1 to 5.
    pub fn new(level: u8) -> Result<Self, LevelError> {
        (1..=5).contains(&level).then_some(Self(level)).ok_or(LevelError(level))
    }

    /// 1 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    fn by<T: Copy>(self, values: [T; 5]) -> T {
        values[usize::from(self.0) - 1]
    }

    /// Fewest and most steps.
    #[must_use]
    pub fn steps(self) -> (i64, i64) {
        self.by([(2, 2), (3, 3), (4, 4), (5, 5), (6, 8)])
    }

    /// The largest number in a question or a solution.
    #[must_use]
    pub fn most(self) -> i64 {
        self.by([30, 60, 100, 250, 999])
    }

    /// The largest that the smaller factor of a product, or a divisor, may be.
    #[must_use]
    pub fn factor(self) -> i64 {
        self.by([5, 5, 12, 12, 12])
    }

    /// Percent of stories with a fact that nothing depends on.
    fn distracting(self) -> usize {
        self.by([25, 35, 45, 50, 55])
    }

    /// Percent of stories with a count that the question does not ask for.
    fn unneeded(self) -> usize {
        self.by([10, 15, 20, 25, 25])
    }
}

/// A word problem with its program and its solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// Where it belongs.
    pub split: Split,
    /// How hard it is.
    pub level: Level,
    /// What it was made from.
    pub seed: u64,
    /// Sentences, one space apart.
    pub question: String,
    /// What the question computes.
    pub program: Program,
    /// One line per step, then the line of the answer.
    pub solution: String,
    /// The gold answer.
    pub answer: i64,
}

impl Story {
    /// The story of this seed: same arguments, same story, on every platform.
    ///
    /// ```
    /// use duet_engine::reason::story::{Level, Split, Story};
    /// let story = Story::generate(Split::Train, Level::ALL[0], 7);
    /// assert_eq!(story, Story::generate(Split::Train, Level::ALL[0], 7));
    /// assert!(story.solution.ends_with(&format!("The answer is {}.", story.answer)));
    /// ```
    #[must_use]
    pub fn generate(split: Split, level: Level, seed: u64) -> Self {
        let stream = (split as u64) << 8 | u64::from(level.0);
        let mut rng = Rng::new(rng::mix(seed) ^ rng::mix(stream));
        // Ends: every level has programs and wordings by the thousand in each split (the tests draw them).
        loop {
            let Some(plan) = Plan::draw(level, &mut rng) else { continue };
            if Split::of(plan.fingerprint()) != split {
                continue;
            }
            for _ in 0..MAX_WORDINGS {
                let (question, program) = write::write(&plan, &mut rng);
                if Split::of_wording(&question) == split {
                    return Self::new(split, level, seed, question, program);
                }
            }
        }
    }

    fn new(split: Split, level: Level, seed: u64, question: String, program: Program) -> Self {
        let answer = program.steps.last().map_or(0, |step| step.value);
        let mut story = Self { split, level, seed, question, program, solution: String::new(), answer };
        story.solution = story.steps().join("\n");
        story
    }

    /// The lines of the solution, the one of the answer last.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let equations = (0..).map_while(|index| self.program.equation(index));
        let lines = self.program.steps.iter().zip(equations).map(|(step, equation)| step.line(&equation.to_string()));
        lines.chain([answer_line(self.answer)]).collect()
    }
}

/// The last line of a solution.
#[must_use]
pub fn answer_line(answer: i64) -> String {
    format!("{ANSWER_MARKER} {answer}.")
}
