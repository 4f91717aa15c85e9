use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::gym::python::Value;

/// An account in the form of a to-do application's export, and tasks in the original's form. Made up.
const PROJECTS: &str = r#"[
    {"name": "Home", "color": "teal", "is_favorite": true, "tasks": [
        {"content": "Water the fern", "description": "Not too much.", "priority": 2, "due": {"date": "2024-03-01"},
         "duration": {"amount": 60, "unit": "minute"}},
        {"content": "Call Ann", "description": "", "due_date": "2024-03-05", "is_completed": true}]},
    {"name": "Work", "tasks": [{"content": "Write it up", "description": "All of it.", "priority": 4}]}
]"#;

const TASKS: &str = r#"{"id": 0, "goal": "How long does watering take?", "subgoals": ["60(minute)"],
"additional_info": {"answer": null, "init_config": {"current_date": "2024-03-02", "current_location": "Graz"}, "goal_type": 0, "tool": "todo"}, "difficulty": "easy"}
{"id": 1, "goal": "Water it, and like Work.", "subgoals": [
{"message": "Complete task successfully.", "task": {"order": 1, "content": "Water the fern", "priority": 2, "due_date": "2024-03-01"}},
{"message": "Update the project successfully.", "project": {"order": 2, "color": "charcoal", "name": "Work", "is_favorite": true}}],
"additional_info": {"init_config": null, "answer": {
"projects": [{"order": 1, "color": "teal", "name": "Home", "is_favorite": true}, {"order": 2, "color": "charcoal", "name": "Work", "is_favorite": true}],
"tasks": [{"order": 1, "content": "Water the fern", "is_completed": true, "priority": 2, "due_date": "2024-03-01"},
{"order": 2, "content": "Call Ann", "is_completed": true, "priority": 1, "due_date": "2024-03-05"},
{"order": 1, "content": "Write it up", "is_completed": false, "priority": 4, "due_date": null}]}}, "difficulty": "hard"}"#;

fn loaded() -> Todo {
    // Lines were broken for reading alone.
    let lines = TASKS.replace('\n', " ").replace("} {\"id\"", "}\n{\"id\"");
    Todo::load(lines.as_bytes(), PROJECTS.as_bytes()).expect("files in their form")
}

fn take(todo: &Todo, state: &mut TodoState, name: &str, input: &str) -> Outcome {
    todo.step(state, &format!("Thought: on.\n\nAction: {name} with Action Input: {input}"))
}

/// Shapes and sentences of `specs/agentgym.md` §1.9.
#[test]
fn results_have_the_shapes_of_the_original() {
    let todo = loaded();
    let (mut state, first) = todo.reset(0).expect("a task");
    assert_eq!(
        first,
        "Now new trial starts.\nYou should perform actions to accomplish the goal: How long does watering take?\nGive me one action."
    );
    let mut see = |name: &str, input: &str| {
        let outcome = take(&todo, &mut state, name, input);
        let text = outcome
            .observation
            .strip_prefix("Observation: ")
            .and_then(|text| text.strip_suffix("\nGive me one action."));
        text.expect("framed").to_owned()
    };
    assert_eq!(see("get_user_current_date", "{}"), "2024-03-02");
    assert_eq!(see("get_user_current_location", "{}"), "Graz");
    assert_eq!(
        see("get_projects", "{}"),
        "[{'id': '3', 'order': 1, 'color': 'teal', 'name': 'Home', 'is_favorite': True}, \
         {'id': '5', 'order': 2, 'color': 'charcoal', 'name': 'Work', 'is_favorite': False}]"
    );
    assert_eq!(
        see("get_tasks", "{\"project_id\": \"3\"}"),
        "[{'id': '1', 'order': 1, 'content': 'Water the fern', 'is_completed': False, 'priority': 2, 'due_date': '2024-03-01'}, \
         {'id': '2', 'order': 2, 'content': 'Call Ann', 'is_completed': True, 'priority': 1, 'due_date': '2024-03-05'}]"
    );
    assert_eq!(
        see("get_task_description", "{'task_id': 1}"),
        "{'id': '1', 'content': 'Water the fern', 'description': 'Not too much.'}"
    );
    assert_eq!(see("get_task_duration", "{'task_id': '1'}"), "60(minute)");
    assert_eq!(
        see("get_task_duration", "{'task_id': '2'}"),
        "ERROR | TypeError('NoneType' object is not subscriptable)"
    );
    assert_eq!(
        see("complete_task", "{'task_id': '4'}"),
        "{'message': 'Complete task successfully.', 'task': {'id': '4', 'order': 1, 'content': 'Write it up', 'priority': 4, 'due_date': None}}"
    );
    assert_eq!(
        see("update_project", "{'project_id': '5', 'is_favorite': True}"),
        "{'message': 'Update the project successfully.', 'project': {'id': '5', 'order': 2, 'color': 'charcoal', 'name': 'Work', 'is_favorite': True}}"
    );
    assert!(see("update_task", "{'task_id': '4', 'due_date': '2024-02-29'}").contains("'due_date': '2024-02-29'"));
    assert!(
        see("delete_task", "{'task_id': '4'}")
            .starts_with("{'message': 'Delete the task successfully.', 'task': {'id': '4',")
    );
    assert_eq!(see("get_tasks", "{'project_id': '5'}"), "[]");
    assert_eq!(see("delete_task", "{'task_id': '4'}"), "Error: there is no task with id 4");
    assert_eq!(see("get_tasks", "{}"), "ERROR | KeyError('project_id')");
    assert_eq!(
        see("update_task", "{'task_id': '1', 'due_date': '2024-02-30'}"),
        "Error: due_date should be a date like 2024-01-31, not 2024-02-30"
    );
    assert_eq!(
        see("update_project", "{'project_id': '5', 'is_favorite': 'yes'}"),
        "Error: is_favorite should be True or False, not 'yes'"
    );
    assert_eq!(see("finish", "{'answer': ['b', 'a']}"), "['a', 'b']");
    assert_eq!(
        see("finish", "{'answer': [1, 'a']}"),
        "ERROR | TypeError('<' not supported between instances of 'str' and 'int')"
    );
    assert_eq!(see("get_weather", "{}"), "ERROR | Invalid action: get_weather.");
    assert!(
        see("check_valid_actions", "{}").starts_with("You can use following valid actions: ['get_user_current_date', ")
    );
}

