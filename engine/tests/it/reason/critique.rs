//! The critique format: what real critics do to it, and what holds for any text.

use std::time::{Duration, Instant};

use duet_engine::reason::{Critique, CritiqueParser, Judgement, Verdict};
use proptest::prelude::*;

fn steps(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

/// The critique in short: (step, verdict, explanation) of each judgement.
fn short(critique: &Critique) -> Vec<(Option<usize>, Option<Verdict>, &str)> {
    critique.judgements.iter().map(|j| (j.step, j.verdict, j.explanation.as_str())).collect()
}

const PATH: [&str; 2] = ["Tom buys 4 * 2 = <<4*2=6>>6 apples.", "The answer is 6."];

#[test]
fn real_habits_are_tolerated() {
    let expected = [(Some(0), Some(Verdict::Wrong), "It is 8."), (Some(1), Some(Verdict::Wrong), "See above.")];
    let plain = "Step sentence: Tom buys 4 * 2 = 6 apples.\nCorrectness of the step: Wrong\nExplanation: It is 8.\n\n\
         Step sentence: The answer is 6.\nCorrectness of the step: Wrong\nExplanation: See above.\n\n\
         Correctness of the final answer: Wrong\nExplanation: 8.\n";
    let habits = [
        plain.to_owned(),
        plain.replace('\n', "  \n"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\n\n"),
        plain.replacen("Step sentence", "Step1", 1).replacen("Step sentence", "Step 2", 1),
        plain.replace("Step sentence:", "**Step sentence:**").replace("Correctness", "- correctness"),
        plain.replace("Wrong", "**wrong**."),
        plain.replace("Wrong", "Incorrect"),
        plain.replace(": Wrong", ":\nWrong"),
        plain.replace("apples.", "\napples."),
        format!("Let me see. Correctness of\nCorrectness of the final answer: Correct\nExplanation: ?\n{plain}"),
        format!("{plain}\nStep sentence: The answer is 6.\nCorrectness of the step: Correct\n"),
        format!("{plain}\nCorrectness of the final answer: Correct\n"),
        plain.trim_end().to_owned(),
    ];
    for text in habits {
        let critique = Critique::parse(&text, &steps(&PATH));
        assert_eq!(short(&critique), expected, "{text}");
        assert_eq!((critique.answer, critique.explanation.as_str()), (Some(Verdict::Wrong), "8."), "{text}");
        assert_eq!(critique.first_wrong(), Some(0));
    }
}

#[test]
fn what_is_there_is_returned() {
    let read = |text| Critique::parse(text, &steps(&PATH));
    assert_eq!(read(""), Critique::default());
    assert_eq!(read("Looks fine to me.\nExplanation: why not\nCorrectness of the step: Wrong"), Critique::default());
    assert_eq!(read("Correctness of the final answer: correct").answer, Some(Verdict::Correct));
    let no_verdicts = read("Step sentence: The answer is 6.\nCorrectness of the step: Correct|Wrong\nIt is fine.");
    assert_eq!(short(&no_verdicts), [(Some(1), None, "")]);
    assert_eq!((no_verdicts.answer, no_verdicts.first_wrong()), (None, None));
    let cut = read("Step sentence: Tom buys 4 * 2 = 6 apples.\nCorrectness of the step: Wrong\nExplanation: It");
    assert_eq!(short(&cut), [(Some(0), Some(Verdict::Wrong), "It")]);
    let answer_at_once = read("Step sentence: The answer is 6.\nCorrectness of the final answer: Wrong");
    assert_eq!((short(&answer_at_once), answer_at_once.answer), (vec![(Some(1), None, "")], Some(Verdict::Wrong)));
    let unlabelled = read("Step sentence: The answer is 6.\nCorrectness of the step: Wrong\nIt is 8.\nTruly.");
    assert_eq!(short(&unlabelled), [(Some(1), Some(Verdict::Wrong), "It is 8.\nTruly.")]);
}

#[test]
fn a_numbered_line_within_a_step_sentence_is_part_of_it() {
    let text = "Step sentence: Tom buys\nStep 2: apples.\nCorrectness of the step: Correct\nStep 3: The answer is 6.\n";
    let critique = Critique::parse(text, &steps(&PATH));
    let sentences: Vec<&str> = critique.judgements.iter().map(|j| j.sentence.as_str()).collect();
    assert_eq!(sentences, ["Tom buys Step 2: apples.", "The answer is 6."]);
}

#[test]
fn a_judgement_is_told_as_soon_as_the_next_block_begins() {
    let mut parser = CritiqueParser::new(&steps(&PATH));
    assert_eq!(parser.push("Step sentence: The answer is 6.\nCorrectness of the step: Wrong\nExplanation: No.\n"), []);
    assert_eq!(parser.push("\nStep sentence"), []);
    assert_eq!(parser.push(":").len(), 1);
    assert_eq!(parser.push(" Bees.\nCorrectness of the final answer:").len(), 1);
    assert_eq!(parser.push(" Correct\nExplanation: Yes.\n"), []);
    assert!(!parser.is_over());
    parser.push("Step 1:");
    assert!(parser.is_over());
}

/// Texts made of what a parser trips over.
fn tricky() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "Step sentence:",
        "Step 2:",
        "Correctness of the step:",
        "Correctness of the final answer:",
        "Explanation:",
        " Correct",
        " Wrong",
        "**",
        "\n",
        "\n\n",
        " ",
        "The answer is 6.",
        "é<<",
        ">>",
    ]);
    prop::collection::vec(parts, 0..40).prop_map(|parts| parts.concat())
}

