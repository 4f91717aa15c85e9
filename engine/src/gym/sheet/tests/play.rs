//! Calls, rewards, and the tasks.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::*;

/// A workbook and tasks in the forms that are loaded. Made up.
const WORKBOOK: &str = r#"{"sheets": [
    {"name": "Sheet1", "cells": [["Tea", "Price"], ["Assam", {"value": 25, "format": "0.00", "note": "per kilo"}], ["Oolong", null]], "merges": []},
    {"name": "Answer1", "cells": [["Tea", "Price"], ["Assam", "25.00"], ["Oolong", {"value": 0.2, "format": "0.00%"}]]},
    {"name": "Sheet12", "cells": [["a", "b"], ["", "c"]], "merges": ["A1:A2"]}
]}"#;

const TASKS: &str = r#"{"id": 0, "goal": "In Sheet1, the price of Oolong is 20%.", "subgoals": "", "additional_info": {"answer": "", "init_config": null}}
{"id": 1, "goal": "Fix \"Sheet12\".", "additional_info": {"answer": [["a", "b"], ["a", 7]]}}
{"id": 2, "goal": "Turn Sheet12 into Answer1", "additional_info": {"answer": "Answer1"}}"#;

fn loaded() -> Sheet {
    Sheet::load(TASKS.as_bytes(), Source::from_json(WORKBOOK.as_bytes()).expect("a workbook")).expect("tasks")
}

fn take(sheet: &Sheet, state: &mut SheetState, name: &str, input: &str) -> Outcome {
    sheet.step(state, &format!("Thought: on.\n\nAction: {name} with Action Input: {input}"))
}

fn see(sheet: &Sheet, state: &mut SheetState, name: &str, input: &str) -> String {
    let outcome = take(sheet, state, name, input);
    let text =
        outcome.observation.strip_prefix("Observation: ").and_then(|text| text.strip_suffix("\nGive me one action."));
    text.expect("framed").to_owned()
}

fn is_error(outcome: &Outcome) -> bool {
    ["Observation: ERROR", "Observation: Error", "Format error"]
        .iter()
        .any(|start| outcome.observation.starts_with(start))
}

