//! Story arithmetic: what must hold for every story, over many of them.

use std::collections::HashSet;
use std::time::Instant;

use duet_engine::reason::story::{Level, Op, Operand, Split, Story, import, skeleton};
use duet_engine::reason::{evaluate, extract_answer, split_steps};

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
        assert_eq!(steps.last().expect("steps").value, story.answer);
    }
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
