//! Recipes: what is trained from what, as a TOML file.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use duet_engine::backend::{Rope, RopePairs, Shape};
use duet_engine::learn::Schedule;
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
    /// The stages.
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
}

/// How the tokenizer is trained: on texts of all stages' sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerRecipe {
    /// Tokens at most.
    pub vocab: usize,
    /// Texts that it sees.
    pub examples: u64,
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
    /// The stage whose weights it starts from; without one it starts from random weights.
    #[serde(default)]
    pub from: Option<String>,
    /// Steps.
    pub steps: u64,
    /// Examples a step.
    pub batch: usize,
    /// Highest learning rate.
    pub learning_rate: f64,
    /// Steps up to it.
    #[serde(default)]
    pub warm_up: u64,
    /// The last learning rate as a share of the highest.
    #[serde(default)]
    pub floor: f64,
    /// Weight decay of matrices.
    #[serde(default)]
    pub weight_decay: f64,
    /// Steps between evaluations on development stories; 0: only at the end.
    #[serde(default)]
    pub evaluate_every: u64,
    /// What is learnt from.
    #[serde(rename = "source")]
    pub sources: Vec<SourceRecipe>,
}

/// One ingredient of a stage's mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SourceRecipe {
    /// Stories made on the spot.
    Story {
        /// What is to be learnt from them.
        task: TaskRecipe,
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
        ensure!(!recipe.stages.is_empty(), "the recipe has no stage");
        for (index, stage) in recipe.stages.iter().enumerate() {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if stage.name.is_empty() || !stage.name.chars().all(plain) {
                bail!("the stage name `{}` must be letters, digits, - and _", stage.name);
            }
            let earlier = &recipe.stages[..index];
            ensure!(!earlier.iter().any(|other| other.name == stage.name), "two stages are called `{}`", stage.name);
            if let Some(from) = &stage.from {
                let known = earlier.iter().any(|other| other.name == *from);
                ensure!(known, "stage `{}` starts from `{from}`, which is no earlier stage", stage.name);
            }
        }
        Ok(recipe)
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
    /// The learning rate over time.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        Schedule { peak: self.learning_rate, floor: self.floor, warm_up: self.warm_up, steps: self.steps }
    }
}