#[test]
fn tools_answer_as_described() {
    let sheet = loaded();
    let (mut state, first) = sheet.reset(0).expect("a task");
    let goal = "Now new trial starts.\nYou should perform actions to accomplish the goal: In Sheet1, the price of Oolong is 20%.\nGive me one action.";
    assert_eq!((first.as_str(), state.opening().as_str()), (goal, goal));
    let mut see = |name: &str, input: &str| see(&sheet, &mut state, name, input);
    assert_eq!(see("get_all_values", "{}"), "Please open a sheet before operating it");
    assert_eq!(see("update_cell", "{'position': 'A1', 'value': 1}"), "Please open a sheet before operating it");
    assert_eq!(see("open_sheet", "{'name': 'Answer1'}"), "Error: there is no sheet named Answer1");
    assert_eq!(see("open_sheet", "{'name': 'Sheet1'}"), "You have opened the sheet Sheet1.");
    assert_eq!(see("get_all_values", "{}"), "[['Tea', 'Price'], ['Assam', '25.00'], ['Oolong', '']]");
    assert_eq!(see("get_range_values", "{'start_position': 'B2', 'end_position': 'C2'}"), "[['25.00', '']]");
    assert_eq!(see("get_cell_value", "{'position': 'B2'}"), "25.00");
    assert_eq!(see("get_note", "{'position': 'B2'}"), "per kilo");
    assert_eq!(see("get_A1_annotation", "{'row': 3, 'col': 2}"), "B3");
    assert_eq!(
        see("filter_cells", "{'query': '^[AO]', 'in_column': 1}"),
        "[{'position': 'A2', 'value': 'Assam'}, {'position': 'A3', 'value': 'Oolong'}]"
    );
    assert_eq!(
        see("filter_cells", "{'query': 'a', 'in_row': 2, 'in_column': None}"),
        "[{'position': 'A2', 'value': 'Assam'}]"
    );
    assert_eq!(
        see("get_value_by_formula", "{'start_position': 'B2', 'end_position': 'B3', 'operator': 'AVERAGE'}"),
        "25.00"
    );
    assert_eq!(see("get_value_by_formula", "{'position_list': ['B2', 'B3'], 'operator': 'MINUS'}"), "25.00");
    assert_eq!(see("update_cell", "{'position': 'B3', 'value': '20.00%'}"), "{'B3': '20.00%'}");
    assert_eq!(
        see(
            "update_cell_by_formula",
            "{'start_position': 'B2', 'end_position': 'B3', 'result_position': 'C1', 'operator': 'SUM'}"
        ),
        "{'C1': '25.20'}"
    );
    assert_eq!(see("update_range", "{'start': 'A2', 'end': 'A3', 'values_list': [['x'], ['y']]}"), "[['x'], ['y']]");
    assert_eq!(
        see("insert_rows", "{'values_list': [['z', 3]], 'row_idx': 2}"),
        "[['Tea', 'Price', '25.20'], ['z', '3.00', ''], ['x', '25.00', ''], ['y', '20.00%', '']]"
    );
    assert_eq!(
        see("insert_cols", "{'values_list': [['n', 1]], 'col_idx': 1}"),
        "[['n', 'Tea', 'Price', '25.20'], ['1', 'z', '3.00', ''], ['', 'x', '25.00', ''], ['', 'y', '20.00%', '']]"
    );
    assert_eq!(
        see("delete_batch_data", "{'dimension': 'col', 'index_list': [1, 4]}"),
        "[['Tea', 'Price'], ['z', '3.00'], ['x', '25.00'], ['y', '20.00%']]"
    );
    assert_eq!(
        see("freeze_data", "{'dimension': 'rows', 'num': 1}"),
        "[['Tea', 'Price'], ['z', '3.00'], ['x', '25.00'], ['y', '20.00%']]"
    );
    assert_eq!(
        see("sort_sheet_by_col", "{'col_num': 2, 'order': 'des'}"),
        "[['Tea', 'Price'], ['x', '25.00'], ['z', '3.00'], ['y', '20.00%']]"
    );
    assert_eq!(
        see("merge_cells", "{'start_position': 'A2', 'end_position': 'A3'}"),
        "[['Tea', 'Price'], ['x', '25.00'], ['x', '3.00'], ['y', '20.00%']]"
    );
    assert_eq!(see("update_note", "{'position': 'A1', 'content': 'hello'}"), "The note of A1 is updated.");
    assert_eq!(see("get_note", "{'position': 'A1'}"), "hello");
    assert_eq!(
        see("get_cell_value", "{'position': 'b2'}"),
        "Error: a position is a capital letter and a row's number, like B3, not b2"
    );
    assert_eq!(see("get_cell_value", "{}"), "ERROR | KeyError('position')");
    assert_eq!(
        see("sort_sheet_by_col", "{'col_num': 1, 'order': 'asc'}"),
        "Error: rows with merged cells cannot be sorted"
    );
    assert_eq!(
        see("update_cell", "{'position': 'A1', 'value': '=A2*2'}"),
        "Error: the formula =A2*2 is not understood: only OPERATOR(cells) is, as in =SUM(A1:B2)"
    );
    assert_eq!(
        see("update_range", "{'start_position': 'A2', 'end_position': 'A2', 'values_list': [[1, 2]]}"),
        "Error: values_list does not fit into A2:A2"
    );
    assert_eq!(
        see("delete_batch_data", "{'dimension': 'row', 'index_list': [0]}"),
        "Error: index_list should be a list of positive integers, not [0]"
    );
    assert_eq!(see("del_sheet", "{'name': 'Sheet1'}"), "You have deleted the sheet Sheet1.");
    assert_eq!(see("get_all_values", "{}"), "Please open a sheet before operating it");
    assert!(
        see("check_valid_actions", "{}")
            .starts_with("You can use following valid actions: ['open_sheet', 'del_sheet', ")
    );
}

