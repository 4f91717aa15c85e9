//! Training as its users call it: a run that is cut and resumed is the run that was not; what was trained is what the engine runs.

use bytes::Bytes;
use candle_core::Device;
use duet_engine::backend::{Backend, Batch as Pass, Capacity, Register, Rope, RopePairs, Row, Shape, cpu};
use duet_engine::gguf::{BlockFormat, Gguf};
use duet_engine::learn::{
    Adapters, Batch, Example, LearnError, Matrices, Mixture, Network, Plan, Schedule, Source, SpecialTokens, Trainer,
    to_gguf, to_gguf_like, train_bpe,
};
use duet_engine::model::Model;

const VOCAB: usize = 280;

fn shape() -> Shape {
    Shape {
        layers: 2,
        width: 32,
        heads: 2,
        kv_heads: 1,
        head_dim: 16,
        hidden: 64,
        vocab: VOCAB,
        norm_eps: 1e-5,
        rope: Rope { base: 10_000.0, pairs: RopePairs::Adjacent },
    }
}

/// "Repeat these tokens": learnable within some hundred steps.
struct Echo;

impl Source for Echo {
    fn name(&self) -> &str {
        "echo"
    }
    fn len(&self) -> Option<u64> {
        Some(500)
    }
    fn example(&self, index: u64) -> Example {
        let word: Vec<u32> = (0..2 + index % 3).map(|i| (10 + (index * 7 + i * 13) % 16) as u32).collect();
        Example::new(&[&[1], &word[..], &[2]].concat(), &[&word[..], &[3]].concat()).expect("not empty")
    }
}

fn trainer(steps: u64) -> Trainer {
    trainer_with(steps, |_| {})
}

fn trainer_with(steps: u64, change: impl FnOnce(&mut Plan)) -> Trainer {
    let network = Network::new(shape(), 7, &Device::Cpu).expect("a valid shape");
    let mixture = Mixture::new(vec![(Box::new(Echo), 1.0)], 11).expect("one source");
    let schedule = Schedule { peak: 1e-2, floor: 0.1, warm_up: 10, steps };
    let (weight_decay, clip, matrices) = (0.01, 1.0, Matrices::AdamW);
    let mut plan = Plan { batch: 8, context: 16, schedule, weight_decay, clip, matrices, shards: 1 };
    change(&mut plan);
    Trainer::new(network, mixture, plan).expect("a valid plan")
}

fn weights(trainer: &Trainer) -> Vec<Vec<u32>> {
    let bits = |x: &candle_core::Var| {
        x.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("f32").iter().map(|x| x.to_bits()).collect()
    };
    trainer.network().parameters().values().map(bits).collect()
}

#[test]
fn a_run_that_was_cut_and_resumed_has_the_same_bits() {
    let mut whole = trainer(40);
    for _ in 0..40 {
        whole.step().expect("a step");
    }
    let mut first = trainer(40);
    for _ in 0..23 {
        first.step().expect("a step");
    }
    let checkpoint = first.checkpoint().expect("bytes");
    let mut second = trainer(40);
    second.restore(&checkpoint).expect("the same network");
    assert_eq!(second.steps_done(), 23);
    for _ in 23..40 {
        second.step().expect("a step");
    }
    assert_eq!(weights(&whole), weights(&second));
}

fn mean(losses: &[f32]) -> f32 {
    losses.iter().sum::<f32>() / losses.len() as f32
}

fn losses(mut trainer: Trainer, steps: usize) -> Vec<f32> {
    (0..steps).map(|_| trainer.step().expect("a step").loss).collect()
}

#[test]
fn the_echo_is_learnt() {
    for matrices in [Matrices::AdamW, Matrices::Muon { rate: 0.02 }] {
        let losses = losses(trainer_with(300, |plan| plan.matrices = matrices), 300);
        let (first, last) = (mean(&losses[..10]), mean(&losses[280..]));
        assert!(first > 3.0 && last < 0.7, "{matrices:?}: from {first} to {last}");
    }
}

/// Parts of a batch side by side: the same gradients but for the order of addition, and the same bits every time.
#[test]
fn shards_change_nothing_but_rounding() {
    let run = |shards| {
        let mut trainer = trainer_with(40, |plan| plan.shards = shards);
        let losses: Vec<f32> = (0..10).map(|_| trainer.step().expect("a step").loss).collect();
        (losses, weights(&trainer))
    };
    let ((one, _), (three, weights)) = (run(1), run(3));
    for (a, b) in one.iter().zip(&three) {
        assert!((a - b).abs() < 1e-3, "{one:?}\n{three:?}");
    }
    assert_eq!(run(3).1, weights);
}