#[test]
fn a_question_is_rewarded_for_its_answer() {
    let todo = loaded();
    let (mut state, _) = todo.reset(0).expect("a task");
    assert_eq!(take(&todo, &mut state, "get_projects", "{}").reward, 0.0);
    let outcome = take(&todo, &mut state, "finish", "{'answer': '60(minute)'}");
    assert_eq!((outcome.reward, outcome.done), (1.0, true));
    // The call that shows it is a subgoal's value too.
    let (mut state, _) = todo.reset(0).expect("a task");
    assert_eq!(take(&todo, &mut state, "get_task_duration", "{'task_id': '1'}").reward, 1.0);
    // Nobody was to change anything.
    take(&todo, &mut state, "delete_task", "{'task_id': '2'}");
    assert_eq!(take(&todo, &mut state, "finish", "{'answer': '60(minute)'}").reward, 0.0);
}

#[test]
fn changes_are_rewarded_in_part_and_at_the_end_as_a_whole() {
    let todo = loaded();
    let (mut state, _) = todo.reset(1).expect("a task");
    assert_eq!(take(&todo, &mut state, "complete_task", "{'task_id': '1'}").reward, 0.5);
    assert_eq!(todo.step(&mut state, "What now?").reward, 0.5);
    assert_eq!(take(&todo, &mut state, "complete_task", "{'task_id': '9'}").reward, 0.5);
    let mut early = state.clone();
    assert_eq!(take(&todo, &mut early, "finish", "{'answer': ''}").reward, 0.0);
    assert_eq!(take(&todo, &mut state, "update_project", "{'project_id': '5', 'is_favorite': True}").reward, 1.0);
    let mut wrong = state.clone();
    assert_eq!(take(&todo, &mut wrong, "update_task", "{'task_id': '4', 'due_date': '2024-05-05'}").reward, 1.0);
    assert_eq!(take(&todo, &mut wrong, "finish", "{'answer': ''}").reward, 0.0);
    // Any action with "finish" in it is the end, one that fails too.
    let outcome = take(&todo, &mut state, "finish", "{}");
    assert_eq!((outcome.reward, outcome.done), (1.0, true));
    assert_eq!(outcome.observation, "Observation: ERROR | KeyError('answer')\nGive me one action.");
    assert!(todo.plan(&state).is_none());
    assert_eq!(state.opening(), todo.reset(1).expect("a task").1);
}

