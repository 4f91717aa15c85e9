//! Tasks that compute, and tasks that merge.

use super::draft::{
    Draft, Kind, compute, compute_of, delete_rows, filter, header, item, merge, say, update_cell, value_of,
};
use super::table::{DERIVED, Datum, FIRST, GROUP, ITEM, Kind as Of, SECOND, Table};
use super::words::Derived;
use crate::gym::PythonRandom;
use crate::gym::tool::Call;

/// For sheets that have a row for totals.
pub(super) const TOTALS: [Kind; 9] =
    [total, average, largest, fill_and_total, smallest, both_totals, count, delete_and_total, spread];

/// For sheets that have none.
pub(super) const PLAIN: [Kind; 2] = [fill, fill_two];

/// For sheets in groups.
pub(super) const GROUPED: [Kind; 4] = [merge_groups, merge_one, merge_and_fill, merge_and_fix];

fn numbers(table: &Table, col: usize) -> Vec<i64> {
    table.items().map(|row| table.rows[row][col].number()).collect()
}

fn last(table: &Table) -> usize {
    table.rows.len() - 1
}

/// One operator over a column, into the totals.
fn into_totals(
    table: &Table,
    random: &mut PythonRandom,
    operator: &str,
    phrases: &[&str],
    value: fn(&[i64]) -> i64,
) -> Option<Draft> {
    let col = [FIRST, SECOND][random.below(2)];
    // A mean of whole numbers has digits that nobody asks for.
    (operator != "AVERAGE" || table.kinds[col] == Of::Cents).then_some(())?;
    let kind = if operator == "COUNT" { Of::Whole } else { table.kinds[col] };
    (operator != "COUNT" || table.kinds[col] == Of::Whole).then_some(())?;
    let mut rows = table.rows.clone();
    let row = last(table);
    rows[row][col] = Datum::Number(kind, value(&numbers(table, col)));
    let goal = say(table, random, phrases, &[("col", header(table, col))]);
    Some(Draft { goal, calls: vec![compute(operator, col, table.items(), (row, col))], rows })
}

fn total(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let phrases = [
        "Put the sum of {col} over all items of \"{sheet}\" into the row Total.",
        "The cell under {col} in the last row of the sheet \"{sheet}\" should have the total of the column.",
    ];
    into_totals(table, random, "SUM", &phrases, |numbers| numbers.iter().sum())
}

fn average(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let phrases = [
        "In \"{sheet}\", put the average of {col} over all items into the last row, below the column.",
        "Compute the mean of the column {col} of \"{sheet}\" and write it into the row Total.",
    ];
    into_totals(table, random, "AVERAGE", &phrases, |numbers| {
        let (sum, count) = (numbers.iter().sum::<i64>(), numbers.len() as i64);
        (2 * sum + count).div_euclid(2 * count)
    })
}

fn largest(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let phrases = [
        "Write the largest value of {col} of the sheet \"{sheet}\" into the cell of that column in the last row.",
        "In the row Total of \"{sheet}\", the column {col} should have the maximum of the items.",
    ];
    into_totals(table, random, "MAX", &phrases, |numbers| numbers.iter().copied().max().unwrap_or_default())
}

fn smallest(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let phrases = [
        "Write the smallest value of {col} of the sheet \"{sheet}\" into the cell of that column in the last row.",
        "In the row Total of \"{sheet}\", the column {col} should have the minimum of the items.",
    ];
    into_totals(table, random, "MIN", &phrases, |numbers| numbers.iter().copied().min().unwrap_or_default())
}

fn count(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let phrases = [
        "How many items of \"{sheet}\" have a number under {col}? Put the count into that column's cell of the last row.",
        "Count the numbers in the column {col} of the sheet \"{sheet}\" and put the result into the row Total.",
    ];
    into_totals(table, random, "COUNT", &phrases, |numbers| numbers.len() as i64)
}

fn both_totals(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let row = last(table);
    let mut rows = table.rows.clone();
    for col in [FIRST, SECOND] {
        rows[row][col] = Datum::Number(table.kinds[col], numbers(table, col).iter().sum());
    }
    let goal = say(
        table,
        random,
        &[
            "Fill in the row Total of \"{sheet}\" for {one} and {two} with the sums of the items.",
            "The sheet \"{sheet}\" lacks the totals of {one} and of {two}. Put both into its last row.",
        ],
        &[("one", header(table, FIRST)), ("two", header(table, SECOND))],
    );
    let calls = [FIRST, SECOND].map(|col| compute("SUM", col, table.items(), (row, col)));
    Some(Draft { goal, calls: calls.to_vec(), rows })
}

