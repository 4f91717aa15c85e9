//! Compared with CPython.

use proptest::prelude::*;

use super::*;

/// Literals, and what CPython 3.11 printed: `print(repr(eval(source)))`.
#[rustfmt::skip]
const PRINTED: &[(&str, &str)] = &[
    ("0", "0"),
    ("-7", "-7"),
    ("+3", "3"),
    ("- -4", "4"),
    ("-True", "-1"),
    ("00", "0"),
    ("0x_fF", "255"),
    ("0o17", "15"),
    ("0B1_01", "5"),
    ("1_000_000", "1000000"),
    ("9223372036854775807", "9223372036854775807"),
    ("1.", "1.0"),
    (".5", "0.5"),
    ("0.1", "0.1"),
    ("1e5", "100000.0"),
    ("1E-5", "1e-05"),
    ("0.0001", "0.0001"),
    ("0.00001234", "1.234e-05"),
    ("123456789012345.6", "123456789012345.6"),
    ("1234567890123456.7", "1234567890123456.8"),
    ("12345678901234567.0", "1.2345678901234568e+16"),
    ("1e16", "1e+16"),
    ("9999999999999998.0", "9999999999999998.0"),
    ("1e22", "1e+22"),
    ("1e100", "1e+100"),
    ("1.5e-300", "1.5e-300"),
    ("5e-324", "5e-324"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("1e999", "inf"),
    ("-1e999", "-inf"),
    ("-0.0", "-0.0"),
    ("2.50", "2.5"),
    ("1_0.2_5", "10.25"),
    ("100.0", "100.0"),
    ("3.14159", "3.14159"),
    ("0.30000000000000004", "0.30000000000000004"),
    ("'plain'", "'plain'"),
    (r#""it's""#, r#""it's""#),
    (r#"'say "hi"'"#, r#"'say "hi"'"#),
    (r#"'both \' and "'"#, r#"'both \' and "'"#),
    (r#""""three "quotes" in a row""""#, r#"'three "quotes" in a row'"#),
    (r"'''it\'s'''", r#""it's""#),
    ("''", "''"),
    (r#""""#, "''"),
    (r#"'a' "b" '''c'''"#, "'abc'"),
    (r"r'\d+\n'", r"'\\d+\\n'"),
    (r#"R"\'""#, r#""\\'""#),
    ("u'x'", "'x'"),
    (r"'tab\there'", r"'tab\there'"),
    (r"'line\nbreak\r'", r"'line\nbreak\r'"),
    (r"'\x00\x1f\x7f'", r"'\x00\x1f\x7f'"),
    (r"'\x41\u00e9\U0001F642\101\0'", r"'Aé🙂A\x00'"),
    (r"'\d\q'", r"'\\d\\q'"),
    (r"'back\\slash'", r"'back\\slash'"),
    (r"'caf\u00e9 \u00a0 \u200b \u2028 \ue000 \u0378'", r"'café \xa0 \u200b \u2028 \ue000 \u0378'"),
    (r"'\U0001F642 \U000E0001 \U0010ffff'", r"'🙂 \U000e0001 \U0010ffff'"),
    (r"'é🙂'", r"'é🙂'"),
    (r"'\a\b\f\v'", r"'\x07\x08\x0c\x0b'"),
    ("None", "None"),
    ("True", "True"),
    ("[]", "[]"),
    ("[1, 'a', None, True, 2.5]", "[1, 'a', None, True, 2.5]"),
    ("[1,2,]", "[1, 2]"),
    ("()", "()"),
    ("(1,)", "(1,)"),
    ("('x',)", "('x',)"),
    ("(1, 2)", "(1, 2)"),
    ("(1)", "1"),
    ("((1,),)", "((1,),)"),
    ("1, 2", "(1, 2)"),
    ("'a',", "('a',)"),
    ("{}", "{}"),
    ("{'a': 1}", "{'a': 1}"),
    (r#"{"id": '12', 'order': 3, "due_date": None, 'is_favorite': False, 'share': 0.2}"#, "{'id': '12', 'order': 3, 'due_date': None, 'is_favorite': False, 'share': 0.2}"),
    ("{'a': 1, 'b': 2, 'a': 3}", "{'a': 3, 'b': 2}"),
    ("{1: 'x', True: 'y', 1.0: 'z'}", "{1: 'z'}"),
    ("{(1, 2): [3], 'k': {'n': (4,)}}", "{(1, 2): [3], 'k': {'n': (4,)}}"),
    ("{1}", "{1}"),
    ("{3, }", "{3}"),
    ("{1, 2, 1, True}", "{1, 2}"),
    (r"{ # comment
 'a' : [ 1 ,
 2 ] }", "{'a': [1, 2]}"),
    (r"['a' # one
 'b']", "['ab']"),
    ("  [1]  ", "[1]"),
    ("[[[[]]]]", "[[[[]]]]"),
    ("[-1, +2.0, --3]", "[-1, 2.0, 3]"),
    ("{'values_list': [['Tea', '2.50'], ['Milk', 4]], 'row_idx': 3}", "{'values_list': [['Tea', '2.50'], ['Milk', 4]], 'row_idx': 3}"),
];

/// What Python refuses, or evaluates without it being a literal.
#[rustfmt::skip]
const REFUSED: &[&str] = &[
    "true",
    "null",
    "1 + 2",
    "f()",
    "__import__('os')",
    "[1",
    "{'a': }",
    "{'a' 1}",
    "'open",
    "'''open''",
    "b'x'",
    "f'{x}'",
    "rb'x'",
    "-'a'",
    "[[1]: 2]",
    "{[1]: 2}",
    "{[1]}",
    "{([],)}",
    "012",
    "1__0",
    "1_",
    "0x",
    "0b2",
    "1.2.3",
    "1e",
    "1abc",
    "2j",
    "'\\xg0'",
    "'\\u12'",
    "(,)",
    "[,]",
    "1 2",
    "",
    "   ",
    "\n",
    "a",
    "[1 2]",
    "{1: 2, 3}",
    "{1, 2: 3}",
    "'a\nb'",
    "not True",
    "~1",
    "x.y",
    "*[1]",
    "...",
    "1 if True else 2",
    "2024-01-02",
    "'\\N{BULLET}'",
];

#[test]
fn literals_are_read_and_shown_as_cpython_does() {
    for (source, printed) in PRINTED {
        let value = Value::parse(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(value.repr(), *printed, "{source}");
    }
    assert_eq!(PRINTED.len(), 86);
}

#[test]
fn what_is_no_literal_is_refused() {
    for source in REFUSED {
        assert!(Value::parse(source).is_err(), "{source}: {:?}", Value::parse(source));
    }
    let said = |source: &str| Value::parse(source).expect_err(source).to_string();
    assert_eq!(said("{'a': true}"), "`true` is not a literal");
    assert_eq!(said("{[1]: 2}"), "unhashable type: 'list'");
    assert_eq!(said("-'a'"), "bad operand type for unary -: 'str'");
    assert_eq!(said("1 + 2"), "`+` at byte 2 is not part of a literal");
    assert_eq!(said("9223372036854775808"), "`9223372036854775808` does not fit into 64 bits");
}

/// `str()` differs from `repr()` for strings alone, and only where they are not inside of something.
#[test]
fn a_string_is_shown_without_quotes() {
    assert_eq!(Value::from("it's").to_string(), "it's");
    assert_eq!(Value::List(vec![Value::from("it's")]).to_string(), "[\"it's\"]");
    assert_eq!(Value::Set(Vec::new()).to_string(), "set()");
}

#[test]
fn depth_length_and_entries_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(Value::parse(&nested(MAX_DEPTH)).is_ok());
    assert_eq!(Value::parse(&nested(MAX_DEPTH + 1)), Err(LiteralError::TooDeep));
    assert_eq!(Value::parse(&"-".repeat(1000)), Err(LiteralError::TooDeep));
    let long = format!("'{}'", "x".repeat(MAX_LENGTH));
    assert_eq!(Value::parse(&long), Err(LiteralError::TooLong { length: MAX_LENGTH + 2 }));
    let many: Vec<String> = (0..=MAX_ENTRIES).map(|i| i.to_string()).collect();
    assert_eq!(Value::parse(&format!("{{{}}}", many.join(","))), Err(LiteralError::TooMany));
    assert_eq!(Value::parse(&format!("{{{}:0}}", many.join(":0,"))), Err(LiteralError::TooMany));
}

/// Printed by CPython: each pair with `==` and with `<` (`None` for a `TypeError`).
#[test]
fn values_compare_as_in_python() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let cases = [
        ("1", "1.0", Some(Equal)),
        ("True", "1", Some(Equal)),
        ("9007199254740993", "9007199254740992.0", Some(Greater)),
        ("-1", "-1.5", Some(Greater)),
        ("2", "1e300", Some(Less)),
        ("'a'", "'b'", Some(Less)),
        ("'Z'", "'a'", Some(Less)),
        ("[1, 2]", "[1, 3]", Some(Less)),
        ("[1, 2]", "[1]", Some(Greater)),
        ("(1, 'a')", "(1.0, 'a')", Some(Equal)),
        ("1", "'1'", None),
        ("[1]", "(1,)", None),
        ("None", "None", None),
        ("{'a': 1}", "{'a': 1}", None),
    ];
    for (one, other, order) in cases {
        let (one, other) = (Value::parse(one).unwrap(), Value::parse(other).unwrap());
        assert_eq!(one.compare(&other), order, "{one} {other}");
        assert_eq!(one == other, order == Some(Equal) || one.repr() == other.repr(), "{one} {other}");
    }
    let equal = |one: &str, other: &str| Value::parse(one).unwrap() == Value::parse(other).unwrap();
    assert!(equal("{'a': 1, 'b': [2]}", "{'b': [2.0], 'a': True}"));
    assert!(equal("{1, 2}", "{2, 1}"));
    assert!(!equal("{'a': 1}", "{'a': 1, 'b': 2}"));
}

#[test]
fn sorting_says_what_has_no_order() {
    let sorted = |source: &str| match Value::parse(source).unwrap() {
        Value::List(items) => Value::sorted(&items).map(|items| Value::List(items).repr()),
        other => panic!("{other}"),
    };
    assert_eq!(sorted("['b', 'a', 'C']"), Ok("['C', 'a', 'b']".to_owned()));
    assert_eq!(sorted("[2, 1.5, True]"), Ok("[True, 1.5, 2]".to_owned()));
    // python3 -c "sorted([1, 'a'])"
    let said = sorted("[1, 'a']").expect_err("no order").to_string();
    assert_eq!(said, "'<' not supported between instances of 'str' and 'int'");
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        (-i64::MAX..i64::MAX).prop_map(Value::Int),
        any::<f64>().prop_filter("has a literal", |x| x.is_finite()).prop_map(Value::Float),
        any::<String>().prop_map(Value::Str),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Tuple),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|entries| Value::Dict(entries.into_iter().map(|(k, v)| (Value::Str(k), v)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_shown_is_read_back(value in values()) {
        let shown = value.repr();
        let read = Value::parse(&shown).unwrap_or_else(|error| panic!("{shown}: {error}"));
        prop_assert_eq!(read.repr(), shown);
        prop_assert_eq!(read, value);
    }

    #[test]
    fn no_text_is_a_panic(text in r#"[\[\]{}()'",:\\ 0-9a-zA-Z_.+#é\n-]{0,40}"#) {
        let _ = Value::parse(&text);
    }
}
