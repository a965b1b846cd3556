//! A small network for points of the plane: what the 2-D lab trains in the tab.

use std::sync::Arc;

use burn::tensor::activation::silu;
use burn::tensor::module::linear;
use burn::tensor::{Device, Tensor, TensorData};

use super::layers::time::SinusoidalFeatures;
use crate::diffusion::math;
use crate::diffusion::noise::{Purpose, Stream};

/// Angular frequencies of the sinusoids of the place.
const OCTAVES: [f32; 3] = [1.0, 2.0, 4.0];
/// Columns that tell the place: the point itself, a sine and a cosine of each octave.
const PLACE: usize = 2 + 4 * OCTAVES.len();

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

impl PointNetConfig {
    /// Inputs and outputs of each layer.
    fn layers(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let Self { width, depth, embedding } = *self;
        std::iter::once((PLACE + embedding, width)).chain((1..depth).map(move |_| (width, width))).chain([(width, 2)])
    }

    /// Number of weights.
    pub fn parameters(&self) -> usize {
        self.layers().map(|(from, to)| (from + 1) * to).sum()
    }

    /// The weights that `seed` draws, layer after layer, `[from, to]` and then the bias: uniform in ±√(3/inputs), the same bits on every
    /// device; biases are 0, and the last layer starts near 0.
    pub fn weights(&self, seed: u64) -> Vec<f32> {
        let mut weights = Vec::with_capacity(self.parameters());
        for (index, (from, to)) in self.layers().enumerate() {
            let gain = if to == 2 { 0.1 } else { 1.0 };
            let bound = gain * math::sqrt(3.0 / from as f64);
            let stream = Stream::new(seed, Purpose::Weights).draw(index as u32 + 1);
            weights.extend((1..=(from * to) as u32).map(|k| ((2.0 * stream.uniform(k) - 1.0) * bound) as f32));
            weights.extend((0..to).map(|_| 0.0));
        }
        weights
    }

    /// The features of timesteps, `[B, embedding]`: sinusoids of t / 10, so that the fastest turns about sixteen times in 1000 steps.
    pub fn time_features(&self, timesteps: &[f64]) -> Vec<f32> {
        let features = SinusoidalFeatures {
            dim: self.embedding,
            flip_sin_to_cos: false,
            downscale_freq_shift: 0.0,
            scale: 0.1,
            max_period: 100.0,
        };
        features.of(timesteps)
    }

    /// Adds what the network is told of a point, computed here and not on the device: one upload instead of twenty kernels.
    pub fn tell(&self, place: [f32; 2], time: &[f32], inputs: &mut Vec<f32>) {
        inputs.extend(place);
        for octave in OCTAVES {
            inputs.extend(place.map(|v| math::sin(f64::from(octave * v)) as f32));
            inputs.extend(place.map(|v| math::cos(f64::from(octave * v)) as f32));
        }
        inputs.extend(time);
    }

    /// Columns of what the network is told.
    pub fn inputs(&self) -> usize {
        PLACE + self.embedding
    }
}

/// A residual multilayer perceptron: `[B, 2]` points and their timesteps to `[B, 2]`.
///
/// `h₀ = silu(W [x, features(x), features(t)])`, `h_k = h_{k−1} + silu(W_k h_{k−1})`, output `W h`.
/// Sinusoids of the place let so small a network draw sharp edges early (Tancik et al. 2020).
#[derive(Debug, Clone)]
pub struct PointNet {
    layers: Vec<(Tensor<2>, Tensor<1>)>,
    config: PointNetConfig,
    clock: Option<Arc<[f64]>>,
}

impl PointNet {
    /// The network whose weights lie one after the other in `weights`, as [`PointNetConfig::weights`] orders them.
    pub fn new(config: &PointNetConfig, weights: &Tensor<1>) -> Self {
        let mut at = 0;
        let mut take = |count: usize| {
            at += count;
            weights.clone().narrow(0, at - count, count)
        };
        let layers = config.layers().map(|(from, to)| (take(from * to).reshape([from, to]), take(to))).collect();
        Self { layers, config: *config, clock: None }
    }

    /// The same network that is told `clock[t]` where its sampler says t: for a schedule that moves while it is learnt.
    #[must_use]
    pub fn told_by(self, clock: Option<Arc<[f64]>>) -> Self {
        Self { clock, ..self }
    }

    /// Weight `[from, to]` and bias `[to]` of each layer.
    pub fn layers(&self) -> &[(Tensor<2>, Tensor<1>)] {
        &self.layers
    }