fn sentence() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9$<é][a-zA-Z0-9:.*+=<>$é-]{0,8}( [a-zA-Z0-9:.*+=é-]{1,8}){0,6}"
}

fn any_verdict() -> impl Strategy<Value = Verdict> {
    prop::sample::select(vec![Verdict::Correct, Verdict::Wrong])
}

proptest! {
    /// What is emitted is read as it was meant.
    #[test]
    fn round_trip(
        fields in prop::collection::vec((sentence(), prop::option::of(any_verdict()), sentence()), 0..6),
        answer in prop::option::of((any_verdict(), sentence())),
    ) {
        let judgement = |(sentence, verdict, explanation)| Judgement { sentence, verdict, explanation, step: None };
        let judgements = fields.into_iter().map(judgement).collect();
        let (answer, explanation) = answer.map_or((None, String::new()), |(verdict, why)| (Some(verdict), why));
        let critique = Critique { judgements, answer, explanation };
        prop_assert_eq!(Critique::parse(&critique.to_string(), &[]), critique);
    }

    /// Every sentence that repeats a step word for word is placed on one with the same text.
    #[test]
    fn repeated_steps_are_found(path in prop::collection::vec("[a-z]{1,5}( [a-z0-9]{1,5}){2,6}", 1..6)) {
        let judgement = |sentence: &String| {
            Judgement { sentence: sentence.clone(), verdict: Some(Verdict::Correct), explanation: String::new(), step: None }
        };
        let written = Critique { judgements: path.iter().map(judgement).collect(), ..Critique::default() };
        for judgement in Critique::parse(&written.to_string(), &path).judgements {
            prop_assert!(judgement.step.is_some(), "{:?} in {:?}", judgement, path);
        }
    }

    /// However a critique is cut into parts, the same judgements are told, each once, and the same critique is read.
    #[test]
    fn cuts_do_not_matter(text in prop_oneof![tricky(), "\\PC{0,60}"], sizes in prop::collection::vec(1..9usize, 1..5)) {
        let steps = steps(&PATH);
        let mut parser = CritiqueParser::new(&steps);
        let mut told: Vec<Judgement> =
            super::script::cut(&text, &sizes).iter().flat_map(|part| parser.push(part)).collect();
        told.extend(parser.finish());
        let critique = parser.into_critique();
        prop_assert_eq!(&told, &critique.judgements);
        prop_assert_eq!(critique, Critique::parse(&text, &steps));
    }
}

/// A megabyte in single characters, of the texts that would hurt most, is read in seconds at worst.
#[test]
fn long_texts_cost_no_more_than_their_length() {
    let path: Vec<String> = (0..50).map(|index| format!("Step number {index} of a long path = {index}")).collect();
    for unit in [":", "*", "Step sentence: a\n", "\n", "<<", "word ", "Correctness of the step:\n", "1.", "Step 1:"] {
        let mut parser = CritiqueParser::new(&path);
        let begun = Instant::now();
        for _ in 0..1_000_000 / unit.len() {
            parser.push(unit);
        }
        parser.finish();
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{unit:?}: {took:?}");
    }
}
