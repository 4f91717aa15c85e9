//! One training run: step after step, each a function of the state and its number.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::thread::ScopedJoinHandle;

use candle_core::Tensor;
use candle_core::backprop::GradStore;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::mixture::WINDOW;
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
    /// Mean cross-entropy of the outputs, in nats a token.
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
    pools: Vec<ThreadPool>, // one for each shard; none where there is one shard
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
        let pool = |_| ThreadPoolBuilder::new().num_threads(1).build();
        let pools = if plan.shards > 1 { (0..plan.shards).map(pool).collect() } else { Ok(Vec::new()) };
        let pools = pools.map_err(|error| LearnError::setting("shards", plan.shards, &error.to_string()))?;
        let optimizer = AdamW::new(plan.weight_decay, plan.matrices);
        Ok(Self { network, optimizer, step: 0, plan, mixture, window: None, pools })
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
        let norm = self.optimizer.step(&self.network, &gradients, &self.plan.schedule, (self.step, self.plan.clip))?;
        let (tokens, targets) = (batch.real_tokens(), batch.targets().len());
        let report = StepReport { step: self.step, loss: value, norm, rate, tokens, targets };
        self.step += 1;
        Ok(report)
    }

    /// Mean loss over the batch's targets, and its gradients.
    fn gradients(&self, batch: &Batch) -> Result<(f32, BTreeMap<String, Tensor>), LearnError> {
        let shards = batch.shards(self.plan.shards);
        let all = batch.targets().len() as f64;
        let network = &self.network;
        let one = |shard: &Batch| -> Result<(f32, GradStore), LearnError> {
            // The mean over all targets is that of the shards, weighted by theirs.
            let loss = (network.loss(shard)? * (shard.targets().len() as f64 / all))?;
            Ok((loss.to_scalar::<f32>()?, loss.backward()?))
        };
        let done: Vec<Result<(f32, GradStore), LearnError>> = match &self.pools[..] {
            [] => shards.iter().map(one).collect(),
            pools => std::thread::scope(|scope| {
                let one = &one;
                let threads = shards.iter().zip(pools).map(|(shard, pool)| scope.spawn(|| pool.install(|| one(shard))));
                let threads: Vec<_> = threads.collect();
                let join = |thread: ScopedJoinHandle<'_, _>| thread.join().unwrap_or_else(|panic| resume_unwind(panic));
                threads.into_iter().map(join).collect()
            }),
        };
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
