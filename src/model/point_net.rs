//! A small network for points of the plane: what the 2-D lab trains in the tab.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::silu;
use burn::tensor::{Device, Tensor, TensorData};

use super::layers::time::SinusoidalFeatures;
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};

/// Angular frequencies of the sinusoids of the place.
const OCTAVES: [f32; 3] = [1.0, 2.0, 4.0];

/// Shape of a [`PointNet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointNetConfig {
    /// Units of a hidden layer.
    pub width: usize,
    /// Hidden layers.
    pub depth: usize,
    /// Columns that tell the timestep; even.
    pub embedding: usize,
}

/// A residual multilayer perceptron: `[B, 2]` points and their timesteps to `[B, 2]`.
///
/// `h₀ = silu(W [x, features(x), features(t)])`, `h_k = h_{k−1} + silu(W_k h_{k−1})`, output `W h`.
/// Sinusoids of the place let so small a network draw sharp edges early (Tancik et al. 2020).
#[derive(Module, Debug)]
pub struct PointNet {
    input: Linear,
    hidden: Vec<Linear>,
    output: Linear,
    #[module(skip)]
    embedding: usize,
}

impl PointNet {
    /// A network with the weights that `seed` draws: uniform in ±√(3/inputs), the same bits on every device; the last layer starts near 0.
    pub fn new(config: &PointNetConfig, seed: u64, device: &Device) -> Self {
        let &PointNetConfig { width, depth, embedding } = config;
        let mut layers = 0;
        let mut layer = |from: usize, to: usize| {
            layers += 1;
            let gain = if to == 2 { 0.1 } else { 1.0 };
            linear(
                from,
                to,
                gain * math::sqrt(3.0 / from as f64),
                Stream::new(seed, Purpose::Weights).draw(layers),
                device,
            )
        };
        Self {
            input: layer(2 + 4 * OCTAVES.len() + embedding, width),
            hidden: (1..depth).map(|_| layer(width, width)).collect(),
            output: layer(width, 2),
            embedding,
        }
    }

    /// The network's answer to points `[B, 2]`, whose timesteps are told as `time` `[B, embedding]`.
    pub fn forward(&self, x: &Tensor<2>, time: Tensor<2>) -> Tensor<2> {
        let waves = OCTAVES.iter().flat_map(|octave| [(x.clone() * *octave).sin(), (x.clone() * *octave).cos()]);
        let inputs = [x.clone()].into_iter().chain(waves).chain([time]).collect();
        let first = silu(self.input.forward(Tensor::cat(inputs, 1)));
        let last = self.hidden.iter().fold(first, |h, layer| h.clone() + silu(layer.forward(h)));
        self.output.forward(last)
    }

    /// The features of timesteps, `[B, embedding]`: sinusoids of t / 10, so that the fastest turns about sixteen times in 1000 steps.
    pub fn time_features(&self, timesteps: &[f64], device: &Device) -> Tensor<2> {
        let features = SinusoidalFeatures {
            dim: self.embedding,
            flip_sin_to_cos: false,
            downscale_freq_shift: 0.0,
            scale: 0.1,
            max_period: 100.0,
        };
        Tensor::from_data(TensorData::new(features.of(timesteps), [timesteps.len(), self.embedding]), device)
    }
}

fn linear(from: usize, to: usize, bound: f64, stream: Stream, device: &Device) -> Linear {
    let mut index = 0;
    let mut draw = |count: usize| -> Vec<f32> {
        let value = |_| {
            index += 1;
            ((2.0 * stream.uniform(index) - 1.0) * bound) as f32
        };
        (0..count).map(value).collect()
    };
    let weight = Tensor::from_data(TensorData::new(draw(from * to), [from, to]), device);
    let bias = Tensor::zeros([to], device);
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_its_seed_and_shape() {
        let (device, config) = (Device::flex(), PointNetConfig { width: 16, depth: 3, embedding: 8 });
        let answer = |seed: u64| -> Vec<f32> {
            let net = PointNet::new(&config, seed, &device);
            // (2 + 12 + 8 + 1)·16 + 2·(16 + 1)·16 + (16 + 1)·2
            assert_eq!(net.num_params(), 946);
            let x = Tensor::from_data([[0.5f32, -1.0], [0.5, -1.0]], &device);
            let time = net.time_features(&[0.0, 999.0], &device);
            net.forward(&x, time).into_data().try_to_vec().unwrap()
        };
        assert_eq!(answer(1), answer(1));
        assert_ne!(answer(1), answer(2));
        // The same point at another timestep is another answer.
        assert_ne!(answer(1)[..2], answer(1)[2..]);
    }
}
