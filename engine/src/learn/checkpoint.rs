//! A run as bytes (safetensors), so that it can go on elsewhere as if it had never stopped.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use safetensors::SafeTensors;

use super::{LearnError, Network, Trainer};
use crate::backend::Shape;

const STEP: &str = "step";

impl Network {
    /// The network of a checkpoint, to start another run from.
    ///
    /// # Errors
    /// [`LearnError::Checkpoint`] naming the tensor that is missing or has another shape.
    pub fn from_checkpoint(shape: Shape, bytes: &[u8], device: &Device) -> Result<Self, LearnError> {
        let network = Self::new(shape, 0, device)?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| LearnError::Checkpoint(error.to_string()))?;
        for (name, parameter) in network.parameters() {
            let value = Trainer::tensor(&file, &format!("parameter.{name}"), parameter.dims(), device)?;
            parameter.set(&value)?;
        }
        Ok(network)
    }
}

impl Trainer {
    /// Parameters, moments and step. What is learnt from belongs to the plan, and the plan to the caller.
    ///
    /// # Errors
    /// [`LearnError::Tensor`] when the device fails.
    pub fn checkpoint(&self) -> Result<Vec<u8>, LearnError> {
        let mut tensors = HashMap::new();
        for (name, parameter) in self.network.parameters() {
            tensors.insert(format!("parameter.{name}"), parameter.as_tensor().clone());
        }
        for (name, (mean, square)) in &self.optimizer.moments {
            tensors.insert(format!("mean.{name}"), mean.clone());
            tensors.insert(format!("square.{name}"), square.clone());
        }
        tensors.insert(STEP.to_owned(), Tensor::new(&[self.step as i64], &Device::Cpu)?);
        safetensors::serialize(&tensors, None).map_err(|error| LearnError::Checkpoint(error.to_string()))
    }

    /// Goes on from a checkpoint of a run with the same network.
    ///
    /// # Errors
    /// [`LearnError::Checkpoint`] naming the tensor that is missing or has another shape; the run is as it was then.
    pub fn restore(&mut self, bytes: &[u8]) -> Result<(), LearnError> {
        let file = SafeTensors::deserialize(bytes).map_err(|error| LearnError::Checkpoint(error.to_string()))?;
        let step = Self::tensor(&file, STEP, &[1], &Device::Cpu)?.to_vec1::<i64>()?[0];
        let step = u64::try_from(step).map_err(|_| LearnError::Checkpoint(format!("its step is {step}")))?;
        let mut restored = Vec::new();
        for (name, parameter) in self.network.parameters() {
            let read =
                |kind: &str| Self::tensor(&file, &format!("{kind}.{name}"), parameter.dims(), self.network.device());
            let moments = if step > 0 { Some((read("mean")?, read("square")?)) } else { None };
            restored.push((name.clone(), parameter.clone(), read("parameter")?, moments));
        }
        for (name, parameter, value, moments) in restored {
            parameter.set(&value)?;
            if let Some(moments) = moments {
                self.optimizer.moments.insert(name, moments);
            }
        }
        self.step = step;
        Ok(())
    }

    fn tensor(file: &SafeTensors<'_>, name: &str, dims: &[usize], device: &Device) -> Result<Tensor, LearnError> {
        use candle_core::safetensors::Load;
        let view = file.tensor(name).map_err(|error| LearnError::Checkpoint(format!("`{name}`: {error}")))?;
        if view.shape() != dims {
            let message = format!("`{name}` is {:?}, the network's is {dims:?}", view.shape());
            return Err(LearnError::Checkpoint(message));
        }
        Ok(view.load(device)?)
    }
}
