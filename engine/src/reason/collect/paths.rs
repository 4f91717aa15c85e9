//! The three generators of paths (`specs/critique.md` §2.1).

use super::block::CollectOptions;
use super::prompts::mistake;
use super::sampler::{Ask, Said, Sampler};
use super::{Generator, Question};
use crate::reason::prompts::{attempt, solution_prefill};
use crate::reason::story::{MistakeKind, Rng, check, mistaken_step};
use crate::reason::{ANSWER_MARKER, PlayerError, split_steps};
use crate::template::PromptStyle;

/// Temperatures of the tails of [`Generator::Rg2`], in turn (`specs/critique.md` §2.1, proposed defaults).
const TAIL_TEMPERATURES: [f32; 2] = [1.0, 1.3];
/// Tails of a kept beginning that are drawn at a time.
const TAIL_SAMPLES: usize = 2;
/// Draws of a place and a type before a question has no mistake to plant.
const MAX_TRIES: usize = 16;
/// Steps of a path, at most; more are a model's ramble.
pub(super) const MAX_STEPS: usize = 32;

/// A path before it is criticised.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    /// Its question's place in the block.
    pub(super) question: usize,
    pub(super) generator: Generator,
    pub(super) sample: u32,
    pub(super) steps: Vec<String>,
    pub(super) correct: bool,
    pub(super) temperature: f32,
    pub(super) parent: Option<String>,
    /// The first step that is not its parent's, or has the mistake.
    pub(super) planned: Option<usize>,
    pub(super) kind: Option<MistakeKind>,
    pub(super) seed: u64,
}

impl Path {
    pub(super) fn id(&self, question: &Question) -> String {
        format!("{}-{}-{}", question.id, self.generator.name(), self.sample)
    }
}

/// A path that is begun, and its continuation is asked for.
struct Begun {
    path: Path,
    ask: Ask,
}

/// All paths of a block, and how many were given up because they had no end.
pub(super) async fn paths(
    questions: &[Question],
    options: &CollectOptions,
    actor: &mut impl Sampler,
) -> Result<(Vec<Path>, u64), PlayerError> {
    let style = actor.prompts();
    let has = |generator| options.generators.contains(&generator);
    let begun: Vec<Begun> = (0..questions.len()).map(|at| scratch(questions, at, options, style)).collect();
    let (sampled, mut unfinished) = go_on(questions, begun, actor).await?;
    let mut begun = Vec::new();
    if has(Generator::Rg2) {
        begun.extend((0..questions.len()).flat_map(|at| tails(questions, at, &sampled, options, style)));
    }
    let mut paths = Vec::new();
    if has(Generator::Rg3) {
        let planted = plant(questions, &sampled, options, actor).await?;
        let (whole, open): (Vec<Begun>, Vec<Begun>) =
            planted.into_iter().partition(|begun| is_whole(&begun.path.steps));
        begun.extend(open);
        paths.extend(whole.into_iter().map(|begun| judged(questions, begun.path)));
    }
    let (continued, cut) = go_on(questions, begun, actor).await?;
    unfinished += cut;
    paths.extend(continued);
    // The other generators begin with sampled paths even where these are not wanted themselves.
    paths.extend(sampled.into_iter().filter(|_| has(Generator::Rg1)));
    if has(Generator::Gold) {
        paths.extend((0..questions.len()).map(|at| judged(questions, gold(questions, at))));
    }
    Ok((paths, unfinished))
}

/// Asks for the continuations and puts the paths together.
async fn go_on(
    questions: &[Question],
    begun: Vec<Begun>,
    actor: &mut impl Sampler,
) -> Result<(Vec<Path>, u64), PlayerError> {
    let asks: Vec<Ask> = begun.iter().map(|begun| begun.ask.clone()).collect();
    let answers = actor.say_all(&asks).await?;
    let (mut paths, mut unfinished) = (Vec::new(), 0);
    for (begun, answers) in begun.into_iter().zip(answers) {
        for (at, said) in (0..).zip(answers) {
            match continued(&begun, at, &said) {
                Some(path) => paths.push(judged(questions, path)),
                None => unfinished += 1,
            }
        }
    }
    Ok((paths, unfinished))
}

