//! How a network is told the timestep.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

use super::{Activation, linear};
use crate::diffusion::math;

/// Sinusoidal features of "Attention is all you need" (Vaswani et al. 2017); fields of diffusers' `get_timestep_embedding`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinusoidalFeatures {
    /// Columns.
    pub dim: usize,
    /// Whether cosines come before sines.
    pub flip_sin_to_cos: bool,
    /// 1 makes the slowest frequency exactly `1/max_period`, as in the paper's code; 0 leaves it a step above.
    pub downscale_freq_shift: f64,
    /// What the timesteps are multiplied by: 1000 for networks whose time runs in [0, 1].
    pub scale: f64,
    /// Ratio of the fastest to the slowest frequency.
    pub max_period: f64,
}

impl SinusoidalFeatures {
    /// `[B, dim]`, row-major: `sin(s t f_i)`, then `cos(s t f_i)`, with `f_i = max_period^(−i / (dim/2 − shift))`.
    ///
    /// An odd `dim` gets a last column of zeros.
    /// Computed on the host in f64, so that every device sees the same features.
    pub fn of(&self, timesteps: &[f64]) -> Vec<f32> {
        let half = self.dim / 2;
        let step = -math::ln(self.max_period) / (half as f64 - self.downscale_freq_shift);
        let angle = |t: f64, i: usize| self.scale * t * math::exp(step * i as f64);
        let mut features = Vec::with_capacity(timesteps.len() * self.dim);
        for &t in timesteps {
            let sin = (0..half).map(|i| math::sin(angle(t, i)) as f32);
            let cos = (0..half).map(|i| math::cos(angle(t, i)) as f32);
            if self.flip_sin_to_cos {
                features.extend(cos.chain(sin));
            } else {
                features.extend(sin.chain(cos));
            }
            features.extend((2 * half..self.dim).map(|_| 0.0));
        }
        features
    }
}

/// [`SinusoidalFeatures`] of a U-Net: whole timesteps, slowest period 10000.
pub fn timestep_features(timesteps: &[f64], dim: usize, flip_sin_to_cos: bool, freq_shift: f64) -> Vec<f32> {
    let downscale_freq_shift = freq_shift;
    SinusoidalFeatures { dim, flip_sin_to_cos, downscale_freq_shift, scale: 1.0, max_period: 10_000.0 }.of(timesteps)
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
