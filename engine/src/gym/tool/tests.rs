//! The grammar, compared with Python's `re` module.

use proptest::prelude::*;

use super::*;

/// Texts, and what CPython 3.11 printed for
/// `re.search(r'\s*(.*?)\s*with\s*Action Input:\s*(.*?)$', text)` and its groups.
#[rustfmt::skip]
const SEARCHED: &[(&str, Option<(&str, &str)>)] = &[
    ("Action: a with Action Input: {}", Some(("Action: a", "{}"))),
    ("Thought: x\n\nAction: a with Action Input: {'b': 1}", Some(("Action: a", "{'b': 1}"))),
    ("Action: a with Action Input: {}\n", Some(("Action: a", "{}"))),
    ("Action: a with Action Input: {}\n\n", None),
    ("Action: a with Action Input: {}\nThen more", None),
    ("Action: a\nwith\nAction Input:\n{'b': 1}", Some(("Action: a", "{'b': 1}"))),
    ("  Action: a   with   Action Input:   {}  ", Some(("Action: a", "{}  "))),
    ("with Action Input: {}", Some(("", "{}"))),
    ("Thought: y\nwith Action Input: {}", Some(("Thought: y", "{}"))),
    ("a with Action Input: b with Action Input: c", Some(("a", "b with Action Input: c"))),
    ("Action: a with Action Input:\n{} with Action Input: {}", Some(("Action: a", "{} with Action Input: {}"))),
    ("Action: a with Action Input: {}\nAction: b with Action Input: {'c': 2}", Some(("Action: b", "{'c': 2}"))),
    ("awith Action Input:{}", Some(("a", "{}"))),
    ("Action: a", None),
    ("Action: a with Action Input", None),
    ("Action: a with\u{a0}Action Input:\u{2003}{}", Some(("Action: a", "{}"))),
    ("Action: a with\u{1c}Action Input: {}", Some(("Action: a", "{}"))),
    ("Action: a with Action Input:", Some(("Action: a", ""))),
    ("Action: a with Action Input:\n\n", Some(("Action: a", ""))),
    ("Action: a with Action Input: {'x':\n 1}", None),
    ("", None),
    ("\n", None),
    ("Action: a with action input: {}", None),
    ("Thought: deal with Action Input: later\nAction: a with Action Input: {}", Some(("Action: a", "{}"))),
    ("\n\n  Action: a with Action Input: {}\r\n", Some(("Action: a", "{}\r"))),
    ("Action: a with Action Input: {} \n \n", None),
];

#[test]
fn the_last_line_is_the_one_that_python_finds() {
    for (text, groups) in SEARCHED {
        let line = Line::last_of(text).map(|line| line.as_str().to_owned());
        let expected = groups.map(|(action, input)| format!("{action} with Action Input: {input}"));
        assert_eq!(line, expected, "{text:?}");
    }
}

const TOOLS: Toolbox = Toolbox { names: &["look", "check_valid_actions", "finish"], finish: Finish::TwoSpellings };

fn reply(text: &str) -> Reply {
    TOOLS.step(text, |call| match call.name.as_str() {
        "look" => Ok(call.arguments().get("at")?.clone()),
        _ => Ok(Value::from("the end")),
    })
}

fn shown(text: &str) -> String {
    let observation = reply(text).observation;
    let inner = observation.strip_prefix("Observation: ").and_then(|text| text.strip_suffix("\nGive me one action."));
    inner.map_or(observation.clone(), str::to_owned)
}

/// The sentences of `specs/agentgym.md` §1.9.
#[test]
fn what_is_wrong_is_said_in_the_originals_words() {
    let format = "Format error, please response in the format of  \"Action: [your action] with Action Input: [your action input]";
    assert_eq!(reply("look around"), Reply { observation: format.to_owned(), done: false, success: None });
    assert_eq!(shown("look with Action Input: {}"), "ERROR | TypeError(cannot unpack non-iterable NoneType object)");
    let invalid = "ERROR | Exception(Parameters in action input are not valid, please change your action input.)";
    for input in ["{\"at\": true}", "", "exit()", "{'at': 'x'", "open('/etc/passwd').read()"] {
        assert_eq!(shown(&format!("Action: look with Action Input: {input}")), invalid);
    }
    assert_eq!(shown("Action: look with Action Input: {'to': 1}"), "ERROR | KeyError('at')");
    assert_eq!(shown("Action: foo with Action Input: {}"), "ERROR | Invalid action: foo.");
    let said = shown("Action: look with Action Input: [1]");
    assert_eq!(said, "ERROR | TypeError(list indices must be integers or slices, not str)");
    let said = shown("Action: check_valid_actions with Action Input: {}");
    assert_eq!(said, "You can use following valid actions: ['look', 'check_valid_actions', 'finish']");
}

