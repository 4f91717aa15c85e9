//! Story arithmetic: what must hold for every story, over many of them.

use std::collections::HashSet;
use std::time::Instant;

use duet_engine::reason::story::{
    Fault, LabelRule, Level, MistakeKind, Op, Operand, Rng, Split, Story, annotate, check, flawed_path, import,
    mistaken_step, skeleton,
};
use duet_engine::reason::{Critique, Verdict, evaluate, extract_answer, split_steps};
use proptest::prelude::*;
use serde_json::Value;

use super::data::{data, string};

/// So many stories of each level and split.
fn stories(each: u64) -> impl Iterator<Item = Story> {
    let kinds = Split::ALL.into_iter().flat_map(|split| Level::ALL.map(|level| (split, level)));
    kinds.flat_map(move |(split, level)| (0..each).map(move |seed| Story::generate(split, level, seed)))
}

#[test]
fn no_program_and_no_wording_is_in_two_splits() {
    let mut programs: Vec<HashSet<u64>> = vec![HashSet::new(); 4];
    let mut wordings: Vec<HashSet<String>> = vec![HashSet::new(); 4];
    for story in stories(1500) {
        programs[story.split as usize].insert(story.program.fingerprint());
        wordings[story.split as usize].insert(skeleton(&story.question));
    }
    for (a, b) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        assert_eq!(programs[a].intersection(&programs[b]).count(), 0, "{a} {b}");
        assert_eq!(wordings[a].intersection(&wordings[b]).next(), None, "{a} {b}");
    }
    for split in 0..4 {
        assert!(programs[split].len() > 5000, "{}", programs[split].len());
        assert!(wordings[split].len() > 5000, "{}", wordings[split].len());
    }
}

#[test]
fn a_skeleton_masks_what_is_no_wording() {
    let masked = skeleton("Mia gives Ben 12 apples at the park, 25% of her red boxes.");
    assert_eq!(masked, "NAME gives NAME # THINGS at the PLACE, #% of her LOOK THINGS.");
}

#[test]
fn every_step_is_exact_needed_and_within_its_level() {
    for story in stories(500) {
        let steps = &story.program.steps;
        let (fewest, most) = story.level.steps();
        assert!((fewest..=most).contains(&(steps.len() as i64)), "{story:?}");
        let mut used = HashSet::from([steps.len() - 1]);
        for (index, step) in steps.iter().enumerate().rev() {
            assert!(used.contains(&index), "step {index} is not needed: {story:?}");
            let equation = story.program.equation(index).expect("a step");
            assert_eq!(equation.op.apply(equation.lhs, equation.rhs), Some(step.value));
            for number in [equation.lhs, equation.rhs, step.value] {
                assert!((2..=story.level.most()).contains(&number), "{number}: {story:?}");
            }
            let small = if step.op == Op::Div { equation.rhs } else { equation.lhs.min(equation.rhs) };
            assert!(matches!(step.op, Op::Add | Op::Sub) || small <= story.level.factor(), "{story:?}");
            used.extend([step.lhs, step.rhs].into_iter().filter_map(|operand| match operand {
                Operand::Step(of) => Some(of).inspect(|of| assert!(*of < index)),
                _ => None,
            }));
        }
        let last = steps.last().expect("steps");
        assert_eq!(last.value, story.answer);
        // The difference of a sum and its part is what the question says.
        let undone = |operand| match operand {
            Operand::Step(of) => {
                let parts = [steps[of].lhs, steps[of].rhs];
                steps[of].op == Op::Add && parts.iter().any(|part| [last.lhs, last.rhs].contains(part))
            }
            _ => false,
        };
        let difference = last.before.starts_with("The difference");
        assert!(!(difference && (undone(last.lhs) || undone(last.rhs))), "{story:?}");
    }
}

