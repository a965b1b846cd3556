//! RePaint: inpainting that goes back and forth, so that the filled part fits the known one (Lugmayr et al. 2022, algorithm 1).
//!
//! A step down is DDIM's with η on the unknown pixels and fresh noising of the known ones; after `jump_length` steps the state is noised up again
//! by the forward process, `jump_n_sample − 1` times.
//! Conventions of diffusers' `RePaintScheduler`: one draw serves both the step and the known pixels, and going up from t − stride to t takes the
//! β of t … t + stride, one stride late.

use super::error::PlanError;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::discrete_level;
use crate::diffusion::math;
use crate::diffusion::plan::{Known, Plan, Term};
use crate::diffusion::schedule::NoiseSchedule;

/// The plan of RePaint.
pub(super) fn plan(
    mut recorder: Recorder,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let total = schedule.num_train_timesteps();
    let steps = options.steps;
    if !(1..=total).contains(&steps) {
        return Err(PlanError::Steps { steps, most: total });
    }
    let stride = (total / steps) as i64;
    let path = walk(steps, options.jump_length, options.jump_n_sample)?;
    let (mut step, mut above) = (0, i64::MAX);
    for node in path {
        let t = node * stride;
        if t > above {
            let mut x = recorder.x();
            for s in above..t {
                let beta = schedule.beta(s);
                x = x * math::sqrt(1.0 - beta) + recorder.z() * math::sqrt(beta);
            }
            recorder.renoise(step, discrete_level(schedule, above - stride), x)?;
        } else {
            let index = recorder.draw();
            let (from, to) = (discrete_level(schedule, t), discrete_level(schedule, t - stride));
            let ratio = from.alpha / to.alpha;
            let std_dev = options.eta * to.sigma / from.sigma * math::sqrt((1.0 - ratio * ratio).max(0.0));
            let along = math::sqrt((to.sigma * to.sigma - std_dev * std_dev).max(0.0));
            let eps = (recorder.x() - recorder.d_unclipped() * from.alpha) / from.sigma;
            let noise = super::expression::Expression::noise(index) * std_dev;
            let update = recorder.d() * to.alpha + eps * along;
            recorder.evaluate(step, from, if t > 0 { update + noise } else { update })?;
            recorder.add_known(Known { alpha: to.alpha, noise: vec![Term { index, coefficient: to.sigma }] });
            step += 1;
        }
        above = t;
    }
    Ok(recorder.finish(1.0, discrete_level(schedule, -1)))
}

/// The walk over grid nodes: down by one, and back up `jump_length` at every jump point until its jumps are used up.
fn walk(steps: usize, jump_length: usize, jump_n_sample: usize) -> Result<Vec<i64>, PlanError> {
    let evaluations = steps.saturating_mul(jump_n_sample.max(1));
    if jump_length == 0 || evaluations > 100_000 {
        let value = format!("{jump_length} and {jump_n_sample}");
        let must = "a jump needs a length of at least 1 and not more than 100000 evaluations in all";
        return Err(PlanError::Option { option: "jump_length and jump_n_sample", value, must });
    }
    let jump_points = (0..steps.saturating_sub(jump_length)).step_by(jump_length);
    let mut left = vec![0; steps];
    jump_points.for_each(|point| left[point] = jump_n_sample.saturating_sub(1));
    let (mut path, mut node) = (Vec::new(), steps);
    while node > 0 {
        node -= 1;
        path.push(node as i64);
        if left[node] > 0 {
            left[node] -= 1;
            for _ in 0..jump_length {
                node += 1;
                path.push(node as i64);
            }
        }
    }
    Ok(path)
}
