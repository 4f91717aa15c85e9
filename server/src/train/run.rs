//! Running a recipe.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use candle_core::Device;
use duet_engine::gguf::{self, BlockFormat, Gguf};
use duet_engine::learn::{
    Adapters, ChatFormat, Network, Plan, SPECIAL, StepReport, Trainer, to_gguf, to_gguf_like, train_bpe,
};
use duet_engine::tokenizer::TokenizerParts;
use indicatif::{ProgressBar, ProgressStyle};

use super::log::{Entry, Log};
use super::recipe::{Export, Recipe, Stage, Step};
use super::{curve, evaluate, gather, sources};
use crate::durable;

/// How a recipe is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything goes.
    pub folder: PathBuf,
    /// Only this step; what it needs must be there.
    pub step: Option<String>,
    /// Time between checkpoints.
    pub checkpoint_every: Duration,
    /// Development stories of each level in an evaluation.
    pub evaluated: u64,
}

const CHECKPOINT: &str = "checkpoint.safetensors";
/// Steps between entries of the log.
const LOG_EVERY: u64 = 10;

/// Runs the steps that are not finished yet; one that was interrupted goes on from its last checkpoint.
///
/// # Errors
/// What failed, with the step or the file.
pub fn run(recipe: &Recipe, options: &Options, device: &Device) -> anyhow::Result<()> {
    if let Some(only) = &options.step {
        ensure!(recipe.steps.iter().any(|step| step.name() == only), "the recipe has no step `{only}`");
    }
    let _lock = lock(&options.folder)?;
    for step in &recipe.steps {
        if options.step.as_ref().is_some_and(|only| only != step.name()) {
            continue;
        }
        let done = match step {
            Step::Train(stage) => StageRun::new(recipe, stage, options, device).and_then(|run| run.run()),
            Step::Collect(collect) => gather::gather(collect, options),
            Step::Export(export) => publish(recipe, export, options, device),
        };
        done.with_context(|| format!("step `{}`", step.name()))?;
    }
    Ok(())
}

/// Holds the run's folder until it is dropped: two runs would write into each other's files.
fn lock(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path = folder.join("lock");
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another `duet train` is at work in {}", folder.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
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

/// Writes a stage's network as a model file, and says what packing it cost.
fn publish(recipe: &Recipe, export: &Export, options: &Options, device: &Device) -> anyhow::Result<()> {
    let path = options.folder.join(format!("{}.gguf", export.name));
    if path.exists() {
        return Ok(());
    }
    let format = BlockFormat::from_name(&export.format);
    let format = format.with_context(|| format!("`{}` is none of {:?}", export.format, BlockFormat::ALL))?;
    let stage =
        recipe.stages().find(|stage| stage.name == export.stage).context("invariant: the recipe was checked")?;
    let run = StageRun::new(recipe, stage, options, device)?;
    let trainer = run.trainer()?;
    ensure!(trainer.steps_done() == stage.steps, "stage `{}` is not finished", stage.name);
    let bytes = run.model(trainer.network(), &export.title, format)?;
    let [before, after] = [run.model(trainer.network(), &export.title, BlockFormat::F32)?, bytes.clone()]
        .map(|bytes| evaluate::accuracy(bytes, recipe.model.context, options.evaluated));
    let shares = |shares: &[f64]| shares.iter().map(|s| format!("{:.1}%", s * 100.0)).collect::<Vec<_>>().join(" ");
    let (before, after) = (shares(&before?), shares(&after?));
    tracing::warn!("{}: {} bytes; solved by level: F32 {before}, {format:?} {after}", path.display(), bytes.len());
    let lines = format!("development stories solved by level, greedy, {} each\n", options.evaluated);
    let lines = format!("{lines}F32\t{before}\n{format:?}\t{after}\n");
    durable::write(&options.folder.join(format!("{}.packing.txt", export.name)), lines.as_bytes())?;
    durable::write(&path, &bytes)
}

/// One training run, and what it stands on.
struct StageRun<'a> {
    recipe: &'a Recipe,
    stage: &'a Stage,
    options: &'a Options,
    device: &'a Device,
    ground: Ground,
    format: Arc<ChatFormat>,
}

