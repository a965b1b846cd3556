//! The forward process: how a picture becomes noise, and the one step back that is known exactly.

use super::math;
use super::parameterization::PredictionType;
use super::schedule::NoiseSchedule;

/// `a·x + b·y`, element by element; as long as the shorter of both.
pub fn combine(a: f64, x: &[f64], b: f64, y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| a * x + b * y).collect()
}

/// The forward process q(x_t | x_0) (Ho et al. 2020, equation 4; `add_noise` of diffusers), `x = α·x0 + σ·ε`.
///
/// Any level will do: variance preserving, exploding (α = 1) or a flow (α = 1 − σ).
pub fn add_noise(x0: &[f64], noise: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
    combine(alpha, x0, sigma, noise)
}

/// The training target of a network of `kind` at level (`alpha`, `sigma`): ε (Ho et al. 2020, equation 14), x0, v = α·ε − σ·x0 (Salimans and Ho 2022,
/// appendix D; `get_velocity` of diffusers), or a flow's ε − x0 (Liu et al. 2023, equation 1, with time running towards the noise).
pub fn target(kind: PredictionType, x0: &[f64], noise: &[f64], alpha: f64, sigma: f64) -> Vec<f64> {
    let (of_x0, of_noise) = kind.target(alpha, sigma);
    combine(of_x0, x0, of_noise, noise)
}

/// Offset noise (Guttenberg 2023): adds `strength · draw` to all values of one channel, so that a network learns to move whole-picture means.
///
/// `draw` has one N(0, 1) number a channel, `[B · C]`, for noise of `[B, C, H, W]`.
pub fn offset_noise(noise: &[f64], draw: &[f64], strength: f64) -> Vec<f64> {
    let channel = (noise.len() / draw.len().max(1)).max(1);
    let shift = |i: usize| draw.get(i / channel).map_or(0.0, |z| strength * z);
    noise.iter().enumerate().map(|(i, z)| z + shift(i)).collect()
}

/// Input perturbation (Ning et al. 2023, algorithm 1): `ε + γ·ξ`, the noise of the *input*, while the target keeps ε.
pub fn perturbed_noise(noise: &[f64], draw: &[f64], gamma: f64) -> Vec<f64> {
    combine(1.0, noise, gamma, draw)
}

/// A Gaussian step of the forward chain (Ho et al. 2020, equation 2), `N(scale · x_s, variance)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transition {
    /// Factor of the earlier state.
    pub scale: f64,
    /// Variance of the noise that is added.
    pub variance: f64,
}

/// The forward chain's posterior, a Gaussian step back when the picture is known (Ho et al. 2020, equation 6), `N(of_x0 · x0 + of_x · x_t, variance)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Posterior {
    /// Factor of the picture (`posterior_mean_coef1`).
    pub of_x0: f64,
    /// Factor of the noisier state (`posterior_mean_coef2`).
    pub of_x: f64,
    /// β̃.
    pub variance: f64,
}

impl Posterior {
    /// μ̃, the posterior's mean for a picture and a state (Ho et al. 2020, equation 7).
    pub fn mean(&self, x0: &[f64], x: &[f64]) -> Vec<f64> {
        combine(self.of_x0, x0, self.of_x, x)
    }

    /// ln of the variance, no smaller than ln `smallest`: the last step has variance 0.
    ///
    /// denoising-diffusion-pytorch and diffusers take 10⁻²⁰ for `smallest`, improved-diffusion the variance of the step before the last.
    pub fn log_variance_clipped(&self, smallest: f64) -> f64 {
        math::ln(self.variance.max(smallest))
    }
}

impl NoiseSchedule {
    /// q(x_t | x_s) for s ≤ t: `scale` √(ᾱ_t/ᾱ_s), `variance` 1 − ᾱ_t/ᾱ_s (Ho et al. 2020, equation 2, over any stride).
    ///
    /// s = t − 1 gives √(1 − β_t) and β_t, s = −1 the marginal of [`add_noise`].
    pub fn transition(&self, s: i64, t: i64) -> Transition {
        let (before, after) = (self.alpha_cumprod(s), self.alpha_cumprod(t));
        // Nothing is left of anything once ᾱ is 0.
        let ratio = if before > 0.0 { after / before } else { 0.0 };
        Transition { scale: math::sqrt(ratio), variance: 1.0 - ratio }
    }

    /// q(x_s | x_t, x_0) for s < t (Ho et al. 2020, equations 6 and 7, over any stride).
    ///
    /// With β = 1 − ᾱ_t/ᾱ_s: mean `√ᾱ_s β/(1 − ᾱ_t) · x0 + √(ᾱ_t/ᾱ_s) (1 − ᾱ_s)/(1 − ᾱ_t) · x_t`, variance `β (1 − ᾱ_s)/(1 − ᾱ_t)`.
    pub fn posterior(&self, s: i64, t: i64) -> Posterior {
        let Transition { scale, variance } = self.transition(s, t);
        let (clean, left) = (1.0 - self.alpha_cumprod(s), 1.0 - self.alpha_cumprod(t));
        if left == 0.0 {
            // Both states are the picture.
            return Posterior { of_x0: 1.0, of_x: 0.0, variance: 0.0 };
        }
        Posterior {
            of_x0: self.alpha(s) * variance / left,
            of_x: scale * clean / left,
            variance: variance * clean / left,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

    fn schedule() -> NoiseSchedule {
        let config = ScheduleConfig { beta_schedule: BetaSchedule::Linear, ..ScheduleConfig::default() };
        NoiseSchedule::new(&config).unwrap()
    }

    proptest! {
        /// Bayes: the posterior of x_s, spread by the marginal of x_t, is the marginal of x_s again.
        #[test]
        fn the_posterior_undoes_the_forward_step(a in -1i64..1000, b in -1i64..1000) {
            let (s, t) = (a.min(b), a.max(b));
            prop_assume!(s < t);
            let schedule = schedule();
            let back = schedule.posterior(s, t);
            let alpha = back.of_x0 + back.of_x * schedule.alpha(t);
            let variance = back.variance + (back.of_x * schedule.sigma(t)).powi(2);
            prop_assert!((alpha - schedule.alpha(s)).abs() < 1e-11);
            prop_assert!((variance - schedule.sigma(s).powi(2)).abs() < 1e-11);
        }

        #[test]
        fn strides_compose(a in -1i64..1000, b in -1i64..1000, c in -1i64..1000) {
            let mut order = [a, b, c];
            order.sort_unstable();
            let (schedule, [r, s, t]) = (schedule(), order);
            let (first, second, both) = (schedule.transition(r, s), schedule.transition(s, t), schedule.transition(r, t));
            prop_assert!((first.scale * second.scale - both.scale).abs() < 1e-14);
            prop_assert!((second.scale.powi(2) * first.variance + second.variance - both.variance).abs() < 1e-14);
        }
    }

    #[test]
    fn the_last_step_lands_on_the_picture() {
        let step = schedule().posterior(-1, 0);
        assert_eq!((step.of_x, step.variance), (0.0, 0.0));
        assert!((step.of_x0 - 1.0).abs() < 1e-12);
        assert!((step.log_variance_clipped(1e-20) - 1e-20f64.ln()).abs() < 1e-12);
        assert_eq!(schedule().posterior(-1, -1).of_x0, 1.0);
    }

    #[test]
    fn offsets_move_whole_channels() {
        assert_eq!(offset_noise(&[1.0, 2.0, 3.0, 4.0], &[10.0, -10.0], 0.5), [6.0, 7.0, -2.0, -1.0]);
        assert_eq!(offset_noise(&[1.0], &[], 0.5), [1.0]);
    }
}