fn continued(begun: &Begun, at: u32, said: &Said) -> Option<Path> {
    let mut path = begun.path.clone();
    path.sample += at;
    path.steps.extend(split_steps(&said.text));
    (said.finished && !path.steps.is_empty() && path.steps.len() <= MAX_STEPS).then_some(path)
}

fn judged(questions: &[Question], mut path: Path) -> Path {
    path.correct = questions[path.question].is_solved_by(&path.steps.join("\n"));
    path
}

fn is_whole(steps: &[String]) -> bool {
    steps.last().is_some_and(|step| step.contains(ANSWER_MARKER))
}

/// RG1: sampled from the question alone.
fn scratch(questions: &[Question], at: usize, options: &CollectOptions, style: PromptStyle) -> Begun {
    let seed = seed_of(options, &questions[at], Generator::Rg1, 0);
    let path = path(at, Generator::Rg1, 0, options.temperature, seed);
    let ask = ask(&questions[at], &path, options, style);
    Begun { ask: Ask { samples: options.samples, ..ask }, path }
}

/// RG2: the right beginning of sampled paths, to be gone on with at a higher temperature.
fn tails(
    questions: &[Question],
    at: usize,
    sampled: &[Path],
    options: &CollectOptions,
    style: PromptStyle,
) -> Vec<Begun> {
    let question = &questions[at];
    // At most the steps before the first error; of a right path all but its answer and its last step.
    let kept = |path: &Path| match question.story.as_ref().and_then(|story| check(story, &path.steps).first_error) {
        Some(first) => first,
        None if path.correct => path.steps.len().saturating_sub(2),
        None => 0,
    };
    let parents: Vec<(&Path, usize)> = sampled
        .iter()
        .filter(|path| path.question == at)
        .map(|path| (path, kept(path)))
        .filter(|(_, most)| *most > 0)
        .collect();
    let tail = |number: u32| {
        let seed = seed_of(options, question, Generator::Rg2, number);
        let mut rng = Rng::new(seed);
        let (parent, most) = rng.one_of(&parents)?;
        let length = 1 + rng.below(*most);
        let temperature = TAIL_TEMPERATURES[number as usize % TAIL_TEMPERATURES.len()];
        let mut path = path(at, Generator::Rg2, number * TAIL_SAMPLES as u32, temperature, seed);
        path.steps = parent.steps[..length].to_vec();
        (path.parent, path.planned) = (Some(parent.id(question)), Some(length));
        let ask = ask(question, &path, options, style);
        Some(Begun { ask: Ask { samples: TAIL_SAMPLES, ..ask }, path })
    };
    (0..options.tails).filter_map(tail).collect()
}

/// RG3: right steps and one with a mistake, by the story's program or written by the model.
async fn plant(
    questions: &[Question],
    sampled: &[Path],
    options: &CollectOptions,
    actor: &mut impl Sampler,
) -> Result<Vec<Begun>, PlayerError> {
    let style = actor.prompts();
    let mut planted: Vec<Path> = Vec::new();
    let (mut asks, mut asked) = (Vec::new(), Vec::new());
    for (at, question) in questions.iter().enumerate() {
        for number in 0..options.tails {
            let seed = seed_of(options, question, Generator::Rg3, number);
            let path = path(at, Generator::Rg3, number, options.temperature, seed);
            if question.story.is_some() {
                planted.extend(mistaken(question, path));
                continue;
            }
            let (path, kind) = led_astray(question, path, sampled);
            let messages = mistake(&question.problem, &path.steps, kind);
            let base = ask(question, &path, options, style);
            asks.push(Ask { messages, prefill: String::new(), max_tokens: 96, one_line: true, ..base });
            asked.push(path);
        }
    }
    let lines = if asks.is_empty() { Vec::new() } else { actor.say_all(&asks).await? };
    for (mut path, said) in asked.into_iter().zip(lines) {
        if let Some(step) = said.first().and_then(|said| split_steps(&said.text).into_iter().next()) {
            path.steps.push(step);
            planted.push(path);
        }
    }
    let begin = |path: Path| Begun { ask: ask(&questions[path.question], &path, options, style), path };
    Ok(planted.into_iter().map(begin).collect())
}