#[test]
fn a_checkpoint_of_another_network_is_refused() {
    let checkpoint = trainer(1).checkpoint().expect("bytes");
    let network = Network::new(Shape { hidden: 32, ..shape() }, 7, &Device::Cpu).expect("a valid shape");
    let mixture = Mixture::new(vec![(Box::new(Echo), 1.0)], 11).expect("one source");
    let mut other = Trainer::new(network, mixture, *trainer(1).plan()).expect("a valid plan");
    let message = other.restore(&checkpoint).expect_err("another shape").to_string();
    assert!(message.contains("blk.0.ffn_down.weight") && message.contains("[32, 32]"), "{message}");
    for cut in [0, 7, 100, checkpoint.len() - 1] {
        assert!(matches!(trainer(1).restore(&checkpoint[..cut]), Err(LearnError::Checkpoint(_))), "{cut} bytes");
    }
}

/// The forward pass that was trained and the one that runs are written apart: they must agree.
#[test]
fn the_saved_model_computes_what_was_trained() {
    let mut trainer = trainer(20);
    for _ in 0..20 {
        trainer.step().expect("a step");
    }
    let special = SpecialTokens { control: &["<|end|>"], phrases: &[], end: "<|end|>" };
    let tokenizer = train_bpe(["ab ab ab"].into_iter(), VOCAB, special).expect("trains");
    let bytes = to_gguf(trainer.network(), &tokenizer, ("echo", 64), BlockFormat::F32, &[]).expect("a file");
    let file = Gguf::parse(Bytes::from(bytes)).expect("what was written reads");
    let capacity = Capacity { rows: 32, logit_rows: 32, kv_blocks: 4, context: 64 };
    let mut backend = cpu::CpuBackend::new(shape(), capacity, 1).expect("a small backend");
    let model = Model::load(&file, &mut backend, &mut |_, _| {}).expect("a whole model");

    let tokens: Vec<u32> = (0..21).map(|i| 1 + i * 11 % 200).collect();
    let example = Example::new(&tokens[..1], &tokens[1..]).expect("not empty");
    let trained = trainer.network().logits(&Batch::new(&[example])).expect("logits");
    let trained = trained.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers");

    let rows: Vec<Row> = (0..20).map(|i| Row { token: tokens[i as usize], position: i, table: 0 }).collect();
    let logit_rows: Vec<u32> = (0..20).collect();
    backend.begin(&Pass { rows: &rows, tables: &[&[0, 1]], logit_rows: &logit_rows }).expect("fits");
    model.forward(&mut backend, true);
    let run = pollster::block_on(backend.read(Register::Logits)).expect("numbers");
    assert_eq!(run.len(), trained.len());
    let worst = run.iter().zip(&trained).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 2e-4, "logits differ by {worst}");
}

/// Adapters change nothing until they are trained; trained and merged they compute what they computed beside the weights.
#[test]
fn adapters_on_a_loaded_model_learn_and_merge() {
    let file = crate::models::tiny();
    let plain = Network::from_gguf(&file, &Device::Cpu).expect("a whole model");
    let shape = plain.shape().clone();
    let before = plain.weights().expect("weights");
    let network = Network::from_gguf(&file, &Device::Cpu)
        .and_then(|network| network.with_adapters(Adapters { rank: 4, alpha: 8.0 }, 5));
    let network = network.expect("a valid rank");
    let tokens: Vec<u32> = (0..12).map(|i| 1 + i * 11 % 200).collect();
    let batch = Batch::new(&[Example::new(&tokens[..1], &tokens[1..]).expect("not empty")]);
    let values = |network: &Network| {
        let logits = network.logits(&batch).expect("logits");
        logits.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers")
    };
    assert_eq!(values(&plain), values(&network), "B starts at zero");
    let mixture = Mixture::new(vec![(Box::new(Echo), 1.0)], 11).expect("one source");
    let schedule = Schedule { peak: 1e-2, floor: 1.0, warm_up: 0, steps: 60 };
    let plan =
        Plan { batch: 8, context: 16, schedule, weight_decay: 0.0, clip: 1.0, matrices: Matrices::AdamW, shards: 1 };
    let mut trainer = Trainer::new(network, mixture, plan).expect("a valid plan");
    let losses: Vec<f32> = (0..60).map(|_| trainer.step().expect("a step").loss).collect();
    assert!(losses[59] < 0.8 * losses[0], "from {} to {}", losses[0], losses[59]);
    let merged = trainer.network().weights().expect("weights");
    for (name, weight) in &merged {
        let flat = |x: &candle_core::Tensor| x.flatten_all().and_then(|x| x.to_vec1::<f32>()).expect("numbers");
        let same = flat(weight) == flat(&before[name]);
        let adapted = name.starts_with("blk.") && weight.dims().len() == 2;
        assert_eq!(same, !adapted, "{name}");
    }
    let bytes = to_gguf_like(trainer.network(), &file, BlockFormat::F32, &[]).expect("a file");
    let saved = Gguf::parse(Bytes::from(bytes)).expect("what was written reads");
    let saved = Network::from_gguf(&saved, &Device::Cpu).expect("a whole model");
    assert_eq!(*saved.shape(), shape);
    let worst = values(&saved).iter().zip(values(trainer.network())).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-3, "logits differ by {worst}");
}
