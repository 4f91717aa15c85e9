//! AdamW with decoupled weight decay (Loshchilov and Hutter 2019), for all parameters or beside [`super::muon`].

use std::collections::BTreeMap;

use candle_core::{Tensor, Var};

use super::threads::SideBySide;
use super::{LearnError, Network, Schedule, muon};

/// A parameter's next value and its next moments.
type Stepped = (Tensor, (Tensor, Tensor));

/// How matrices of the layers step; vectors and embeddings always step by AdamW.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Matrices {
    /// By AdamW, too.
    #[default]
    AdamW,
    /// By Muon, with a highest learning rate of its own.
    Muon {
        /// That rate; 0.02 is usual.
        rate: f64,
    },
}

/// The optimizer's settings and moments.
#[derive(Debug)]
pub struct AdamW {
    /// How matrices of the layers step.
    pub matrices: Matrices,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Added to the root of the squares.
    pub eps: f64,
    /// Shrinks matrices by this times the learning rate each step; vectors are left.
    pub weight_decay: f64,
    /// Mean of gradients and of their squares, by parameter; Muon has a momentum in the first place alone.
    pub(crate) moments: BTreeMap<String, (Tensor, Tensor)>,
}

impl AdamW {
    /// The usual settings for language models.
    #[must_use]
    pub fn new(weight_decay: f64, matrices: Matrices) -> Self {
        Self { matrices, beta1: 0.9, beta2: 0.98, eps: 1e-8, weight_decay, moments: BTreeMap::new() }
    }

    /// Steps every parameter that has a gradient, after gradients whose common norm is above `clip` were scaled down to
    /// it. `step` counts from 0. Returns that norm before clipping.
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub(super) fn step(
        &mut self,
        network: &Network,
        gradients: &BTreeMap<String, Tensor>,
        schedule: &Schedule,
        (step, clip): (u64, f64),
        side_by_side: &SideBySide,
    ) -> Result<f32, LearnError> {
        let rate = schedule.at(step);
        let mut squares = 0.0_f64;
        for gradient in gradients.values() {
            squares += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
        }
        let norm = squares.sqrt();
        let scale = if norm > clip { clip / norm } else { 1.0 };
        let exponent = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let (mean_bias, square_bias) = (1.0 - self.beta1.powi(exponent), 1.0 - self.beta2.powi(exponent));
        let one = |(name, parameter): &(&String, &Var)| -> Result<Stepped, LearnError> {
            let gradient = (&gradients[*name] * scale)?;
            let (mean, square) = match self.moments.get(*name) {
                Some(moments) => moments.clone(),
                None => (parameter.zeros_like()?.detach(), parameter.zeros_like()?.detach()),
            };
            if let (Matrices::Muon { rate: peak }, Some(parts)) = (self.matrices, network.matrices_of(name)) {
                let rate = rate / schedule.peak * peak;
                let (momentum, update) = muon::step(&mean, &gradient, &parts)?;
                let stepped = (parameter.as_tensor().detach() * (1.0 - rate * self.weight_decay))?;
                return Ok(((stepped - (update * rate)?)?, (momentum, square)));
            }
            let mean = ((mean * self.beta1)? + (&gradient * (1.0 - self.beta1))?)?;
            let square = ((square * self.beta2)? + (gradient.sqr()? * (1.0 - self.beta2))?)?;
            let root = ((&square / square_bias)?.sqrt()? + self.eps)?;
            let update = ((&mean / mean_bias)? / root)?;
            let decay = if parameter.dims().len() > 1 { 1.0 - rate * self.weight_decay } else { 1.0 };
            let stepped = ((parameter.as_tensor().detach() * decay)? - (update * rate)?)?;
            Ok((stepped, (mean, square)))
        };
        let parameters = network.parameters().iter().filter(|(name, _)| gradients.contains_key(*name));
        let parameters: Vec<(&String, &Var)> = parameters.collect();
        let stepped = side_by_side.map(&parameters, one);
        for ((name, parameter), stepped) in parameters.into_iter().zip(stepped) {
            let (value, moments) = stepped?;
            parameter.set(&value)?;
            self.moments.insert(name.clone(), moments);
        }
        Ok(norm as f32)
    }
}
