//! Recipes: what is trained from what, as a TOML file.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use duet_engine::backend::{Rope, RopePairs, Shape};
use duet_engine::learn::{Matrices, Schedule};
use duet_engine::reason::collect::{Balance, Generator};
use duet_engine::reason::story::LabelRule;
use serde::{Deserialize, Serialize};

/// A tokenizer and the stages that are trained with it, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What the models are called.
    pub name: String,
    /// The seed that every other one is derived from.
    pub seed: u64,
    /// The tokenizer.
    pub tokenizer: TokenizerRecipe,
    /// The shape of every stage's network.
    pub model: ModelRecipe,
    /// What is done, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Step {
    /// Train a network.
    Train(Stage),
    /// Let a trained actor write paths, have the oracle criticise them, and make training files of it.
    Collect(Collect),
    /// Write a trained network as a model file to be used.
    Export(Export),
}

impl Step {
    /// Its name, and that of its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Train(stage) => &stage.name,
            Self::Collect(collect) => &collect.name,
            Self::Export(export) => &export.name,
        }
    }
}

/// A data set of critiques (`duet critique collect`) and its training files, `critic.jsonl` and `actor-refine.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collect {
    /// The step's name, and that of its folder.
    pub name: String,
    /// The stage whose network is the actor.
    pub actor: String,
    /// The stories: `split:levels`, as `query:1-5`.
    pub stories: String,
    /// Another seed, other stories.
    pub seed: u64,
    /// Paths sampled from each story.
    pub samples: usize,
    /// Where paths come from. The reference, `gold`, fills levels up where the actor is seldom right, and teaches a critic
    /// there that a path which is not its own may well be right.
    #[serde(default = "sampled")]
    pub generators: Vec<GeneratorRecipe>,
    /// Critiques of right paths in a hundred.
    #[serde(default = "half")]
    pub right_percent: usize,
    /// Among which paths.
    #[serde(default)]
    pub balance: BalanceRecipe,
    /// Critiques at least.
    pub target: u64,
    /// Which steps of a critique have a label.
    #[serde(default)]
    pub labels: LabelRecipe,
    /// The stage whose network writes the critic's own solutions, as the critic will; without it the reference stands for
    /// them, and the critic learns to trust itself too much.
    #[serde(default)]
    pub thinker: Option<String>,
}

/// Generators of paths by name (`specs/critique.md` §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GeneratorRecipe {
    /// Sampled from scratch.
    Rg1,
    /// Hot tails.
    Rg2,
    /// Mistakes put in.
    Rg3,
    /// The reference.
    Gold,
}

impl GeneratorRecipe {
    /// The generator.
    #[must_use]
    pub fn generator(self) -> Generator {
        match self {
            Self::Rg1 => Generator::Rg1,
            Self::Rg2 => Generator::Rg2,
            Self::Rg3 => Generator::Rg3,
            Self::Gold => Generator::Gold,
        }
    }
}

/// Balances by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum BalanceRecipe {
    /// At each level.
    #[default]
    Level,
    /// In all.
    Whole,
}

impl BalanceRecipe {
    /// The balance.
    #[must_use]
    pub fn balance(self) -> Balance {
        match self {
            Self::Level => Balance::Level,
            Self::Whole => Balance::Whole,
        }
    }
}

fn sampled() -> Vec<GeneratorRecipe> {
    vec![GeneratorRecipe::Rg1, GeneratorRecipe::Rg2, GeneratorRecipe::Rg3]
}

fn half() -> usize {
    50
}

/// A model file to be used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// The step's name; the file is `NAME.gguf`.
    pub name: String,
    /// The stage whose network it is.
    pub stage: String,
    /// What people call the model.
    pub title: String,
    /// How its matrices are packed: `F32`, `F16`, `Q8_0`, `Q4_0` or `Q4_1`.
    pub format: String,
}

