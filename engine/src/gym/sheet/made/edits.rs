//! Tasks that change rows, columns and single cells, for any layout unless they say otherwise.

use super::draft::{
    Draft, Kind, at, delete_cols, delete_rows, filter, get_note, header, insert_cols, insert_rows, item, say, sort,
    update_cell, update_note, update_range,
};
use super::table::{DERIVED, Datum, FIRST, GROUP, ITEM, Kind as Of, Layout, RATE, SECOND, Table};
use crate::gym::PythonRandom;

pub(super) const ANY: [Kind; 8] =
    [set_second, set_rate, follow_note, set_range, insert_column, delete_columns, set_and_note, rename_header];

pub(super) const PLAIN: [Kind; 8] =
    [sort_by_number, insert_row, delete_group, rename_group, sort_by_name, delete_small, keep_largest, move_to_top];

/// A value like another, but not the same.
fn other(datum: &Datum, random: &mut PythonRandom) -> Option<Datum> {
    let Datum::Number(kind, number) = datum else { return None };
    let change = match kind {
        Of::Cents => 5 * (1 + random.below(400) as i64),
        Of::Points => 25 * (1 + random.below(80) as i64),
        Of::Text | Of::Whole => 1 + random.below(9) as i64,
    };
    Some(Datum::Number(*kind, number + change))
}

fn name(table: &Table, row: usize) -> String {
    table.rows[row][ITEM].shown()
}

fn set_second(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (row, col) = (item(table, random), [FIRST, SECOND][random.below(2)]);
    let value = other(&table.rows[row][col], random)?;
    let goal = say(
        table,
        random,
        &[
            "In the sheet \"{sheet}\", change the value in the column {col} for {item} to {value}.",
            "The sheet \"{sheet}\" has a mistake: {col} of {item} should be {value}. Correct it.",
        ],
        &[("col", header(table, col)), ("item", &name(table, row)), ("value", &value.short())],
    );
    let mut rows = table.rows.clone();
    rows[row][col] = value;
    Some(Draft { goal, calls: vec![update_cell(row, col, &rows[row][col])], rows })
}

fn set_rate(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let row = item(table, random);
    let value = other(&table.rows[row][RATE], random)?;
    let goal = say(
        table,
        random,
        &[
            "Set {col} of {item} in the sheet \"{sheet}\" to {value}.",
            "In \"{sheet}\", the cell in the row of {item} under {col} should say {value}.",
        ],
        &[("col", header(table, RATE)), ("item", &name(table, row)), ("value", &value.short())],
    );
    let mut rows = table.rows.clone();
    rows[row][RATE] = value;
    Some(Draft { goal, calls: vec![update_cell(row, RATE, &rows[row][RATE])], rows })
}

fn follow_note(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (row, col, right) = &table.note;
    let goal = say(
        table,
        random,
        &[
            "In the sheet \"{sheet}\", the cell {cell} has a note. Put the value that the note states into the cell.",
            "Somebody left a note at {cell} of \"{sheet}\" saying what should be in that cell. Do as it says.",
        ],
        &[("cell", &at(*row, *col))],
    );
    let mut rows = table.rows.clone();
    rows[*row][*col] = right.clone();
    Some(Draft { goal, calls: vec![get_note(*row, *col), update_cell(*row, *col, right)], rows })
}

fn set_range(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (first, col) = (table.items().start + random.below(4), [FIRST, SECOND][random.below(2)]);
    let range = first..first + 3;
    let values: Vec<Datum> = range.clone().map(|row| other(&table.rows[row][col], random)).collect::<Option<_>>()?;
    let words = |texts: Vec<String>| texts.join(", ");
    let goal = say(
        table,
        random,
        &[
            "In \"{sheet}\", set {col} of {items} to {values}, in this order.",
            "Update the column {col} of the sheet \"{sheet}\": the new values for {items} are {values}.",
        ],
        &[
            ("col", header(table, col)),
            ("items", &words(range.clone().map(|row| name(table, row)).collect())),
            ("values", &words(values.iter().map(Datum::short).collect())),
        ],
    );
    let lines: Vec<Vec<Datum>> = values.iter().map(|value| vec![value.clone()]).collect();
    let calls = vec![update_range((first, col), (first + 2, col), &lines)];
    let mut rows = table.rows.clone();
    range.zip(values).for_each(|(row, value)| rows[row][col] = value);
    Some(Draft { goal, calls, rows })
}

