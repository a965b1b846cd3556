//! Random Fourier features of a noise level.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor};

/// Features `[B, 2N]` of levels `[B]` at random frequencies that are drawn once and never trained (Tancik et al. 2020); diffusers' `GaussianFourierProjection`.
///
/// `sin(2π w x)`, then `cos(2π w x)`, where x is the level or its logarithm.
#[derive(Module, Debug)]
pub struct GaussianFourierProjection {
    /// Frequencies w in turns `[N]`.
    weight: Param<Tensor<1>>,
    log: bool,
    flip_sin_to_cos: bool,
}

impl GaussianFourierProjection {
    /// `embedding_size` frequencies from N(0, `scale`²); `log` takes the logarithm of the level first.
    pub fn new(embedding_size: usize, scale: f64, log: bool, flip_sin_to_cos: bool, device: &Device) -> Self {
        let frequencies = Initializer::Normal { mean: 0.0, std: scale };
        Self { weight: frequencies.init([embedding_size], device).set_require_grad(false), log, flip_sin_to_cos }
    }

    /// Levels `[B]`, positive where the logarithm is taken, to features `[B, 2N]`.
    pub fn forward(&self, x: Tensor<1>) -> Tensor<2> {
        let x = if self.log { x.log() } else { x };
        fourier_features(x, self.weight.val(), self.flip_sin_to_cos)
    }
}

/// Sines and cosines `[B, 2N]` of `2π` times each product of `x` `[B]` and `frequencies` `[N]`; cosines first where `flip_sin_to_cos`.
pub fn fourier_features(x: Tensor<1>, frequencies: Tensor<1>, flip_sin_to_cos: bool) -> Tensor<2> {
    let turns: Tensor<2> = x.unsqueeze_dim::<2>(1) * frequencies.unsqueeze_dim(0);
    // Whole turns are exact in f32 and go first: GPUs compute sines of large angles badly.
    let angle = (turns.clone() - turns.floor()) * core::f64::consts::TAU;
    let (sin, cos) = (angle.clone().sin(), angle.cos());
    Tensor::cat(if flip_sin_to_cos { vec![cos, sin] } else { vec![sin, cos] }, 1)
}
