//! A sampling run as page, engine and command line name it.

use serde::{Deserialize, Serialize};

use super::words::WordSpec;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Plan;
use crate::diffusion::sampler::{PlanError, Sampler, SamplerOptions, SigmaFamily, TimestepSpacing};
use crate::diffusion::schedule::NoiseSchedule;

/// A second path from a stored state: keep x̂0 of `step`, draw other noise from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    /// The step whose denoised estimate is kept and noised anew to its own level.
    pub step: u32,
    /// Seed of that noise and of all later draws.
    pub seed: u64,
}

/// A sampling run; the same values give the same picture natively and in the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GenerateSpec {
    /// The sampler.
    pub sampler: Sampler,
    /// Number of steps.
    pub steps: u32,
    /// DDIM's η in [0, 1].
    pub eta: f64,
    /// Seed of the starting state and of every draw.
    pub seed: u64,
    /// How many samples, 1 to 16; each variant of `words` has as many, from the same noise.
    pub count: u32,
    /// False drops every noise draw after the first: the classic mistake.
    pub add_noise: bool,
    /// Branches in order of their steps; empty for a plain run.
    pub branches: Vec<Branch>,
    /// What the words are; `None` runs a text-conditioned model on the empty prompt, unguided.
    pub words: Option<WordSpec>,
    /// How the timesteps are spread; the sampler's own custom where `None`.
    pub spacing: Option<TimestepSpacing>,
    /// Where the levels of a sampler that works in σ come from; others ignore it.
    pub sigmas: SigmaFamily,
}

impl Default for GenerateSpec {
    fn default() -> Self {
        Self {
            sampler: Sampler::Ddim,
            steps: 20,
            eta: 0.0,
            seed: 0,
            count: 1,
            add_noise: true,
            branches: Vec::new(),
            words: None,
            spacing: None,
            sigmas: SigmaFamily::Training,
        }
    }
}

impl GenerateSpec {
    /// Pictures of the run: samples × variants, variant after variant.
    pub fn pictures(&self) -> u32 {
        self.count.saturating_mul(self.words.as_ref().map_or(1, |words| words.variants.len() as u32))
    }

    /// The plan of the run: what engine, command line and page all compute with.
    ///
    /// The estimate is clamped to [−1, 1] and the direction follows the clamped estimate, so that `x = α·x̂0 + σ·ε̂` holds for what people see
    /// (`use_clipped_model_output` of diffusers' DDIM).
    ///
    /// # Errors
    /// [`PlanError`] where the settings do not fit the schedule.
    pub fn plan(&self, schedule: &NoiseSchedule, prediction_type: PredictionType) -> Result<Plan, PlanError> {
        self.sampler.plan(schedule, &self.options(prediction_type))
    }

    /// The sampler's options.
    pub fn options(&self, prediction_type: PredictionType) -> SamplerOptions {
        SamplerOptions {
            steps: self.steps as usize,
            eta: self.eta,
            prediction_type,
            use_clipped_model_output: true,
            timestep_spacing: self.spacing,
            sigmas: self.sigmas.clone(),
            ..SamplerOptions::default()
        }
    }
}
