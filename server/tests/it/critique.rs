//! Data sets of critiques: same seed, same bytes, interrupted or not; labels that the oracle confirms; files that say
//! what the records say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use duet_engine::reason::collect::{Ask, Balance, CollectOptions, FilterOptions, Generator, Oracle, Said, Sampler};
use duet_engine::reason::story::{LabelRule, Level, MistakeKind, Rng, Split, Story, check, flawed_path};
use duet_engine::reason::{Critique, PlayerError, Verdict};
use duet_engine::template::PromptStyle;
use duet_server::critique::{
    CollectRun, Collected, ExportRun, FileFormat, FilterRun, ModelId, Purpose, collect, export, filter, stats,
};
use indicatif::ProgressBar;
use serde_json::Value;

const QUESTIONS: u64 = 50;
const SEED: u64 = 3;

/// Solves stories, wrongly with every other seed; fails when its patience is over.
struct Pupil {
    stories: BTreeMap<String, Story>,
    patience: usize,
}

fn story(index: u64) -> Story {
    Story::generate(Split::Query, Level::ALL[index as usize % 5], (SEED << 32) + index)
}

impl Pupil {
    fn new(patience: usize) -> Self {
        let stories = (0..QUESTIONS).map(story).map(|story| (story.question.clone(), story));
        Self { stories: stories.collect(), patience }
    }

    fn say(&self, ask: &Ask, rng: &mut Rng) -> String {
        let story = &self.stories[&ask.messages[0].content];
        if ask.messages.len() > 1 {
            let solution = if rng.below(3) > 0 { &story.solution } else { &ask.messages[1].content };
            return solution.clone();
        }
        let (begun, gold) = (ask.prefill.lines().count(), story.steps());
        if !story.solution.starts_with(ask.prefill.trim_end()) {
            return format!("The answer is {}.", story.answer + 1);
        }
        let step = begun + rng.below(gold.len() - begun);
        let flawed = (rng.below(2) == 0).then(|| flawed_path(story, step, MistakeKind::Calculation, rng)).flatten();
        flawed.unwrap_or(gold)[begun..].join("\n")
    }
}

impl Sampler for Pupil {
    fn model(&self) -> String {
        "pupil".to_owned()
    }

    fn prompts(&self) -> PromptStyle {
        PromptStyle::Trained
    }

    async fn say_all(&mut self, asks: &[Ask]) -> Result<Vec<Vec<Said>>, PlayerError> {
        let over = PlayerError { message: "the power is out".to_owned(), callers_fault: false };
        self.patience = self.patience.checked_sub(1).ok_or(over)?;
        let said = |ask: &Ask, sample| {
            let text = self.say(ask, &mut Rng::new(ask.seed + sample));
            Said { tokens: text.len(), finished: true, text }
        };
        Ok(asks.iter().map(|ask| (0..ask.samples as u64).map(|sample| said(ask, sample)).collect()).collect())
    }
}

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("duet-critique-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    /// Every file below, with its bytes.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => drop(
                        files.insert(path.strip_prefix(&self.0).unwrap().to_owned(), std::fs::read(&path).unwrap()),
                    ),
                }
            }
        }
        files
    }

    fn records(&self) -> Vec<Value> {
        let shards = self.files().into_iter().filter(|(path, _)| path.extension().is_some_and(|kind| kind == "jsonl"));
        let texts = shards.map(|(_, bytes)| String::from_utf8(bytes).unwrap());
        texts
            .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<_>>())
            .collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn model() -> ModelId {
    ModelId { name: "pupil.gguf".to_owned(), sha256: "0".repeat(64) }
}

fn run(folder: &Path) -> CollectRun {
    let generators = Generator::ALL.to_vec();
    CollectRun {
        folder: folder.to_owned(),
        source: format!("query:1-5:{QUESTIONS}").parse::<duet_server::critique::Source>().unwrap().seeded(SEED),
        options: CollectOptions {
            seed: SEED,
            samples: 6,
            temperature: 0.7,
            generators,
            tails: 2,
            max_tokens: 200,
            right_percent: 50,
            balance: Balance::Level,
        },
        block: 8,
        target: None,
        actor: model(),
        annotator: None,
    }
}

fn collected(run: &CollectRun, patience: usize) -> anyhow::Result<Collected> {
    let mut oracle = Oracle(LabelRule::StopAtFirstError);
    collect(run, &mut Pupil::new(patience), &mut oracle, &ProgressBar::hidden())
}

fn filtered(
    source: &Folder,
    folder: &Folder,
    k: usize,
    patience: usize,
) -> anyhow::Result<duet_server::critique::FilterReport> {
    let options = FilterOptions { seed: 1, samples: 10, temperature: 0.7, max_tokens: 200 };
    let run = FilterRun { source: source.0.clone(), folder: folder.0.clone(), options, k, actor: model() };
    filter(&run, &mut Pupil::new(patience), &ProgressBar::hidden())
}

