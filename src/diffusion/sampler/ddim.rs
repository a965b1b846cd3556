//! DDIM: implicit models (Song et al. 2021, equation 12), and the same steps backwards.
//!
//! A step from timestep t to s:
//!
//! `x_s = √ᾱ_s · D + √(1 − ᾱ_s − σ²) · ε̂ + σ · z`, with `ε̂ = (x_t − √ᾱ_t · D) / √(1 − ᾱ_t)` and
//! `σ² = η² · (1 − ᾱ_s)/(1 − ᾱ_t) · (1 − ᾱ_t/ᾱ_s)`.
//!
//! Conventions of diffusers' `DDIMScheduler`: s = t − ⌊T / steps⌋ whatever the spacing, which with linspace is not the next listed timestep;
//! ε̂ comes from the estimate before thresholding unless `use_clipped_model_output` is set.

use super::error::PlanError;
use super::expression::Expression;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::{discrete_level, listed};
use crate::diffusion::math;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::{Level, Plan};
use crate::diffusion::schedule::NoiseSchedule;

/// The plan of DDIM.
pub(super) fn plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let timesteps = listed(schedule, options)?;
    let stride = stride(schedule, options);
    let mut end = discrete_level(schedule, -1);
    for (step, &t) in timesteps.iter().enumerate() {
        let from = discrete_level(schedule, t);
        end = before(schedule, options, next(&timesteps, step, stride, options));
        let ratio = from.alpha / end.alpha;
        let std_dev = options.eta * (end.sigma / from.sigma) * math::sqrt((1.0 - ratio * ratio).max(0.0));
        let along = math::sqrt((end.sigma * end.sigma - std_dev * std_dev).max(0.0));
        let mut update = recorder.d() * end.alpha + direction(&recorder, options, from) * along;
        if options.eta > 0.0 {
            update = update + recorder.z() * std_dev;
        }
        recorder.evaluate(step, from, update)?;
    }
    Ok(recorder.finish(1.0, end))
}

/// The plan of DDIM inversion: from a picture to the noise it comes from (Song et al. 2021, section 4.3; Mokady et al. 2023).
///
/// Convention of diffusers' `DDIMInverseScheduler`: timesteps rise, and the network is told the *later* timestep with the earlier state.
/// The first step takes the clean picture as its own estimate, thresholded as any estimate is.
pub(super) fn inverse_plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let mut timesteps = listed(schedule, options)?;
    timesteps.reverse();
    let last = schedule.num_train_timesteps() as i64 - 1;
    let stride = stride(schedule, options);
    let mut end = discrete_level(schedule, -1);
    for (step, &t) in timesteps.iter().enumerate() {
        let from = before(schedule, options, (t - stride).min(last));
        end = discrete_level(schedule, t);
        let (level, estimate, noise) = if from.sigma > 0.0 {
            (Level { timestep: t as f64, ..from }, recorder.d(), direction(&recorder, options, from))
        } else {
            // A clean picture is its own estimate, and says nothing of ε̂: that comes from the network's answer at t.
            (end, recorder.x_clamped(), clean_direction(&recorder, options, end))
        };
        recorder.evaluate(step, level, estimate * end.alpha + noise * end.sigma)?;
    }
    Ok(recorder.finish(1.0, end))
}

/// ε̂ of a clean state, from an answer read at level `at`; a v-prediction is then ε̂ itself.
fn clean_direction(recorder: &Recorder, options: &SamplerOptions, at: Level) -> Expression {
    match options.prediction_type {
        PredictionType::VPrediction => (recorder.x() * at.alpha - recorder.d_unclipped()) / at.sigma,
        _ => direction(recorder, options, at),
    }
}

/// ⌊T / steps⌋; `steps` has been checked by then.
fn stride(schedule: &NoiseSchedule, options: &SamplerOptions) -> i64 {
    (schedule.num_train_timesteps() / options.steps.max(1)) as i64
}

/// The timestep that a step goes to; the next listed one where the caller gave the list.
fn next(timesteps: &[i64], step: usize, stride: i64, options: &SamplerOptions) -> i64 {
    match options.timesteps {
        Some(_) => timesteps.get(step + 1).copied().unwrap_or(-1),
        None => timesteps[step] - stride,
    }
}

/// The level of timestep `t`, which may lie before the first.
fn before(schedule: &NoiseSchedule, options: &SamplerOptions, t: i64) -> Level {
    discrete_level(schedule, if options.set_alpha_to_one { t } else { t.max(0) })
}

/// ε̂, the noise that the estimate implies.
fn direction(recorder: &Recorder, options: &SamplerOptions, from: Level) -> Expression {
    let d = if options.use_clipped_model_output { recorder.d() } else { recorder.d_unclipped() };
    (recorder.x() - d * from.alpha) / from.sigma
}