fn spread(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (col, row) = ([FIRST, SECOND][random.below(2)], last(table));
    let numbers = numbers(table, col);
    let value = Datum::Number(table.kinds[col], numbers.iter().max()? - numbers.iter().min()?);
    let goal = say(
        table,
        random,
        &[
            "By how much do the largest and the smallest {col} in \"{sheet}\" differ? Put the difference into the cell of \
             that column in the last row.",
            "In the row Total of the sheet \"{sheet}\", write under {col} the maximum of the items less their minimum.",
        ],
        &[("col", header(table, col))],
    );
    let calls =
        vec![value_of("MAX", col, table.items()), value_of("MIN", col, table.items()), update_cell(row, col, &value)];
    let mut rows = table.rows.clone();
    rows[row][col] = value;
    Some(Draft { goal, calls, rows })
}

fn operator(table: &Table) -> &'static str {
    match table.subject.derived.1 {
        Derived::Product => "PRODUCT",
        Derived::Minus => "MINUS",
        Derived::Sum => "SUM",
    }
}

/// How people say what is to be computed.
fn rule(table: &Table) -> String {
    let (one, two) = (header(table, FIRST), header(table, SECOND));
    match table.subject.derived.1 {
        Derived::Product => format!("{one} times {two}"),
        Derived::Minus => format!("{one} minus {two}"),
        Derived::Sum => format!("{one} plus {two}"),
    }
}

fn fill_row(table: &Table, row: usize) -> Call {
    compute_of(operator(table), &[(row, FIRST), (row, SECOND)], (row, DERIVED))
}

fn fill(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let goal = say(
        table,
        random,
        &[
            "Fill in the column {col} of the sheet \"{sheet}\" for all items: it is {rule}.",
            "In \"{sheet}\", compute {col} as {rule} in every row of an item.",
        ],
        &[("col", header(table, DERIVED)), ("rule", &rule(table))],
    );
    let mut rows = table.rows.clone();
    table.items().for_each(|row| rows[row][DERIVED] = table.derived(row));
    Some(Draft { goal, calls: table.items().map(|row| fill_row(table, row)).collect(), rows })
}

fn fill_two(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (one, two) = (item(table, random), item(table, random));
    (one < two).then_some(())?;
    let goal = say(
        table,
        random,
        &[
            "Compute {col} in \"{sheet}\" for {one} and {two} only: it is {rule}.",
            "The sheet \"{sheet}\" should have {col}, which is {rule}, for {one} and for {two}; leave the other rows empty.",
        ],
        &[
            ("col", header(table, DERIVED)),
            ("rule", &rule(table)),
            ("one", &table.rows[one][ITEM].shown()),
            ("two", &table.rows[two][ITEM].shown()),
        ],
    );
    let mut rows = table.rows.clone();
    [one, two].into_iter().for_each(|row| rows[row][DERIVED] = table.derived(row));
    Some(Draft { goal, calls: [one, two].map(|row| fill_row(table, row)).to_vec(), rows })
}

fn fill_and_total(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let goal = say(
        table,
        random,
        &[
            "Fill in {col} for every item of \"{sheet}\", which is {rule}, and put its sum into the row Total.",
            "Complete the column {col} of the sheet \"{sheet}\": {rule} in each row of an item, and the total below.",
        ],
        &[("col", header(table, DERIVED)), ("rule", &rule(table))],
    );
    let mut rows = table.rows.clone();
    table.items().for_each(|row| rows[row][DERIVED] = table.derived(row));
    let sum = table.items().map(|row| rows[row][DERIVED].number()).sum();
    rows[last(table)][DERIVED] = Datum::Number(table.kinds[DERIVED], sum);
    let mut calls: Vec<Call> = table.items().map(|row| fill_row(table, row)).collect();
    calls.push(compute("SUM", DERIVED, table.items(), (last(table), DERIVED)));
    Some(Draft { goal, calls, rows })
}