#[test]
fn an_interrupted_collection_becomes_the_uninterrupted_one() {
    let (whole, broken) = (Folder::new("whole"), Folder::new("broken"));
    let all = collected(&run(&whole.0), usize::MAX).unwrap();
    assert_eq!((all.counts.questions, all.added), (QUESTIONS, all.critiques));
    let error = collected(&run(&broken.0), 7).unwrap_err();
    assert_eq!(error.to_string(), "the power is out");
    let begun = broken.files();
    assert!(begun.len() > 2 && begun.len() < whole.files().len());
    // What a crash between a shard and its entry in the manifest leaves is made again.
    std::fs::write(broken.0.join(format!("critiques-{:05}.jsonl", begun.len() - 1)), "half a li").unwrap();
    let rest = collected(&run(&broken.0), usize::MAX).unwrap();
    assert!(rest.added < all.added);
    assert_eq!((rest.critiques, &rest.counts), (all.critiques, &all.counts));
    assert_eq!(broken.files(), whole.files());
    assert_eq!(collected(&run(&broken.0), 0).unwrap().added, 0, "what is complete asks nobody");
}

#[test]
fn a_larger_target_goes_on_with_the_same_shards() {
    let (whole, grown) = (Folder::new("target-whole"), Folder::new("target-grown"));
    let target = |folder: &Folder, target| CollectRun { target: Some(target), ..run(&folder.0) };
    let small = collected(&target(&grown, 20), usize::MAX).unwrap();
    assert!(small.critiques >= 20 && small.counts.questions < QUESTIONS, "{small:?}");
    collected(&target(&grown, 60), usize::MAX).unwrap();
    collected(&target(&whole, 60), usize::MAX).unwrap();
    assert_eq!(grown.files(), whole.files());
}

#[test]
fn other_options_and_changed_shards_are_refused() {
    let folder = Folder::new("refused");
    collected(&run(&folder.0), usize::MAX).unwrap();
    let mut other = run(&folder.0);
    other.options.samples = 7;
    let error = format!("{:#}", collected(&other, 0).unwrap_err());
    assert!(error.contains("begun with other options") && error.contains("`samples` was 6, now it is 7"), "{error}");
    let other = CollectRun { actor: ModelId { sha256: "1".repeat(64), ..model() }, ..run(&folder.0) };
    assert!(format!("{:#}", collected(&other, 0).unwrap_err()).contains("`actor` was"));
    let shard = folder.0.join("critiques-00001.jsonl");
    std::fs::write(
        &shard,
        std::fs::read_to_string(&shard).unwrap().replacen("\"correct\":true", "\"correct\":false", 1),
    )
    .unwrap();
    for error in [collected(&run(&folder.0), 0).unwrap_err(), stats(&folder.0).unwrap_err()] {
        let error = format!("{error:#}");
        assert!(error.contains("critiques-00001.jsonl is not what was written"), "{error}");
    }
    std::fs::remove_file(&shard).unwrap();
    assert!(format!("{:#}", collected(&run(&folder.0), 0).unwrap_err()).contains("critiques-00001.jsonl"));
}

#[test]
fn the_oracle_confirms_every_line() {
    let folder = Folder::new("oracle");
    let all = collected(&run(&folder.0), usize::MAX).unwrap();
    let records = folder.records();
    assert_eq!(records.len() as u64, all.critiques);
    for record in &records {
        let level = Level::new(record["level"].as_u64().unwrap() as u8).unwrap();
        let story = Story::generate(Split::Query, level, record["story_seed"].as_u64().unwrap());
        let path: Vec<String> = serde_json::from_value(record["path"].clone()).unwrap();
        let checked = check(&story, &path);
        assert_eq!(record["question"], story.question);
        assert_eq!(record["gold_solution"], story.solution);
        assert_eq!(record["correct"], checked.answer == Verdict::Correct);
        assert_eq!(record["verdict"], checked.answer.to_string().to_lowercase());
        assert_eq!(record["error_step"].as_u64(), checked.first_error.map(|step| step as u64));
        let critique = Critique::parse(record["critique"].as_str().unwrap(), &path);
        assert_eq!((critique.first_wrong(), critique.answer), (checked.first_error, Some(checked.answer)));
    }
    let stats = stats(&folder.0).unwrap();
    assert_eq!((stats.critiques, &stats.generator), (all.critiques, &all.counts.generator));
    assert_eq!(stats.verdict["correct"], stats.verdict["wrong"]);
    assert_eq!(stats.first_wrong_step[&0], stats.verdict["correct"]);
    assert_eq!(stats.leaks.all as u64, stats.verdict["wrong"]);
    assert!(stats.leaks.hits > 0 && stats.to_string().contains("leak rate: "));
}