#[test]
fn results_are_shown_as_python_shows_them() {
    assert_eq!(shown("Action: look with Action Input: {'at': 'here'}"), "here");
    assert_eq!(shown("Action: look with Action Input: {\"at\": [\"it's\", 2.50, None]}"), "[\"it's\", 2.5, None]");
    let reply = reply("Thought: where?\n\nAction: look with Action Input: {'at': 1}\n");
    assert_eq!(reply.observation, "Observation: 1\nGive me one action.");
    assert_eq!(reply.success, Some((Call::new("look", [("at", Value::Int(1))]), Value::Int(1))));
}

/// A quirk that is kept: "finish" anywhere in the action ends the episode; in the thought above it, it does not.
#[test]
fn finish_anywhere_in_the_action_is_the_end() {
    assert!(reply("Action: finish with Action Input: {'answer': 1}").done);
    assert!(reply("Action: Finish with Action Input: {}").done);
    assert!(reply("Action: look with Action Input: {'at': 'unfinished work'}").done);
    assert!(reply("finish with Action Input: nothing").done);
    assert!(!reply("Action: FINISH with Action Input: {}").done);
    assert!(!reply("finish").done);
    assert!(!reply("Thought: I shall finish.\nAction: look with Action Input: {'at': 1}").done);
    assert!(Finish::AnyCase.is_in("Action: FINISH with Action Input: {}"));
}

#[test]
fn the_opening_is_the_originals() {
    let text = "Now new trial starts.\nYou should perform actions to accomplish the goal: Rest.\nGive me one action.";
    assert_eq!(opening("Rest."), text);
}

#[test]
fn a_call_reads_back() {
    let call = Call::new("look", [("at", Value::from("it's \"here\"\nand there")), ("on", Value::Bool(true))]);
    assert_eq!(Line::last_of(&call.text()).expect("a line").call(), Ok(call));
}

#[test]
fn subgoals_are_reached_once() {
    let mut goals = Subgoals::new([Value::Int(1), Value::from("a")]);
    assert_eq!(goals.fraction(), 0.0);
    goals.note(&Value::Bool(true)); // equal to 1, as in Python
    goals.note(&Value::Int(1));
    assert_eq!((goals.fraction(), goals.reached(), goals.count()), (0.5, 1, 2));
    goals.note(&Value::from("a"));
    goals.note(&Value::from("b"));
    assert_eq!(goals.fraction(), 1.0);
    assert_eq!(Subgoals::new([]).fraction(), 0.0);
}

/// Printed by CPython's `datetime.date`.
#[test]
fn days_are_those_of_the_calendar() {
    let ordinals = [
        ("1970-01-01", 719_163),
        ("2024-02-29", 738_945),
        ("2023-12-31", 738_885),
        ("0001-01-01", 1),
        ("2100-03-01", 766_704),
        ("9999-12-31", 3_652_059),
    ];
    let epoch = Day::parse("1970-01-01").expect("a day");
    for (text, ordinal) in ordinals {
        let day = Day::parse(text).expect("a day");
        assert_eq!((day.since(epoch) + 719_163, day.to_string()), (ordinal, text.to_owned()));
    }
    assert_eq!(Day::parse("2024-02-28").map(|day| day.plus(2).to_string()), Some("2024-03-01".to_owned()));
    assert_eq!(Day::parse("2024-01-01").map(|day| day.plus(-1).to_string()), Some("2023-12-31".to_owned()));
    for wrong in
        ["2023-02-29", "2024-13-01", "2024-1-1", "24-01-01", "2024/01/01", "+024-01-01", "", "2024-01-0é", "0000-01-01"]
    {
        assert_eq!(Day::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_is_a_panic(parts in proptest::collection::vec(0_usize..12, 0..12)) {
        const PARTS: [&str; 12] =
            ["Action:", " with ", "Action Input:", "{", "}", "'at'", ": ", "\n", "é", "\u{1c}", "finish", "with Action Input: "];
        let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
        let _ = reply(&text);
    }
}