fn insert_column(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (title, values) = table.subject.extra;
    let col = [GROUP, FIRST, SECOND, DERIVED][random.below(4)];
    let mut line = vec![Datum::text(title)];
    line.extend(table.items().map(|_| Datum::text(values[random.below(values.len())])));
    let goal = say(
        table,
        random,
        &[
            "Insert a column before the column {col} of the sheet \"{sheet}\". Its header is {title}, and below it, from top \
             to bottom, stand {values}.",
            "The sheet \"{sheet}\" needs a new column {title} directly left of {col}, with the values {values} for its items \
             in order.",
        ],
        &[
            ("col", header(table, col)),
            ("title", title),
            ("values", &line[1..].iter().map(Datum::shown).collect::<Vec<_>>().join(", ")),
        ],
    );
    let calls = vec![insert_cols(std::slice::from_ref(&line), col)];
    line.resize(table.rows.len(), Datum::Blank);
    let mut rows = table.rows.clone();
    rows.iter_mut().zip(line).for_each(|(row, datum)| row.insert(col, datum));
    Some(Draft { goal, calls, rows })
}

fn delete_columns(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (one, two) = (GROUP + random.below(2), SECOND + random.below(2));
    let goal = say(
        table,
        random,
        &[
            "Delete the columns {one} and {two} from the sheet \"{sheet}\".",
            "Nobody needs {one} and {two} in \"{sheet}\" any more: remove both columns.",
        ],
        &[("one", header(table, one)), ("two", header(table, two))],
    );
    let mut rows = table.rows.clone();
    for row in &mut rows {
        row.remove(two);
        row.remove(one);
    }
    Some(Draft { goal, calls: vec![delete_cols([one, two])], rows })
}

fn set_and_note(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let row = item(table, random);
    let value = other(&table.rows[row][SECOND], random)?;
    let goal = say(
        table,
        random,
        &[
            "In \"{sheet}\", leave the note \"{note}\" at the cell for {col} of {item}, and set the cell to {value}.",
            "Note \"{note}\" at the cell in the row {item} and the column {col} of the sheet \"{sheet}\", then change its \
             value to {value}.",
        ],
        &[
            ("note", "checked by hand"),
            ("col", header(table, SECOND)),
            ("item", &name(table, row)),
            ("value", &value.short()),
        ],
    );
    let mut rows = table.rows.clone();
    rows[row][SECOND] = value;
    let calls = vec![update_note(row, SECOND, "checked by hand"), update_cell(row, SECOND, &rows[row][SECOND])];
    Some(Draft { goal, calls, rows })
}

fn rename_header(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let col = [GROUP, FIRST, SECOND, RATE][random.below(4)];
    let new = format!("{} (new)", header(table, col));
    let goal = say(
        table,
        random,
        &[
            "Rename the header {old} of the sheet \"{sheet}\" to {new}.",
            "In the first row of \"{sheet}\", replace {old} by {new}.",
        ],
        &[("old", header(table, col)), ("new", &new)],
    );
    let mut rows = table.rows.clone();
    rows[0][col] = Datum::Text(new);
    Some(Draft { goal, calls: vec![update_cell(0, col, &rows[0][col])], rows })
}

/// Whether no two items have the same value in a column.
fn is_distinct(table: &Table, col: usize) -> bool {
    let mut values: Vec<i64> = table.items().map(|row| table.rows[row][col].number()).collect();
    values.sort_unstable();
    values.windows(2).all(|pair| pair[0] != pair[1])
}

fn sort_by_number(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let col = [FIRST, SECOND][random.below(2)];
    let descending = random.below(2) == 1;
    is_distinct(table, col).then_some(())?;
    let (order, words) = if descending { ("des", "largest first") } else { ("asc", "smallest first") };
    let goal = say(
        table,
        random,
        &[
            "Sort the items of the sheet \"{sheet}\" by {col}, {words}. The header stays on top.",
            "Order the rows below the header of \"{sheet}\" by the column {col}, {words}.",
        ],
        &[("col", header(table, col)), ("words", words)],
    );
    let mut rows = table.rows.clone();
    rows[1..].sort_by_key(|row| if descending { -row[col].number() } else { row[col].number() });
    Some(Draft { goal, calls: sort(col, order).to_vec(), rows })
}

fn sort_by_name(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let goal = say(
        table,
        random,
        &[
            "Put the items of the sheet \"{sheet}\" into the alphabetical order of {col}. The header stays where it is.",
            "Sort \"{sheet}\" by {col} from A to Z, below the header.",
        ],
        &[("col", header(table, ITEM))],
    );
    let mut rows = table.rows.clone();
    rows[1..].sort_by_key(|row| row[ITEM].shown().to_lowercase());
    Some(Draft { goal, calls: sort(ITEM, "asc").to_vec(), rows })
}

