use proptest::prelude::*;
use serde_json::{Value, json};

use super::json::{array, from_value, lines, parse, parse_array, parse_lines, to_value};
use super::*;
use crate::gym::{Gym, find};

fn gym(name: &str) -> &'static dyn Gym {
    find(name).expect("registered")
}

/// What the planner does, said as an agent would.
fn planned(name: &str, task: u64) -> Trajectory {
    let mut episode = gym(name).begin(task).expect("a task");
    let mut texts = Vec::new();
    while let Some(action) = episode.plan().filter(|_| !episode.is_done()) {
        episode.step(&action).expect("not over");
        texts.push(format!("Thought:\nIt is step {}.\n\nAction:\n{action}", texts.len() + 1));
    }
    Trajectory::of(&episode, Opening::of(episode.info()), &texts).expect("a text for each step")
}

#[test]
fn an_episode_becomes_a_conversation() {
    let maze = gym("maze");
    let mut episode = maze.begin(18).expect("a task");
    episode.step("move down").expect("not over");
    let opening = Opening { instruction: "Go.".to_owned(), acknowledgement: "Yes.".to_owned() };
    let trajectory = Trajectory::of(&episode, opening.clone(), &["Action: move down"]).expect("a text");
    let expected = json!({
        "conversations": [
            { "from": "human", "loss": null, "value": "Go." },
            { "from": "gpt", "loss": false, "value": "Yes." },
            { "from": "human", "loss": null, "value": "The goal is at position 8, 6. Your current position is at \
                position 7, 6. There are walls to your right, to your left." },
            { "from": "gpt", "loss": true, "value": "Action: move down" },
            { "from": "human", "loss": null, "value": "Success\n" },
        ],
        "item_id": "lmrlgym_maze_18",
        "reward": 1.0,
        "success": 1.0,
    });
    assert_eq!(to_value(&trajectory), expected);
    assert_eq!((from_value(&expected), trajectory.rounds()), (Ok(trajectory), 1));
    let refused = Trajectory::of(&episode, opening, &["one", "two"]).expect_err("two texts");
    assert_eq!(refused.to_string(), "`maze_18` has 1 steps, but there are 2 texts: each step wants one");
}

#[test]
fn files_are_read_in_either_form() {
    let expert = r#"{"item_id":"webshop_6","conversations":[{"from":"human","loss":null,"value":"é\n"}],"more":[1]}"#;
    let listed = r#"{"item_id":"sciworld_12"}"#;
    let result = r#"{"conversations":null,"item_id":"babyai_4","reward":0.859,"success":true}"#;
    let from_array = parse(&format!(" [{expert},\n{listed},{result}]")).expect("an array");
    let from_lines = parse(&format!("{expert}\n\n{listed}\r\n{result}\n")).expect("lines");
    assert_eq!(from_array, from_lines);
    assert_eq!(from_array[0].conversation, [Message::told("é\n")]);
    assert_eq!((from_array[1].conversation.len(), from_array[1].reward, from_array[1].success), (0, None, None));
    assert_eq!((from_array[2].reward, from_array[2].success), (Some(0.859), Some(true)));
    assert_eq!(parse(""), Ok(Vec::new()));
    assert_eq!(parse("[]"), Ok(Vec::new()));
}

