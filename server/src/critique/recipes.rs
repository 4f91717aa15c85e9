//! What other engines need beside a training file: descriptions, settings, a command line. Settings of training:
//! `specs/critique.md` §3.2.

use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};

use super::export::{ExportRun, FileFormat, Purpose};
use crate::durable;

/// Epochs: the actor's are the paper's; the critic's are not known, the follow-up paper's script has 5 (§3.2).
fn epochs(purpose: Purpose) -> u32 {
    if purpose == Purpose::Critic { 5 } else { 1 }
}

/// Writes what the engine needs and returns the command.
pub(super) fn write(run: &ExportRun, file: &Path) -> anyhow::Result<String> {
    match run.format {
        FileFormat::Duet => duet(run, file),
        FileFormat::Alpaca | FileFormat::Sharegpt => llama_factory(run, file),
        FileFormat::Trl => Ok(trl(run, file)),
    }
}

/// A source for a stage of a recipe of `duet train`.
fn duet(run: &ExportRun, file: &Path) -> anyhow::Result<String> {
    let name = file.file_name().context("invariant: the file has a name")?.to_string_lossy();
    Ok(format!(
        "a source for a recipe in {}, then `duet train --recipe RECIPE --out FOLDER`:\n\
         [[stage.source]]\nkind = \"file\"\npath = \"{name}\"\nweight = 1.0",
        run.folder.display()
    ))
}

fn llama_factory(run: &ExportRun, file: &Path) -> anyhow::Result<String> {
    let name = file.file_stem().context("invariant: the file has a name")?.to_string_lossy().into_owned();
    let file_name = format!("{name}.jsonl");
    let described = match run.format {
        FileFormat::Sharegpt => json!({
            "file_name": file_name,
            "formatting": "sharegpt",
            "columns": { "messages": "conversations", "system": "system" },
        }),
        _ => json!({
            "file_name": file_name,
            "columns": {
                "prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history",
            },
        }),
    };
    let info = run.folder.join("dataset_info.json");
    // Several exports share a folder.
    let mut known: Map<String, Value> = match std::fs::read_to_string(&info) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("{} is no JSON object", info.display()))?,
        Err(_) => Map::new(),
    };
    known.insert(name.clone(), described);
    durable::write(&info, (serde_json::to_string_pretty(&known)? + "\n").as_bytes())?;
    let deepspeed = run.folder.join("deepspeed-zero2.json");
    durable::write(&deepspeed, (serde_json::to_string_pretty(&zero2())? + "\n").as_bytes())?;
    let settings = run.folder.join(format!("{name}.yaml"));
    durable::write(&settings, yaml(run, &name, &deepspeed).as_bytes())?;
    Ok(format!("FORCE_TORCHRUN=1 llamafactory-cli train {}", settings.display()))
}

/// One full fine-tuning as in §3.2: 4 sequences × 8 accumulated × 8 GPUs = 256 a step.
fn yaml(run: &ExportRun, dataset: &str, deepspeed: &Path) -> String {
    let (folder, epochs) = (run.folder.display(), epochs(run.purpose));
    format!(
        "model_name_or_path: {}\nstage: sft\ndo_train: true\nfinetuning_type: full\ndeepspeed: {}\n\
         dataset_dir: {folder}\ndataset: {dataset}\ntemplate: llama3\ncutoff_len: 4096\nmax_samples: 400000\n\
         # Only the last answer is learnt.\nmask_history: true\npacking: false\n\
         per_device_train_batch_size: 4\ngradient_accumulation_steps: 8\nlearning_rate: 5.0e-6\n\
         lr_scheduler_type: cosine\nwarmup_ratio: 0.0\nmax_grad_norm: 1.0\nnum_train_epochs: {epochs}.0\nbf16: true\n\
         flash_attn: fa2\noutput_dir: {folder}/{dataset}-model\nsave_strategy: epoch\nlogging_steps: 10\n",
        run.base,
        deepspeed.display(),
    )
}

fn zero2() -> Value {
    json!({
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "bf16": { "enabled": "auto" },
        "zero_optimization": { "stage": 2, "overlap_comm": true, "contiguous_gradients": true },
    })
}

fn trl(run: &ExportRun, file: &Path) -> String {
    let data = file.parent().unwrap_or(&run.folder);
    format!(
        "trl sft --model_name_or_path {} --dataset_name {} --output_dir {}-model --learning_rate 5e-6 \
         --lr_scheduler_type cosine --warmup_ratio 0 --num_train_epochs {} --per_device_train_batch_size 4 \
         --gradient_accumulation_steps 8 --max_grad_norm 1.0 --max_length 4096 --bf16 \
         --attn_implementation flash_attention_2 --accelerate_config zero2",
        run.base,
        data.display(),
        data.display(),
        epochs(run.purpose),
    )
}
