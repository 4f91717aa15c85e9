//! Collecting critiques from an actor that is a script: half of what it writes is wrong.

use std::collections::{BTreeMap, HashSet};

use duet_engine::reason::collect::{
    Ask, Balance, Block, CollectOptions, FilterOptions, Generator, Oracle, Question, Record, Said, Sampler, collect,
    keeps, refine,
};
use duet_engine::reason::story::{LabelRule, Level, MistakeKind, Rng, Split, Story, annotate, check, flawed_path};
use duet_engine::reason::{Critique, PlayerError, Verdict};
use duet_engine::template::PromptStyle;
use pollster::block_on;

/// Knows every story; goes astray with every other seed.
struct Pupil {
    stories: BTreeMap<String, Story>,
    asked: usize,
}

impl Pupil {
    fn new(stories: &[Story]) -> Self {
        Self { stories: stories.iter().map(|story| (story.question.clone(), story.clone())).collect(), asked: 0 }
    }

    fn say(&self, ask: &Ask, rng: &mut Rng) -> String {
        let story = &self.stories[&ask.messages[0].content];
        if ask.messages.len() > 1 {
            // A refinement: the critique's word is mostly followed.
            let wrong = ask.messages[2].content.contains("final answer: Wrong");
            let follows = rng.below(4) > 0;
            return if wrong && !follows { ask.messages[1].content.clone() } else { story.solution.clone() };
        }
        let begun: Vec<&str> = ask.prefill.lines().collect();
        assert!(ask.prefill.is_empty() || ask.prefill.ends_with('\n'), "{:?}", ask.prefill);
        let gold = story.steps();
        if begun.iter().zip(&gold).any(|(said, gold)| said != gold) {
            return format!("The answer is {}.", story.answer + 1);
        }
        let step = begun.len() + rng.below(gold.len() - begun.len());
        let kind = MistakeKind::ALL[rng.below(MistakeKind::ALL.len())];
        let flawed = (rng.below(2) == 0).then(|| flawed_path(story, step, kind, rng)).flatten();
        flawed.unwrap_or(gold)[begun.len()..].join("\n")
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
        self.asked += asks.len();
        let said = |ask: &Ask| {
            let one = |sample| {
                let text = self.say(ask, &mut Rng::new(ask.seed + sample));
                Said { tokens: text.len(), finished: sample % 7 != 6, text }
            };
            (0..ask.samples as u64).map(one).collect()
        };
        Ok(asks.iter().map(said).collect())
    }
}

fn stories(count: u64) -> Vec<Story> {
    let level = |seed: u64| Level::ALL[seed as usize % 5];
    (0..count).map(|seed| Story::generate(Split::Query, level(seed), seed)).collect()
}

fn questions(stories: &[Story]) -> Vec<Question> {
    (0..).zip(stories.iter().cloned()).map(|(idx, story)| Question::of_story(idx, story).expect("short")).collect()
}

fn options() -> CollectOptions {
    let generators = Generator::ALL.to_vec();
    let (seed, samples, temperature, tails, max_tokens, right_percent) = (5, 8, 0.7, 2, 200, 50);
    let balance = Balance::Level;
    CollectOptions { seed, samples, temperature, generators, tails, max_tokens, right_percent, balance }
}

fn collected(stories: &[Story], rule: LabelRule) -> Block {
    let (questions, mut pupil) = (questions(stories), Pupil::new(stories));
    block_on(collect(&questions, &options(), &mut pupil, &mut Oracle(rule))).expect("the pupil never fails")
}

#[test]
fn every_label_is_what_the_oracle_says() {
    let stories = stories(60);
    for rule in [LabelRule::StopAtFirstError, LabelRule::All] {
        let block = collected(&stories, rule);
        assert!(block.records.len() >= 100, "{}", block.records.len());
        for record in &block.records {
            let story = &stories[record.idx as usize];
            let checked = check(story, &record.path);
            assert_eq!(record.correct, checked.answer == Verdict::Correct, "{}", record.id);
            assert_eq!(record.verdict, checked.answer, "{}", record.id);
            assert_eq!(record.error_step, checked.first_error, "{}", record.id);
            assert_eq!(record.fault, checked.first_error.and_then(|first| checked.steps[first].fault));
            let told = annotate(story, &record.path, rule);
            assert_eq!(record.critique, told.to_string().trim_end());
            assert_eq!(Critique::parse(&record.critique, &record.path).first_wrong(), record.error_step);
        }
    }
}