    /// The same network with every layer changed.
    #[must_use]
    pub fn map_layers(self, change: impl Fn((Tensor<2>, Tensor<1>)) -> (Tensor<2>, Tensor<1>)) -> Self {
        Self { layers: self.layers.into_iter().map(change).collect(), ..self }
    }

    /// The network's answer to points `[B, 2]` at one timestep for all, or one each.
    pub fn forward(&self, x: &Tensor<2>, timesteps: &[f64]) -> Tensor<2> {
        let [count, _] = x.dims();
        let time = self.time(timesteps, &x.device());
        let time = if timesteps.len() == 1 { time.repeat_dim(0, count) } else { time };
        let waves = OCTAVES.iter().flat_map(|octave| [(x.clone() * *octave).sin(), (x.clone() * *octave).cos()]);
        self.answer(Tensor::cat([x.clone()].into_iter().chain(waves).chain([time]).collect(), 1))
    }

    /// The network's answer to what [`PointNetConfig::tell`] says of `B` points, `[B, inputs]`.
    pub fn answer(&self, inputs: Tensor<2>) -> Tensor<2> {
        let last = self.layers.len().saturating_sub(1);
        let mut h = inputs;
        for (index, (weight, bias)) in self.layers.iter().enumerate() {
            let next = linear(h.clone(), weight.clone(), Some(bias.clone()));
            h = match index {
                _ if index == last => next,
                0 => silu(next),
                _ => h + silu(next),
            };
        }
        h
    }

    fn time(&self, timesteps: &[f64], device: &Device) -> Tensor<2> {
        let told: Vec<f64> =
            timesteps.iter().map(|t| self.clock.as_deref().map_or(*t, |clock| told(clock, *t))).collect();
        let features = TensorData::new(self.config.time_features(&told), [told.len(), self.config.embedding]);
        Tensor::from_data(features, device)
    }
}

/// What a clock shows at a time between two of its marks.
fn told(clock: &[f64], t: f64) -> f64 {
    let last = clock.len().saturating_sub(1);
    let t = t.clamp(0.0, last as f64);
    let (before, share) = (t as usize, t - (t as usize) as f64);
    let at = |index: usize| clock.get(index.min(last)).copied().unwrap_or(t);
    at(before) * (1.0 - share) + at(before + 1) * share
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: PointNetConfig = PointNetConfig { width: 16, depth: 3, embedding: 8 };

    fn net(seed: u64) -> PointNet {
        let weights = CONFIG.weights(seed);
        // (2 + 12 + 8 + 1)·16 + 2·(16 + 1)·16 + (16 + 1)·2
        assert_eq!((weights.len(), CONFIG.parameters()), (946, 946));
        PointNet::new(&CONFIG, &Tensor::from_data(TensorData::new(weights, [946]), &Device::flex()))
    }

    fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn answer(net: &PointNet) -> Vec<f32> {
        let x = Tensor::from_data([[0.5f32, -1.0], [0.5, -1.0]], &Device::flex());
        numbers(net.forward(&x, &[0.0, 999.0]))
    }

    #[test]
    fn a_network_is_its_seed_and_shape() {
        assert_eq!(answer(&net(1)), answer(&net(1)));
        assert_ne!(answer(&net(1)), answer(&net(2)));
        // The same point at another timestep is another answer.
        assert_ne!(answer(&net(1))[..2], answer(&net(1))[2..]);
    }

    #[test]
    fn what_is_told_here_is_what_the_device_computes() {
        let mut inputs = Vec::new();
        for t in [0.0, 999.0] {
            CONFIG.tell([0.5, -1.0], &CONFIG.time_features(&[t]), &mut inputs);
        }
        let inputs = Tensor::from_data(TensorData::new(inputs, [2, CONFIG.inputs()]), &Device::flex());
        for (told, computed) in numbers(net(1).answer(inputs)).into_iter().zip(answer(&net(1))) {
            // Sines of an f32 and of an f64 differ by an ulp or two.
            assert!((told - computed).abs() < 1e-5, "{told} {computed}");
        }
    }

    #[test]
    fn a_clock_tells_another_time() {
        let clock: Arc<[f64]> = (0..1000).map(|t| f64::from(999 - t)).collect();
        let turned = net(1).told_by(Some(clock));
        assert_eq!(answer(&turned)[..2], answer(&net(1))[2..]);
        assert_eq!(told(&[0.0, 10.0], 0.25), 2.5);
        assert_eq!(told(&[], 3.0), 0.0);
    }
}
