//! `duet critique`

mod args;

use std::path::Path;
use std::time::Instant;

use anyhow::{anyhow, bail};
use duet_engine::reason::collect::{CollectOptions, EngineSampler, FilterOptions, ModelAnnotator, Oracle};
use duet_engine::reason::story::LabelRule;
use duet_engine::runtime::Sampling;
use duet_engine::template::PromptStyle;
use duet_server::critique::{
    CollectRun, Collected, ExportRun, FileFormat, FilterReport, FilterRun, ModelId, Source, collect, export, filter,
    stats,
};
use indicatif::{ProgressBar, ProgressStyle};

pub(super) use args::CritiqueArgs;
use args::{CollectArgs, Command, ExportArgs, FilterArgs, Rule, Style};

use super::load;
use super::output::say;

pub(super) fn run(args: &CritiqueArgs) -> anyhow::Result<()> {
    match &args.command {
        Command::Collect(args) => run_collect(args),
        Command::Filter(args) => run_filter(args),
        Command::Stats(args) => {
            let stats = stats(&args.folder)?;
            say(&if args.json { serde_json::to_string_pretty(&stats)? + "\n" } else { stats.to_string() })
        }
        Command::Export(args) => run_export(args),
    }
}

fn run_collect(args: &CollectArgs) -> anyhow::Result<()> {
    let run = collection(args)?;
    let (mut actor, _) = load(&args.actor, &args.place.options())?;
    let bar = bar(if args.target.is_some() { "critiques" } else { "questions" });
    let (start, texts) = (Instant::now(), std::cell::Cell::new(0_u64));
    let told = || {
        let (bar, written) = (bar.clone(), &texts);
        move |ended: usize| {
            written.set(written.get() + ended as u64);
            bar.set_prefix(format!("{} texts", written.get()));
        }
    };
    let mut actor = EngineSampler { engine: &mut actor, told: told() };
    let collected = match &run.annotator {
        None => {
            let rule = match args.label_rule {
                Rule::Stop => LabelRule::StopAtFirstError,
                Rule::All => LabelRule::All,
            };
            collect(&run, &mut actor, &mut Oracle(rule), &bar)?
        }
        Some(_) => {
            let (mut engine, _) = load(Path::new(&args.annotator), &args.place.options())?;
            let sampler = EngineSampler { engine: &mut engine, told: told() };
            let max_tokens = 4 * args.place.max_tokens as usize;
            collect(&run, &mut actor, &mut ModelAnnotator { sampler, max_tokens }, &bar)?
        }
    };
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    say(&summary(&collected, &args.out))?;
    let (added, texts) = (collected.added, texts.get());
    let rate = |count: u64| count as f64 / seconds;
    say(&format!(
        "this run: {added} critiques and {texts} texts in {seconds:.1} s, {:.1} and {:.1} a second\n",
        rate(added),
        rate(texts)
    ))?;
    let critiques = collected.critiques;
    match args.target {
        Some(target) if critiques < target => {
            bail!("the questions gave {critiques} critiques, not {target}: ask for more questions or samples")
        }
        _ => Ok(()),
    }
}

fn collection(args: &CollectArgs) -> anyhow::Result<CollectRun> {
    let source = match (&args.stories, &args.gsm8k) {
        (Some(stories), _) => stories.parse::<Source>()?.seeded(args.seed),
        (None, Some(file)) => Source::gsm8k(file)?,
        (None, None) => bail!("no questions: `--stories` or `--gsm8k`"),
    };
    Sampling::new(args.temperature, 0, 1.0, 0)?;
    let oracle = args.annotator == "oracle";
    if oracle && !source.is_stories() {
        bail!("the oracle judges stories only: for `--gsm8k`, give a model to `--annotator`");
    }
    if source.questions().is_none() && args.target.is_none() {
        bail!("there is no end to the stories: give their number in `--stories`, or a `--target`");
    }
    let mut generators = args.generators.clone();
    generators.sort_unstable();
    generators.dedup();
    Ok(CollectRun {
        folder: args.out.clone(),
        source,
        options: CollectOptions {
            seed: args.seed,
            samples: usize::from(args.samples.min(args.place.alive)),
            temperature: args.temperature,
            generators,
            tails: args.tails,
            max_tokens: args.place.max_tokens as usize,
            right_percent: usize::from(args.right),
            balance: args.balance.balance(),
        },
        block: args.block,
        target: args.target,
        actor: ModelId::of(&args.actor)?,
        annotator: (!oracle).then(|| ModelId::of(Path::new(&args.annotator))).transpose()?,
    })
}