#[test]
fn the_filter_is_resumed_and_another_k_samples_nothing() {
    let (source, whole, broken) = (Folder::new("filter-in"), Folder::new("filter-whole"), Folder::new("filter-broken"));
    let all = collected(&run(&source.0), usize::MAX).unwrap();
    let report = filtered(&source, &whole, 3, usize::MAX).unwrap();
    assert_eq!((report.flawed + report.right, report.refinements), (all.critiques, 10 * all.critiques));
    let kept = |k| report.yields.iter().find(|of| of.k == k).unwrap();
    assert_eq!(report.yields.iter().map(|of| of.k).collect::<Vec<_>>(), [1, 3, 5, 8]);
    assert!(kept(1).flawed >= kept(5).flawed && kept(5).flawed > kept(8).flawed, "{report:?}");
    assert_eq!((kept(8).right, report.shortcuts), (report.right, 0), "a right path is always kept");
    assert!(filtered(&source, &broken, 3, 3).is_err());
    filtered(&source, &broken, 3, usize::MAX).unwrap();
    assert_eq!(broken.files(), whole.files());
    let strict = filtered(&source, &broken, 8, 0).unwrap();
    assert_eq!(stats(&broken.0.join("kept-k8")).unwrap().critiques, kept(8).flawed + kept(8).right);
    assert_eq!(strict.yields, report.yields);
    let error = filtered(&source, &broken, 11, 0).unwrap_err().to_string();
    assert_eq!(error, "k is 11, it must be within 1..=10");
}

#[test]
fn every_form_says_the_same() {
    let (source, out) = (Folder::new("export-in"), Folder::new("export-out"));
    let all = collected(&run(&source.0), usize::MAX).unwrap();
    let exported = |purpose, format| {
        let (style, base) = (PromptStyle::Trained, "base".to_owned());
        let folder = out.0.clone();
        let run = ExportRun {
            source: source.0.clone(),
            folder,
            purpose,
            format,
            style,
            masked: false,
            base,
            thoughts: std::collections::BTreeMap::new(),
        };
        export(&run).unwrap()
    };
    let lines = |file: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(out.0.join(file)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    for (purpose, examples) in
        [(Purpose::Critic, all.critiques), (Purpose::ActorRefine, all.critiques), (Purpose::ActorReason, QUESTIONS)]
    {
        let name = purpose.name();
        assert_eq!(exported(purpose, FileFormat::Duet).0 as u64, examples);
        for (format, file) in [
            (FileFormat::Alpaca, format!("{name}-alpaca.jsonl")),
            (FileFormat::Sharegpt, format!("{name}-sharegpt.jsonl")),
            (FileFormat::Trl, format!("{name}-trl/train.jsonl")),
        ] {
            let (_, command) = exported(purpose, format);
            assert!(command.contains(if format == FileFormat::Trl { "trl sft" } else { "llamafactory-cli train" }));
            let pairs = lines(&format!("{name}.jsonl")).into_iter().zip(lines(&file));
            assert!(pairs.map(|(duet, other)| (texts(&duet), texts(&other))).all(|(duet, other)| duet == other));
        }
    }
    let info: Value = serde_json::from_slice(&std::fs::read(out.0.join("dataset_info.json")).unwrap()).unwrap();
    assert_eq!(info.as_object().unwrap().len(), 6);
    for (record, line) in source.records().iter().zip(lines("actor-refine.jsonl")) {
        assert_eq!(line["messages"][2]["content"], record["critique"]);
        let right = record["correct"] == true;
        assert_eq!(
            line["output"],
            if right { line["messages"][1]["content"].clone() } else { record["gold_solution"].clone() }
        );
    }
}

/// What is said in an example of any form, in its order.
fn texts(line: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let contents =
        |list: &Value, key: &str| list.as_array().unwrap().iter().map(|one| text(&one[key])).collect::<Vec<_>>();
    match line {
        line if line.get("messages").is_some() => {
            [contents(&line["messages"], "content"), vec![text(&line["output"])]].concat()
        }
        line if line.get("prompt").is_some() => {
            [contents(&line["prompt"], "content"), contents(&line["completion"], "content")].concat()
        }
        line if line.get("conversations").is_some() => contents(&line["conversations"], "value"),
        line => {
            let history = line["history"].as_array().unwrap().iter().flat_map(|pair| pair.as_array().unwrap());
            history.chain([&line["instruction"], &line["output"]]).map(text).collect()
        }
    }
}
