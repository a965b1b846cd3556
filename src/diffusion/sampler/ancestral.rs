//! DDPM: ancestral sampling down the chain (Ho et al. 2020, algorithm 2).
//!
//! A step from timestep t to the next listed timestep s, with `α_{t|s}² = ᾱ_t / ᾱ_s` and `β = 1 − α_{t|s}²`:
//!
//! `x_s = √ᾱ_s · β / (1 − ᾱ_t) · D + α_{t|s} · (1 − ᾱ_s) / (1 − ᾱ_t) · x_t + std · z`
//!
//! Conventions of diffusers' `DDPMScheduler`: s is the next timestep of the list, the clean picture after the last one; timestep 0 adds no noise.

use super::choices::VarianceType;
use super::error::PlanError;
use super::expression::Expression;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::{discrete_level, listed};
use crate::diffusion::math;
use crate::diffusion::plan::{LearnedNoise, Plan, VarianceReading};
use crate::diffusion::schedule::NoiseSchedule;

/// The smallest variance that diffusers lets pass.
const SMALLEST_VARIANCE: f64 = 1e-20;

/// The plan of DDPM.
pub(super) fn plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let timesteps = listed(schedule, options)?;
    for (step, &t) in timesteps.iter().enumerate() {
        let s = timesteps.get(step + 1).copied().unwrap_or(-1);
        let (abar_t, abar_s) = (schedule.alpha_cumprod(t), schedule.alpha_cumprod(s));
        let beta = 1.0 - abar_t / abar_s;
        let of_d = math::sqrt(abar_s) * beta / (1.0 - abar_t);
        let of_x = math::sqrt(abar_t / abar_s) * (1.0 - abar_s) / (1.0 - abar_t);
        let mean = recorder.d() * of_d + recorder.x() * of_x;
        let small = ((1.0 - abar_s) / (1.0 - abar_t) * beta).max(SMALLEST_VARIANCE);
        let level = discrete_level(schedule, t);
        if t == 0 {
            recorder.evaluate(step, level, mean)?;
            continue;
        }
        let index = recorder.draw();
        let noise = Expression::noise(index);
        let reading = match options.variance_type {
            VarianceType::FixedSmall => {
                recorder.evaluate(step, level, mean + noise * math::sqrt(small))?;
                continue;
            }
            VarianceType::FixedLarge => {
                recorder.evaluate(step, level, mean + noise * math::sqrt(beta))?;
                continue;
            }
            VarianceType::Learned => VarianceReading::Direct,
            VarianceType::LearnedRange => VarianceReading::Range { ln_min: math::ln(small), ln_max: math::ln(beta) },
        };
        recorder.evaluate(step, level, mean)?;
        recorder.add_learned(LearnedNoise { index, reading });
    }
    Ok(recorder.finish(1.0, discrete_level(schedule, -1)))
}
