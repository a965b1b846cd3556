//! Samplers of distilled models, in few steps: consistency models, LCM and TCD.

use super::error::PlanError;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::{discrete_level, distilled};
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};
use crate::diffusion::schedule::NoiseSchedule;

/// Multistep consistency sampling (Song et al. 2023, algorithm 1): jump to the estimate, add noise back.
///
/// `x' = α' D + σ' z`; diffusers' flow matching with `stochastic_sampling` is the same.
pub(super) fn consistency_plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    for (step, from, to) in grid.pairs() {
        let noise = recorder.z() * (to.sigma * options.churn.s_noise);
        let update = recorder.d() * to.alpha + noise;
        recorder.evaluate(step, from, update)?;
    }
    Ok(grid.finish(recorder))
}

/// LCM: latent consistency sampling (Luo et al. 2023, algorithm 3).
///
/// `x' = α' f + σ' z` with `f = c_out D + c_skip x`, `c_skip = σ_d²/(s² + σ_d²)`, `c_out = s/√(s² + σ_d²)`, `s = timestep_scaling · t`, σ_d = 1/2
/// (diffusers' `LCMScheduler`); the last step ends at f without noise.
pub(super) fn lcm_plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let timesteps = distilled(schedule, options)?;
    for (step, &t) in timesteps.iter().enumerate() {
        let scaled = t as f64 * options.timestep_scaling;
        let skip = 0.25 / (scaled * scaled + 0.25);
        let out = scaled / math::sqrt(scaled * scaled + 0.25);
        let clean = recorder.d() * out + recorder.x() * skip;
        let update = match timesteps.get(step + 1) {
            Some(&s) => clean * schedule.alpha(s) + recorder.z() * schedule.sigma(s),
            None => clean,
        };
        recorder.evaluate(step, discrete_level(schedule, t), update)?;
    }
    Ok(recorder.finish(1.0, discrete_level(schedule, -1)))
}

/// TCD: trajectory consistency sampling (Zheng et al. 2024, algorithm 4), γ being `eta`.
///
/// A deterministic jump to timestep s = ⌊(1 − γ) t'⌋, then noise up to t'; diffusers' `TCDScheduler` never thresholds.
pub(super) fn tcd_plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let gamma = options.eta;
    if !(0.0..=1.0).contains(&gamma) {
        return Err(PlanError::Option { option: "eta", value: gamma.to_string(), must: "TCD needs it from 0 to 1" });
    }
    let timesteps = distilled(schedule, options)?;
    let mut end = discrete_level(schedule, 0);
    for (step, &t) in timesteps.iter().enumerate() {
        let next = timesteps.get(step + 1).copied();
        let jump = ((1.0 - gamma) * next.unwrap_or(0) as f64).floor() as i64;
        let (from, to) = (discrete_level(schedule, t), discrete_level(schedule, jump));
        let jumped = jump_to(&recorder, from, to);
        let update = match next {
            Some(next) if gamma > 0.0 => {
                let ratio = schedule.alpha_cumprod(next) / schedule.alpha_cumprod(jump);
                jumped * math::sqrt(ratio) + recorder.z() * math::sqrt((1.0 - ratio).max(0.0))
            }
            _ => jumped,
        };
        end = to;
        recorder.evaluate(step, from, update)?;
    }
    Ok(recorder.finish(1.0, end))
}

fn jump_to(recorder: &Recorder, from: Level, to: Level) -> super::expression::Expression {
    let d = recorder.d_unclipped();
    let eps = (recorder.x() - d.clone() * from.alpha) / from.sigma;
    d * to.alpha + eps * to.sigma
}