/// How the tokenizer is trained: on training stories of all levels, as every task has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerRecipe {
    /// Tokens at most.
    pub vocab: usize,
    /// Stories that it sees.
    pub stories: u64,
}

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelRecipe {
    /// Layers.
    pub layers: usize,
    /// Width of the residual stream.
    pub width: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of the feed-forward layer.
    pub hidden: usize,
    /// Positions in a sequence.
    pub context: usize,
}

/// One training run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name, and that of its folder.
    pub name: String,
    /// The stage whose weights it starts from.
    #[serde(default)]
    pub from: Option<String>,
    /// The model file whose weights, tokenizer and chat template it starts from. With neither, it starts from random
    /// weights.
    #[serde(default)]
    pub from_file: Option<PathBuf>,
    /// Trains adapters instead of all weights.
    #[serde(default)]
    pub lora: Option<Lora>,
    /// Steps.
    pub steps: u64,
    /// Examples a step.
    pub batch: usize,
    /// Parts of a batch that are computed side by side, a thread each; the result depends on it.
    #[serde(default = "one")]
    pub shards: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps up to it.
    #[serde(default)]
    pub warm_up: u64,
    /// Steps over which the learning rate falls, when the stage ends before it has fallen.
    #[serde(default)]
    pub decay_over: Option<u64>,
    /// The last learning rate as a share of the highest.
    #[serde(default)]
    pub floor: f64,
    /// Weight decay of matrices.
    #[serde(default)]
    pub weight_decay: f64,
    /// The highest learning rate of Muon for the matrices of the layers; without it they step by AdamW, too.
    #[serde(default)]
    pub muon: Option<f64>,
    /// What the first token of a verdict counts in the loss, the others counting 1.
    #[serde(default = "full")]
    pub verdict_weight: f32,
    /// What tokens of lines count that the assistant had not said before, where it had said something: of a refinement, what
    /// it corrects.
    #[serde(default = "full")]
    pub correction_weight: f32,
    /// Steps between evaluations on development stories; 0: only at the end.
    #[serde(default)]
    pub evaluate_every: u64,
    /// What is learnt from.
    #[serde(rename = "source")]
    pub sources: Vec<SourceRecipe>,
}

fn one() -> usize {
    1
}

fn full() -> f32 {
    1.0
}

/// Low-rank adapters on every matrix of every layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lora {
    /// Their rank.
    pub rank: usize,
    /// Their weight, times 1 / rank.
    pub alpha: f32,
}

/// One ingredient of a stage's mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceRecipe {
    /// Stories made on the spot.
    Story {
        /// What is to be learnt from them.
        task: TaskRecipe,
        /// Which steps of a critique have a label.
        #[serde(default)]
        labels: LabelRecipe,
        /// Their split.
        split: SplitRecipe,
        /// Shares of the five levels.
        levels: [f64; 5],
        /// Another seed, other stories.
        seed: u64,
        /// How many there are; none: no end.
        #[serde(default)]
        limit: Option<u64>,
        /// Share in the mixture.
        weight: f64,
    },
    /// Lines of JSON: `{"messages": [{"role", "content"}, …], "output"}`.
    File {
        /// The file, relative to the run's folder.
        path: PathBuf,
        /// Share in the mixture.
        weight: f64,
    },
}

/// Tasks that a story can pose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskRecipe {
    /// Solve it.
    Solve,
    /// Judge a solution, right or with a mistake made on purpose.
    Judge,
    /// Refine such a solution by the oracle's critique.
    Refine,
    /// Compare one step with one's own.
    Compare,
    /// Calculate, without a story.
    Calculate,
    /// Amend one step as its judgement says.
    Amend,
}

/// Rules for labels by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelRecipe {
    /// The steps up to the first wrong one.
    #[default]
    FirstError,
    /// Every step.
    All,
}

impl LabelRecipe {
    /// The rule.
    #[must_use]
    pub fn rule(self) -> LabelRule {
        match self {
            Self::FirstError => LabelRule::StopAtFirstError,
            Self::All => LabelRule::All,
        }
    }
}

