//! What a sampler run needs beside the schedule, and why a plan may not exist.

use serde::{Deserialize, Serialize};

use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Threshold;

/// Options of every sampler; each reads those that concern it and ignores the rest.
///
/// The names are those of diffusers and k-diffusion, and so are the meanings unless a field says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct SamplerOptions {
    /// Number of steps a person sees.
    pub steps: usize,
    /// DDIM's η: 0 is deterministic, 1 has the variance of DDPM. TCD reads its γ here.
    pub eta: f64,
    /// Limit applied to each denoised estimate.
    pub threshold: Threshold,
    /// DDIM: take the direction from the thresholded estimate too, not from the network's raw answer.
    pub use_clipped_model_output: bool,
    /// What the network predicts; matters where a sampler averages or re-reads raw outputs (PNDM, Euler with churn).
    pub prediction_type: PredictionType,
    /// How the timesteps are spread over the schedule.
    pub timestep_spacing: TimestepSpacing,
    /// Added to every timestep of `leading` spacing; 1 in Stable Diffusion.
    pub steps_offset: i64,
    /// DDPM: which variance a step adds.
    pub variance_type: VarianceType,
    /// DDIM: what comes before timestep 0, the clean picture (true) or the level of timestep 0 (false).
    pub set_alpha_to_one: bool,
}

impl Default for SamplerOptions {
    fn default() -> Self {
        Self {
            steps: 50,
            eta: 0.0,
            threshold: Threshold::Static { range: 1.0 },
            use_clipped_model_output: false,
            prediction_type: PredictionType::default(),
            timestep_spacing: TimestepSpacing::default(),
            steps_offset: 0,
            variance_type: VarianceType::default(),
            set_alpha_to_one: true,
        }
    }
}

/// The variance that ancestral sampling adds at each step (`variance_type` of diffusers' DDPMScheduler).
///
/// β is that of the strided chain, `1 − ᾱ_t / ᾱ_s` for a step from t to s, and β̃ = (1 − ᾱ_s)/(1 − ᾱ_t) · β.
/// The `_log` names of diffusers mean the same numbers and are read as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum VarianceType {
    /// β̃, the lower bound, exact for data at one point (Ho et al. 2020).
    #[default]
    #[serde(alias = "fixed_small_log")]
    FixedSmall,
    /// β, the upper bound, exact for Gaussian data (Ho et al. 2020).
    #[serde(alias = "fixed_large_log")]
    FixedLarge,
    /// The network's second output is the variance.
    Learned,
    /// The network's second output interpolates between both bounds (Nichol and Dhariwal 2021, equation 15).
    LearnedRange,
}

/// How timesteps are spread over the schedule, by the names of diffusers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum TimestepSpacing {
    /// Every ⌊T / steps⌋-th, from 0: never reaches the noisiest.
    #[default]
    Leading,
    /// Every (T / steps)-th, back from T − 1: always starts at the noisiest.
    Trailing,
    /// Evenly from 0 to T − 1, both included.
    Linspace,
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
    /// A coefficient is infinite or not a number, as happens where the signal or the noise is exactly 0.
    #[error(
        "{sampler} has no finite coefficients at step {step} with these settings; choose another spacing, final sigma or solver type"
    )]
    NotFinite {
        /// The sampler's name.
        sampler: &'static str,
        /// The first step concerned, from 0.
        step: usize,
    },
    /// Options that exclude one another or lie outside their range.
    #[error("{option} is {value}, but {must}")]
    Option {
        /// The option's name.
        option: &'static str,
        /// What it was.
        value: String,
        /// What it has to be.
        must: &'static str,
    },
}
