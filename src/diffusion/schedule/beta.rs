//! The named β curves, by the names of diffusers.

use serde::{Deserialize, Serialize};

use super::ScheduleConfig;
use super::alpha_bar::AlphaBar;
use crate::diffusion::math;

/// The largest β of a curve that is given as ᾱ(u), so that the last timestep is not a division by zero (Nichol and Dhariwal 2021).
pub const MAX_BETA: f64 = 0.999;

/// How β_t runs with t, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BetaSchedule {
    /// β linear in t (Ho et al. 2020).
    Linear,
    /// √β linear in t (Rombach et al. 2022); also called quadratic.
    #[serde(alias = "quadratic", alias = "quad")]
    ScaledLinear,
    /// ᾱ a squared cosine of t, β at most 0.999 (Nichol and Dhariwal 2021).
    #[default]
    #[serde(rename = "squaredcos_cap_v2", alias = "cosine")]
    SquaredcosCapV2,
    /// β a sigmoid of t (GeoDiff, Xu et al. 2022; the convention of diffusers and smalldiffusion).
    Sigmoid,
    /// ᾱ = e^(−12 t), β at most 0.999 (diffusers' `exp`).
    Exp,
    /// The log-SNR a Laplace quantile of t, β at most 0.999 (Hang et al. 2024; the convention of diffusers).
    Laplace,
    /// ᾱ a sigmoid of t, β at most 0.999 (Jabri et al. 2023; what denoising-diffusion-pytorch calls `sigmoid`).
    SigmoidAlphasCumprod,
}

impl BetaSchedule {
    /// Every curve, in the order they are listed to people.
    pub const ALL: [Self; 7] = [
        Self::Linear,
        Self::ScaledLinear,
        Self::SquaredcosCapV2,
        Self::Sigmoid,
        Self::Exp,
        Self::Laplace,
        Self::SigmoidAlphasCumprod,
    ];

    /// Its name in diffusers' configuration files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::ScaledLinear => "scaled_linear",
            Self::SquaredcosCapV2 => "squaredcos_cap_v2",
            Self::Sigmoid => "sigmoid",
            Self::Exp => "exp",
            Self::Laplace => "laplace",
            Self::SigmoidAlphasCumprod => "sigmoid_alphas_cumprod",
        }
    }

    /// β at timestep `t` of `config`, which gives T and the ends of those curves that have them.
    pub(super) fn beta(self, config: &ScheduleConfig, t: usize) -> f64 {
        let total = config.num_train_timesteps;
        let (start, end) = (config.beta_start, config.beta_end);
        let ramp = if total > 1 { t as f64 / (total - 1) as f64 } else { 0.0 };
        let capped = |curve: AlphaBar| curve.beta(t, total, MAX_BETA);
        match self {
            Self::Linear => start + (end - start) * ramp,
            Self::ScaledLinear => {
                let root = math::sqrt(start) + (math::sqrt(end) - math::sqrt(start)) * ramp;
                root * root
            }
            Self::Sigmoid => start + (end - start) / (1.0 + math::exp(6.0 - 12.0 * ramp)),
            Self::SquaredcosCapV2 => capped(AlphaBar::COSINE),
            Self::Exp => capped(AlphaBar::Exp { rate: 12.0 }),
            Self::Laplace => capped(AlphaBar::Laplace { mean: 0.0, scale: 0.5 }),
            Self::SigmoidAlphasCumprod => capped(AlphaBar::SIGMOID),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_the_one_of_the_files() {
        for schedule in BetaSchedule::ALL {
            assert_eq!(serde_json::to_value(schedule).unwrap(), schedule.name());
        }
    }
}