/// Splits by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum SplitRecipe {
    /// The actor's own training.
    Train,
    /// Where critiques are collected.
    Query,
    /// For choices.
    Development,
    /// For reported numbers.
    Test,
}

impl Recipe {
    /// Reads a recipe.
    ///
    /// # Errors
    /// What is wrong with it, by name and place.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let recipe: Self = toml::from_str(text).context("the recipe cannot be read")?;
        ensure!(!recipe.steps.is_empty(), "the recipe has no step");
        for (index, step) in recipe.steps.iter().enumerate() {
            let name = step.name();
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if name.is_empty() || !name.chars().all(plain) {
                bail!("the name `{name}` must be letters, digits, - and _");
            }
            let earlier = &recipe.steps[..index];
            ensure!(!earlier.iter().any(|other| other.name() == name), "two steps are called `{name}`");
            let needed = match step {
                Step::Train(Stage { from: Some(_), from_file: Some(_), .. }) => {
                    bail!("step `{name}` has both `from` and `from_file`");
                }
                Step::Train(Stage { verdict_weight, .. }) if !(0.001..=1000.0).contains(verdict_weight) => {
                    bail!("step `{name}`: verdict_weight is {verdict_weight}, it must be within 0.001 to 1000");
                }
                Step::Train(Stage { correction_weight, .. }) if !(0.001..=1000.0).contains(correction_weight) => {
                    bail!("step `{name}`: correction_weight is {correction_weight}, it must be within 0.001 to 1000");
                }
                Step::Train(Stage { decay_over: Some(over), steps, .. }) if over < steps => {
                    bail!("step `{name}`: decay_over is {over}, it must be at least the {steps} steps");
                }
                Step::Collect(Collect { right_percent, .. }) if *right_percent > 100 => {
                    bail!("step `{name}`: right_percent is {right_percent}, it must be within 0 to 100");
                }
                Step::Train(stage) => stage.from.as_ref(),
                Step::Collect(collect) => Some(&collect.actor),
                Step::Export(export) => Some(&export.stage),
            };
            if let Some(needed) = needed {
                let trained = |step: &Step| matches!(step, Step::Train(stage) if stage.name == *needed);
                ensure!(earlier.iter().any(trained), "step `{name}` needs `{needed}`, which no earlier step trains");
            }
        }
        Ok(recipe)
    }

    /// Whether any stage computes parts of a batch side by side.
    #[must_use]
    pub fn is_sharded(&self) -> bool {
        self.stages().any(|stage| stage.shards > 1)
    }

    /// The training runs.
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.steps.iter().filter_map(|step| match step {
            Step::Train(stage) => Some(stage),
            Step::Collect(_) | Step::Export(_) => None,
        })
    }

    /// The shape of the networks with a vocabulary of this size.
    #[must_use]
    pub fn shape(&self, vocab: usize) -> Shape {
        let ModelRecipe { layers, width, heads, kv_heads, hidden, .. } = self.model;
        Shape {
            layers,
            width,
            heads,
            kv_heads,
            head_dim: width.checked_div(heads).unwrap_or(0),
            hidden,
            vocab,
            norm_eps: 1e-5,
            rope: Rope { base: 10_000.0, pairs: RopePairs::Adjacent },
        }
    }
}

impl Stage {
    /// How matrices of the layers step.
    #[must_use]
    pub fn matrices(&self) -> Matrices {
        self.muon.map_or(Matrices::AdamW, |rate| Matrices::Muon { rate })
    }

    /// Whether verdicts are learnt from.
    #[must_use]
    pub fn judges(&self) -> bool {
        self.sources.iter().any(|source| match source {
            SourceRecipe::Story { task, .. } => matches!(task, TaskRecipe::Judge | TaskRecipe::Compare),
            SourceRecipe::File { .. } => true,
        })
    }

    /// The learning rate over time.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule {
            peak: self.learning_rate,
            floor: self.floor,
            warm_up: self.warm_up,
            steps: self.decay_over.unwrap_or(self.steps),
        }
    }
}
