//! What the encoder of a VAE says about a picture.

use burn::tensor::Tensor;

/// A normal distribution of independent latents: the posterior `q(z | x)` of a VAE (Kingma and Welling 2014); diffusers' `DiagonalGaussianDistribution`.
#[derive(Debug, Clone)]
pub struct DiagonalGaussianDistribution {
    /// Means `[B, C, H, W]`.
    pub mean: Tensor<4>,
    /// Logarithms of the variances `[B, C, H, W]`, within [−30, 20].
    pub logvar: Tensor<4>,
}

impl DiagonalGaussianDistribution {
    /// From the encoder's output `[B, 2C, H, W]`: means first, then log-variances.
    ///
    /// These are clamped to [−30, 20], so that neither the variance nor its inverse overflows.
    pub fn new(moments: Tensor<4>) -> Self {
        let channels = moments.dims()[1] / 2;
        let mean = moments.clone().narrow(1, 0, channels);
        Self { mean, logvar: moments.narrow(1, channels, channels).clamp(-30.0, 20.0) }
    }

    /// Standard deviations `e^(logvar / 2)`.
    pub fn std(&self) -> Tensor<4> {
        (self.logvar.clone() * 0.5).exp()
    }

    /// The most likely latents: the means.
    pub fn mode(&self) -> Tensor<4> {
        self.mean.clone()
    }

    /// A draw `mean + std · noise` from standard normal `noise` of the same shape.
    pub fn sample(&self, noise: Tensor<4>) -> Tensor<4> {
        self.mean.clone() + self.std() * noise
    }

    /// Kullback-Leibler divergence from the standard normal distribution, `[B]`: `½ Σ (mean² + var − 1 − logvar)`.
    pub fn kl(&self) -> Tensor<1> {
        let terms = self.mean.clone().square() + self.logvar.clone().exp() - 1.0 - self.logvar.clone();
        sum_of_each(terms) * 0.5
    }

    /// Kullback-Leibler divergence `KL(self ‖ other)`, `[B]`: `½ Σ ((m − m′)² / v′ + v / v′ − 1 − ln(v / v′))`.
    pub fn kl_to(&self, other: &Self) -> Tensor<1> {
        let log_ratio = self.logvar.clone() - other.logvar.clone();
        let distance = (self.mean.clone() - other.mean.clone()).square() * (-other.logvar.clone()).exp();
        sum_of_each(distance + log_ratio.clone().exp() - 1.0 - log_ratio) * 0.5
    }

    /// Negative log-likelihood of `z` `[B, C, H, W]`, `[B]`: `½ Σ (ln 2π + logvar + (z − mean)² / var)`.
    pub fn nll(&self, z: Tensor<4>) -> Tensor<1> {
        let distance = (z - self.mean.clone()).square() * (-self.logvar.clone()).exp();
        sum_of_each(distance + self.logvar.clone() + core::f64::consts::TAU.ln()) * 0.5
    }
}

/// The sum over all but the batch.
fn sum_of_each(x: Tensor<4>) -> Tensor<1> {
    x.flatten::<2>(1, 3).sum_dim(1).squeeze_dim(1)
}
