//! Reads a diffusers `scheduler/scheduler_config.json`: a class name and its settings become a sampler, its options and a schedule.
//!
//! Only the meaning is here, on serde types; who has the file parses the JSON.
//! A setting that is absent gets the default of its class in diffusers 0.42.

use serde::{Deserialize, Serialize};

use super::parameterization::PredictionType;
use super::plan::Threshold;
use super::sampler::{Sampler, SamplerOptions, TimestepSpacing, VarianceType};
use super::schedule::{BetaSchedule, ScheduleConfig};

/// The settings of a diffusers scheduler; every field has the name it has there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct SchedulerConfig {
    /// Which scheduler, such as `DDIMScheduler`.
    #[serde(rename = "_class_name")]
    pub class_name: String,
    /// T.
    pub num_train_timesteps: Option<usize>,
    /// β at the first timestep.
    pub beta_start: Option<f64>,
    /// β at the last timestep.
    pub beta_end: Option<f64>,
    /// The curve between them.
    pub beta_schedule: Option<BetaSchedule>,
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
}

impl SchedulerConfig {
    /// The sampler, options and schedule that these settings describe.
    ///
    /// # Errors
    /// [`SchedulerConfigError`] for a class or a combination that has no sampler here.
    pub fn read(&self) -> Result<SchedulerReading, SchedulerConfigError> {
        let sampler = match self.class_name.as_str() {
            "DDPMScheduler" | "DDPMParallelScheduler" => Sampler::Ddpm,
            "DDIMScheduler" | "DDIMParallelScheduler" => Sampler::Ddim,
            "DDIMInverseScheduler" => Sampler::DdimInverse,
            other => return Err(SchedulerConfigError::Class(other.to_owned())),
        };
        let options = SamplerOptions {
            threshold: self.threshold(true),
            timestep_spacing: self.timestep_spacing.unwrap_or_default(),
            steps_offset: self.steps_offset,
            prediction_type: self.prediction_type.unwrap_or_default(),
            variance_type: self.variance_type.unwrap_or_default(),
            set_alpha_to_one: self.set_alpha_to_one.unwrap_or(true),
            ..SamplerOptions::default()
        };
        Ok(SchedulerReading { sampler, options, schedule: self.schedule(1e-4, 0.02) })
    }

    fn schedule(&self, beta_start: f64, beta_end: f64) -> ScheduleConfig {
        ScheduleConfig {
            num_train_timesteps: self.num_train_timesteps.unwrap_or(1000),
            beta_start: self.beta_start.unwrap_or(beta_start),
            beta_end: self.beta_end.unwrap_or(beta_end),
            beta_schedule: self.beta_schedule.unwrap_or(BetaSchedule::Linear),
        }
    }

    fn threshold(&self, clip_sample: bool) -> Threshold {
        if self.thresholding {
            let ratio = self.dynamic_thresholding_ratio.unwrap_or(0.995);
            Threshold::Dynamic { ratio, max: self.sample_max_value.unwrap_or(1.0) }
        } else if self.clip_sample.unwrap_or(clip_sample) {
            Threshold::Static { range: self.clip_sample_range.unwrap_or(1.0) }
        } else {
            Threshold::None
        }
    }
}
