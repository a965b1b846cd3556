//! Where a sampler asks the network: timesteps and the levels that go with them.

use super::options::{PlanError, SamplerOptions, TimestepSpacing};
use crate::diffusion::plan::Level;
use crate::diffusion::schedule::NoiseSchedule;

/// The level of timestep `t` of the schedule, variance preserving; the clean picture where `t` is negative.
pub(super) fn discrete_level(schedule: &NoiseSchedule, t: i64) -> Level {
    Level { timestep: t as f64, alpha: schedule.alpha(t), sigma: schedule.sigma(t), input_scale: 1.0 }
}

/// The timesteps from high to low, whole numbers below T (diffusers' DDPM, DDIM).
pub(super) fn timesteps(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Vec<i64>, PlanError> {
    let (total, steps) = (schedule.num_train_timesteps(), options.steps);
    if !(1..=total).contains(&steps) {
        return Err(PlanError::Steps { steps, most: total });
    }
    let last = total as i64 - 1;
    let round = |t: f64| t.round_ties_even() as i64;
    let timesteps = (0..steps).map(|i| match options.timestep_spacing {
        TimestepSpacing::Leading => ((steps - 1 - i) * (total / steps)) as i64 + options.steps_offset,
        TimestepSpacing::Trailing => round(total as f64 - i as f64 * (total as f64 / steps as f64)) - 1,
        TimestepSpacing::Linspace if steps == 1 => 0,
        TimestepSpacing::Linspace => round((steps - 1 - i) as f64 * (last as f64 / (steps - 1) as f64)),
    });
    Ok(timesteps.map(|t| t.clamp(0, last)).collect())
}
