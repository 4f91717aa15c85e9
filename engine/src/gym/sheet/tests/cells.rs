//! Cells, formulas and patterns, without the tools.

use proptest::prelude::*;

use super::super::*;
use crate::gym::python::Value;

/// Printed by CPython's `decimal`: 15 digits, then `ROUND_HALF_UP` to no and to two decimals, and of a hundredfold to two.
#[rustfmt::skip]
const ROUNDED: &[(f64, &str, &str, &str)] = &[
    (0.0, "0", "0.00", "0.00%"),
    (-0.0, "0", "0.00", "0.00%"),
    (1.0, "1", "1.00", "100.00%"),
    (2.5, "3", "2.50", "250.00%"),
    (2.675, "3", "2.68", "267.50%"),
    (1.005, "1", "1.01", "100.50%"),
    (0.5, "1", "0.50", "50.00%"),
    (0.05, "0", "0.05", "5.00%"),
    (0.005, "0", "0.01", "0.50%"),
    (0.0049, "0", "0.00", "0.49%"),
    (-0.004, "0", "0.00", "-0.40%"),
    (-2.345, "-2", "-2.35", "-234.50%"),
    (9.995, "10", "10.00", "999.50%"),
    (99.999, "100", "100.00", "9999.90%"),
    (999.5, "1000", "999.50", "99950.00%"),
    (1234567.891, "1234568", "1234567.89", "123456789.10%"),
    (0.30000000000000004, "0", "0.30", "30.00%"),
    (0.3333333333333333, "0", "0.33", "33.33%"),
    (0.6666666666666666, "1", "0.67", "66.67%"),
    (1e-07, "0", "0.00", "0.00%"),
    (123456789012.345, "123456789012", "123456789012.35", "12345678901234.50%"),
    (-1000000.0, "-1000000", "-1000000.00", "-100000000.00%"),
    (10.05, "10", "10.05", "1005.00%"),
    (10.05, "10", "10.05", "1005.00%"),
    (0.07, "0", "0.07", "7.00%"),
    (0.125, "0", "0.13", "12.50%"),
];

#[test]
fn numbers_are_rounded_as_decimals() {
    for (number, none, two, percent) in ROUNDED {
        let shown = [Format::Fixed(0), Format::Fixed(2), Format::Percent(2)].map(|format| format.show(*number));
        assert_eq!(shown, [*none, *two, *percent], "{number}");
    }
    let general =
        [0.1 + 0.2, 1.0 / 3.0, 7.0, -0.0, 1234.5, 1e9, 12_345_678_901.0, 1e15, 2.5e-10, -0.000_05, 9.999_999_999_99];
    let shown = general.map(|number| Format::General.show(number));
    let expected =
        ["0.3", "0.3333333333", "7", "0", "1234.5", "1000000000", "12345678900", "1E+15", "2.5E-10", "-0.00005", "10"];
    assert_eq!(shown, expected);
}

#[test]
fn formats_are_read_as_spreadsheets_write_them() {
    let read = |pattern: &str| Format::parse(pattern);
    assert_eq!([read("0.00"), read("0")], [Some(Format::Fixed(2)), Some(Format::Fixed(0))]);
    assert_eq!([read("0%"), read("0.0%")], [Some(Format::Percent(0)), Some(Format::Percent(1))]);
    assert_eq!([read("General"), read("#,##0.00"), read(""), read("0.0x")], [None; 4]);
}

fn grid(rows: &[&[&str]]) -> Grid {
    let mut grid = Grid::default();
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(|text| Value::from(*text)).collect()).collect();
    grid.write(Position { row: 0, col: 0 }, &rows).expect("small");
    grid
}

fn at(text: &str) -> Position {
    Position::parse(text).expect("a position")
}

fn area(text: &str) -> Area {
    Area::parse(text).expect("an area")
}

#[test]
fn what_is_typed_is_read() {
    let cases = [
        ("25.00", "25.00"),
        ("25.5", "25.5"),
        ("007", "7"),
        ("-3.10", "-3.10"),
        ("20%", "20%"),
        ("12.50%", "12.50%"),
        ("'12.50", "12.50"),
        ("2024-01-02", "2024-01-02"),
        ("1e5", "1e5"),
        ("abc", "abc"),
        ("%", "%"),
        ("=SUM(B1,B2)", "0"),
        (" x ", " x "),
    ];
    for (typed, shown) in cases {
        assert_eq!(grid(&[&[typed]]).values(), [[shown]], "{typed}");
    }
    let mut cell = Cell { format: Format::Fixed(2), ..Cell::default() };
    cell.type_in("7");
    assert_eq!((cell.content.clone(), cell.format), (Content::Number(7.0), Format::Fixed(2)));
    cell.type_in("7%");
    assert_eq!((cell.content.clone(), cell.format), (Content::Number(0.07), Format::Percent(0)));
}

