//! Search with real engines on the CPU: a batch changes no bit.

use std::ops::ControlFlow;

use duet_engine::gguf::Value;
use duet_engine::reason::search::{SearchRecord, SearchRequest, search, search_all};
use duet_engine::reason::{GateName, Pair, Player, PlayerError, Players, Side, Speech, Spoken};
use duet_engine::runtime::{AnyEngine, Delta, LoadOptions};
use duet_engine::template::PromptStyle;

use super::search::MODES;
use crate::devices::Kind;
use crate::models::tiny_with;

/// Fewer places than samples, so that they come in several requests.
const NARROW: LoadOptions = LoadOptions { context: 512, samples: 3, prefill_rows: 12, cache: 1100 };
const WIDE: LoadOptions = LoadOptions { context: 512, samples: 16, prefill_rows: 64, cache: 8192 };

/// The tiny model, asked as one that was trained on the format: its long prompts would not fit.
fn engine(options: &LoadOptions) -> AnyEngine {
    let file = tiny_with(&[(PromptStyle::KEY, Value::Str(PromptStyle::TRAINED.to_owned()))]);
    Kind::Cpu(1).load(&file, options).expect("a CPU")
}

fn requests() -> Vec<SearchRequest> {
    (0..8)
        .map(|i| SearchRequest {
            problem: format!("There were {} cats in the hat. How many are there?", i / 4 + 3),
            mode: MODES[i % 4],
            k: 4,
            gate: GateName::Always,
            temperature: 1.0,
            seed: i as u64,
            max_tokens: 14,
            ..SearchRequest::default()
        })
        .collect()
}

fn together(players: &mut impl Players) -> Vec<SearchRecord> {
    let go_on = &mut async |_: usize, _| ControlFlow::Continue(());
    let records = pollster::block_on(search_all(players, &requests(), go_on)).expect("valid");
    records.into_iter().map(|record| record.expect("a search")).collect()
}

/// An engine that says one thing after another.
struct OneByOne(AnyEngine);

impl Player for OneByOne {
    fn model(&self, side: Side) -> String {
        self.0.model(side)
    }

    fn backend(&self) -> String {
        self.0.backend()
    }

    fn prompts(&self, side: Side) -> PromptStyle {
        self.0.prompts(side)
    }

    async fn say(
        &mut self,
        speech: &Speech,
        sink: &mut impl AsyncFnMut(Delta) -> ControlFlow<()>,
    ) -> Result<Spoken, PlayerError> {
        self.0.say(speech, sink).await
    }
}

impl Players for OneByOne {}

#[test]
fn a_batch_of_problems_gives_each_what_it_gets_alone() {
    let mut engine = engine(&WIDE);
    let batched = together(&mut engine);
    for (request, batched) in requests().iter().zip(&batched) {
        let alone = pollster::block_on(search(&mut engine, request, &mut async |_| ControlFlow::Continue(())));
        assert_eq!(alone.expect("a search"), *batched);
    }
    let texts: Vec<&str> = batched
        .iter()
        .flat_map(|record| &record.chains)
        .filter_map(|chain| Some(chain.path()?.text.as_str()))
        .collect();
    assert!(texts.len() > 20 && texts.iter().any(|text| *text != texts[0]));
}

#[test]
fn neither_room_nor_order_changes_a_search() {
    let batched = together(&mut engine(&WIDE));
    assert!(together(&mut engine(&NARROW)) == batched, "three places");
    assert!(together(&mut OneByOne(engine(&WIDE))) == batched, "one after another");
}

#[test]
fn a_pair_of_one_model_is_that_model() {
    let mut pair = Pair { actor: engine(&WIDE), critic: engine(&NARROW) };
    assert!(together(&mut pair) == together(&mut engine(&WIDE)));
}
