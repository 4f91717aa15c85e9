//! The command line from the outside: data on stdout, errors as one line on stderr that names value and limit.

use std::process::{Command, Output};

fn duet(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_duet")).args(args).env_remove("RUST_LOG").output().unwrap()
}

#[test]
fn errors_are_one_line_with_value_and_limit() {
    let solve = ["solve", "--model", "none.gguf", "--problem"];
    let collect = ["critique", "collect", "--actor", "none.gguf", "--out", "no-such-folder"];
    let cases: Vec<(Vec<&str>, i32, Vec<&str>)> = vec![
        (vec!["generate", "--prompt", "x"], 2, vec!["--model"]),
        (vec!["generate", "--model", "m", "--prompt", "x", "--threads", "0"], 2, vec!["'0'", "1..=256"]),
        (vec!["generate", "--model", "m", "--prompt", "x", "--backend", "abacus"], 2, vec!["abacus", "cpu"]),
        (vec!["generate", "--model", "m", "--prompt", "x", "--temperature=-1"], 1, vec!["-1", "0..=5"]),
        (vec!["generate", "--model", "m", "--prompt", "x", "--temperature", "NaN"], 1, vec!["NaN", "0..=5"]),
        (vec!["generate", "--model", "none.gguf", "--prompt", "x"], 1, vec!["none.gguf"]),
        ([&solve[..], &[" "]].concat(), 1, vec!["blank", "1..=4000"]),
        ([&solve[..], &["x", "--max-tokens", "0"]].concat(), 1, vec!["0", "1..=2048"]),
        (vec!["inspect", "none.gguf"], 1, vec!["none.gguf"]),
        (vec!["inspect", env!("CARGO_MANIFEST_PATH")], 1, vec!["Cargo.toml", "GGUF"]),
        (vec!["serve", "--port", "65536"], 2, vec!["65536", "0..=65535"]),
        (vec!["serve", "--model", "no-equals-sign"], 2, vec!["no-equals-sign", "NAME=FILE"]),
        (vec!["serve", "--page", "no-such-folder"], 1, vec!["no-such-folder", "index.html"]),
        (vec!["serve", "--model", "a=x", "--model", "a=y"], 1, vec!["a=", "twice"]),
        (vec!["serve", "--port", "0", "--host", "256.0.0.1"], 1, vec!["256.0.0.1"]),
        (vec!["critique", "stats", "no-such-folder"], 1, vec!["no-such-folder", "manifest.json"]),
        ([&collect[..], &["--stories", "query:6:5"]].concat(), 1, vec!["level 6", "1 to 5"]),
        ([&collect[..], &["--stories", "test:1:5"]].concat(), 1, vec!["test split"]),
        ([&collect[..], &["--stories", "query:1-2"]].concat(), 1, vec!["--target"]),
        ([&collect[..], &["--stories", "query:1:5", "--generators", "rg4"]].concat(), 2, vec!["rg4", "rg1, rg2, rg3"]),
        (vec!["dance"], 2, vec!["dance"]),
    ];
    for (args, code, words) in cases {
        let output = duet(&args);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "{args:?}: {said}");
        assert!(said.starts_with("error: "), "{args:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{args:?}: {said} lacks one of {words:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn help_is_data() {
    let output = duet(&["--help"]);
    assert!(output.status.success() && output.stderr.is_empty());
    let help = String::from_utf8(output.stdout).unwrap();
    for command in ["serve", "solve", "generate", "inspect", "bench"] {
        assert!(help.contains(command), "{help}");
    }
}
