use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// What the original's engine said (`engine/tests/fixtures/gym/alfworld_golden.py`).
fn recordings() -> Value {
    serde_json::from_str(include_str!("../../../tests/fixtures/gym/alfworld.json")).unwrap()
}

/// A recorded game as a game file. The grammar is a few lines of our own: only the sentence is read.
fn game_file(recordings: &Value, game: &Value) -> Vec<u8> {
    let text = recordings["problems"][game["problem"].as_u64().unwrap() as usize].as_str().unwrap();
    let problem = text.replace("GOAL", game["goal"].as_str().unwrap());
    let grammar = format!("grammar :: {{ \"rhs\": \"Your task is to: {}\" }}", game["sentence"].as_str().unwrap());
    json!({ "pddl_domain": "", "grammar": grammar, "pddl_problem": problem, "solvable": true }).to_string().into_bytes()
}

fn fingerprint(commands: &[String]) -> String {
    let hash = commands
        .join("\n")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// The server shows an arrival without the name of the spot.
fn shown(feedback: &str) -> &str {
    let arrived = feedback.strip_prefix("You arrive at loc ").and_then(|rest| rest.split_once(". "));
    arrived.map_or(feedback, |(_, rest)| rest)
}

#[test]
fn every_recorded_answer_is_reproduced() {
    let (environment, recordings, mut played) = (Alfworld::default(), recordings(), 0);
    for game in recordings["games"].as_array().unwrap() {
        let begun = read_game(&game_file(&recordings, game), "a/b").unwrap();
        let first = game["first"]["feedback"].as_str().unwrap().split_once("\n\n").unwrap().1;
        assert_eq!(begun.introduction(), first.replace("\n\n", "\n"));
        assert_eq!(json!(environment.available_actions(&begun)), game["first"]["admissible"]);
        for walk in game["walks"].as_array().unwrap() {
            let mut state = begun.clone();
            for (at, step) in walk.as_array().unwrap().iter().enumerate() {
                let command = step[0].as_str().unwrap();
                let outcome = environment.step(&mut state, command);
                let actions = environment.available_actions(&state);
                let here = format!("{} step {at}: {command}\n{actions:?}", game["task_type"]);
                assert_eq!(outcome.observation, shown(step[1].as_str().unwrap()), "{here}");
                assert_eq!(outcome.done, step[2].as_bool().unwrap(), "{here}");
                assert_eq!(
                    (actions.len() as u64, fingerprint(&actions).into()),
                    (step[3].as_u64().unwrap(), step[4].clone()),
                    "{here}"
                );
                played += 1;
            }
        }
    }
    assert!(played > 1_000, "{played} steps");
}

/// Plays the plan; steps until the goal was reached.
fn solve(environment: &Alfworld, state: &mut AlfworldState) -> Option<u32> {
    for _ in 0..INFO.max_rounds {
        let action = environment.plan(state)?;
        assert!(environment.available_actions(state).contains(&action), "{action} in {}", state.task_type());
        let outcome = environment.step(state, &action);
        if outcome.done {
            return Some(state.steps());
        }
    }
    None
}

#[test]
fn the_planner_solves_the_recorded_games() {
    let (environment, recordings) = (Alfworld::default(), recordings());
    for game in recordings["games"].as_array().unwrap() {
        let mut state = read_game(&game_file(&recordings, game), "a/b").unwrap();
        assert!(solve(&environment, &mut state).is_some(), "{}", game["task_type"]);
    }
}

/// All 2,620 were solved so, in 15,437 steps.
#[test]
fn the_planner_solves_tasks_of_all_parts() {
    let environment = Alfworld::default();
    let (mut most, mut all, mut tasks) = (0, 0, 0);
    for task in (0..environment.list().len()).step_by(7) {
        let (mut state, _) = environment.reset(task).unwrap();
        assert!(!state.won(), "{}", state.task_type());
        let steps = solve(&environment, &mut state).unwrap_or_else(|| panic!("{task}: {}", state.task_type()));
        (most, all, tasks) = (most.max(steps), all + steps, tasks + 1);
    }
    assert!(tasks == 375 && most <= 11 && all >= 4 * tasks, "{tasks} tasks, {all} steps, at most {most}");
}

#[test]
fn the_planner_finds_its_way_from_anywhere() {
    let environment = Alfworld::default();
    for task in (3..2_620).step_by(131) {
        let (mut state, _) = environment.reset(task).unwrap();
        let mut random = crate::gym::PythonRandom::new(task);
        for _ in 0..60 {
            let actions = environment.available_actions(&state);
            environment.step(&mut state, random.choice(&actions).unwrap());
        }
        assert!(state.won() || solve(&environment, &mut state).is_some(), "{task}: {}", state.task_type());
    }
}

#[test]
fn the_list_of_tasks_has_the_original_counts() {
    let tasks = Tasks::own();
    let mut counts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    let (mut directories, mut scenes) = ([BTreeSet::new(), BTreeSet::new()], BTreeSet::new());
    for number in 0..tasks.len() {
        let task = tasks.get(number).unwrap();
        let test = number >= tasks.test_from();
        *counts.entry((test, task.kind.name())).or_default() += 1;
        let (directory, trial) = task.task_type().split_once('/').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        assert_eq!(Task::of_directory(&directory, &trial).as_ref(), Some(task));
        directories[usize::from(test)].insert(directory);
        scenes.insert(task.scene);
    }
    let in_order = |test| TaskKind::ALL.map(|(_, name)| counts[&(test, name)]);
    // Place, clean, cool, two, heat, light.
    assert_eq!((in_order(false), in_order(true)), ([672, 448, 394, 389, 321, 196], [46, 37, 28, 45, 25, 19]));
    assert_eq!((tasks.test_from(), tasks.len(), scenes.len()), (2_420, 2_620, 108));
    // No task of the test part is one for training.
    assert_eq!(directories[0].intersection(&directories[1]).count(), 0);
}

#[test]
fn rooms_are_furnished_by_the_rules() {
    let environment = Alfworld::default();
    for task in (0..2_620).step_by(17) {
        let (state, first) = environment.reset(task).unwrap();
        let (world, again) = (state.world(), environment.reset(task).unwrap());
        assert_eq!((&state, &first), (&again.0, &again.1));
        let wanted = world.items.iter().filter(|item| item.kind == world.goal.thing).count();
        let needed = if let Aim::Place { count, .. } = world.goal.aim { count } else { 1 };
        assert!(wanted >= needed, "{}", state.task_type());
        for (number, item) in world.items.iter().enumerate() {
            let [within] = state.thing(number).inside[..] else { panic!("{item:?} is in one receptacle") };
            assert!(world.takes(within, number) || item.kind == "desklamp", "{item:?}");
        }
        // Everything that is named can be gone to, and nothing else.
        let named = first.lines().next().unwrap().matches(" a ").count() - 1; // "a room"
        let ways = environment.available_actions(&state).iter().filter(|action| action.starts_with("go to ")).count();
        assert_eq!((named, ways), (world.receptacles.len(), world.receptacles.len()), "{first}");
    }
}

/// The form of a beginning, and where its words come from.
#[test]
fn a_beginning_reads_as_the_original_does() {
    let task = Task::of_directory("pick_cool_then_place_in_recep-Mug-None-CoffeeMachine-23", "trial_a").unwrap();
    let state = placement::begin(&task).unwrap();
    let first = state.introduction();
    let sentences = ["put a cool mug in coffeemachine.", "cool some mug and put it in coffeemachine."];
    let (around, told) = first.split_once('\n').unwrap();
    assert!(sentences.iter().any(|sentence| told == format!("Your task is to: {sentence}")), "{told}");
    assert!(around.starts_with("You are in the middle of a room. Looking quickly around you, you see a cabinet "));
    assert!(around.ends_with(", and a toaster 1."), "{around}");
    assert_eq!(state.task_type(), "pick_cool_then_place_in_recep-Mug-None-CoffeeMachine-23/trial_a");
}

fn place(number: usize) -> String {
    format!("loc_bar_{number}")
}

/// What the domain must be told there is; the last classes are those that it names itself.
fn objects_of(state: &AlfworldState) -> String {
    let world = state.world();
    let places = world.receptacles.iter().filter_map(|one| one.place).chain([state.place]);
    let places: BTreeSet<String> = places.map(|number| format!("{} - location", place(number))).collect();
    let things = world.accepts.iter().map(|(_, kind)| kind).chain(world.items.iter().map(|item| &item.kind));
    let things: BTreeSet<&str> = things.map(String::as_str).chain(["knife", "butterknife"]).collect();
    let kinds = world.receptacles.iter().map(|one| one.kind.as_str()).chain(["sinkbasin", "microwave", "fridge"]);
    let kinds: BTreeSet<&str> = kinds.collect();
    let typed = things.iter().map(|kind| format!("{kind}Type - otype"));
    let typed = typed.chain(kinds.iter().map(|kind| format!("{kind}Type - rtype")));
    let named = world.receptacles.iter().map(|one| format!("{} - receptacle", one.id));
    let named = named.chain(world.items.iter().map(|one| format!("{} - object", one.id)));
    let all: Vec<String> = typed.chain(named).chain(places).chain(["agent1 - agent".to_owned()]).collect();
    all.join("\n")
}

/// What is true in the beginning.
fn facts_of(state: &AlfworldState) -> String {
    let (world, mut facts) = (state.world(), String::new());
    for (number, receptacle) in world.receptacles.iter().enumerate() {
        let id = &receptacle.id;
        write!(facts, "(receptacleType {id} {}Type)", receptacle.kind).unwrap();
        write!(facts, "(receptacleAtLocation {id} {})", place(receptacle.place.unwrap())).unwrap();
        let doors = [(receptacle.openable, "openable"), (state.is_open(number), "opened")];
        doors.iter().filter(|(is, _)| *is).for_each(|(_, fact)| write!(facts, "({fact} {id})").unwrap());
    }
    for (number, item) in world.items.iter().enumerate() {
        let (id, thing) = (&item.id, state.thing(number));
        write!(facts, "(objectType {id} {}Type)", item.kind).unwrap();
        for within in &thing.inside {
            write!(facts, "(inReceptacle {id} {})", world.receptacles[*within].id).unwrap();
        }
        thing.near.iter().for_each(|at| write!(facts, "(objectAtLocation {id} {})", place(*at)).unwrap());
        let true_of_it = Property::ALL.iter().filter(|(property, _)| thing.properties.has(*property));
        true_of_it.for_each(|(_, fact)| write!(facts, "({fact} {id})").unwrap());
    }
    for (receptacle, item) in &world.accepts {
        write!(facts, "(canContain {receptacle}Type {item}Type)").unwrap();
    }
    write!(facts, "(= (total-cost) 0) (atLocation agent1 {})", place(state.place)).unwrap();
    facts
}

/// A state as a problem in the original's form.
fn problem_of(state: &AlfworldState) -> String {
    let world = state.world();
    let kind = TaskKind::of_name(world.task_type.split('-').next().unwrap()).unwrap();
    let needs = world.goal.needs().iter().map(|need| Property::ALL.iter().find(|(one, _)| one == need).unwrap().1);
    let needs: String = needs.map(|fact| format!("({fact} ?o)")).collect();
    let thing = &world.goal.thing;
    let goal = match &world.goal.aim {
        Aim::Light { lamp } => format!(
            "(exists (?t - object ?r - receptacle ?a - agent ?l - location) (and (objectType ?t {lamp}Type) (toggleable ?t) \
            (isToggled ?t) (receptacleAtLocation ?r ?l) (atLocation ?a ?l) (inReceptacle ?t ?r))) \
            (exists (?o - object ?a - agent) (and (objectType ?o {thing}Type) (holds ?a ?o)))"
        ),
        Aim::Place { receptacle, .. } => {
            let second = format!(
                "(exists (?p - object) (and (not (= ?o ?p)) (objectType ?p {thing}Type) (inReceptacle ?p ?r)))"
            );
            let second = if kind == TaskKind::Two { second } else { String::new() };
            format!(
                "(exists (?r - receptacle) (exists (?o - object) (and {needs} (objectType ?o {thing}Type) \
                (receptacleType ?r {receptacle}Type) (inReceptacle ?o ?r) {second})))"
            )
        }
    };
    let (objects, facts) = (objects_of(state), facts_of(state));
    format!("(define (problem p) (:domain alfred) (:objects {objects}) (:init {facts}) (:goal (and {goal})))")
}

fn file_of(problem: &str, sentence: &str) -> Vec<u8> {
    let grammar = format!("\"Your task is to: {sentence}\"");
    json!({ "grammar": grammar, "pddl_problem": problem }).to_string().into_bytes()
}

#[test]
fn a_game_written_in_the_original_form_is_read_back() {
    let environment = Alfworld::default();
    for task in (0..2_620).step_by(41) {
        let (state, first) = environment.reset(task).unwrap();
        let file = file_of(&problem_of(&state), &state.world().sentence);
        let read = read_game(&file, state.task_type()).unwrap();
        assert_eq!(read.introduction(), first);
        let (mut one, mut other) = (state, read);
        while !one.won() {
            assert_eq!(environment.available_actions(&one), environment.available_actions(&other));
            assert_eq!(one.world().goal, other.world().goal);
            let action = environment.plan(&one).unwrap();
            assert_eq!(environment.step(&mut one, &action), environment.step(&mut other, &action));
        }
    }
}

#[test]
fn a_user_with_the_original_data_plays_it() {
    let entry = |item: u64, directory: &str| json!({ "item_id": item, "task_type": directory, "task_id": "trial_T1" });
    let train = json!([entry(0, "pick_cool_then_place_in_recep-Mug-None-CoffeeMachine-23")]).to_string();
    let test = json!([
        entry(1, "look_at_obj_in_light-Book-None-DeskLamp-302"),
        entry(2, "pick_two_obj_and_place-TissueBox-None-CoffeeTable-220"),
        entry(3, "pick_and_place_simple-Pillow-None-Fridge-321"),
    ])
    .to_string();
    let tasks = Tasks::from_mappings(train.as_bytes(), test.as_bytes()).unwrap();
    let furnished = Alfworld::of_tasks(tasks.clone());
    let parts: Vec<_> = furnished.splits().into_iter().map(|split| (split.name, split.tasks)).collect();
    assert_eq!(parts, [("train", 0..1), ("test", 1..4)]);
    for task in 0..3 {
        assert!(solve(&furnished, &mut furnished.reset(task).unwrap().0).is_some());
    }
    let said = furnished.reset(3).unwrap_err().to_string();
    assert_eq!(said, "task 3 of `alfworld` cannot be played: there is no Fridge in room 321");

    let recordings = recordings();
    let file = game_file(&recordings, &recordings["games"][0]);
    let games = move |task_type: &str| task_type.starts_with("look_at").then(|| file.clone());
    let original = Alfworld::of_games(tasks, Arc::new(games));
    assert!(original.reset(1).unwrap().1.ends_with("\nYour task is to: put a book in safe."));
    assert!(original.reset(0).unwrap_err().to_string().contains("there is no game of pick_cool"));
    assert!(original.info().deviations.is_empty() && !furnished.info().deviations.is_empty());
}

#[test]
fn what_is_no_mapping_is_refused() {
    let refused = |train: &str| Tasks::from_mappings(train.as_bytes(), b"[]").unwrap_err().to_string();
    assert!(refused("{}").ends_with("no array"));
    assert!(refused("[").starts_with("a mapping file is"));
    assert!(refused("[{\"item_id\": 0}]").ends_with("entry 0 lacks one of them"));
    let entry =
        |item: u64, directory: &str| json!([{ "item_id": item, "task_type": directory, "task_id": "t" }]).to_string();
    assert_eq!(refused(&entry(5, "a")), "task 0 is to come next, and the mapping has 5");
    let vessel = "pick_and_place_with_movable_recep-Egg-Bowl-Fridge-2";
    assert_eq!(refused(&entry(0, vessel)), format!("task 0: `{vessel}` is no directory of ALFWorld's tasks"));
}

#[test]
fn what_is_no_game_is_refused() {
    let refused = |problem: &str| read_game(&file_of(problem, "x."), "a/b").unwrap_err().to_string();
    let of = |goal: &str| format!("(define (:init (atLocation a l) (objectType m MugType)) (:goal {goal}))");
    assert!(read_game(b"{", "a/b").unwrap_err().to_string().starts_with("a game file is JSON"));
    assert!(read_game(b"{}", "a/b").unwrap_err().to_string().ends_with("no text grammar"));
    assert_eq!(refused("(()"), "the game's PDDL problem: an opening bracket without a closing one");
    assert_eq!(refused("())"), "the game's PDDL problem: a closing bracket without an opening one");
    assert_eq!(refused("() ()"), "the game's PDDL problem: not one list");
    assert!(refused(&"(".repeat(100_000)).contains("lists 64 deep"));
    assert_eq!(refused("(define)"), "the game's PDDL problem: no :init");
    assert!(refused("(define (:init) (:goal (and)))").contains("where the agent is"));
    assert!(refused(&of("(and)")).contains("nothing is to be put anywhere"));
    assert!(refused(&of("(or (inReceptacle m r))")).contains("the condition or"));
    assert!(refused(&of("(and (inReceptacle ?o ?r))")).contains("?o is of no class"));
    assert!(refused(&of("(exists (?o - object) ())")).contains("a condition without a name"));
    // A door that must be closed in the end is known from ALFRED's problems.
    let shut = "(and (exists (?r - receptacle ?o - object) (and (objectType ?o MugType) (receptacleType ?r SafeType) \
        (inReceptacle ?o ?r))) (forall (?r - receptacle) (not (opened ?r))))";
    let state = read_game(&file_of(&of(shut), "x."), "a/b").unwrap();
    assert!(state.world().goal.shut && !state.won());
}

#[test]
fn a_sentence_is_read_as_the_grammar_writes_it() {
    let problem = "(define (:init (atLocation a l)) (:goal (and (objectType ?o MugType) (receptacleType ?r SafeType) \
        (inReceptacle ?o ?r))))";
    let file = json!({ "grammar": r#" "rhs": "Your task is to: put \"a\" mug\\down." }"#, "pddl_problem": problem });
    let state = read_game(file.to_string().as_bytes(), "a/b").unwrap();
    assert_eq!(state.world().sentence, r#"put "a" mug\down."#);
}

#[test]
fn the_view_shows_what_the_state_has() {
    let environment = Alfworld::default();
    let (mut state, first) = environment.reset(0).unwrap();
    let mut seen_open = false;
    while let Some(action) = environment.plan(&state) {
        environment.step(&mut state, &action);
        let View::Alfworld(view) = environment.view(&state) else { panic!("another environment's view") };
        assert!(first.ends_with(&view.goal));
        let shown: usize = view.receptacles.iter().map(|one| one.contents.len()).sum();
        assert_eq!(shown + usize::from(view.held.is_some()), state.world().items.len());
        assert!(view.receptacles.iter().any(|one| one.here), "{action}");
        seen_open |= view.receptacles.iter().any(|one| one.open == Some(true));
        assert_eq!(view.won, state.won());
    }
    assert!(state.won());
    assert_eq!(seen_open, state.opened.contains(&true));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// A copy has the same future, and no text is more than an answer.
    #[test]
    fn a_copy_has_the_same_future(task in 0_u64..2_620, texts in prop::collection::vec("\\PC{0,30}", 0..6), seed: u64) {
        let environment = Alfworld::default();
        let (mut one, _) = environment.reset(task).unwrap();
        let mut random = crate::gym::PythonRandom::new(seed);
        for text in &texts {
            let answer = environment.step(&mut one, text);
            prop_assert_eq!(answer.observation, "Nothing happens.");
            let actions = environment.available_actions(&one);
            environment.step(&mut one, random.choice(&actions).unwrap());
        }
        let mut other = one.clone();
        for _ in 0..12 {
            let actions = environment.available_actions(&one);
            let action = random.choice(&actions).unwrap();
            prop_assert_eq!(environment.step(&mut one, action), environment.step(&mut other, action));
        }
        prop_assert_eq!(one, other);
    }

    /// No bytes are a panic.
    #[test]
    fn no_file_is_a_panic(text in "[()\\\\\";?a-z :=-]{0,200}") {
        let _ = read_game(&file_of(&text, "x."), "a/b");
        let _ = read_game(text.as_bytes(), "a/b");
        let _ = Tasks::from_mappings(text.as_bytes(), text.as_bytes());
        let goal = format!("(define (:init (atLocation a l)) (:goal {text}))");
        let _ = read_game(&file_of(&goal, "x."), "a/b");
    }
}
