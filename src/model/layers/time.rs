//! How a network is told the timestep.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Activation, linear};
use crate::diffusion::math;

/// Sinusoidal timestep features `[B, dim]` of "Attention is all you need" (Vaswani et al. 2017), in diffusers' `get_timestep_embedding` convention.
///
/// `f_i = exp(−ln(10000) · i / (dim/2 − freq_shift))`; columns `sin(t·f)`, then `cos(t·f)`, swapped where `flip_sin_to_cos`.
/// An odd `dim` gets a last column of zeros.
/// Computed on the host in f64, so that every device sees the same features.
pub fn timestep_features(timesteps: &[f64], dim: usize, flip_sin_to_cos: bool, freq_shift: f64) -> Vec<f32> {
    let half = dim / 2;
    let frequency = |i: usize| math::exp(-math::ln(10_000.0) * i as f64 / (half as f64 - freq_shift));
    let mut features = Vec::with_capacity(timesteps.len() * dim);
    for &t in timesteps {
        let sin = (0..half).map(|i| math::sin(t * frequency(i)) as f32);
        let cos = (0..half).map(|i| math::cos(t * frequency(i)) as f32);
        if flip_sin_to_cos {
            features.extend(cos.chain(sin));
        } else {
            features.extend(sin.chain(cos));
        }
        features.extend((2 * half..dim).map(|_| 0.0));
    }
    features
}

/// Two linear maps with a non-linearity between: diffusers' `TimestepEmbedding`.
#[derive(Module, Debug)]
pub struct TimestepEmbedding {
    linear_1: Linear,
    linear_2: Linear,
    #[module(skip)]
    act_fn: Activation,
}

impl TimestepEmbedding {
    /// From `in_dim` features to a `dim`-wide embedding.
    pub fn new(in_dim: usize, dim: usize, act_fn: Activation, device: &Device) -> Self {
        Self { linear_1: linear(in_dim, dim, device), linear_2: linear(dim, dim, device), act_fn }
    }

    /// Features `[B, in_dim]` to embedding `[B, dim]`.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = self.act_fn.apply(self.linear_1.forward(features));
        self.linear_2.forward(hidden)
    }
}

/// [`timestep_features`] as a tensor `[B, dim]`.
pub fn timestep_tensor(
    timesteps: &[f64],
    dim: usize,
    flip_sin_to_cos: bool,
    freq_shift: f64,
    device: &Device,
) -> Tensor<2> {
    let features = timestep_features(timesteps, dim, flip_sin_to_cos, freq_shift);
    Tensor::from_data(TensorData::new(features, [timesteps.len(), dim]), device)
}