/// Where tokenizer and shape come from.
enum Ground {
    /// From the recipe.
    Own(TokenizerParts),
    /// From a model file.
    File(Box<Gguf>),
}

impl<'a> StageRun<'a> {
    fn new(recipe: &'a Recipe, stage: &'a Stage, options: &'a Options, device: &'a Device) -> anyhow::Result<Self> {
        let mut root = stage;
        while let Some(from) = &root.from {
            root = recipe.stages().find(|stage| stage.name == *from).context("invariant: the recipe was checked")?;
        }
        let (ground, format) = match &root.from_file {
            Some(path) => {
                let file = crate::read_model(&options.folder.join(path))?;
                let format = ChatFormat::from_gguf(&file)?;
                (Ground::File(Box::new(file)), format)
            }
            None => {
                let tokenizer = tokenizer(recipe, &options.folder)?;
                let format = ChatFormat::new(&tokenizer)?;
                (Ground::Own(tokenizer), format)
            }
        };
        let format =
            Arc::new(format.with_verdict_weight(stage.verdict_weight).with_correction_weight(stage.correction_weight));
        Ok(Self { recipe, stage, options, device, ground, format })
    }

    fn run(&self) -> anyhow::Result<()> {
        let folder = self.options.folder.join(&self.stage.name);
        let mut trainer = self.trainer()?;
        let mut log = Log::open(&folder.join("log.jsonl"), trainer.steps_done())?;
        let bar = self.bar(&trainer);
        let mut saved = Instant::now();
        let mut since = Since::default();
        while trainer.steps_done() < self.stage.steps {
            since.add(&trainer.step()?);
            let done = trainer.steps_done();
            bar.set_position(done);
            let last = done == self.stage.steps;
            if !last && !done.is_multiple_of(LOG_EVERY) {
                continue;
            }
            let mut entry = since.entry(log.entries.last());
            bar.set_message(format!("loss {:.3}, {:.0} tokens/s", entry.loss, entry.tokens_per_second));
            if last || self.stage.evaluate_every > 0 && done.is_multiple_of(self.stage.evaluate_every) {
                (entry.accuracy, entry.verdicts) = self.evaluate(&trainer, &bar)?;
            }
            log.add(entry)?;
            since = Since::default();
            // Only here: a log entry never spans a checkpoint.
            if last || saved.elapsed() > self.options.checkpoint_every {
                durable::write(&folder.join(CHECKPOINT), &trainer.checkpoint()?)?;
                durable::write(&folder.join("loss.svg"), curve::svg(&self.stage.name, &log.entries).as_bytes())?;
                saved = Instant::now();
            }
        }
        bar.finish_and_clear();
        let model = folder.join("model-f32.gguf");
        if !model.exists() {
            let title = format!("{}-{}", self.recipe.name, self.stage.name);
            durable::write(&model, &self.model(trainer.network(), &title, BlockFormat::F32)?)?;
        }
        Ok(())
    }

    /// The trainer at the stage's last checkpoint, or at its beginning.
    fn trainer(&self) -> anyhow::Result<Trainer> {
        let Self { recipe, stage, options, .. } = self;
        let mixture = sources::mixture(recipe, stage, &options.folder, &self.format)?;
        let plan = Plan {
            batch: stage.batch,
            context: recipe.model.context,
            schedule: stage.schedule(),
            weight_decay: stage.weight_decay,
            clip: 1.0,
            matrices: stage.matrices(),
            shards: stage.shards,
        };
        let mut trainer = Trainer::new(self.network()?, mixture, plan)?;
        let checkpoint = options.folder.join(&stage.name).join(CHECKPOINT);
        if checkpoint.exists() {
            let bytes = std::fs::read(&checkpoint).with_context(|| format!("cannot read {}", checkpoint.display()))?;
            trainer.restore(&bytes)?;
        }
        Ok(trainer)
    }