fn summary(Collected { critiques, counts, .. }: &Collected, folder: &Path) -> String {
    let listed = |map: &std::collections::BTreeMap<String, u64>| {
        map.iter().map(|(key, count)| format!("{key} {count}")).collect::<Vec<_>>().join(", ")
    };
    let solved = counts.solved.iter().map(|(level, share)| format!("{level} {:.2}", share.rate().unwrap_or(0.0)));
    format!(
        "{critiques} critiques of {} questions in {}\nverdict: {}\ngenerator: {}\nlevel: {}\n\
         solved by the actor, by level: {}\npaths: {}, {} without an end, {} repeated, {} surplus, {} refused\n",
        counts.questions,
        folder.display(),
        listed(&counts.verdict),
        listed(&counts.generator),
        listed(&counts.level),
        solved.collect::<Vec<_>>().join(", "),
        counts.paths,
        counts.unfinished,
        counts.repeated,
        counts.surplus,
        counts.refused,
    )
}

fn run_filter(args: &FilterArgs) -> anyhow::Result<()> {
    Sampling::new(args.temperature, 0, 1.0, 0)?;
    if args.n > args.place.alive {
        return Err(anyhow!("{} refinements of a critique, but `--alive` is {}", args.n, args.place.alive));
    }
    let (mut engine, actor) = args.place.load(&args.actor)?;
    let run = FilterRun {
        source: args.folder.clone(),
        folder: args.out.clone(),
        options: FilterOptions {
            seed: args.seed,
            samples: usize::from(args.n),
            temperature: args.temperature,
            max_tokens: args.place.max_tokens as usize,
        },
        k: args.k,
        actor,
    };
    let bar = bar("shards");
    let mut ended = 0_u64;
    let told = |more: usize| {
        ended += more as u64;
        bar.set_prefix(format!("{ended} refinements"));
    };
    let report = filter(&run, &mut EngineSampler { engine: &mut engine, told }, &bar)?;
    bar.finish_and_clear();
    say(&if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { filtered(&report, args) })
}

fn filtered(report: &FilterReport, args: &FilterArgs) -> String {
    let percent = |part: u64, of: u64| 100.0 * part as f64 / of.max(1) as f64;
    let mut text = format!(
        "{} critiques of flawed and {} of right solutions, {} refinements each\n{} of {} refinements right, {} of them \
         ({:.2}%) rejected as shortcuts\n",
        report.flawed,
        report.right,
        args.n,
        report.solved,
        report.refinements,
        report.shortcuts,
        percent(report.shortcuts, report.solved)
    );
    for kept in &report.yields {
        text += &format!(
            "k = {}: {} of the flawed kept ({:.1}%), {} of the right ({:.1}%)\n",
            kept.k,
            kept.flawed,
            percent(kept.flawed, report.flawed),
            kept.right,
            percent(kept.right, report.right)
        );
    }
    text + &format!("kept at k = {}: {}\n", args.k, args.out.join(format!("kept-k{}", args.k)).display())
}

fn run_export(args: &ExportArgs) -> anyhow::Result<()> {
    let style = match (args.style, args.format) {
        (Some(Style::Trained), _) | (None, FileFormat::Duet) => PromptStyle::Trained,
        _ => PromptStyle::Instructed,
    };
    let run = ExportRun {
        source: args.folder.clone(),
        folder: args.out.clone(),
        purpose: args.purpose,
        format: args.format,
        style,
        masked: args.masked,
        base: args.base.clone(),
        thoughts: std::collections::BTreeMap::new(),
    };
    let (examples, command) = export(&run)?;
    say(&format!("{examples} examples in {}\n{command}\n", args.out.display()))
}

fn bar(unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = format!("{{bar:32}} {{pos}}/{{len}} {unit}, {{msg}}, {{prefix}}, {{eta}} left");
    bar.set_style(ProgressStyle::with_template(&template).expect("invariant: a valid template"));
    bar
}