/// The story's solution up to a random step, which has a random mistake.
fn mistaken(question: &Question, mut path: Path) -> Option<Path> {
    let story = question.story.as_ref()?;
    let mut rng = Rng::new(path.seed);
    let (k, kind, step) = (0..MAX_TRIES).find_map(|_| {
        let (k, kind) = (rng.below(story.program.steps.len()), *rng.one_of(&MistakeKind::ALL)?);
        Some((k, kind, mistaken_step(story, k, kind, &mut rng)?))
    })?;
    path.steps = question.gold_steps[..k].to_vec();
    path.steps.push(step);
    (path.planned, path.kind) = (Some(k), Some(kind));
    Some(path)
}

/// A right path, sampled or of the reference, up to a random step.
fn led_astray(question: &Question, mut path: Path, sampled: &[Path]) -> (Path, MistakeKind) {
    let mut rng = Rng::new(path.seed);
    let right: Vec<&Path> = sampled.iter().filter(|other| other.question == path.question && other.correct).collect();
    let parent = rng.one_of(&right).copied();
    let steps = parent.map_or(&question.gold_steps, |parent| &parent.steps);
    let k = rng.below(steps.len().saturating_sub(1));
    path.steps = steps[..k].to_vec();
    path.parent = parent.map(|parent| parent.id(question));
    let kind = MistakeKind::ALL[rng.below(MistakeKind::ALL.len())];
    (path.planned, path.kind) = (Some(k), Some(kind));
    (path, kind)
}

fn gold(questions: &[Question], at: usize) -> Path {
    Path { steps: questions[at].gold_steps.clone(), ..path(at, Generator::Gold, 0, 0.0, 0) }
}

fn path(question: usize, generator: Generator, sample: u32, temperature: f32, seed: u64) -> Path {
    let (steps, parent, planned, kind) = (Vec::new(), None, None, None);
    Path { question, generator, sample, steps, correct: false, temperature, parent, planned, kind, seed }
}

/// What is asked of the actor to go on with a path: the chat of an attempt, its steps as what was said already. A line's
/// end belongs to the beginning, so that its tokens are those of a whole solution.
fn ask(question: &Question, path: &Path, options: &CollectOptions, style: PromptStyle) -> Ask {
    let mut prefill = solution_prefill(style).to_owned();
    path.steps.iter().for_each(|step| prefill.extend([step.as_str(), "\n"]));
    // A trained actor writes like the reference; a text of twice its characters in tokens has lost its way.
    let reference: usize = question.gold_steps.iter().map(|step| step.len() + 1).sum();
    let max_tokens = match style {
        PromptStyle::Trained => options.max_tokens.min(32 + reference),
        PromptStyle::Instructed => options.max_tokens,
    };
    let (temperature, seed) = (path.temperature, path.seed);
    let messages = attempt(style, &question.problem);
    Ask { messages, prefill, samples: 1, temperature, seed, max_tokens, one_line: false }
}

/// A seed of its own for every (question, generator, number), below 2⁵³ so that every JSON reader has it exactly.
pub(super) fn seed_of(options: &CollectOptions, question: &Question, generator: Generator, number: u32) -> u64 {
    let mix = |seed: u64, part: u64| Rng::new(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15)).bits();
    [question.idx, generator as u64 + 1, u64::from(number)].into_iter().fold(options.seed, mix) >> 11
}