#[test]
fn positions_are_a_letter_and_digits() {
    assert_eq!(Position::parse("A1"), Some(Position { row: 0, col: 0 }));
    assert_eq!(Position::parse("Z1000").map(|position| position.to_string()), Some("Z1000".to_owned()));
    for wrong in ["", "A", "1", "a1", "AA1", "A0", "A1001", "A-1", "A1:B2", "é1", "A1 ", "A99999999999999999999"] {
        assert_eq!(Position::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn formulas_follow_their_cells() {
    let mut sheet = grid(&[&["a", "1", "4", "=SUM(B1:C1)"], &["b", "2", "5"], &["c", "3", "6", "=AVERAGE(B1:B3)"]]);
    let column =
        |sheet: &Grid, col: usize| -> Vec<String> { sheet.values().iter().map(|row| row[col].clone()).collect() };
    assert_eq!(column(&sheet, 3), ["5", "", "2"]);
    sheet.write(at("B1"), &[vec![Value::Int(7)]]).expect("a number");
    assert_eq!(column(&sheet, 3), ["11", "", "4"]);
    // Inserted within, the area grows; above, it moves.
    sheet.insert(Axis::Rows, 1, &[vec!["x".into(), Value::Int(100)]]).expect("a row");
    assert_eq!(column(&sheet, 3), ["11", "", "", "28"]);
    sheet.insert(Axis::Cols, 0, &[vec![]]).expect("a column");
    assert_eq!(column(&sheet, 4), ["11", "", "", "28"]);
    // A formula over cells of its row goes with it; the other one stays over its column.
    sheet.sort(2, Order::Descending).expect("no merges");
    assert_eq!(column(&sheet, 1), ["x", "a", "c", "b"]);
    assert_eq!(column(&sheet, 4), ["", "11", "28", ""]);
    sheet.delete(Axis::Rows, &[0]).expect("a row");
    assert_eq!(column(&sheet, 4), ["11", "4", ""]);
    sheet.delete(Axis::Cols, &[2]).expect("a column");
    assert_eq!(column(&sheet, 3), ["4", "#REF!", ""]);
}

#[test]
fn operators_are_those_of_a_spreadsheet() {
    let sheet = grid(&[&["2", "3.50", "x", "", "20%"], &["-4", "1", "2", "3", "4"]]);
    let value = |formula: &str| sheet.value_of(&Formula::parse(formula).expect(formula));
    let cases = [
        ("=SUM(A1:E1)", "5.7"),
        ("=SUM(B1,A1)", "5.50"),
        ("=average(A2:E2)", "1.2"),
        ("=AVERAGE(C1:D1)", "#DIV/0!"),
        ("=COUNT(A1:E2)", "8"),
        ("=MAX(A1:E2)", "4"),
        ("=MIN(A1:B2, C1)", "-4"),
        ("=MAX(D1)", "0"),
        ("=PRODUCT(A2:E2)", "-96"),
        ("=PRODUCT(D1)", "0"),
        ("=MINUS(A1,A2)", "6"),
        ("=MINUS(A1:A2)", "6"),
        ("=MINUS(A1,D1)", "2"),
        ("=MINUS(Z9,A1)", "-2"),
        ("=MINUS(A1,C1)", "#VALUE!"),
        ("=SUM(E1)", "20%"),
        ("=SUM(A1;A2;Z1000)", "-2"),
    ];
    for (formula, shown) in cases {
        assert_eq!(value(formula), shown, "{formula}");
    }
    for wrong in ["=SUM()", "=SUM(A1", "=A1+B1", "=MINUS(A1:A3)", "=NOPE(A1)", "SUM(A1)", "=SUM(a1)", "="] {
        assert_eq!(Formula::parse(wrong), None, "{wrong}");
    }
    // A circle is an error, and no end of it.
    let circle = grid(&[&["=SUM(B1)", "=SUM(A1)", "=COUNT(C1)"]]);
    assert_eq!(circle.values()[0][..2], ["#REF!", "#REF!"]);
    // Each names the one before twice: computed once each, or never done.
    let mut chain = grid(&[&["1"]]);
    for row in 1..100 {
        let before = Area::cell(Position { row: row - 1, col: 0 });
        chain
            .compute(Position { row, col: 0 }, Formula::new(Operator::Sum, vec![before, before]).expect("small"))
            .expect("few");
    }
    assert_eq!(chain.values()[10], ["1024"]);
}

#[test]
fn merged_cells_repeat_their_first() {
    let mut sheet = grid(&[&["a", "b"], &["", "c"], &["d", "e"]]);
    sheet.merge(area("A1:A2")).expect("free");
    assert_eq!(sheet.values(), [["a", "b"], ["a", "c"], ["d", "e"]]);
    assert_eq!(sheet.merge(area("A2:B2")), Err(GridError::Overlap));
    assert_eq!(sheet.merge(area("B3")), Err(GridError::OneCell));
    assert_eq!(sheet.sort(0, Order::Ascending), Err(GridError::SortMerged));
    sheet.write(at("A2"), &[vec!["z".into()]]).expect("a text");
    assert_eq!(sheet.values()[0], ["z", "b"]);
    // What is inserted within belongs to it; a sum counts it once.
    sheet.insert(Axis::Rows, 1, &[vec![]]).expect("a row");
    assert_eq!((sheet.merges(), sheet.values()[2][0].as_str()), (&[area("A1:A3")][..], "z"));
    sheet.write(at("A1"), &[vec![Value::Int(5)]]).expect("a number");
    assert_eq!(sheet.value_of(&Formula::parse("=SUM(A1:A4)").expect("one")), "5");
    sheet.delete(Axis::Rows, &[2, 1]).expect("rows");
    assert_eq!(sheet.merges(), []);
}

#[test]
fn sorting_knows_numbers_texts_and_blanks() {
    let mut sheet = grid(&[&["head"], &["pear"], &["10"], &[""], &["Apple"], &["9"], &["fig"]]);
    let shown = |sheet: &Grid| sheet.values_of(&area("A1:A7")).concat();
    sheet.freeze(Axis::Rows, 1).expect("few");
    sheet.sort(0, Order::Ascending).expect("no merges");
    assert_eq!(shown(&sheet), ["head", "9", "10", "Apple", "fig", "pear", ""]);
    sheet.sort(0, Order::Descending).expect("no merges");
    assert_eq!(shown(&sheet), ["head", "pear", "fig", "Apple", "10", "9", ""]);
    sheet.freeze(Axis::Rows, 0).expect("few");
    sheet.sort(0, Order::Ascending).expect("no merges");
    assert_eq!(shown(&sheet), ["9", "10", "Apple", "fig", "head", "pear", ""]);
}

#[test]
fn inserted_rows_are_shown_like_those_that_they_push_down() {
    let mut sheet = grid(&[&["x"], &["1.50"], &["2.50"]]);
    sheet.insert(Axis::Rows, 1, &[vec![Value::Int(4)]]).expect("a row");
    sheet.insert(Axis::Rows, 4, &[vec![Value::Float(0.25)]]).expect("a row");
    assert_eq!(sheet.values().concat(), ["x", "4.00", "1.50", "2.50", "0.25"]);
    sheet.insert(Axis::Cols, 0, &[vec!["n".into(), Value::Int(1)], vec![]]).expect("columns");
    assert_eq!(sheet.values()[1], ["1", "", "4.00"]);
}

#[test]
fn sheets_have_an_end() {
    let mut sheet = grid(&[&["x"]]);
    let far = Position { row: MAX_ROWS, col: 0 };
    assert_eq!(sheet.write(far, &[vec![Value::Int(1)]]), Err(GridError::TooLarge));
    assert_eq!(sheet.insert(Axis::Cols, 25, &[vec![], vec![]]), Err(GridError::TooLarge));
    assert_eq!(sheet.delete(Axis::Cols, &[26]), Err(GridError::Line(27)));
    let long = Value::from("x".repeat(MAX_TEXT + 1));
    assert_eq!(sheet.write(at("A1"), &[vec![Value::Int(1), long]]), Err(GridError::TooLong));
    assert_eq!(sheet.values(), [["x"]], "what failed changed nothing");
    let many = vec![vec![Value::from("=SUM(A1)")]; MAX_FORMULAS + 1];
    assert_eq!(sheet.write(at("B1"), &many), Err(GridError::TooManyFormulas));
    assert_eq!(sheet.write(at("A1"), &[vec![Value::List(vec![])]]), Err(GridError::Content("[]".to_owned())));
}

/// Patterns, and in which of [`TEXTS`] CPython's `re.search` finds them.
#[rustfmt::skip]
const FOUND: &[(&str, &str)] = &[
    ("apple", "1000000000000000000000000"),
    ("^a", "1010000000000100001000110"),
    ("e$", "1100000010000000000000000"),
    ("a.c", "0010000000000000000000000"),
    ("a|b", "1011100000000111001000110"),
    ("^(a|b)c$", "0001000000000000000000000"),
    ("[abc]+d", "0000000000000000000000000"),
    ("[^0-9]", "1111101111111111111111111"),
    (r"\d{2,3}", "0000000001100000000000000"),
    (r"^\d+\.\d{2}$", "0000000001000000000000000"),
    (r"\bred\b", "0000001010000000000000000"),
    (r"\w+@\w+", "0000000000000010000000000"),
    ("(?i)APPLE", "1100000000000000000000000"),
    ("colou?r", "0000000000011000000000000"),
    ("a*?b", "0011100000000111001000100"),
    ("(ab){2}", "0000000000000100000000000"),
    ("x{0}", "1111111111111111111111111"),
    ("^$", "0000010000000000000000000"),
    ("", "1111111111111111111111111"),
    ("[]a]", "1010000000000111101000110"),
    ("[a-]", "1010000000000111011000110"),
    (r"[a\-z]", "1010000000000111011000110"),
    (r"\$5", "0000000000000000000001000"),
    (r"\s", "0100000010000000001000000"),
    ("^.{3}$", "0010001000000001001000110"),
    ("(?:foo|ba[rz])", "0000000000000011000000000"),
    ("a{,2}b", "0011100000000111001000100"),
    ("a{2", "0000000000000000000000010"),
    ("{", "0000000000000000000000011"),
    (r"\Bx", "0000000000000000000100000"),
    ("(?i)[^a]", "1111101111111111111101111"),
];

#[rustfmt::skip]
const TEXTS: [&str; 25] = ["apple", "Apple pie", "abc", "bc", "b", "", "red", "hundred", "the red one", "25.00", "12.5", "color", "colour", "abab", "foo@bar", "baz", "]", "-", "a b", "xx", "A", "$5", "aab", "a{2", "{"];

#[test]
fn patterns_are_found_where_python_finds_them() {
    for (source, expected) in FOUND {
        let pattern = Pattern::new(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        let mut search = pattern.search();
        let found: String =
            TEXTS.iter().map(|text| if search.is_in(text).expect("short") { '1' } else { '0' }).collect();
        assert_eq!(found, *expected, "{source}");
    }
    #[rustfmt::skip]
    let refused = ["(", "[a", "*a", "a**", "(?=a)", "(?P<n>a)", "a{3,2}", r"\1", "a++", r"\q", "[z-a]", "(?", "a)"];
    for source in refused {
        assert!(matches!(Pattern::new(source), Err(PatternError::Syntax(_))), "{source}");
    }
}

#[test]
fn patterns_have_a_bound() {
    assert_eq!(Pattern::new(&"a".repeat(MAX_PATTERN + 1)).err(), Some(PatternError::TooLong));
    assert_eq!(Pattern::new("((((a{100}){100}){100}){100}){100}").err(), Some(PatternError::TooLong));
    assert_eq!(Pattern::new("((((()){100}){100}){100}){100}").err(), Some(PatternError::TooLong));
    assert_eq!(Pattern::new("a{101}").err(), Some(PatternError::TooLong));
    // The classic that backtracking never ends with.
    let pattern = Pattern::new("^(a+)+$").expect("a pattern");
    let text = format!("{}b", "a".repeat(999));
    assert_eq!(pattern.search().is_in(&text), Ok(false));
    let pattern = Pattern::new("(a?){90}(a?){90}(a?){90}b").expect("a pattern");
    let mut search = pattern.search();
    let mut results = (0..60).map(|_| search.is_in(&text[..999]));
    assert!(results.any(|result| result == Err(PatternError::TooSlow)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_pattern_is_a_panic(source in r"[\[\](){}|*+?.^$\\dwsb,0-9a-c-]{0,24}", text in "[a-c0-9 ]{0,12}") {
        if let Ok(pattern) = Pattern::new(&source) {
            let _ = pattern.search().is_in(&text);
        }
    }

    #[test]
    fn typed_decimals_are_shown_as_typed(whole in -99_999_i64..99_999, decimals in 0_u32..99) {
        let typed = format!("{whole}.{decimals:02}");
        let mut cell = Cell { format: Format::Fixed(2), ..Cell::default() };
        cell.type_in(&typed);
        let Content::Number(number) = cell.content else { panic!("{typed}") };
        prop_assert_eq!(cell.format.show(number), typed);
    }
}