#[test]
fn the_reward_is_the_best_agreement_so_far() {
    let sheet = loaded();
    let (mut state, _) = sheet.reset(0).expect("a task");
    assert_eq!(sheet.step(&mut state, "What now?").reward, 0.0);
    // Five of six cells agree from the beginning, and an error counts them too.
    assert_eq!(take(&sheet, &mut state, "no_such_tool", "{}").reward, 5.0 / 6.0);
    take(&sheet, &mut state, "open_sheet", "{'name': 'Sheet1'}");
    assert_eq!(take(&sheet, &mut state, "update_cell", "{'position': 'A1', 'value': 'Coffee'}").reward, 5.0 / 6.0);
    assert_eq!(take(&sheet, &mut state, "update_cell", "{'position': 'A1', 'value': 'Tea'}").reward, 5.0 / 6.0);
    let outcome = take(&sheet, &mut state, "update_cell", "{'position': 'B3', 'value': '20.00%'}");
    assert_eq!((outcome.reward, outcome.done, state.is_exact()), (1.0, false, true));
    assert_eq!(take(&sheet, &mut state, "del_sheet", "{'name': 'Sheet1'}").reward, 1.0);
    assert_eq!(
        take(&sheet, &mut state, "FINISH", "{}"),
        Outcome {
            observation: "Observation: ERROR | Invalid action: FINISH.\nGive me one action.".to_owned(),
            reward: 1.0,
            done: true
        }
    );
}

/// A quirk that is kept: only cells that both have are compared.
#[test]
fn what_only_one_has_is_not_compared() {
    let rows = |rows: &[&[&str]]| {
        rows.iter().map(|row| row.iter().map(|text| (*text).to_owned()).collect()).collect::<Vec<Vec<String>>>()
    };
    let answer = rows(&[&["a", "b"], &["c", "d"]]);
    assert_eq!(agreement(&rows(&[&["a"]]), &answer), 1.0);
    assert_eq!(agreement(&rows(&[&["a", "b", "x"], &["c", "x", "x"], &["x", "x", "x"]]), &answer), 0.75);
    assert_eq!(agreement(&rows(&[]), &answer), 0.0);
    assert_eq!(agreement(&rows(&[&[]]), &answer), 0.0);
    let sheet = Sheet::default();
    let (mut state, _) = sheet.reset(0).expect("a task");
    let name = state.task.sheet.clone();
    take(&sheet, &mut state, "open_sheet", &format!("{{'name': '{name}'}}"));
    take(&sheet, &mut state, "delete_batch_data", "{'dimension': 'row', 'index_list': [2, 3, 4, 5, 6, 7, 8, 9, 10]}");
    assert!(sheet.score(&state) == 1.0 && !state.is_exact());
}

