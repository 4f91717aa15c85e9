//! llama.cpp's own benchmarks on the same file.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use super::figure::Samples;
use crate::{paths, process};

/// The peer's name in tables.
pub(crate) const NAME: &str = "llama.cpp";

/// A folder with llama.cpp's programs.
pub(crate) struct Llama(PathBuf);

impl Llama {
    /// The folder named by `DUET_LLAMA_BIN`, or the one that `cargo xtask bench peers` fills. None when the programs are
    /// not there.
    pub(crate) fn find() -> Option<Self> {
        let folder = env::var_os("DUET_LLAMA_BIN").map_or_else(|| folder().join("bin"), PathBuf::from);
        folder.join("llama-bench").is_file().then_some(Self(folder))
    }

    /// Tokens/s of prompts (128 and 512 tokens) and of 64 generated tokens, by the row names of `duet bench`.
    ///
    /// # Errors
    /// The program fails or its output has another form.
    pub(crate) fn single(&self, model: &Path, threads: usize, runs: usize) -> Result<Vec<(String, Samples)>> {
        let mut command = self.command("llama-bench", model, threads);
        command.args(["-p", "128,512", "-n", "64", "-r", &runs.to_string(), "-o", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&process::capture(&mut command)?)?;
        rows.iter().map(single_row).collect()
    }

    /// Tokens/s of 1, 4 and 16 sequences together that share a prompt of 128 tokens, by the row names of `duet bench`.
    ///
    /// # Errors
    /// The program fails or its output has another form.
    pub(crate) fn batched(&self, model: &Path, threads: usize) -> Result<Vec<(String, Samples)>> {
        let mut command = self.command("llama-batched-bench", model, threads);
        command.args(["-c", "4096", "-npp", "128", "-ntg", "32", "-npl", "1,4,16", "-pps", "--output-format", "jsonl"]);
        let text = process::capture(&mut command)?;
        text.lines().filter(|line| line.starts_with('{')).map(batched_row).collect()
    }

    fn command(&self, program: &str, model: &Path, threads: usize) -> Command {
        let mut command = Command::new(self.0.join(program));
        command.arg("-m").arg(model).args(["-t", &threads.to_string()]).stdin(Stdio::null());
        command
    }
}

/// Where `cargo xtask bench peers` builds.
pub(crate) fn folder() -> PathBuf {
    paths::cache().join("peers").join("llama.cpp")
}

fn single_row(row: &Value) -> Result<(String, Samples)> {
    let samples: Vec<f64> = serde_json::from_value(row["samples_ts"].clone()).context("llama-bench: samples_ts")?;
    let name = match (row["n_prompt"].as_u64(), row["n_gen"].as_u64()) {
        (Some(0), Some(n)) => format!("decode {n}"),
        (Some(n), Some(0)) => format!("prefill {n}"),
        other => anyhow::bail!("llama-bench: unexpected sizes {other:?}"),
    };
    Ok((name, Samples(samples)))
}

fn batched_row(line: &str) -> Result<(String, Samples)> {
    let row: Value = serde_json::from_str(line)?;
    let sequences = row["pl"].as_u64().context("llama-batched-bench: pl")?;
    let speed = row["speed_tg"].as_f64().context("llama-batched-bench: speed_tg")?;
    Ok((format!("batched decode {sequences}"), Samples(vec![speed])))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Samples, batched_row, single_row};

    #[test]
    fn rows_take_the_names_of_duet_bench() {
        let prefill = json!({"n_prompt": 512, "n_gen": 0, "samples_ts": [10.5, 11.0]});
        let decode = json!({"n_prompt": 0, "n_gen": 64, "samples_ts": [3.0]});
        assert_eq!(single_row(&prefill).unwrap(), ("prefill 512".into(), Samples(vec![10.5, 11.0])));
        assert_eq!(single_row(&decode).unwrap(), ("decode 64".into(), Samples(vec![3.0])));
        let batched = r#"{"pl": 16, "speed_pp": 358.6, "speed_tg": 256.5}"#;
        assert_eq!(batched_row(batched).unwrap(), ("batched decode 16".into(), Samples(vec![256.5])));
    }

    #[test]
    fn another_form_is_an_error() {
        assert!(single_row(&json!({"n_prompt": 5, "n_gen": 5, "samples_ts": [1.0]})).is_err());
        assert!(batched_row(r#"{"pl": 16}"#).is_err());
    }
}
