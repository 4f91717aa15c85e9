//! One training run: step after step, each a function of the state and its number.

use std::collections::BTreeMap;

use candle_core::Tensor;
use candle_core::backprop::GradStore;

use super::mixture::WINDOW;
use super::threads::SideBySide;
use super::{AdamW, Batch, LearnError, Matrices, Mixture, Network, Schedule};

/// The settings of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Examples in a batch.
    pub batch: usize,
    /// Tokens in an example at most.
    pub context: usize,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// Weight decay of matrices.
    pub weight_decay: f64,
    /// Largest norm of the gradients.
    pub clip: f64,
    /// How matrices of the layers step.
    pub matrices: Matrices,
    /// Parts of a batch whose gradients are computed side by side, a thread each, and added in their order. The result
    /// depends on their number, and on nothing else of the machine.
    pub shards: usize,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepReport {
    /// The step, from 0.
    pub step: u64,
    /// Weighted mean cross-entropy of the outputs, in nats a token.
    pub loss: f32,
    /// Norm of the gradients before clipping.
    pub norm: f32,
    /// The learning rate.
    pub rate: f64,
    /// Tokens read, without padding.
    pub tokens: usize,
    /// Tokens predicted.
    pub targets: usize,
}

/// A network, its optimizer and how far it came.
pub struct Trainer {
    pub(crate) network: Network,
    pub(crate) optimizer: AdamW,
    pub(crate) step: u64,
    plan: Plan,
    mixture: Mixture,
    window: Option<(u64, Vec<Batch>)>,
    threads: SideBySide, // one for each shard
}

impl Trainer {
    /// A run from its beginning.
    ///
    /// # Errors
    /// [`LearnError::Setting`] naming the setting out of range.
    pub fn new(network: Network, mixture: Mixture, plan: Plan) -> Result<Self, LearnError> {
        plan.schedule.validate()?;
        if !(1..=4096).contains(&plan.batch) {
            return Err(LearnError::setting("batch", plan.batch, "within 1..=4096"));
        }
        if !(2..=1 << 20).contains(&plan.context) {
            return Err(LearnError::setting("context", plan.context, "within 2..=1048576"));
        }
        if plan.clip.is_nan() || plan.clip <= 0.0 {
            return Err(LearnError::setting("clip", plan.clip, "above 0"));
        }
        if !(0.0..=10.0).contains(&plan.weight_decay) {
            return Err(LearnError::setting("weight_decay", plan.weight_decay, "within 0..=10"));
        }
        if !(1..=256).contains(&plan.shards) {
            return Err(LearnError::setting("shards", plan.shards, "within 1..=256"));
        }
        let threads = SideBySide::new(plan.shards)?;
        let optimizer = AdamW::new(plan.weight_decay, plan.matrices);
        Ok(Self { network, optimizer, step: 0, plan, mixture, window: None, threads })
    }

    /// The network as it is now.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Steps done.
    #[must_use]
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    /// The settings.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Does the next step.
    ///
    /// # Errors
    /// [`LearnError::Diverged`] when the loss is no number; the network is as it was before the step then.
    pub fn step(&mut self) -> Result<StepReport, LearnError> {
        let window = self.step / WINDOW;
        if self.window.as_ref().is_none_or(|(loaded, _)| *loaded != window) {
            self.window = Some((window, self.mixture.window(window, self.plan.batch, self.plan.context)?));
        }
        let Some((_, batches)) = &self.window else { unreachable!("the window was just loaded") };
        let batch = &batches[(self.step % WINDOW) as usize];
        let (value, gradients) = self.gradients(batch)?;
        if !value.is_finite() {
            return Err(LearnError::Diverged { step: self.step, loss: value });
        }
        let rate = self.plan.schedule.at(self.step);
        let Self { network, plan, threads, .. } = self;
        let norm = self.optimizer.step(network, &gradients, &plan.schedule, (self.step, plan.clip), threads)?;
        let (tokens, targets) = (batch.real_tokens(), batch.targets().len());
        let report = StepReport { step: self.step, loss: value, norm, rate, tokens, targets };
        self.step += 1;
        Ok(report)
    }

    /// Mean loss over the batch's targets, and its gradients.
    fn gradients(&self, batch: &Batch) -> Result<(f32, BTreeMap<String, Tensor>), LearnError> {
        let shards = batch.shards(self.plan.shards);
        let all = batch.weight();
        let network = &self.network;
        let one = |shard: &Batch| -> Result<(f32, GradStore), LearnError> {
            // The mean over all targets is that of the shards, by what theirs count.
            let loss = (network.loss(shard)? * (shard.weight() / all))?;
            Ok((loss.to_scalar::<f32>()?, loss.backward()?))
        };
        let done = self.threads.map(&shards, one);
        let (mut value, mut sums) = (0.0, BTreeMap::<String, Tensor>::new());
        for done in done {
            let (loss, gradients) = done?;
            value += loss;
            for (name, parameter) in network.parameters() {
                let Some(gradient) = gradients.get(parameter) else { continue };
                let gradient = gradient.detach();
                let sum = match sums.get(name) {
                    Some(sum) => (sum + gradient)?,
                    None => gradient,
                };
                sums.insert(name.clone(), sum);
            }
        }
        Ok((value, sums))
    }
}
