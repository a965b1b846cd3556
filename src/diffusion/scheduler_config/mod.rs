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
#[allow(missing_docs)]
pub struct SchedulerConfig {
    /// Which scheduler, such as `DDIMScheduler`.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    pub num_train_timesteps: Option<usize>,
    pub beta_start: Option<f64>,
    pub beta_end: Option<f64>,
    pub beta_schedule: Option<BetaSchedule>,
    pub trained_betas: Option<Vec<f64>>,
    pub rescale_betas_zero_snr: bool,
    pub prediction_type: Option<PredictionType>,
    pub timestep_spacing: Option<TimestepSpacing>,
    pub steps_offset: i64,
    pub clip_sample: Option<bool>,
    pub clip_sample_range: Option<f64>,
    pub thresholding: bool,
    pub dynamic_thresholding_ratio: Option<f64>,
    pub sample_max_value: Option<f64>,
    pub variance_type: Option<VarianceType>,
    pub set_alpha_to_one: Option<bool>,
    pub eta: f64,
    pub skip_prk_steps: bool,
    pub use_karras_sigmas: Option<bool>,
    pub use_exponential_sigmas: Option<bool>,
    pub use_beta_sigmas: Option<bool>,
    pub use_lu_lambdas: Option<bool>,
    pub use_flow_sigmas: Option<bool>,
    pub flow_shift: Option<f64>,
    pub interpolation_type: Option<String>,
    pub timestep_type: Option<String>,
    pub sigma_min: Option<f64>,
    pub sigma_max: Option<f64>,
    pub sigma_data: Option<f64>,
    pub sigma_schedule: Option<String>,
    pub rho: Option<f64>,
    pub final_sigmas_type: Option<String>,
    pub lambda_min_clipped: Option<Number>,
    pub solver_order: Option<usize>,
    pub predictor_order: Option<usize>,
    pub corrector_order: Option<usize>,
    pub algorithm_type: Option<String>,
    pub solver_type: Option<String>,
    pub lower_order_final: Option<bool>,
    pub euler_at_final: bool,
    pub predict_x0: Option<bool>,
    pub disable_corrector: Vec<usize>,
    pub original_inference_steps: Option<usize>,
    pub timestep_scaling: Option<f64>,
    pub shift: Option<f64>,
    pub shift_terminal: Option<f64>,
    pub use_dynamic_shifting: bool,
    pub time_shift_type: Option<String>,
    pub invert_sigmas: bool,
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