#[test]
fn unreadable_records_say_where_and_what_was_expected() {
    let said = |text: &str| parse(text).expect_err("unreadable").to_string();
    assert!(said("[{}").starts_with("line 1: EOF while parsing"), "{}", said("[{}"));
    assert!(said("{\"item_id\":\"a_1\"}\n{").starts_with("line 2: "));
    assert_eq!(said("[3]"), "record 0: expected an object, found 3");
    assert_eq!(said("\n{\"item_id\":7}"), "line 2: expected an `item_id` like \"webshop_6\", found 7");
    let with = |message: &str| said(&format!(r#"[{{"item_id":"maze_1","conversations":[{message}]}}]"#));
    assert_eq!(
        with(r#"{"from":"human","value":""},{"from":"user","value":""}"#),
        "`lmrlgym_maze_1`, message 1: expected `from` to be \"human\" or \"gpt\", found \"user\""
    );
    assert_eq!(
        with(r#"{"from":"gpt","loss":"yes","value":""}"#),
        "`lmrlgym_maze_1`, message 0: expected `loss` to be true, false or null, found \"yes\""
    );
    assert_eq!(with("17"), "`lmrlgym_maze_1`, message 0: expected `from` to be \"human\" or \"gpt\", found null");
    let long = said(&format!(r#"{{"item_id":"{}"}}"#, "ü".repeat(9_000)));
    assert!(long.chars().count() < 130 && long.ends_with('…'), "{long}");
    assert!(said(&"[".repeat(100_000)).contains("recursion limit"));
}

#[test]
fn misshapen_trajectories_say_which_message() {
    let right = planned("maze", 17);
    right.validate().expect("as it has to be");
    let said = |change: fn(&mut Trajectory)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        wrong.validate().expect_err("not as it has to be").to_string()
    };
    let item = "`lmrlgym_maze_17`";
    assert_eq!(said(|t| t.conversation.truncate(2)), format!("{item}: expected at least 3 messages, found 2"));
    assert_eq!(
        said(|t| drop(t.conversation.remove(4))),
        format!(
            "{item}, message 4: expected `human` to speak, found `gpt`, who says `Thought:\\nIt is step 2.\\n\\nAction:\\nmove down`"
        )
    );
    assert_eq!(
        said(|t| t.conversation[1].loss = Some(true)),
        format!("{item}, message 1: expected `loss` to be false: it answers the instruction, found true")
    );
    assert_eq!(
        said(|t| t.conversation[3].loss = None),
        format!("{item}, message 3: expected `loss` to be true or false, found none")
    );
    assert_eq!(
        said(|t| t.conversation[4].loss = Some(false)),
        format!("{item}, message 4: expected no `loss`, found false")
    );
    assert_eq!(said(|t| t.reward = Some(f64::NAN)), format!("{item}: expected a finite reward, found NaN"));
}

#[test]
fn items_are_named_as_in_the_original_files() {
    let read = |text: &str| text.parse::<ItemId>().map(|id| (id.environment().to_owned(), id.task(), id.to_string()));
    let id = |environment: &str, task, text: &str| Ok((environment.to_owned(), task, text.to_owned()));
    assert_eq!(read("webshop_6"), id("webshop", 6, "webshop_6"));
    assert_eq!(read("lmrlgym_wordle_12"), id("wordle", 12, "lmrlgym_wordle_12"));
    assert_eq!(read("wordle_12"), read("lmrlgym_wordle_12"));
    assert_eq!(read("tool_todo_0"), id("tool_todo", 0, "tool_todo_0"));
    for text in
        ["", "_", "maze_", "_3", "maze", "maze_+3", "maze_-3", "maze_3 ", "m\u{e9}ze_3", "maze_99999999999999999999"]
    {
        assert!(read(text).is_err(), "{text:?}");
    }
    let said = read("maze").expect_err("no task").to_string();
    assert!(said.starts_with("`maze` is no item id: expected"), "{said}");
}

#[test]
fn what_is_there_twice_is_left_out() {
    let [a, b] = [planned("maze", 3), planned("maze", 4)];
    let mut other = a.clone();
    other.conversation[3].value.push('!');
    let mut reworded = a.clone();
    reworded.item_id = "maze_9".parse().expect("an item");
    let all = vec![a.clone(), other.clone(), b.clone(), reworded.clone(), a.clone()];
    assert_eq!(first_of_each_item(all.clone()), [a.clone(), b.clone(), reworded]);
    assert_eq!(without_repeats(all), [a, other, b]);
}

#[test]
fn a_replay_says_where_the_environment_parts() {
    let right = planned("maze", 17);
    let said = |change: fn(&mut Trajectory)| {
        let mut wrong = right.clone();
        change(&mut wrong);
        replay(gym("maze"), &wrong).expect_err("it parts").to_string()
    };
    assert_eq!(
        said(|t| t.conversation[4].value = t.conversation[4].value.replace("7, 6", "6, 6")),
        "`lmrlgym_maze_17`, step 1: the trajectory has `tion is at position 6, 6. There are walls to your right, to …`, \
         the environment shows `tion is at position 7, 6. There are walls to your right, to …`"
    );
    assert!(said(|t| t.conversation[2].value.push('!')).contains("step 0"));
    assert_eq!(
        said(|t| t.reward = Some(0.5)),
        "`lmrlgym_maze_17`, after 2 steps: the trajectory's reward is 0.5, the environment's score is 1"
    );
    assert_eq!(
        said(|t| t.conversation.extend([Message::said("move up"), Message::told("")])),
        "the episode of `maze_17` is over after 2 steps"
    );
    assert!(said(|t| t.item_id = "maze_25".parse().expect("an item")).starts_with("task 25 does not exist"));
    assert!(said(|t| t.conversation.clear()).contains("at least 3 messages"));
    let elsewhere = replay(gym("wordle"), &right).expect_err("another environment's");
    assert_eq!(elsewhere.to_string(), "`lmrlgym_maze_17` is no task of `wordle`");
}

#[test]
fn a_replay_allows_what_the_originals_client_explains_first() {
    let mut explained = planned("maze", 17);
    explained.conversation[2].value.insert_str(0, "This is a maze.\n");
    // The original's experts have no rewards, and the last text may have no answer.
    explained.reward = None;
    explained.conversation.pop();
    assert_eq!(replay(gym("maze"), &explained).expect("the same").score(), 1.0);
    explained.conversation[2].value = explained.conversation[2].value.replace('\n', " ");
    assert!(replay(gym("maze"), &explained).is_err());
}

#[test]
fn actions_may_be_found_otherwise() {
    let mut loud = planned("maze", 17);
    for message in &mut loud.conversation {
        message.value = message.value.replace("move down", "MOVE DOWN");
    }
    assert!(replay(gym("maze"), &loud).is_err());
    let episode = replay_with(gym("maze"), &loud, |text| last_action(text).to_lowercase()).expect("the same");
    assert!(episode.is_success());
}

fn message() -> impl Strategy<Value = Message> {
    let from = prop_oneof![Just(Speaker::Human), Just(Speaker::Gpt)];
    (from, any::<Option<bool>>(), any::<String>()).prop_map(|(from, loss, value)| Message { from, loss, value })
}

fn trajectory() -> impl Strategy<Value = Trajectory> {
    let name = prop::sample::select(vec!["maze", "wordle", "webshop", "a_1", "x-y"]);
    // Decimals of up to fifteen digits come back exactly.
    let reward = prop::option::of((-1_000_000_i32..1_000_000).prop_map(|n| f64::from(n) / 10_000.0));
    let conversation = prop::collection::vec(message(), 0..6);
    (name, any::<u64>(), conversation, reward, any::<Option<bool>>()).prop_map(
        |(name, task, conversation, reward, success)| {
            let item_id = format!("{name}_{task}").parse().expect("an item");
            Trajectory { item_id, conversation, reward, success }
        },
    )
}

/// Any JSON, mostly of the names that records have.
fn hostile() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["human", "gpt", "maze_1"]).prop_map(Value::from),
    ];
    let name = prop::sample::select(vec!["conversations", "item_id", "reward", "success", "from", "loss", "value"]);
    leaf.prop_recursive(4, 24, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(trajectories in prop::collection::vec(trajectory(), 0..4)) {
        prop_assert_eq!(parse_array(&array(&trajectories)), Ok(trajectories.clone()));
        prop_assert_eq!(parse_lines(&lines(&trajectories)), Ok(trajectories.clone()));
        prop_assert_eq!(parse(&lines(&trajectories)), Ok(trajectories.clone()));
        prop_assert_eq!(lines(&trajectories).lines().count(), trajectories.len());
        for trajectory in &trajectories {
            prop_assert_eq!(from_value(&to_value(trajectory)), Ok(trajectory.clone()));
        }
    }

    #[test]
    fn no_json_is_a_panic(value in hostile(), text in any::<String>()) {
        if let Ok(trajectory) = from_value(&value) {
            let _ = trajectory.validate();
            prop_assert_eq!(from_value(&to_value(&trajectory)), Ok(trajectory));
        }
        let _ = parse(&text);
    }

    #[test]
    fn replays_are_exact_and_changes_are_found(
        name in prop::sample::select(vec!["maze", "wordle"]),
        task in 0_u64..25,
        place in any::<prop::sample::Index>(),
    ) {
        let trajectory = planned(name, task);
        trajectory.validate().expect("as it has to be");
        let episode = replay(gym(name), &trajectory).expect("exact");
        let texts: Vec<&str> = trajectory.conversation[PROMPT..].iter().step_by(2).map(|text| &*text.value).collect();
        prop_assert_eq!(&Trajectory::of(&episode, Opening::of(episode.info()), &texts).expect("as many"), &trajectory);
        let changed = place.index(episode.turns().len() + 1);
        let mut wrong = trajectory;
        wrong.conversation[2 + 2 * changed].value.push('\n');
        match replay(gym(name), &wrong) {
            Err(ReplayError::Observation { step, .. }) => prop_assert_eq!(step, changed),
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn the_last_action_is_found(before in any::<String>(), action in "[a-z ]{0,12}", end in prop::sample::select(vec!["", "</s>", " \n", "</s>\n"])) {
        let text = format!("{before}Action:\n{action}{end}");
        prop_assert_eq!(last_action(&text), action.trim());
        prop_assert!(before.contains(last_action(&before)));
    }
}