#[test]
fn right_and_wrong_are_as_many_at_every_level_and_no_path_comes_twice() {
    let block = collected(&stories(60), LabelRule::StopAtFirstError);
    let mut levels: BTreeMap<u8, (usize, usize)> = BTreeMap::new();
    let (mut ids, mut paths) = (HashSet::new(), HashSet::new());
    for record in &block.records {
        let count = levels.entry(record.story.expect("a story").level.number()).or_default();
        if record.correct {
            count.0 += 1
        } else {
            count.1 += 1
        }
        assert!(ids.insert(&record.id), "{}", record.id);
        assert!(paths.insert((record.idx, &record.path)), "{}", record.id);
    }
    assert_eq!(levels.len(), 5);
    assert!(levels.values().all(|(right, wrong)| right == wrong && *right > 10), "{levels:?}");
    let (questions, mut pupil) = (questions(&stories(60)), Pupil::new(&stories(60)));
    let fewer = CollectOptions { right_percent: 25, ..options() };
    let fewer = block_on(collect(&questions, &fewer, &mut pupil, &mut Oracle(LabelRule::All))).expect("collects");
    let right = fewer.records.iter().filter(|record| record.correct).count();
    assert_eq!((right, fewer.records.len()), (60, 240), "one right of four, and no question has two right ones");
    // In all, not at each level: where the pupil is right about a level's questions alone does not matter.
    let whole = CollectOptions { balance: Balance::Whole, right_percent: 10, ..options() };
    let whole = block_on(collect(&questions, &whole, &mut pupil, &mut Oracle(LabelRule::All))).expect("collects");
    let right = whole.records.iter().filter(|record| record.correct).count();
    assert_eq!(right, (whole.records.len() - right) * 10 / 90, "{} records", whole.records.len());
    let tally = &block.tally;
    assert!(tally.unfinished >= 60 && tally.repeated > 0, "{tally:?}");
    assert_eq!(tally.paths, tally.repeated + tally.surplus + tally.refused + block.records.len() as u64);
}

#[test]
fn each_generator_does_what_it_is_named_for() {
    let stories = stories(100);
    let block = collected(&stories, LabelRule::StopAtFirstError);
    let of = |generator| -> Vec<&Record> {
        block.records.iter().filter(|record| record.generator == generator && !record.correct).collect()
    };
    for record in of(Generator::Rg1) {
        assert_eq!((record.temperature, &record.parent_id, record.error_type), (0.7, &None, None));
    }
    for record in of(Generator::Rg2) {
        let parent = record.parent_id.as_ref().expect("a parent");
        assert!(parent.contains("-rg1-"), "{parent}");
        assert!([1.0, 1.3].contains(&record.temperature));
        assert!(record.error_step > Some(0), "the beginning is right: {record:?}");
    }
    let planted = of(Generator::Rg3);
    for record in &planted {
        let first = record.error_step.expect("a wrong step");
        assert_eq!(record.path[..first], stories[record.idx as usize].steps()[..first]);
        assert!(record.error_type.is_some());
    }
    let kinds: HashSet<_> = planted.iter().map(|record| record.error_type).collect();
    assert!(kinds.len() >= 5, "{kinds:?}");
    for generator in [Generator::Rg1, Generator::Rg2, Generator::Rg3] {
        assert!(of(generator).len() * 6 > block.records.len() / 2, "{generator:?}: {}", of(generator).len());
    }
}