fn delete_and_total(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let (deleted, col) = (item(table, random), [FIRST, SECOND][random.below(2)]);
    let name = table.rows[deleted][ITEM].shown();
    let goal = say(
        table,
        random,
        &[
            "Delete the row of {item} from the sheet \"{sheet}\", then put the sum of {col} over the remaining items into the \
             row Total.",
            "{item} is to be removed from \"{sheet}\". After that, fill in the total of {col} in the last row.",
        ],
        &[("item", &name), ("col", header(table, col))],
    );
    let sum = numbers(table, col).iter().sum::<i64>() - table.rows[deleted][col].number();
    let mut rows = table.rows.clone();
    rows.remove(deleted);
    let row = rows.len() - 1;
    rows[row][col] = Datum::Number(table.kinds[col], sum);
    let calls = vec![filter(&name, ITEM), delete_rows([deleted]), compute("SUM", col, 1..row, (row, col))];
    Some(Draft { goal, calls, rows })
}

/// Runs of rows that belong to a group: its first has the name, the others are blank.
fn runs(table: &Table) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for row in table.items() {
        match runs.last_mut() {
            Some((_, last)) if table.rows[row][GROUP] == Datum::Blank => *last = row,
            _ => runs.push((row, row)),
        }
    }
    runs
}

/// Merged cells show their first one's text.
fn repeated(rows: &mut [Vec<Datum>], (first, last): (usize, usize)) {
    let name = rows[first][GROUP].clone();
    rows[first..=last].iter_mut().for_each(|row| row[GROUP] = name.clone());
}

fn merges(runs: &[(usize, usize)]) -> impl Iterator<Item = Call> {
    runs.iter().map(|(first, last)| merge((*first, GROUP), (*last, GROUP)))
}

fn merge_groups(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let runs = runs(table);
    let goal = say(
        table,
        random,
        &[
            "In the sheet \"{sheet}\", each {col} stands in the first of its rows only. Merge each of them with the empty \
             cells below it.",
            "Merge the cells of the column {col} of \"{sheet}\" group by group: a name together with the blanks below it.",
        ],
        &[("col", header(table, GROUP))],
    );
    let mut rows = table.rows.clone();
    runs.iter().for_each(|run| repeated(&mut rows, *run));
    Some(Draft { goal, calls: merges(&runs).collect(), rows })
}

fn merge_one(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let runs = runs(table);
    let run = *random.choice(&runs)?;
    let goal = say(
        table,
        random,
        &[
            "In \"{sheet}\", merge the cell {group} with the blank cells of its group below it.",
            "Make one cell of {group} and the empty cells right under it in the column {col} of the sheet \"{sheet}\".",
        ],
        &[("group", &table.rows[run.0][GROUP].shown()), ("col", header(table, GROUP))],
    );
    let mut rows = table.rows.clone();
    repeated(&mut rows, run);
    Some(Draft { goal, calls: merges(&[run]).collect(), rows })
}

fn merge_and_fill(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let runs = runs(table);
    let run = *random.choice(&runs)?;
    let goal = say(
        table,
        random,
        &[
            "Merge {group} with the empty cells below it in \"{sheet}\", and compute {col}, {rule}, for its items only.",
            "For the group {group} of the sheet \"{sheet}\": merge its cells in the column {groups}, and fill in {col}, \
             which is {rule}.",
        ],
        &[
            ("groups", header(table, GROUP)),
            ("group", &table.rows[run.0][GROUP].shown()),
            ("col", header(table, DERIVED)),
            ("rule", &rule(table)),
        ],
    );
    let mut rows = table.rows.clone();
    repeated(&mut rows, run);
    (run.0..=run.1).for_each(|row| rows[row][DERIVED] = table.derived(row));
    let calls = merges(&[run]).chain((run.0..=run.1).map(|row| fill_row(table, row))).collect();
    Some(Draft { goal, calls, rows })
}

fn merge_and_fix(table: &Table, random: &mut PythonRandom) -> Option<Draft> {
    let runs = runs(table);
    let (row, col, right) = &table.note;
    let goal = say(
        table,
        random,
        &[
            "Merge every name under {col} of \"{sheet}\" with the blanks below it, and correct the cell of {item} that has a \
             note under {noted}, as the note says.",
            "Two things are to be done in the sheet \"{sheet}\": merge the cells of each group in the column {col}, and put \
             into the cell for {noted} of {item} what its note states.",
        ],
        &[("col", header(table, GROUP)), ("noted", header(table, *col)), ("item", &table.rows[*row][ITEM].shown())],
    );
    let mut rows = table.rows.clone();
    runs.iter().for_each(|run| repeated(&mut rows, *run));
    rows[*row][*col] = right.clone();
    let mut calls: Vec<Call> = merges(&runs).collect();
    calls.push(super::draft::get_note(*row, *col));
    calls.push(update_cell(*row, *col, right));
    Some(Draft { goal, calls, rows })
}