#[test]
fn files_that_are_none_are_refused_by_line() {
    let refused = |tasks: &str, projects: &str| {
        Todo::load(tasks.as_bytes(), projects.as_bytes()).expect_err("refused").to_string()
    };
    assert!(refused("", "{").starts_with("projects.json is not JSON"));
    assert_eq!(refused("", "{}"), "projects.json has no array of projects");
    assert_eq!(refused("", "[{}]"), "project 1 of projects.json has no name");
    assert_eq!(
        refused("", "[{\"name\": \"a\", \"tasks\": [1]}]"),
        "task 1 of project 1 of projects.json has no content"
    );
    assert_eq!(refused("\n{\"id\": 0}", "[]"), "line 2 of todo.jsonl has no goal");
    assert_eq!(refused("{\"goal\": \"x\", \"subgoals\": []}", "[]"), "line 1 of todo.jsonl has no subgoals");
    let flat = r#"{"projects": [{"id": "7", "name": "A"}, {"name": "B"}], "tasks": [{"content": "x", "project": "B"}, {"content": "y", "project_id": "7"}]}"#;
    let todo = Todo::load(b"{\"goal\": \"x\", \"subgoals\": \"1\"}", flat.as_bytes()).expect("loaded");
    let names: Vec<Vec<&str>> = todo
        .task(0)
        .expect("a task")
        .account
        .projects
        .iter()
        .map(|p| p.items.iter().map(|i| i.content.as_str()).collect())
        .collect();
    assert_eq!(names, [["y"], ["x"]]);
    assert_eq!(todo.splits(), [Split { name: "test", tasks: 0..1, own: true }]);
}

#[test]
fn the_planner_solves_every_task() {
    let todo = Todo::default();
    let (mut solved, mut longest) = (0, 0);
    for task in 0..Environment::tasks(&todo) {
        let (mut state, _) = todo.reset(task).expect("a task");
        let mut steps = 0;
        while !state.done && steps < INFO.max_rounds {
            let action = todo.plan(&state).unwrap_or_else(|| panic!("task {task} after {steps} steps"));
            todo.step(&mut state, &action);
            steps += 1;
        }
        assert_eq!(todo.score(&state), 1.0, "task {task}: {}", state.task.goal);
        (solved, longest) = (solved + 1, longest.max(steps));
    }
    assert_eq!(solved, 240);
    assert!((10..=15).contains(&longest), "{longest}");
}

#[test]
fn tasks_are_many_and_none_is_solved_by_doing_nothing() {
    let todo = Todo::default();
    let tasks: Vec<&Arc<Task>> = (0..Environment::tasks(&todo)).filter_map(|task| todo.task(task)).collect();
    let goals: BTreeSet<&str> = tasks.iter().map(|task| task.goal.as_str()).collect();
    assert_eq!(goals.len(), tasks.len());
    let changing = tasks.iter().filter(|task| task.answer != task.account.state()).count();
    assert!(changing > 80 && tasks.len() - changing > 80, "{changing} of {}", tasks.len());
    let projects = |tasks: &[&Arc<Task>]| -> BTreeSet<String> {
        tasks.iter().map(|task| format!("{:?} {:?}", task.setting, task.account.state())).collect()
    };
    let (train, test) = tasks.split_at(usize::try_from(made::TRAINING).unwrap());
    assert!(projects(train).is_disjoint(&projects(test)));
    for (number, task) in tasks.iter().enumerate() {
        assert!(!task.goal.contains(['{', '}']) && !task.subgoals.is_empty(), "{}", task.goal);
        let (mut state, _) = todo.reset(number as u64).expect("a task");
        let outcome = take(&todo, &mut state, "finish", "{'answer': 'Done.'}");
        assert_eq!((outcome.reward, outcome.done), (0.0, true), "{}", task.goal);
    }
}

/// What goals of some phrasings ask for, worked out from their words and from what the tools show, without the generator.
#[test]
fn answers_are_what_the_words_ask_for() {
    let todo = Todo::default();
    let mut checked = [0; 4];
    for number in 0..Environment::tasks(&todo) {
        let task = Arc::clone(todo.task(number).expect("a task"));
        let quoted: Vec<&str> = task.goal.split('"').skip(1).step_by(2).collect();
        let of_project = |name: &str| {
            let project = task.account.projects.iter().find(|project| project.name == name).expect("a project");
            project.items.iter().map(Item::shown).collect::<Vec<Value>>()
        };
        let changes = || {
            let (before, after) = (task.account.state(), task.answer.clone());
            let list = |state: &Value, key: &str| match state.get(key) {
                Some(Value::List(items)) => items.clone(),
                _ => panic!("{state}"),
            };
            assert_eq!(list(&before, "projects"), list(&after, "projects"));
            let (before, after) = (list(&before, "tasks"), list(&after, "tasks"));
            let gone = before.iter().filter(|item| !after.contains(item)).cloned().collect::<Vec<_>>();
            let new = after.iter().filter(|item| !before.contains(item)).cloned().collect::<Vec<_>>();
            (gone, new)
        };
        if task.goal.starts_with("How many tasks does the project") || task.goal.starts_with("Count the tasks of") {
            assert_eq!(task.subgoals, [Value::Int(of_project(quoted[0]).len() as i64)]);
            checked[0] += 1;
        } else if task.goal.starts_with("Which priority has the task") {
            let item = of_project(quoted[1]).into_iter().find(|item| item.get("content") == Some(&quoted[0].into()));
            assert_eq!(task.subgoals, [item.expect("an item").get("priority").expect("one").clone()]);
            checked[1] += 1;
        } else if task.goal.starts_with("Tick off the task") || task.goal.starts_with("I have done") {
            let (gone, new) = changes();
            assert_eq!((gone.len(), new.len()), (1, 1));
            let of = |item: &Value, key: &str| item.get(key).expect("a field").clone();
            assert_eq!(of(&new[0], "content"), quoted[0].into());
            assert_eq!((of(&gone[0], "is_completed"), of(&new[0], "is_completed")), (false.into(), true.into()));
            checked[2] += 1;
        } else if task.goal.starts_with("Remove the task") {
            let (gone, new) = changes();
            assert_eq!((gone.len(), new.len()), (1, 0));
            assert_eq!(gone[0].get("content"), Some(&quoted[0].into()));
            checked[3] += 1;
        }
    }
    assert!(checked.iter().all(|count| *count > 0), "{checked:?}");
}

