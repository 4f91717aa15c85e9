//! The public data sets, read where they stand: in `$DUET_DATA`, else `../shared/data` beside the repository.

use std::path::PathBuf;

use duet_engine::reason::{Critique, Verdict, extract_answer, gold_answer, split_steps};
use serde_json::Value;

/// A file of the data folder; none, and a line that says so, where it is absent.
#[allow(clippy::print_stderr)] // a skipped test must say that it was skipped
pub(super) fn data(name: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("DUET_DATA").map_or_else(beside, PathBuf::from);
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path);
    if text.is_err() {
        eprintln!("skipped: no {}", path.display());
    }
    text.ok()
}

pub(super) fn string<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().expect("a string field")
}

#[test]
fn every_gold_answer_of_gsm8k_is_found_and_equals_itself() {
    for (name, count) in [("gsm8k/train.jsonl", 7473), ("gsm8k/test.jsonl", 1319)] {
        let Some(text) = data(name) else { continue };
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("JSON");
            let solution = string(&record, "answer");
            let written = solution.rsplit("#### ").next().expect("a part").trim();
            let gold = gold_answer(solution).expect(solution);
            let value = gold.value().expect(solution);
            // An independent reading: GSM8K's answers are plain numerals but for commas (and a "$" or two).
            let number: f64 = written.replace([',', '$'], "").parse().expect(written);
            assert_eq!(value.numerator() as f64 / value.denominator() as f64, number, "{solution}");
            for response in [format!("The answer is {written}."), format!("So.\nThe answer is ${gold}.\n")] {
                assert_eq!(extract_answer(&response).as_ref(), Some(&gold), "{response}");
            }
        }
        assert_eq!(text.lines().count(), count);
    }
}

/// The flawed path and the critique inside a refinement example.
fn path_and_critique(instruction: &str) -> (Vec<String>, &str) {
    let (_, after) = instruction.split_once("Let's break it down step by step:").expect("a prefill");
    let (path, after) = after.split_once("<|end_of_text|>").expect("an end");
    let (_, critique) = after.split_once("\n\n").expect("a request");
    (split_steps(path), critique)
}

/// The statistics that `specs/critique.md` §2.3 gives for these examples.
#[test]
fn real_critiques_are_read() {
    let Some(text) = data("mathcritique/gsm8k_refinements.json") else { return };
    let records: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let critiques: Vec<(Vec<String>, Critique)> = records
        .iter()
        .map(|record| path_and_critique(string(record, "instruction")))
        .map(|(path, text)| (path.clone(), Critique::parse(text, &path)))
        .collect();
    let count = |holds: &dyn Fn(&Vec<String>, &Critique) -> bool| critiques.iter().filter(|(p, c)| holds(p, c)).count();
    assert_eq!(critiques.len(), 100);
    assert_eq!(count(&|_, critique| critique.answer == Some(Verdict::Wrong)), 99);
    assert_eq!(count(&|_, critique| critique.answer == Some(Verdict::Correct)), 1);
    let verdicts = |critique: &Critique| critique.judgements.iter().filter(|j| j.verdict.is_some()).count();
    assert_eq!(critiques.iter().map(|(_, critique)| verdicts(critique)).sum::<usize>(), 462, "4.6 a critique");
    // Three repeat "The answer is ..." and go on to the verdict on the answer at once.
    let judged: usize = critiques.iter().map(|(_, critique)| critique.judgements.len()).sum();
    assert_eq!(judged, 465);
    let first_is_wrong =
        |critique: &Critique| critique.judgements.first().is_some_and(|first| first.verdict == Some(Verdict::Wrong));
    assert_eq!(count(&|_, critique| first_is_wrong(critique)), 38);
    assert_eq!(count(&|path, critique| verdicts(critique) == path.len()), 31, "§2.3: 31 of 100");
    let placed: usize =
        critiques.iter().map(|(_, critique)| critique.judgements.iter().filter(|j| j.step.is_some()).count()).sum();
    assert!(placed * 100 >= judged * 95, "{placed} of {judged} judged sentences are placed on a step");
    let in_order = critiques.iter().filter(|(_, critique)| {
        let placed: Vec<usize> = critique.judgements.iter().filter_map(|judgement| judgement.step).collect();
        placed.is_sorted()
    });
    assert!(in_order.count() >= 95, "critics go through a path in order");
}
