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
    let (steps, most) = (options.steps, schedule.num_train_timesteps());
    if !(1..=most).contains(&steps) {
        return Err(PlanError::Steps { steps, most });
    }
    let timesteps = spread(most, steps, spacing, options.steps_offset);
    let timesteps = timesteps.into_iter().map(|t| (t.round_ties_even() as i64).clamp(0, last)).collect();
    Ok(shortened(timesteps, options))
}

/// The timesteps of the caller's own, checked: whole numbers below T.
pub(super) fn custom(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Option<Vec<i64>>, PlanError> {
    let last = schedule.num_train_timesteps() as i64 - 1;
    check_custom(last, options)?;
    let Some(own) = &options.timesteps else { return Ok(None) };
    let whole = own.iter().all(|t| t.fract() == 0.0);
    if whole {
        Ok(Some(own.iter().map(|t| *t as i64).collect()))
    } else {
        Err(PlanError::Timesteps { last, found: own.clone() })
    }
}

/// Refuses timesteps of the caller's own that do not fall or leave 0 to `last`, which is T for a flow; fractions pass.
pub(super) fn check_custom(last: i64, options: &SamplerOptions) -> Result<(), PlanError> {
    let Some(own) = &options.timesteps else { return Ok(()) };
    let falling = own.windows(2).all(|pair| pair[1] < pair[0]);
    let inside = own.iter().all(|t| (0.0..=last as f64).contains(t));
    let fine = falling && inside && !own.is_empty();
    if fine { Ok(()) } else { Err(PlanError::Timesteps { last, found: own.clone() }) }
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
    // NumPy's linspace and floor, in its order of operations: 11 of 22 steps over 30 lands on 14 or 15 by rounding alone.
    let gap = count as f64 / steps as f64;
    let nth = |i: usize| (count as i64 - (i as f64 * gap).floor() as i64) * stride - 1;
    Ok((0..steps).map(nth).collect())
}

/// `steps` timesteps from high to low, not yet rounded (see [`TimestepSpacing`]); more than `total` repeat themselves or fall in between.
pub(super) fn spread(total: usize, steps: usize, spacing: TimestepSpacing, offset: i64) -> Vec<f64> {
    let ratio = total as f64 / steps as f64;
    let timestep = |i: usize| match spacing {
        TimestepSpacing::Leading => ((steps - 1 - i) * (total / steps)) as f64 + offset as f64,
        TimestepSpacing::Trailing => (total as f64 - i as f64 * ratio).round_ties_even() - 1.0,
        TimestepSpacing::Linspace if steps == 1 => 0.0,
        TimestepSpacing::Linspace => (steps - 1 - i) as f64 * (total.saturating_sub(1) as f64 / (steps - 1) as f64),
    };
    (0..steps).map(timestep).collect()
}

/// The last `strength` share of a list, as an image-to-image run takes it.
pub(super) fn shortened<T>(mut list: Vec<T>, options: &SamplerOptions) -> Vec<T> {
    let kept = (list.len() as f64 * options.strength.clamp(0.0, 1.0)) as usize;
    list.drain(..list.len() - kept.max(1).min(list.len()));
    list
}