/// Goals and answers are the same on every platform and in every version.
#[test]
fn tasks_stay_as_they_are() {
    let todo = Todo::default();
    let shown = |task: u64| {
        let task = todo.task(task).expect("a task");
        (
            task.goal.clone(),
            task.setting.current_date.clone(),
            task.subgoals.iter().map(Value::repr).collect::<Vec<_>>(),
        )
    };
    insta::assert_debug_snapshot!([shown(0), shown(101), shown(239)]);
}

#[test]
fn the_planner_repairs_what_can_be_repaired() {
    let todo = Todo::default();
    for number in [2, 33, 77, 150, 239] {
        let (mut state, _) = todo.reset(number).expect("a task");
        let (project, item) = (&state.account.projects[0], &state.account.projects[4].items[0]);
        let (project, favorite, item) = (project.id.clone(), !project.is_favorite, item.id.clone());
        let flip =
            Call::new("update_project", [("project_id", project.as_str().into()), ("is_favorite", favorite.into())]);
        let date = Call::new("update_task", [("task_id", item.as_str().into()), ("due_date", "2031-01-01".into())]);
        todo.step(&mut state, &flip.text());
        todo.step(&mut state, &date.text());
        let mut steps = 0;
        while !state.done && steps < 20 {
            let action = todo.plan(&state).expect("a way");
            todo.step(&mut state, &action);
            steps += 1;
        }
        assert_eq!(todo.score(&state), 1.0, "{number}: {}", state.task.goal);
    }
    // Nothing brings back what is deleted.
    let (mut state, _) = todo.reset(0).expect("a task");
    let all: Vec<String> = state.account.items().map(|item| item.id.clone()).collect();
    for id in all {
        todo.step(&mut state, &Call::new("delete_task", [("task_id", id.as_str().into())]).text());
    }
    for _ in 0..10 {
        if let Some(action) = todo.plan(&state) {
            todo.step(&mut state, &action);
        }
    }
    assert!(todo.plan(&state).is_none() && !state.done);
}

#[test]
fn the_view_shows_what_changed() {
    let todo = loaded();
    let (mut state, _) = todo.reset(1).expect("a task");
    take(&todo, &mut state, "complete_task", "{'task_id': '1'}");
    take(&todo, &mut state, "delete_task", "{'task_id': '2'}");
    take(&todo, &mut state, "update_project", "{'project_id': '5', 'is_favorite': True}");
    let View::Todo(view) = todo.view(&state) else { panic!("another view") };
    assert_eq!(view.changed, ["5", "1"]);
    assert_eq!(view.deleted.iter().map(|item| item.content.as_str()).collect::<Vec<_>>(), ["Call Ann"]);
    assert_eq!(view.subgoals, (2, 2));
    assert!(
        todo.available_actions(&state)
            .iter()
            .any(|action| action == "Action: complete_task with Action Input: {'task_id': '4'}")
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_action_that_is_offered_is_valid_and_no_order_is_a_panic(
        task in 0_u64..240, picks in proptest::collection::vec(any::<proptest::sample::Index>(), 1..12)
    ) {
        let todo = Todo::default();
        let (mut state, _) = todo.reset(task).expect("a task");
        for pick in picks {
            let actions = todo.available_actions(&state);
            let action = pick.get(&actions);
            let mut other = state.clone();
            let outcome = todo.step(&mut state, action);
            prop_assert!(!outcome.observation.contains("rror"), "{action}: {}", outcome.observation);
            prop_assert_eq!(&todo.step(&mut other, action), &outcome);
            prop_assert_eq!(&other, &state);
            let _ = (todo.plan(&state), todo.view(&state));
        }
    }
}
