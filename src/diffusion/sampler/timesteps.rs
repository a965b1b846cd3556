//! Lists of timesteps of the discrete chain.

use super::choices::TimestepSpacing;
use super::error::PlanError;
use super::options::SamplerOptions;
use crate::diffusion::plan::Level;
use crate::diffusion::schedule::NoiseSchedule;

/// The level of timestep `t` of the schedule, variance preserving; the clean picture where `t` is negative.
pub(super) fn discrete_level(schedule: &NoiseSchedule, t: i64) -> Level {
    Level { timestep: t as f64, alpha: schedule.alpha(t), sigma: schedule.sigma(t), input_scale: 1.0 }
}

/// The timesteps from high to low, whole numbers below T (diffusers' DDPM, DDIM, PNDM).
pub(super) fn listed(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Vec<i64>, PlanError> {
    let last = schedule.num_train_timesteps() as i64 - 1;
    if let Some(own) = custom(schedule, options)? {
        return Ok(shortened(own, options));
    }
    let spacing = options.timestep_spacing.unwrap_or(TimestepSpacing::Leading);
    let timesteps = spread(schedule.num_train_timesteps(), options.steps, spacing, options.steps_offset)?;
    let timesteps = timesteps.into_iter().map(|t| (t.round_ties_even() as i64).clamp(0, last)).collect();
    Ok(shortened(timesteps, options))
}

/// The timesteps of the caller's own, checked: whole numbers below T.
pub(super) fn custom(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Option<Vec<i64>>, PlanError> {
    custom_up_to(schedule.num_train_timesteps() as i64 - 1, options)
}

/// The same up to `last`, which is T for a flow.
pub(super) fn custom_up_to(last: i64, options: &SamplerOptions) -> Result<Option<Vec<i64>>, PlanError> {
    let Some(own) = &options.timesteps else { return Ok(None) };
    let falling = own.windows(2).all(|pair| pair[1] < pair[0]);
    let inside = own.iter().all(|t| (0..=last).contains(t));
    let fine = falling && inside && !own.is_empty();
    if fine { Ok(Some(own.clone())) } else { Err(PlanError::Timesteps { last, found: own.clone() }) }
}

/// The timesteps of LCM and TCD: every k-th of the grid that was distilled.
pub(super) fn distilled(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Vec<i64>, PlanError> {
    if let Some(own) = custom(schedule, options)? {
        return Ok(shortened(own, options));
    }
    let (total, steps, original) = (schedule.num_train_timesteps(), options.steps, options.original_inference_steps);
    if !(1..=total).contains(&original) {
        let must = "it has to lie between 1 and the number of training timesteps";
        return Err(PlanError::Option { option: "original_inference_steps", value: original.to_string(), must });
    }
    let count = (original as f64 * options.strength.clamp(0.0, 1.0)) as usize;
    if !(1..=count).contains(&steps) {
        return Err(PlanError::Steps { steps, most: count });
    }
    let stride = (total / original) as i64;
    let nth = |i: usize| (count - i * count / steps) as i64 * stride - 1;
    Ok((0..steps).map(nth).collect())
}

/// `steps` timesteps from high to low, not yet rounded (see [`TimestepSpacing`]).
pub(super) fn spread(total: usize, steps: usize, spacing: TimestepSpacing, offset: i64) -> Result<Vec<f64>, PlanError> {
    if !(1..=total).contains(&steps) {
        return Err(PlanError::Steps { steps, most: total });
    }
    let ratio = total as f64 / steps as f64;
    let timestep = |i: usize| match spacing {
        TimestepSpacing::Leading => ((steps - 1 - i) * (total / steps)) as f64 + offset as f64,
        TimestepSpacing::Trailing => (total as f64 - i as f64 * ratio).round_ties_even() - 1.0,
        TimestepSpacing::Linspace if steps == 1 => 0.0,
        TimestepSpacing::Linspace => (steps - 1 - i) as f64 * ((total - 1) as f64 / (steps - 1) as f64),
    };
    Ok((0..steps).map(timestep).collect())
}

/// The last `strength` share of a list, as an image-to-image run takes it.
pub(super) fn shortened<T>(mut list: Vec<T>, options: &SamplerOptions) -> Vec<T> {
    let kept = (list.len() as f64 * options.strength.clamp(0.0, 1.0)) as usize;
    list.drain(..list.len() - kept.max(1).min(list.len()));
    list
}