#[test]
fn a_question_alone_gives_the_paths_that_it_gives_in_a_block() {
    let stories = stories(20);
    assert_eq!(collected(&stories, LabelRule::All), collected(&stories, LabelRule::All));
    let (all, mut pupil) = (questions(&stories), Pupil::new(&stories));
    let many = block_on(collect(&all, &options(), &mut pupil, &mut Oracle(LabelRule::All))).expect("collects");
    let one = block_on(collect(&all[7..8], &options(), &mut pupil, &mut Oracle(LabelRule::All))).expect("collects");
    let seeds = |block: &Block| -> BTreeMap<String, u64> {
        let of_it = block.records.iter().filter(|record| record.idx == 7);
        of_it.map(|record| (record.id.clone(), record.seed)).collect()
    };
    // Which paths are kept depends on the block, the paths themselves do not.
    let (many, one) = (seeds(&many), seeds(&one));
    assert!(many.iter().filter(|(id, _)| one.contains_key(*id)).count() > 0);
    assert!(many.iter().all(|(id, seed)| one.get(id).is_none_or(|other| other == seed)));
}

#[test]
fn only_stories_have_an_oracle() {
    let record = duet_engine::reason::story::import("How many?", "2*3=<<2*3=6>>6 eggs.\n#### 6").expect("an answer");
    let question = Question::of_gsm8k("gsm8k", 3, record).expect("short");
    assert_eq!(question.gold_steps, ["2*3=6 eggs.", "The answer is 6."]);
    let case = duet_engine::reason::collect::Case {
        path: &question.gold_steps,
        correct: true,
        generator: Generator::Gold,
        planned: None,
        kind: None,
        seed: 0,
        question: &question,
    };
    let judged = block_on(duet_engine::reason::collect::Annotator::annotate(&mut Oracle(LabelRule::All), &[case]));
    let message = judged.expect_err("no program").message;
    assert_eq!(message, "question `gsm8k-3` is no story: the oracle judges stories only");
}

#[test]
fn the_filter_counts_what_the_actor_makes_of_a_critique() {
    let stories = stories(40);
    let block = collected(&stories, LabelRule::StopAtFirstError);
    let options = FilterOptions { seed: 3, samples: 10, temperature: 0.7, max_tokens: 200 };
    let mut pupil = Pupil::new(&stories);
    let refined = block_on(refine(&block.records, &options, &mut pupil)).expect("refines");
    let again = block_on(refine(&block.records[5..9], &options, &mut pupil)).expect("refines");
    assert_eq!(refined[5..9], again, "a record's refinements do not depend on its shard");
    let flawed = |k: usize| {
        let kept = block.records.iter().zip(&refined).filter(|(record, refined)| keeps(record, refined, k));
        kept.filter(|(record, _)| !record.correct).count()
    };
    assert!(flawed(1) >= flawed(5) && flawed(5) > flawed(8), "{} {} {}", flawed(1), flawed(5), flawed(8));
    for (record, refined) in block.records.iter().zip(&refined) {
        assert_eq!((&refined.id, refined.samples), (&record.id, 10));
        assert!(refined.right <= 9, "one of ten has no end: {refined:?}");
        let solution = refined.refinement.as_ref().expect("mostly followed");
        assert!(stories[record.idx as usize].solution == *solution);
    }
}

/// What a trained model reads as a beginning and goes on with has the tokens of the whole text, as in its training.
#[cfg(feature = "learn")]
#[test]
fn a_line_end_is_a_border_between_tokens() {
    use duet_engine::learn::{SPECIAL, train_bpe};
    use duet_engine::tokenizer::{Piece, Tokenizer};
    let stories = stories(100);
    let texts = stories.iter().map(|story| story.solution.as_str());
    let tokenizer = Tokenizer::new(&train_bpe(texts, 600, SPECIAL).expect("trains")).expect("consistent");
    let encode = |text: &str| tokenizer.encode(&[Piece { text: text.to_owned(), trusted: false }]);
    for story in &stories {
        let whole = encode(&story.solution);
        for (end, _) in story.solution.match_indices('\n') {
            let (begun, rest) = story.solution.split_at(end + 1);
            assert_eq!([encode(begun), encode(rest)].concat(), whole, "{begun:?} + {rest:?}");
        }
    }
}
