//! A recipe's data sets of critiques.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context;
use duet_engine::reason::collect::{CollectOptions, EngineSampler, Oracle};
use duet_engine::reason::{Problem, prompts};
use duet_engine::runtime::{AnyEngine, Device, GenerateRequest, LoadOptions, Sampling};
use duet_engine::template::PromptStyle;
use indicatif::{ProgressBar, ProgressStyle};

use super::Options;
use super::recipe::Collect;
use crate::critique::{CollectRun, ExportRun, FileFormat, ModelId, Purpose, Source, collect, export, questions};
use crate::durable;

/// Temperature of the paths (`specs/critique.md` §2.1).
const TEMPERATURE: f32 = 0.7;
/// Paths that are written at the same time.
const ALIVE: usize = 64;
/// Tokens of a path.
const MAX_TOKENS: usize = 256;
/// Positions of a story and a path.
const CONTEXT: usize = 640;

/// Collects the critiques and writes the training files; what is there already is gone on with.
pub(super) fn gather(step: &Collect, options: &Options) -> anyhow::Result<()> {
    let folder = options.folder.join(&step.name);
    let path = options.folder.join(&step.actor).join("model-f32.gguf");
    let run = CollectRun {
        folder: folder.clone(),
        source: step.stories.parse::<Source>()?.seeded(step.seed),
        options: CollectOptions {
            seed: step.seed,
            samples: step.samples,
            temperature: TEMPERATURE,
            generators: step.generators.iter().map(|generator| generator.generator()).collect(),
            tails: 2,
            max_tokens: MAX_TOKENS,
            right_percent: step.right_percent,
            balance: step.balance.balance(),
        },
        block: 128,
        target: Some(step.target),
        actor: ModelId::of(&path)?,
        annotator: None,
    };
    let mut engine = engine(&path)?;
    let bar = ProgressBar::new(step.target);
    let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} critiques, {eta} left");
    bar.set_style(style.expect("invariant: a valid template"));
    bar.set_prefix(step.name.clone());
    let mut sampler = EngineSampler { engine: &mut engine, told: |_| {} };
    let collected = collect(&run, &mut sampler, &mut Oracle(step.labels.rule()), &bar)?;
    bar.finish_and_clear();
    tracing::warn!("{}: {} critiques", folder.display(), collected.critiques);
    let thoughts = match &step.thinker {
        Some(stage) => think(&options.folder.join(stage).join("model-f32.gguf"), &folder)?,
        None => BTreeMap::new(),
    };
    for purpose in [Purpose::Critic, Purpose::ActorRefine] {
        let export_run = ExportRun {
            source: folder.clone(),
            folder: folder.clone(),
            purpose,
            format: FileFormat::Duet,
            style: PromptStyle::Trained,
            masked: false,
            base: step.actor.clone(),
            thoughts: thoughts.clone(),
        };
        export(&export_run).with_context(|| format!("training files of {}", folder.display()))?;
    }
    Ok(())
}

fn engine(path: &Path) -> anyhow::Result<AnyEngine> {
    let file = crate::read_model(path)?;
    let load = LoadOptions { context: CONTEXT, samples: ALIVE, cache: ALIVE * CONTEXT / 2, ..LoadOptions::default() };
    let device = Device::Cpu { threads: super::machine_threads() };
    Ok(AnyEngine::load("model", &file, device, &load, &mut |_, _| {})?)
}

/// Greedy solutions of the questions of a data set, by question; kept beside it.
fn think(thinker: &Path, folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let kept = folder.join("thoughts.json");
    if let Ok(bytes) = std::fs::read(&kept) {
        return serde_json::from_slice(&bytes).with_context(|| format!("cannot read {}", kept.display()));
    }
    let mut engine = engine(thinker)?;
    let questions = questions(folder)?;
    let mut thoughts = BTreeMap::new();
    let bar = ProgressBar::new(questions.len() as u64);
    for questions in questions.chunks(8 * ALIVE) {
        let request = |question: &String| -> anyhow::Result<GenerateRequest> {
            let problem = Problem::new(question)?;
            let prompt = engine.chat(&prompts::attempt(PromptStyle::Trained, &problem), "")?;
            let (sampling, max_tokens, stop, watch) = (Sampling::GREEDY, MAX_TOKENS, Vec::new(), Vec::new());
            Ok(GenerateRequest { prompt, samples: 1, max_tokens, sampling, stop, watch })
        };
        let requests = questions.iter().map(request).collect::<anyhow::Result<Vec<_>>>()?;
        let heard = &mut async |_, _| ControlFlow::Continue(());
        let completions = pollster::block_on(engine.generate_all(&requests, heard))?;
        let said = completions.into_iter().flatten().map(|completion| completion.text.trim().to_owned());
        thoughts.extend(questions.iter().cloned().zip(said));
        bar.inc(questions.len() as u64);
    }
    bar.finish_and_clear();
    durable::write(&kept, &serde_json::to_vec(&thoughts)?)?;
    Ok(thoughts)
}