    /// The network that the stage begins with.
    fn network(&self) -> anyhow::Result<Network> {
        let Self { recipe, stage, options, device, .. } = self;
        let seed = recipe.seed ^ sources::fingerprint(&stage.name);
        let network = match (&stage.from, &self.ground) {
            (Some(from), _) => {
                let path = options.folder.join(from).join("model-f32.gguf");
                Network::from_gguf(&crate::read_model(&path)?, device)?
            }
            (None, Ground::File(file)) => Network::from_gguf(file, device)?,
            // A multiple of 32, so that every block format takes the embedding, whichever way it is cut.
            (None, Ground::Own(tokenizer)) => {
                Network::new(recipe.shape(tokenizer.tokens.len().next_multiple_of(32)), seed, device)?
            }
        };
        Ok(match stage.lora {
            Some(lora) => network.with_adapters(Adapters { rank: lora.rank, alpha: lora.alpha }, seed)?,
            None => network,
        })
    }

    /// The network as a model file.
    fn model(&self, network: &Network, title: &str, format: BlockFormat) -> anyhow::Result<Vec<u8>> {
        Ok(match &self.ground {
            Ground::Own(tokenizer) => {
                let context = self.recipe.model.context;
                to_gguf(network, tokenizer, (title, context), format, &evaluate::metadata())?
            }
            Ground::File(file) => {
                let changes = [evaluate::trained(), ("general.name".to_owned(), title.into())];
                to_gguf_like(network, file, format, &changes)?
            }
        })
    }

    fn evaluate(&self, trainer: &Trainer, bar: &ProgressBar) -> anyhow::Result<Evaluated> {
        let bytes = self.model(trainer.network(), "evaluated", BlockFormat::F32)?;
        // So that it can be tried while it is being trained.
        durable::write(&self.options.folder.join(&self.stage.name).join("latest-f32.gguf"), &bytes)?;
        let accuracy = evaluate::accuracy(bytes, self.recipe.model.context, self.options.evaluated)?;
        let shares: Vec<String> = accuracy.iter().map(|share| format!("{:.0}%", share * 100.0)).collect();
        let verdicts = match self.stage.judges() {
            true => Some(evaluate::verdicts(trainer.network(), &self.format, self.options.evaluated)?),
            false => None,
        };
        let share = |[correct, wrong]: [f64; 2]| format!("{:.0}/{:.0}%", correct * 100.0, wrong * 100.0);
        let judged = verdicts.map(|[step, whole]| {
            format!("; verdicts on right/wrong steps: single {}, in critiques {}", share(step), share(whole))
        });
        let (step, shares, judged) = (trainer.steps_done(), shares.join(" "), judged.unwrap_or_default());
        bar.suspend(|| tracing::warn!("step {step}: solved by level: {shares}{judged}"));
        Ok((Some(accuracy), verdicts))
    }

    fn bar(&self, trainer: &Trainer) -> ProgressBar {
        let bar = ProgressBar::new(self.stage.steps).with_position(trainer.steps_done());
        let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} {msg}, {eta} left");
        bar.set_style(style.expect("invariant: a valid template"));
        bar.set_prefix(self.stage.name.clone());
        bar
    }
}

/// Accuracy by level, and verdicts as in [`Entry::verdicts`].
type Evaluated = (Option<Vec<f64>>, Option<[[f64; 2]; 2]>);

/// What happened since the last entry of the log.
struct Since {
    began: Instant,
    steps: u64,
    loss: f64,
    tokens: u64,
    last: Option<StepReport>,
}

impl Default for Since {
    fn default() -> Self {
        Self { began: Instant::now(), steps: 0, loss: 0.0, tokens: 0, last: None }
    }
}

impl Since {
    fn add(&mut self, report: &StepReport) {
        self.steps += 1;
        self.loss += f64::from(report.loss);
        self.tokens += report.tokens as u64;
        self.last = Some(*report);
    }

    fn entry(&self, before: Option<&Entry>) -> Entry {
        Entry {
            step: self.last.map_or(0, |report| report.step + 1),
            loss: self.loss / self.steps as f64,
            norm: self.last.map_or(0.0, |report| report.norm),
            rate: self.last.map_or(0.0, |report| report.rate),
            tokens: before.map_or(0, |entry| entry.tokens) + self.tokens,
            tokens_per_second: self.tokens as f64 / self.began.elapsed().as_secs_f64(),
            accuracy: None,
            verdicts: None,
        }
    }
}