/// Models are trained and measured on these: another generator is another data set, and has to say so.
#[test]
fn stories_stay_as_they_are() {
    let story = Story::generate(Split::Test, Level::ALL[1], 2026);
    let text = format!("{}\n{}", story.question, story.solution);
    insta::assert_snapshot!(text, @r"
    Leo gets twice as many clips as before and now has 6. Sam brings twice as many clips to the library as Leo had at first. How many clips are missing if Sam wants 17 in the end?
    Leo had 6 / 2 = 3 clips at first.
    Sam has 3 * 2 = 6 clips.
    Sam needs 17 - 6 = 11 more clips.
    The answer is 11.
    ");
}

/// The numbers of a text.
fn numbers(text: &str) -> Vec<i64> {
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn lines_hold_one_true_equation_each_and_facts_stand_in_the_question() {
    for story in stories(500) {
        let lines = split_steps(&story.solution);
        assert_eq!(lines, story.steps());
        let (last, lines) = lines.split_last().expect("lines");
        assert_eq!(extract_answer(last).expect("an answer").text(), story.answer.to_string());
        for (line, step) in lines.iter().zip(&story.program.steps) {
            let start = line.find(|c: char| c.is_ascii_digit()).expect("a number");
            let end = line.rfind(|c: char| c.is_ascii_digit()).expect("a number") + 1;
            let (sides, value) = line[start..end].split_once(" = ").expect("an equation");
            assert_eq!(evaluate(sides), evaluate(value), "{line}");
            assert_eq!(value, step.value.to_string());
            assert!(line.ends_with('.') && line.split(' ').count() <= 14, "{line}");
            for operand in [step.lhs, step.rhs] {
                if let Operand::Fact(fact) = operand {
                    assert!(numbers(&story.question).contains(&fact), "{fact}: {story:?}");
                }
            }
        }
        assert!(!story.question.contains(['{', '}']) && !story.question.contains("  "), "{}", story.question);
    }
}

#[test]
fn the_vocabulary_is_small() {
    let text: Vec<String> = stories(1000).map(|story| format!("{} {}", story.question, story.solution)).collect();
    let words: HashSet<&str> = text.iter().flat_map(|text| text.split(|c: char| !c.is_alphabetic())).collect();
    assert!((250..=700).contains(&words.len()), "{}", words.len());
}

#[test]
fn stories_are_made_fast() {
    for (split, level) in [(Split::Test, Level::ALL[0]), (Split::Test, Level::ALL[4]), (Split::Train, Level::ALL[2])] {
        let start = Instant::now();
        let count = 2000;
        (0..count).for_each(|seed| drop(Story::generate(split, level, seed)));
        let rate = count as f64 / start.elapsed().as_secs_f64();
        assert!(rate > 1000.0, "{split:?} {level:?}: {rate} stories/s"); // 5,000 on an idle machine
    }
}

#[test]
fn gsm8k_form_reads_back() {
    for story in stories(100) {
        let answer = story.gsm8k_answer();
        assert!(answer.ends_with(&format!("\n#### {}", story.answer)) && answer.contains("<<"), "{answer}");
        let record = import(&story.question, &answer).expect("a record");
        assert_eq!(record.question, story.question);
        assert_eq!(record.gold.text(), story.answer.to_string());
        let mut lines = story.steps();
        lines.pop();
        assert_eq!(record.solution, lines);
    }
    assert_eq!(import("a", "no answer"), None);
}

#[test]
fn every_gold_solution_is_right() {
    for story in stories(500) {
        let checked = check(&story, &story.steps());
        assert_eq!((checked.first_error, checked.answer), (None, Verdict::Correct), "{story:?}\n{checked:?}");
        let all: Vec<Option<usize>> = checked.steps.iter().map(|step| step.step).collect();
        let expected: Vec<Option<usize>> = (0..story.program.steps.len()).map(Some).chain([None]).collect();
        assert_eq!(all, expected, "{story:?}");
    }
}

/// The lines of a story in another valid order, commutative operands swapped.
fn reordered(story: &Story, rng: &mut Rng) -> Vec<String> {
    let mut done = vec![false; story.program.steps.len()];
    let mut lines = Vec::new();
    while lines.len() < done.len() {
        let ready = |operand: Operand| if let Operand::Step(of) = operand { done[of] } else { true };
        let open = (0..done.len()).filter(|index| {
            let step = &story.program.steps[*index];
            !done[*index] && ready(step.lhs) && ready(step.rhs)
        });
        let next = *rng.one_of(&open.collect::<Vec<_>>()).expect("a step that can be stated");
        let mut equation = story.program.equation(next).expect("a step");
        if equation.op.commutes() && rng.chance(50) {
            std::mem::swap(&mut equation.lhs, &mut equation.rhs);
        }
        lines.push(story.program.steps[next].line(&equation.to_string()));
        done[next] = true;
    }
    lines.push(format!("The answer is {}.", story.answer));
    lines
}

#[test]
fn every_valid_order_is_right() {
    let mut rng = Rng::new(1);
    let mut changed = 0;
    for story in stories(300) {
        let lines = reordered(&story, &mut rng);
        let checked = check(&story, &lines);
        assert_eq!((checked.first_error, checked.answer), (None, Verdict::Correct), "{lines:?}\n{checked:?}");
        changed += usize::from(lines != story.steps());
    }
    assert!(changed > 1000, "{changed}");
}

/// Every type of mistake at every place of many stories: story, place, type, path.
fn flawed(each: u64) -> impl Iterator<Item = (Story, usize, MistakeKind, Vec<String>)> {
    stories(each).flat_map(|story| {
        let mut rng = Rng::new(story.seed);
        let places = 0..story.program.steps.len();
        let kinds = places.flat_map(|k| MistakeKind::ALL.map(|kind| (k, kind)));
        let paths = kinds.filter_map(|(k, kind)| Some((k, kind, flawed_path(&story, k, kind, &mut rng)?)));
        paths.map(|(k, kind, path)| (story.clone(), k, kind, path)).collect::<Vec<_>>()
    })
}

#[test]
fn flawed_paths_are_wrong_from_their_mistake_on_and_the_oracle_names_it() {
    let mut named = [(0, 0); 7];
    for (story, k, kind, path) in flawed(60) {
        let checked = check(&story, &path);
        assert_eq!((checked.first_error, checked.answer), (Some(k), Verdict::Wrong), "{kind:?} {path:?}");
        assert_eq!(path[..k], story.steps()[..k]);
        assert_ne!(extract_answer(path.last().expect("lines")), extract_answer(&story.solution));
        let fault = checked.steps[k].fault.expect("a fault");
        let right = match kind {
            MistakeKind::Calculation => fault == Fault::Calculation,
            MistakeKind::Operation => matches!(fault, Fault::Operation | Fault::Sign),
            MistakeKind::Operand => fault == Fault::Operand,
            MistakeKind::MissingStep => fault == Fault::MissingStep,
            MistakeKind::UnitOrPercentage => matches!(fault, Fault::Operand | Fault::Operation),
            MistakeKind::Sign => fault == Fault::Sign,
            MistakeKind::MisreadCondition => matches!(fault, Fault::Operand | Fault::Operation),
        };
        let (hits, all) = &mut named[kind as usize];
        (*hits, *all) = (*hits + usize::from(right), *all + 1);
    }
    for (kind, (hits, all)) in MistakeKind::ALL.iter().zip(named) {
        assert!(all > 300, "{kind:?}: {all} paths");
        assert!(hits * 100 >= all * 95, "{kind:?}: {hits} of {all} named");
    }
}

/// The corrected equation put in the place of the first error, the story is on its way again.
#[test]
fn what_should_stand_there_is_right_there() {
    for (story, k, kind, path) in flawed(30) {
        let expected = check(&story, &path).steps[k].expected.clone().expect("an equation");
        let corrected: Vec<String> = path[..k].iter().cloned().chain([format!("So {expected}.")]).collect();
        let checked = check(&story, &corrected);
        assert_eq!(checked.first_error, None, "{kind:?} {path:?} {expected}");
    }
}

#[test]
fn critiques_read_back_as_they_were_written() {
    for (story, k, kind, path) in flawed(15) {
        for rule in [LabelRule::StopAtFirstError, LabelRule::All] {
            let critique = annotate(&story, &path, rule);
            assert_eq!(Critique::parse(&critique.to_string(), &path), critique, "{kind:?}\n{critique}");
            assert_eq!((critique.first_wrong(), critique.answer), (Some(k), Some(Verdict::Wrong)));
            let judged = if rule == LabelRule::All { path.len() } else { k + 1 };
            assert_eq!(critique.judgements.len(), judged);
        }
    }
    for story in stories(100) {
        let critique = annotate(&story, &story.steps(), LabelRule::StopAtFirstError);
        assert_eq!(Critique::parse(&critique.to_string(), &story.steps()), critique, "{critique}");
        assert_eq!((critique.first_wrong(), critique.answer), (None, Some(Verdict::Correct)));
    }
}

#[test]
fn every_record_of_gsm8k_is_imported() {
    for name in ["gsm8k/train.jsonl", "gsm8k/test.jsonl"] {
        let Some(text) = data(name) else { continue };
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("JSON");
            let read = import(string(&record, "question"), string(&record, "answer")).expect(line);
            assert!(read.gold.value().is_some(), "{line}");
            assert!(!read.solution.is_empty() && !read.question.is_empty(), "{line}");
            assert!(!read.solution.iter().any(|line| line.contains("<<") || line.contains("####")), "{line}");
        }
    }
}

/// A story with a fixed program for the cases below.
fn example() -> Story {
    (0..).map(|seed| Story::generate(Split::Train, Level::ALL[1], seed)).find(is_a_chain).expect("one")
}

/// Gain, loss, ... on one person: an addition, then a subtraction, then another step, all different numbers.
fn is_a_chain(story: &Story) -> bool {
    let ops: Vec<Op> = story.program.steps.iter().map(|step| step.op).collect();
    let chained = story.program.steps.windows(2).enumerate().all(|(index, pair)| pair[1].lhs == Operand::Step(index));
    ops == [Op::Add, Op::Sub, Op::Mul] && chained
}

#[test]
fn faults_by_example() {
    let story = example();
    let truth = |index: usize| story.program.equation(index).expect("a step");
    let [first, second, third] = [truth(0), truth(1), truth(2)];
    let faults = |lines: &[String]| check(&story, lines).steps.iter().map(|step| step.fault).collect::<Vec<_>>();
    let [a, b, c] = [first, second, third].map(|equation| equation.to_string());
    assert_eq!(faults(&[a.clone(), b.clone(), c.clone()]), [None; 3]);
    assert_eq!(faults(&[b.clone(), a.clone(), c.clone()]), [Some(Fault::Order), None, None]);
    assert_eq!(faults(&[b.clone(), c.clone()]), [Some(Fault::MissingStep), None]);
    assert_eq!(faults(&[a.clone(), a.clone()]), [None, Some(Fault::ExtraStep)]);
    assert_eq!(faults(&[a.clone(), "It rains 400 * 2 = 800 cats.".to_owned()]), [None, Some(Fault::ExtraStep)]);
    let swapped = format!("{} - {} = {}", second.rhs, second.lhs, second.value);
    assert_eq!(faults(&[a.clone(), swapped]), [None, Some(Fault::Sign)]);
    assert_eq!(faults(&["Hello.".to_owned(), a.clone()]), [Some(Fault::Unreadable), None]);
    assert_eq!(faults(&[a.clone(), "the Answer is 7".to_owned()]), [None, Some(Fault::MissingStep)]);
    let done = [a, b, c, format!("The answer is {}.", story.answer + 1)];
    assert_eq!(faults(&done), [None, None, None, Some(Fault::Answer)]);
    let text = annotate(&story, &done, LabelRule::All).to_string();
    assert!(text.ends_with(
        "It is not the last result.\n\nCorrectness of the final answer: Wrong\nExplanation: Step 4 is wrong.\n"
    ));
    assert!(!text.contains(&format!("should be {}", story.answer)), "{text}");
}

#[test]
fn mistaken_steps_are_lines_of_the_solution_but_for_the_equation() {
    let mut rng = Rng::new(3);
    for story in stories(50) {
        let line = mistaken_step(&story, 0, MistakeKind::Calculation, &mut rng).expect("always possible");
        let step = &story.program.steps[0];
        assert!(line.starts_with(&step.before) && line.ends_with(&step.after) && line != story.steps()[0], "{line}");
        assert_eq!(mistaken_step(&story, 99, MistakeKind::Operand, &mut rng), None);
        assert_eq!(flawed_path(&story, 99, MistakeKind::MissingStep, &mut rng), None);
    }
}

#[test]
fn ten_thousand_lines_are_judged() {
    let story = example();
    let line = story.steps()[1].clone();
    let lines: Vec<String> = (0..10_000).map(|index| format!("{line}{}", "9".repeat(index % 50))).collect();
    assert_eq!(check(&story, &lines).steps.len(), 10_000);
    assert_eq!(check(&story, &[]).first_error, None);
    assert_eq!(check(&story, &[]).answer, Verdict::Wrong);
}

proptest! {
    #[test]
    fn no_text_breaks_the_oracle(lines in prop::collection::vec("[0-9+*/x÷×=<>,. $%-]{0,30}|\\PC{0,40}|The answer is \\PC{0,9}", 0..8)) {
        let story = Story::generate(Split::Query, Level::ALL[2], 5);
        let checked = check(&story, &lines);
        prop_assert_eq!(checked.steps.len(), lines.len());
        for step in &checked.steps {
            prop_assert_eq!(step.fault.is_some(), step.verdict == Verdict::Wrong);
        }
        let critique = annotate(&story, &lines, LabelRule::All);
        prop_assert_eq!(critique.judgements.len(), lines.len());
    }
}
