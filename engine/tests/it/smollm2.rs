//! A real model on every backend, against an independent forward pass (fixtures/greedy.py: numpy).

use std::ops::ControlFlow;

use duet_engine::runtime::{GenerateRequest, LoadOptions, Sampling};
use serde_json::Value;

use crate::devices::Kind;
use crate::models::smollm2;

/// Two forward passes that add in another order may part where the two best logits are this close.
const NEAR_TIE: f64 = 0.05;

fn golden() -> Value {
    serde_json::from_str(include_str!("../fixtures/smollm2_greedy.json")).expect("JSON")
}

fn ids(value: &Value) -> Vec<u32> {
    value.as_array().expect("ids").iter().map(|id| id.as_u64().expect("an id") as u32).collect()
}

/// 64 greedy tokens are equal, or part first at a near-tie, which is printed.
fn continues_as_recorded(kind: Kind) {
    let Some(file) = smollm2() else { return };
    let options = LoadOptions { context: 256, samples: 1, prefill_rows: 32, cache: 256 };
    let Some(mut engine) = kind.load(&file, &options) else { return };
    let golden = golden();
    let expected = ids(&golden["continuation"]);
    let prompt = ids(&golden["prompt"]);
    let request = GenerateRequest {
        prompt,
        samples: 1,
        max_tokens: expected.len(),
        sampling: Sampling::GREEDY,
        stop: Vec::new(),
        watch: Vec::new(),
    };
    let completion = pollster::block_on(engine.generate(&request, &mut async |_| ControlFlow::Continue(())));
    let tokens = completion.expect("a valid request").remove(0).tokens;
    let parted = tokens.iter().zip(&expected).position(|(a, b)| a != b);
    let Some(parted) = parted else {
        assert_eq!(tokens.len(), expected.len(), "{kind:?} ended early");
        return;
    };
    let gap = golden["gaps"][parted].as_f64().expect("a gap");
    println!("{kind:?} parts at token {parted}, where the two best logits differ by {gap}");
    assert!(gap < NEAR_TIE, "{kind:?} parts at token {parted}, gap {gap}: {tokens:?}");
}

#[test]
fn cpu_continues_as_recorded() {
    continues_as_recorded(Kind::Cpu(2));
}

#[test]
fn gpu_continues_as_recorded() {
    continues_as_recorded(Kind::Gpu);
}

#[test]
fn candle_continues_as_recorded() {
    continues_as_recorded(Kind::Candle);
}

#[test]
fn the_chat_template_gives_the_recorded_prompt() {
    use duet_engine::template::{Message, Turn};
    let Some(file) = smollm2() else { return };
    let options = LoadOptions { context: 256, samples: 1, prefill_rows: 32, cache: 256 };
    let Some(engine) = Kind::Cpu(1).load(&file, &options) else { return };
    let golden = golden();
    let text = golden["prompt_text"].as_str().expect("text");
    assert_eq!(engine.tokenizer().encode_trusted(text), ids(&golden["prompt"]), "special tokens in trusted text");
    let question = "Tom has 12 apples. He buys 7 more and gives 5 to Ann. How many apples has Tom now?";
    let message = |turn, content: &str| Message { turn, content: content.to_owned() };
    let chat = [message(Turn::System, "You are a helpful assistant."), message(Turn::User, question)];
    assert_eq!(
        engine.chat(&chat, "").expect("a valid chat"),
        ids(&golden["prompt"]),
        "rendered by the file's template"
    );
}