#[test]
fn files_are_loaded_or_refused_by_name() {
    let sheet = loaded();
    assert_eq!(sheet.task(1).expect("a task").answer, [["a", "b"], ["a", "7"]]);
    assert_eq!(sheet.task(1).expect("a task").sheet, "Sheet12");
    assert_eq!(sheet.task(2).expect("a task").answer[2], ["Oolong", "20.00%"]);
    let (state, _) = sheet.reset(1).expect("a task");
    assert_eq!(state.values(), [["a", "b"], ["a", "c"]]);
    assert_eq!(state.desk.workbook.names().collect::<Vec<_>>(), ["Sheet1", "Sheet12"]);
    assert_eq!(sheet.plan(&state), None);
    let refused = |workbook: &str| Source::from_json(workbook.as_bytes()).expect_err("refused").to_string();
    assert!(refused("{").starts_with("the workbook is not JSON"));
    assert_eq!(refused("{}"), "the workbook has no sheets");
    assert_eq!(refused(r#"{"sheets": [{"name": "S", "cells": [[[]]]}]}"#), "S has no value for a cell");
    assert_eq!(refused(r#"{"sheets": [{"name": "S", "cells": [], "merges": ["A"]}]}"#), "S has no area for a merge");
    let of = |tasks: &str, name: &str| {
        Sheet::load(tasks.as_bytes(), vec![Source::from_csv(name, b"a,b\n1,2\n")]).map(|_| ())
    };
    assert_eq!(
        of(r#"{"goal": "Do S1"}"#, "S").expect_err("refused").to_string(),
        "line 1 of sheet.jsonl has no sheet of the workbook in its goal"
    );
    assert_eq!(of(r#"{"goal": "Do S"}"#, "S").expect_err("refused").to_string(), "line 1 of sheet.jsonl has no answer");
    let overlapping = Source {
        name: "S".to_owned(),
        cells: vec![],
        merges: vec![Area::parse("A1:B2").unwrap(), Area::parse("B2:C3").unwrap()],
    };
    assert_eq!(
        Sheet::load(b"", vec![overlapping]).expect_err("refused").to_string(),
        "the sheet S: the area overlaps merged cells"
    );
}

#[test]
fn commas_and_quotes_are_read() {
    let source = Source::from_csv("S", "\u{feff}a,\"b, \"\"c\"\"\"\r\n12.50,\"x\ny\"\n".as_bytes());
    let texts: Vec<Vec<Content>> =
        source.cells.iter().map(|row| row.iter().map(|cell| cell.content.clone()).collect()).collect();
    let text = |text: &str| Content::Text(text.to_owned());
    assert_eq!(texts, [[text("a"), text("b, \"c\"")], [Content::Number(12.5), text("x\ny")]]);
}

#[test]
fn the_planner_solves_every_task_exactly() {
    let sheet = Sheet::default();
    let (mut solved, mut longest) = (0, 0);
    for task in 0..Environment::tasks(&sheet) {
        let (mut state, _) = sheet.reset(task).expect("a task");
        let mut steps = 0;
        while !state.done && steps < INFO.max_rounds {
            let action = sheet.plan(&state).unwrap_or_else(|| panic!("task {task} after {steps} steps"));
            let outcome = sheet.step(&mut state, &action);
            assert!(!is_error(&outcome), "{task}: {action}: {}", outcome.observation);
            steps += 1;
        }
        // The answer was computed from exact tables, without the tools.
        assert_eq!(state.values(), state.task.answer, "task {task}: {}", state.task.goal);
        assert_eq!(sheet.score(&state), 1.0, "task {task}: {}", state.task.goal);
        (solved, longest) = (solved + 1, longest.max(steps));
    }
    assert_eq!(solved, 100);
    assert!((8..=14).contains(&longest), "{longest}");
}

#[test]
fn tasks_are_many_and_none_is_solved_by_doing_nothing() {
    let sheet = Sheet::default();
    let tasks: Vec<&Arc<Task>> = (0..Environment::tasks(&sheet)).filter_map(|task| sheet.task(task)).collect();
    let goals: BTreeSet<&str> = tasks.iter().map(|task| task.goal.as_str()).collect();
    assert_eq!(goals.len(), tasks.len());
    let sheets = |tasks: &[&Arc<Task>]| tasks.iter().map(|task| task.sheet.clone()).collect::<BTreeSet<String>>();
    assert!(sheets(&tasks).len() >= 20);
    let (train, test) = tasks.split_at(usize::try_from(made::TRAINING).unwrap());
    assert!(sheets(train).is_disjoint(&sheets(test)) && !test.is_empty());
    let used: BTreeSet<&str> = tasks.iter().flat_map(|task| task.route.iter().map(|call| call.name.as_str())).collect();
    assert!(used.len() >= 15, "{used:?}");
    let cells =
        |text: &str| tasks.iter().filter(|task| task.answer.concat().iter().any(|cell| cell.ends_with(text))).count();
    assert!(cells(".00") > 20 && cells("0%") > 20);
    for (number, task) in tasks.iter().enumerate() {
        assert!(!task.goal.contains(['{', '}']) && task.goal.contains(&task.sheet), "{}", task.goal);
        let (mut state, _) = sheet.reset(number as u64).expect("a task");
        assert!(take(&sheet, &mut state, "finish", "{}").reward < 1.0, "{}", task.goal);
    }
}

/// Goals and answers are the same on every platform and in every version.
#[test]
fn tasks_stay_as_they_are() {
    let sheet = Sheet::default();
    let shown = |task: u64| {
        let task = sheet.task(task).expect("a task");
        (task.goal.clone(), task.answer.iter().map(|row| row.join(" | ")).collect::<Vec<_>>())
    };
    insta::assert_debug_snapshot!([shown(0), shown(37), shown(99)]);
}

#[test]
fn the_planner_repairs_cells_and_surplus_lines() {
    let sheet = Sheet::default();
    let play = |state: &mut SheetState| {
        for _ in 0..25 {
            let Some(action) = sheet.plan(state).filter(|_| !state.done) else { break };
            sheet.step(state, &action);
        }
    };
    for number in 0..Environment::tasks(&sheet) {
        let (mut state, _) = sheet.reset(number).expect("a task");
        for _ in 0..number % 4 {
            let action = sheet.plan(&state).expect("a way");
            sheet.step(&mut state, &action);
        }
        let name = state.task.sheet.clone();
        take(&sheet, &mut state, "open_sheet", &format!("{{'name': '{name}'}}"));
        take(&sheet, &mut state, "update_cell", "{'position': 'A2', 'value': 'oops'}");
        take(&sheet, &mut state, "update_cell", "{'position': 'K12', 'value': 'oops'}");
        take(&sheet, &mut state, "freeze_data", "{'dimension': 'col', 'num': 2}");
        play(&mut state);
        assert!(state.done && state.is_exact(), "{number}: {:?} {:?}", state.values(), state.task.answer);
    }
    let (mut state, _) = sheet.reset(0).expect("a task");
    let name = state.task.sheet.clone();
    take(&sheet, &mut state, "del_sheet", &format!("{{'name': '{name}'}}"));
    assert_eq!(sheet.plan(&state), None);
}

#[test]
fn the_view_shows_notes_merges_and_what_changed() {
    let sheet = loaded();
    let (mut state, _) = sheet.reset(0).expect("a task");
    take(&sheet, &mut state, "open_sheet", "{'name': 'Sheet1'}");
    take(
        &sheet,
        &mut state,
        "update_cell_by_formula",
        "{'position_list': ['B2'], 'result_position': 'B3', 'operator': 'SUM'}",
    );
    take(&sheet, &mut state, "merge_cells", "{'start_position': 'A2', 'end_position': 'A3'}");
    let View::Sheet(view) = sheet.view(&state) else { panic!("another view") };
    assert_eq!((view.name.as_str(), view.is_open, view.sheets.len()), ("Sheet1", true, 2));
    assert_eq!(
        view.cells[1][1],
        CellView { text: "25.00".to_owned(), note: "per kilo".to_owned(), is_formula: false, changed: false }
    );
    assert_eq!(
        view.cells[2][1],
        CellView { text: "25.00".to_owned(), note: String::new(), is_formula: true, changed: true }
    );
    assert_eq!(view.merges, [Area::parse("A2:A3").unwrap()]);
}

/// Calls of every tool with arguments of every kind.
fn calls() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("'A1'".to_owned()),
        Just("'Z1000'".to_owned()),
        Just("'B3'".to_owned()),
        Just("-1".to_owned()),
        Just("999".to_owned()),
        Just("None".to_owned()),
        Just("[['x', 2.5], [None]]".to_owned()),
        Just("[1, 3, 9]".to_owned()),
        Just("['A1', 'B2']".to_owned()),
        Just("'SUM'".to_owned()),
        Just("'MINUS'".to_owned()),
        Just("'row'".to_owned()),
        Just("'col'".to_owned()),
        Just("'asc'".to_owned()),
        Just("'=SUM(A1:B9)'".to_owned()),
        Just("{}".to_owned()),
        Just("'a*'".to_owned()),
        Just("True".to_owned()),
        Just("1e308".to_owned()),
        Just("26".to_owned()),
    ];
    const KEYS: [&str; 18] = [
        "name",
        "dimension",
        "num",
        "row",
        "col",
        "values_list",
        "col_idx",
        "row_idx",
        "index_list",
        "position",
        "value",
        "start_position",
        "end_position",
        "position_list",
        "result_position",
        "operator",
        "query",
        "content",
    ];
    let arguments = proptest::collection::vec(value, KEYS.len() + 4);
    (0..TOOLS.names.len(), arguments).prop_map(|(tool, values)| {
        let keys = KEYS.into_iter().chain(["col_num", "order", "in_row", "in_column"]);
        let input: Vec<String> = keys.zip(values).map(|(key, value)| format!("'{key}': {value}")).collect();
        format!("Action: {} with Action Input: {{{}}}", TOOLS.names[tool], input.join(", "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_call_is_a_panic_and_states_repeat(task in 0_u64..100, calls in proptest::collection::vec(calls(), 1..10)) {
        let sheet = Sheet::default();
        let (mut state, _) = sheet.reset(task).expect("a task");
        state.desk.open = Some(state.task.sheet.clone());
        let mut best = 0.0;
        for call in calls {
            let mut other = state.clone();
            let outcome = sheet.step(&mut state, &call);
            prop_assert_eq!(&sheet.step(&mut other, &call), &outcome);
            prop_assert_eq!(&other, &state);
            prop_assert!(outcome.reward >= best);
            best = outcome.reward;
        }
        let _ = (sheet.plan(&state), sheet.view(&state), sheet.available_actions(&state));
    }
}
