//! Reads a diffusers `scheduler/scheduler_config.json`: a class name and its settings become a sampler, its options and a schedule.
//!
//! Only the meaning is here, on serde types; who has the file parses the JSON.
//! A setting that is absent gets the default of its class in diffusers 0.42.

mod reading;
mod settings;

use serde::{Deserialize, Serialize};

use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::sampler::{Sampler, SamplerOptions, TimeShift, TimestepSpacing, VarianceType};
use crate::diffusion::schedule::{BetaSchedule, ScheduleConfig};

/// The settings of a diffusers scheduler; every field has the name and meaning it has there, and a class ignores those it does not have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SchedulerConfig {
    /// Which scheduler, such as `DDIMScheduler`.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    /// T, the number of training timesteps.
    pub num_train_timesteps: Option<usize>,
    /// β at the first timestep.
    pub beta_start: Option<f64>,
    /// β at the last timestep.
    pub beta_end: Option<f64>,
    /// The curve between them.
    pub beta_schedule: Option<BetaSchedule>,
    /// The whole table of β instead.
    pub trained_betas: Option<Vec<f64>>,
    /// Zero terminal SNR (Lin et al. 2024).
    pub rescale_betas_zero_snr: bool,
    /// What the network predicts.
    pub prediction_type: Option<PredictionType>,
    /// Spread of the timesteps.
    pub timestep_spacing: Option<TimestepSpacing>,
    /// Shift of `leading` timesteps.
    pub steps_offset: i64,
    /// Clamp estimates to `clip_sample_range`.
    pub clip_sample: Option<bool>,
    /// The largest magnitude kept.
    pub clip_sample_range: Option<f64>,
    /// Dynamic thresholding; wins over `clip_sample`.
    pub thresholding: bool,
    /// Its quantile.
    pub dynamic_thresholding_ratio: Option<f64>,
    /// Its largest scale.
    pub sample_max_value: Option<f64>,
    /// Variance of a DDPM step.
    pub variance_type: Option<VarianceType>,
    /// What comes before timestep 0.
    pub set_alpha_to_one: Option<bool>,
    /// RePaint's η.
    pub eta: f64,
    /// PNDM: no Runge–Kutta start.
    pub skip_prk_steps: bool,
    /// Karras grid.
    pub use_karras_sigmas: Option<bool>,
    /// Log-linear grid.
    pub use_exponential_sigmas: Option<bool>,
    /// Grid of beta quantiles.
    pub use_beta_sigmas: Option<bool>,
    /// Uniform λ.
    pub use_lu_lambdas: Option<bool>,
    /// Flow matching levels.
    pub use_flow_sigmas: Option<bool>,
    /// Their shift.
    pub flow_shift: Option<f64>,
    /// Euler's `linear` or `log_linear`.
    pub interpolation_type: Option<String>,
    /// Euler's `discrete` or `continuous`.
    pub timestep_type: Option<String>,
    /// Smallest σ.
    pub sigma_min: Option<f64>,
    /// Largest σ.
    pub sigma_max: Option<f64>,
    /// σ_data of EDM preconditioning.
    pub sigma_data: Option<f64>,
    /// EDM's `karras` or `exponential`.
    pub sigma_schedule: Option<String>,
    /// ρ of the Karras grid.
    pub rho: Option<f64>,
    /// `zero` or `sigma_min`.
    pub final_sigmas_type: Option<String>,
    /// Smallest λ used.
    pub lambda_min_clipped: Option<Number>,
    /// Order of a multistep or single-step solver.
    pub solver_order: Option<usize>,
    /// SA-Solver's predictor.
    pub predictor_order: Option<usize>,
    /// SA-Solver's corrector.
    pub corrector_order: Option<usize>,
    /// `dpmsolver++` and relatives; `data_prediction` for SA-Solver.
    pub algorithm_type: Option<String>,
    /// `midpoint`, `heun`, `bh1`, `bh2`, `logrho`.
    pub solver_type: Option<String>,
    /// Lower orders at the end.
    pub lower_order_final: Option<bool>,
    /// Order 1 at the end.
    pub euler_at_final: bool,
    /// UniPC in D instead of ε.
    pub predict_x0: Option<bool>,
    /// UniPC steps without corrector.
    pub disable_corrector: Vec<usize>,
    /// LCM and TCD: steps of the distilled solver.
    pub original_inference_steps: Option<usize>,
    /// LCM's boundary scale.
    pub timestep_scaling: Option<f64>,
    /// Time shift of flow matching.
    pub shift: Option<f64>,
    /// Its last σ.
    pub shift_terminal: Option<f64>,
    /// Shift by the picture's size.
    pub use_dynamic_shifting: bool,
    /// `exponential` or `linear`.
    pub time_shift_type: Option<String>,
    /// Flows that count σ from the picture.
    pub invert_sigmas: bool,
    /// Flows with fresh noise at each step.
    pub stochastic_sampling: bool,
}

/// A number that JSON cannot hold, such as −∞, is written as text by diffusers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// A plain number.
    Plain(f64),
    /// `"-inf"` or `"-Infinity"`.
    Text(String),
}

impl Number {
    fn value(&self) -> f64 {
        match self {
            Self::Plain(number) => *number,
            Self::Text(text) => text.parse().unwrap_or(f64::NEG_INFINITY),
        }
    }
}

/// What a [`SchedulerConfig`] means here; `options.steps` is the caller's to set.
#[derive(Debug, Clone, PartialEq)]
pub struct SchedulerReading {
    /// The sampler.
    pub sampler: Sampler,
    /// Its options.
    pub options: SamplerOptions,
    /// The schedule it runs on.
    pub schedule: ScheduleConfig,
}

/// Why a scheduler's settings cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SchedulerConfigError {
    /// A class that has no sampler here.
    #[error(
        "the scheduler {0} has no counterpart here; use one of diffusers' common schedulers, such as DDIMScheduler"
    )]
    Class(String),
    /// A setting whose value is not known.
    #[error("{setting} is {value}, which is not known here; use a value that diffusers 0.42 lists")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// Its value.
        value: String,
    },
}

impl SchedulerReading {
    /// Sets μ of a dynamic time shift, which depends on the picture's size; no effect on a fixed shift.
    pub fn set_mu(&mut self, mu: f64) {
        match &mut self.options.shift {
            TimeShift::Exponential(known) | TimeShift::Linear(known) => *known = mu,
            TimeShift::Shift(_) => {}
        }
    }
}
