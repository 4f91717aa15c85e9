//! `duet inspect`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use duet_engine::gguf::{Description, TensorLine};
use duet_server::read_model;

#[derive(Debug, Args)]
pub(super) struct InspectArgs {
    /// The GGUF file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &InspectArgs) -> anyhow::Result<()> {
    let description = read_model(&args.file)?.describe();
    let text = if args.json { serde_json::to_string(&description)? } else { render(&description) };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(())
}

fn render(description: &Description) -> String {
    let Description { version, file_bytes, weights, metadata, tensors, types } = description;
    let head = format!("GGUF version {version}, {file_bytes} bytes, {weights} weights in {} tensors", tensors.len());
    let values = metadata.iter().map(|line| format!("  {}: {} = {}", line.key, line.kind, line.value));
    let sums = types.iter().map(|line| format!("  {}: {} tensors, {} bytes", line.format, line.tensors, line.bytes));
    let lines = [head, String::new(), "metadata".to_owned()].into_iter().chain(values);
    let lines = lines.chain([String::new(), "types".to_owned()]).chain(sums);
    let lines = lines.chain([String::new(), "tensors".to_owned()]).chain(tensors.iter().map(tensor));
    lines.collect::<Vec<_>>().join("\n")
}

fn tensor(line: &TensorLine) -> String {
    let dims: Vec<String> = line.dims.iter().map(ToString::to_string).collect();
    let bytes = line.bytes.map_or_else(|| "unknown size".to_owned(), |bytes| format!("{bytes} bytes"));
    let support = if line.supported { "" } else { " (not supported)" };
    format!("  {}: {} {}, {bytes}{support}", line.name, line.format, dims.join(" × "))
}

#[cfg(test)]
mod tests {
    use duet_engine::gguf::{MetadataLine, TypeLine};

    use super::*;

    #[test]
    fn a_file_in_words() {
        let tensor = |name: &str, format: &str, supported| TensorLine {
            name: name.to_owned(),
            format: format.to_owned(),
            supported,
            dims: vec![32, 4],
            bytes: supported.then_some(80),
        };
        let description = Description {
            version: 3,
            file_bytes: 1000,
            weights: 256,
            metadata: vec![MetadataLine { key: "general.name".into(), kind: "string".into(), value: "tiny".into() }],
            tensors: vec![tensor("a.weight", "Q4_1", true), tensor("b.weight", "IQ9", false)],
            types: vec![TypeLine { format: "Q4_1".into(), tensors: 1, bytes: 80 }],
        };
        insta::assert_snapshot!(render(&description));
    }
}
