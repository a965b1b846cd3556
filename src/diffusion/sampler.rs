//! The registry of samplers: each makes a [`Plan`] from a schedule.

use serde::{Deserialize, Serialize};

use super::plan::{Level, Plan, Stage, Term, Threshold};
use super::schedule::NoiseSchedule;

/// The samplers, by the names the command line, the page and links use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Sampler {
    /// Ancestral sampling (Ho et al. 2020, algorithm 2), variance `fixed_small`.
    Ddpm,
    /// Denoising diffusion implicit models (Song et al. 2021).
    #[default]
    Ddim,
}

/// What a sampler run needs beside the schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplerOptions {
    /// Number of steps a person sees.
    pub steps: usize,
    /// DDIM's η: 0 is deterministic, 1 has the variance of DDPM.
    pub eta: f64,
    /// Limit applied to each denoised estimate.
    pub threshold: Threshold,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self { steps: 50, eta: 0.0, threshold: Threshold::Static { range: 1.0 } }
    }
}

/// Why a plan cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// No step, or more steps than the schedule has timesteps.
    #[error("{steps} steps asked for, but this schedule allows 1 to {most}")]
    Steps {
        /// Asked for.
        steps: usize,
        /// The schedule's number of timesteps.
        most: usize,
    },
}

impl Sampler {
    /// Every sampler, in the order they are listed to people.
    pub const ALL: [Self; 2] = [Self::Ddpm, Self::Ddim];

    /// The name used on the command line and in links.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ddpm => "ddpm",
            Self::Ddim => "ddim",
        }
    }

    /// The plan of this sampler on `schedule`.
    ///
    /// # Errors
    /// [`PlanError`] where the number of steps does not fit the schedule.
    pub fn plan(self, schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Plan, PlanError> {
        let most = schedule.num_train_timesteps();
        if !(1..=most).contains(&options.steps) {
            return Err(PlanError::Steps { steps: options.steps, most });
        }
        let eta = match self {
            Self::Ddpm => 1.0,
            Self::Ddim => options.eta,
        };
        // `leading` spacing of diffusers: every (T / steps)-th timestep, from high to low.
        let stride = most / options.steps;
        let stages = (0..options.steps)
            .map(|step| {
                let t = ((options.steps - 1 - step) * stride) as i64;
                ddim_stage(schedule, step, t, t - stride as i64, eta)
            })
            .collect();
        Ok(Plan { init_noise_sigma: 1.0, stages, threshold: options.threshold })
    }
}

/// One step of Song et al. (2021), equation 12, written in x_t and x̂0; with η = 1 it is the DDPM posterior.
fn ddim_stage(schedule: &NoiseSchedule, step: usize, t: i64, previous: i64, eta: f64) -> Stage {
    let (alpha, sigma) = (schedule.alpha(t), schedule.sigma(t));
    let (alpha_previous, sigma_previous) = (schedule.alpha(previous), schedule.sigma(previous));
    let ratio = alpha / alpha_previous;
    let sigma_t = eta * (sigma_previous / sigma) * (1.0 - ratio * ratio).max(0.0).sqrt();
    let direction = (sigma_previous * sigma_previous - sigma_t * sigma_t).max(0.0).sqrt();
    let noise = if sigma_t > 0.0 { vec![Term { index: step, coefficient: sigma_t }] } else { Vec::new() };
    Stage {
        step,
        level: Level { timestep: t as f64, alpha, sigma, input_scale: 1.0 },
        states: vec![Term { index: step, coefficient: direction / sigma }],
        denoised: vec![Term { index: step, coefficient: alpha_previous - direction * alpha / sigma }],
        noise,
    }
}