fn insert_row(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let used = |name: &&&str| table.items().all(|row| table.rows[row][ITEM] != Datum::text(name));
    let new = table.subject.items.iter().find(used)?;
    let like = item(table, random);
    let before = table.items().start + random.below(4);
    let mut line = table.rows[like].clone();
    line[ITEM] = Datum::text(new);
    line[FIRST] = other(&line[FIRST], random)?;
    line[SECOND] = other(&line[SECOND], random)?;
    let columns = [GROUP, FIRST, SECOND, RATE].map(|col| format!("{} {}", header(table, col), line[col].short()));
    let goal = say(
        table,
        random,
        &[
            "Insert a row for {item} directly above {before} in the sheet \"{sheet}\": {values}; {blank} stays empty.",
            "In \"{sheet}\", add {item} in a new row above that of {before}, with {values} and an empty {blank}.",
        ],
        &[
            ("item", new),
            ("before", &name(table, before)),
            ("values", &columns.join(", ")),
            ("blank", header(table, DERIVED)),
        ],
    );
    let calls = vec![insert_rows(std::slice::from_ref(&line), before)];
    let mut rows = table.rows.clone();
    rows.insert(before, line);
    Some(Draft { goal, calls, rows })
}

/// The rows of items for which something holds, if there are some and not all of them at the end.
fn chosen(table: &Table, holds: impl Fn(&[Datum]) -> bool) -> Option<Vec<usize>> {
    let rows: Vec<usize> = table.items().filter(|row| holds(&table.rows[*row])).collect();
    (!rows.is_empty() && rows.len() <= 4).then_some(rows)
}

fn without(table: &Table, deleted: &[usize]) -> Vec<Vec<Datum>> {
    let kept = table.rows.iter().enumerate().filter(|(row, _)| !deleted.contains(row));
    kept.map(|(_, row)| row.clone()).collect()
}

fn delete_group(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let group = &table.rows[item(table, random)][GROUP];
    let deleted = chosen(table, |row| row[GROUP] == *group)?;
    let group = group.shown();
    let goal = say(
        table,
        random,
        &[
            "Delete every row of the sheet \"{sheet}\" whose {col} is {group}.",
            "Remove all items with {group} under {col} from \"{sheet}\", row by row.",
        ],
        &[("col", header(table, GROUP)), ("group", &group)],
    );
    let rows = without(table, &deleted);
    Some(Draft { goal, calls: vec![filter(&group, GROUP), delete_rows(deleted)], rows })
}

fn delete_small(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let col = [FIRST, SECOND][random.below(2)];
    let limit = &table.rows[item(table, random)][col];
    let deleted = chosen(table, |row| row[col].number() < limit.number())?;
    let goal = say(
        table,
        random,
        &[
            "Delete all rows of \"{sheet}\" in which {col} is less than {limit}.",
            "In the sheet \"{sheet}\", keep only items with a {col} of at least {limit}; delete the rows of the others.",
        ],
        &[("col", header(table, col)), ("limit", &limit.short())],
    );
    let rows = without(table, &deleted);
    Some(Draft { goal, calls: vec![delete_rows(deleted)], rows })
}

fn rename_group(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let group = table.rows[item(table, random)][GROUP].clone();
    let renamed = chosen(table, |row| row[GROUP] == group)?;
    let new = Datum::Text(format!("{} 2", group.shown()));
    let goal = say(
        table,
        random,
        &[
            "In the sheet \"{sheet}\", {old} is now called {new}. Change every cell of the column {col} that says {old}.",
            "Replace {old} by {new} wherever it stands under {col} in \"{sheet}\".",
        ],
        &[("col", header(table, GROUP)), ("old", &group.shown()), ("new", &new.shown())],
    );
    let mut calls = vec![filter(&group.shown(), GROUP)];
    calls.extend(renamed.iter().map(|row| update_cell(*row, GROUP, &new)));
    let mut rows = table.rows.clone();
    renamed.into_iter().for_each(|row| rows[row][GROUP] = new.clone());
    Some(Draft { goal, calls, rows })
}

fn keep_largest(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let col = [FIRST, SECOND][random.below(2)];
    is_distinct(table, col).then_some(())?;
    let goal = say(
        table,
        random,
        &[
            "Reduce the sheet \"{sheet}\" to its header and the four items with the largest {col}, the largest first.",
            "Only the four items of \"{sheet}\" with the highest {col} should be left, sorted from high to low below the \
             header.",
        ],
        &[("col", header(table, col))],
    );
    let mut rows = table.rows.clone();
    rows[1..].sort_by_key(|row| -row[col].number());
    let mut calls = sort(col, "des").to_vec();
    calls.push(delete_rows(5..rows.len()));
    rows.truncate(5);
    Some(Draft { goal, calls, rows })
}

fn move_to_top(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let from = item(table, random);
    (from > 1 && table.layout == Layout::Plain).then_some(())?;
    let goal = say(
        table,
        random,
        &[
            "Move the row of {item} in the sheet \"{sheet}\" directly below the header.",
            "{item} should come first among the items of \"{sheet}\". Move its row; the others keep their order.",
        ],
        &[("item", &name(table, from))],
    );
    let mut rows = table.rows.clone();
    let line = rows.remove(from);
    let calls = vec![delete_rows([from]), insert_rows(std::slice::from_ref(&line), 1)];
    rows.insert(1, line);
    Some(Draft { goal, calls, rows })
}
