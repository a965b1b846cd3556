//! Schedules given as ᾱ(u), the share of the picture's variance left at u = t/T.

use super::control_points::ControlPoints;
use super::{NoiseSchedule, ScheduleError};
use crate::diffusion::math;

/// A curve ᾱ over u in [0, 1].
#[derive(Debug, Clone, PartialEq)]
pub enum AlphaBar {
    /// `cos²((u + s)/(1 + s) · π/2)` (Nichol and Dhariwal 2021, equation 17).
    Cosine {
        /// s, which keeps the first β from vanishing; 0.008 in the paper.
        offset: f64,
    },
    /// `(S(end/τ) − S((start + u (end − start))/τ)) / (S(end/τ) − S(start/τ))` with the logistic S (Jabri et al. 2023, appendix B).
    Sigmoid {
        /// Argument at u = 0, −3 by default.
        start: f64,
        /// Argument at u = 1, 3 by default.
        end: f64,
        /// τ, the width of the sigmoid, 1 by default.
        tau: f64,
        /// Computes S(end/τ) in `f32`, as denoising-diffusion-pytorch does, which moves the last ᾱ of 1000 by 3·10⁻⁵ of itself.
        float32_end: bool,
    },
    /// `e^(−rate · u)`; 12 in diffusers.
    Exp {
        /// How fast.
        rate: f64,
    },
    /// `√(SNR/(1 + SNR))` where ln SNR is the quantile of a Laplace distribution (Hang et al. 2024).
    ///
    /// The root is diffusers' own, so its ᾱ ends at 0.03 and not at 0.
    Laplace {
        /// Centre of the distribution of the log-SNR.
        mean: f64,
        /// Its scale.
        scale: f64,
    },
    /// A curve through points drawn by hand.
    Points(ControlPoints),
}

impl AlphaBar {
    /// The cosine with the paper's offset.
    pub const COSINE: Self = Self::Cosine { offset: 0.008 };

    /// The sigmoid with the defaults of denoising-diffusion-pytorch.
    pub const SIGMOID: Self = Self::Sigmoid { start: -3.0, end: 3.0, tau: 1.0, float32_end: false };

    /// ᾱ at `u`; not scaled to 1 at u = 0, since only ratios enter a schedule.
    pub fn at(&self, u: f64) -> f64 {
        match self {
            Self::Cosine { offset } => {
                let c = math::cos((u + offset) / (1.0 + offset) * core::f64::consts::FRAC_PI_2);
                c * c
            }
            Self::Sigmoid { start, end, tau, float32_end } => {
                let logistic = |x: f64| 1.0 / (1.0 + math::exp(-x));
                let last = if *float32_end {
                    let away = math::exp(-f64::from((end / tau) as f32)) as f32;
                    f64::from(1.0 / (1.0 + away))
                } else {
                    logistic(end / tau)
                };
                (last - logistic((u * (end - start) + start) / tau)) / (last - logistic(start / tau))
            }
            Self::Exp { rate } => math::exp(-rate * u),
            Self::Laplace { mean, scale } => {
                let away = 0.5 - u;
                let snr = math::exp(mean - scale * 1f64.copysign(away) * math::ln(1.0 - 2.0 * away.abs() + 1e-6));
                math::sqrt(snr / (1.0 + snr))
            }
            Self::Points(points) => points.at(u),
        }
    }

    /// `1 − ᾱ((t+1)/T) / ᾱ(t/T)`, within 0 and `max_beta` (`betas_for_alpha_bar` of improved-diffusion and diffusers).
    pub fn beta(&self, t: usize, total: usize, max_beta: f64) -> f64 {
        let (here, next) = (t as f64 / total as f64, (t + 1) as f64 / total as f64);
        // An ᾱ of 0 on both sides gives NaN, which `min` and `max` pass over.
        (1.0 - self.at(next) / self.at(here)).min(max_beta).max(0.0)
    }

    /// The schedule of T = `total` timesteps along this curve.
    ///
    /// # Errors
    /// [`ScheduleError`] where T is out of range or `max_beta` is not below 1.
    pub fn schedule(&self, total: usize, max_beta: f64) -> Result<NoiseSchedule, ScheduleError> {
        if !(1..=100_000).contains(&total) {
            return Err(ScheduleError::Timesteps(total));
        }
        NoiseSchedule::from_betas((0..total).map(|t| self.beta(t, total, max_beta)))
    }
}
