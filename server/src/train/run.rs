//! Running a recipe.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use candle_core::Device;
use duet_engine::gguf::{self, BlockFormat};
use duet_engine::learn::{ChatFormat, Network, Plan, SPECIAL, Trainer, to_gguf, train_bpe};
use duet_engine::tokenizer::TokenizerParts;
use indicatif::{ProgressBar, ProgressStyle};

use super::log::{Entry, Log};
use super::recipe::{Recipe, Stage};
use super::{curve, evaluate, sources};
use crate::durable;

/// How a recipe is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything goes.
    pub folder: PathBuf,
    /// Only this stage; the ones that it starts from must be there.
    pub stage: Option<String>,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
    /// Development stories of each level in an evaluation.
    pub evaluated: u64,
}

const CHECKPOINT: &str = "checkpoint.safetensors";
/// Steps between entries of the log.
const LOG_EVERY: u64 = 10;

/// Runs the stages that are not finished yet; one that was interrupted goes on from its last checkpoint.
///
/// # Errors
/// What failed, with the stage or the file.
pub fn run(recipe: &Recipe, options: &Options, device: &Device) -> anyhow::Result<()> {
    let tokenizer = tokenizer(recipe, &options.folder)?;
    let format = Arc::new(ChatFormat::new(&tokenizer)?);
    if let Some(only) = &options.stage {
        ensure!(recipe.stages.iter().any(|stage| stage.name == *only), "the recipe has no stage `{only}`");
    }
    for stage in &recipe.stages {
        if options.stage.as_ref().is_none_or(|only| *only == stage.name) {
            let run = StageRun { recipe, stage, options, device, tokenizer: &tokenizer, format: &format };
            run.run().with_context(|| format!("stage `{}`", stage.name))?;
        }
    }
    Ok(())
}

/// The tokenizer of the recipe: from the folder, or trained and put there.
fn tokenizer(recipe: &Recipe, folder: &Path) -> anyhow::Result<TokenizerParts> {
    let path = folder.join("tokenizer.gguf");
    if path.exists() {
        return Ok(TokenizerParts::from_gguf(&crate::read_model(&path)?)?);
    }
    let texts = sources::texts(recipe)?;
    let parts = train_bpe(texts.iter().map(String::as_str), recipe.tokenizer.vocab, SPECIAL)?;
    tracing::info!("tokenizer: {} tokens from {} texts", parts.tokens.len(), texts.len());
    durable::write(&path, &gguf::write(&parts.to_metadata(), &[])?)?;
    Ok(parts)
}

struct StageRun<'a> {
    recipe: &'a Recipe,
    stage: &'a Stage,
    options: &'a Options,
    device: &'a Device,
    tokenizer: &'a TokenizerParts,
    format: &'a Arc<ChatFormat>,
}

impl StageRun<'_> {
    fn run(&self) -> anyhow::Result<()> {
        let folder = self.options.folder.join(&self.stage.name);
        let checkpoint = folder.join(CHECKPOINT);
        let mut trainer = self.trainer()?;
        if checkpoint.exists() {
            let bytes = std::fs::read(&checkpoint).with_context(|| format!("cannot read {}", checkpoint.display()))?;
            trainer.restore(&bytes)?;
        }
        let mut log = Log::open(&folder.join("log.jsonl"), trainer.steps_done())?;
        let bar = self.bar(&trainer);
        let mut saved = Instant::now();
        let (mut since, mut loss, mut tokens) = (Instant::now(), 0.0, 0u64);
        let mut total = log.entries.last().map_or(0, |entry| entry.tokens);
        while trainer.steps_done() < self.stage.steps {
            let report = trainer.step()?;
            loss += f64::from(report.loss);
            tokens += report.tokens as u64;
            let done = trainer.steps_done();
            bar.set_position(done);
            let due = |every: u64| every > 0 && done.is_multiple_of(every);
            if due(LOG_EVERY) || done == self.stage.steps {
                let seconds = since.elapsed().as_secs_f64();
                let steps = done - log.entries.last().map_or(0, |entry| entry.step);
                total += tokens;
                let accuracy = match due(self.stage.evaluate_every) || done == self.stage.steps {
                    true => Some(self.evaluate(&trainer)?),
                    false => None,
                };
                let (loss_now, rate) = (loss / steps as f64, tokens as f64 / seconds);
                bar.set_message(format!("loss {loss_now:.3}, {rate:.0} tokens/s"));
                if let Some(accuracy) = &accuracy {
                    let shares: Vec<String> = accuracy.iter().map(|share| format!("{:.0}%", share * 100.0)).collect();
                    bar.suspend(|| tracing::warn!("step {done}: solved by level: {}", shares.join(" ")));
                }
                let (norm, rate_of_learning) = (report.norm, report.rate);
                log.add(Entry {
                    step: done,
                    loss: loss_now,
                    norm,
                    rate: rate_of_learning,
                    tokens: total,
                    tokens_per_second: rate,
                    accuracy,
                })?;
                (since, loss, tokens) = (Instant::now(), 0.0, 0);
                // Only here: a log entry never spans a checkpoint.
                if saved.elapsed() > self.options.checkpoint_every || done == self.stage.steps {
                    durable::write(&checkpoint, &trainer.checkpoint()?)?;
                    durable::write(&folder.join("loss.svg"), curve::svg(&self.stage.name, &log.entries).as_bytes())?;
                    saved = Instant::now();
                }
            }
        }
        bar.finish_and_clear();
        let model = folder.join("model-f32.gguf");
        if !model.exists() {
            let name = format!("{}-{}", self.recipe.name, self.stage.name);
            let context = self.recipe.model.context;
            let bytes =
                to_gguf(trainer.network(), self.tokenizer, (&name, context), BlockFormat::F32, &evaluate::metadata())?;
            durable::write(&model, &bytes)?;
        }
        Ok(())
    }

    fn trainer(&self) -> anyhow::Result<Trainer> {
        let Self { recipe, stage, .. } = self;
        // A multiple of 32, so that every block format takes the embedding's rows, whichever way they are cut.
        let shape = recipe.shape(self.tokenizer.tokens.len().next_multiple_of(32));
        let network = match &stage.from {
            None => Network::new(shape, recipe.seed ^ sources::fingerprint(&stage.name), self.device)?,
            Some(from) => {
                let path = self.options.folder.join(from).join(CHECKPOINT);
                let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                Network::from_checkpoint(shape, &bytes, self.device)?
            }
        };
        let mixture = sources::mixture(recipe, stage, &self.options.folder, self.format)?;
        let plan = Plan {
            batch: stage.batch,
            context: recipe.model.context,
            schedule: stage.schedule(),
            weight_decay: stage.weight_decay,
            clip: 1.0,
        };
        Ok(Trainer::new(network, mixture, plan)?)
    }

    fn evaluate(&self, trainer: &Trainer) -> anyhow::Result<Vec<f64>> {
        evaluate::accuracy(trainer.network(), self.tokenizer, self.recipe.model.context, self.options.evaluated)
    }

    fn bar(&self, trainer: &Trainer) -> ProgressBar {
        let bar = ProgressBar::new(self.stage.steps).with_position(trainer.steps_done());
        let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} {msg}, {eta} left");
        bar.set_style(style.expect("invariant: a valid template"));
        bar.set_prefix(self.stage.name.clone());
        bar
    }
}
