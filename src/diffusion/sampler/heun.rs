//! Second-order steps with a second evaluation: Heun (EDM algorithm 2) and DPM2, plain and ancestral (k-diffusion, diffusers).

use super::choices::Space;
use super::error::PlanError;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::step::{ancestral, churn_gamma, raise, straight};
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};

use super::expression::Expression;

/// dx/dσ at a level with `alpha` 1: `(x − D) / σ`.
fn slope(x: Expression, d: Expression, at: Level) -> Expression {
    (x - d) / at.sigma
}

/// Heun's method with churn (Karras et al. 2022, algorithm 2); the step to σ = 0 is Euler's.
///
/// `x̃ = x + (σ' − σ) d`, then `x' = x + (σ' − σ) (d + d̃)/2` with the slope d̃ at (x̃, σ').
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    if grid.space == Space::Flow {
        return flow_plan(recorder, grid, options);
    }
    for (step, from, to) in grid.pairs() {
        let gamma = churn_gamma(&options.churn, from, grid);
        let from = raise(&mut recorder, step, from, &options.churn, gamma, |sigma| grid.at(sigma))?;
        let (x, first) = (recorder.x(), slope(recorder.x(), recorder.d(), from));
        recorder.evaluate(step, from, straight(recorder.x(), recorder.d(), from, to))?;
        if to.sigma > 0.0 {
            let second = slope(recorder.x(), recorder.d(), to);
            recorder.evaluate(step, to, x + (first + second) * (0.5 * (to.sigma - from.sigma)))?;
        }
    }
    Ok(grid.finish(recorder))
}

/// Heun's method on a flow, dx/dσ = v, with churn as diffusers' `FlowMatchHeunDiscreteScheduler` has it.
///
/// The network is asked at σ before the noise is raised to σ̂ = (1 + γ) σ; its slope there counts as `v σ/σ̂`, and the second one is v at σ'.
/// γ is `s_churn / (2n − 1)` at most √2 − 1, as the peer counts the doubled list of its n steps.
fn flow_plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let churn = &options.churn;
    let most = (churn.s_churn / (2 * grid.levels.len() - 1) as f64).clamp(0.0, core::f64::consts::SQRT_2 - 1.0);
    for (step, from, to) in grid.pairs() {
        let gamma = if (churn.s_tmin..=churn.s_tmax).contains(&from.sigma) { most } else { 0.0 };
        let raised = from.sigma * (1.0 + gamma);
        let (mut x, first) = (recorder.x(), slope(recorder.x(), recorder.d(), from) * (from.sigma / raised));
        if gamma > 0.0 {
            x = x + recorder.z() * (churn.s_noise * math::sqrt(raised * raised - from.sigma * from.sigma));
        }
        let length = to.sigma - raised;
        recorder.evaluate(step, from, x.clone() + first.clone() * length)?;
        if to.sigma > 0.0 {
            if gamma > 0.0 {
                // Drawn by the peer for the second evaluation too, and then not used.
                recorder.draw();
            }
            let second = slope(recorder.x(), recorder.d(), to);
            recorder.evaluate(step, to, x + (first + second) * (0.5 * length))?;
        }
    }
    Ok(grid.finish(recorder))
}

/// DPM2: the midpoint method in ln σ with churn (Karras et al. 2022 call it so; k-diffusion's `sample_dpm_2`, diffusers' KDPM2).
///
/// `x̃ = x + (σ_mid − σ) d` with `σ_mid = √(σ σ')`, then `x' = x + (σ' − σ) d̃`.
pub(super) fn midpoint_plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    for (step, from, to) in grid.pairs() {
        let gamma = churn_gamma(&options.churn, from, grid);
        let from = raise(&mut recorder, step, from, &options.churn, gamma, |sigma| grid.at(sigma))?;
        let x = midpoint(&mut recorder, grid, step, from, to)?;
        if let Some((x, level)) = x {
            let update = x + slope(recorder.x(), recorder.d(), level) * (to.sigma - from.sigma);
            recorder.evaluate(step, level, update)?;
        }
    }
    Ok(grid.finish(recorder))
}

/// DPM2 ancestral: a midpoint step to σ_down, then noise of size σ_up (k-diffusion's `sample_dpm_2_ancestral`).
pub(super) fn midpoint_ancestral_plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    for (step, from, to) in grid.pairs() {
        let (down, up) = ancestral(from.sigma, to.sigma, options.sde_eta);
        let target = Level { sigma: down, ..to };
        if let Some((x, level)) = midpoint(&mut recorder, grid, step, from, target)? {
            let moved = x + slope(recorder.x(), recorder.d(), level) * (down - from.sigma);
            let update = moved + recorder.z() * (options.churn.s_noise * up);
            recorder.evaluate(step, level, update)?;
        }
    }
    Ok(grid.finish(recorder))
}

/// The first half of a midpoint step: the state it started from and the level halfway; a whole Euler step, and `None`, where `to` is noiseless.
fn midpoint(
    recorder: &mut Recorder,
    grid: &Grid,
    step: usize,
    from: Level,
    to: Level,
) -> Result<Option<(Expression, Level)>, PlanError> {
    let x = recorder.x();
    let halfway = if to.sigma > 0.0 { grid.at(math::sqrt(from.sigma * to.sigma)) } else { to };
    recorder.evaluate(step, from, straight(recorder.x(), recorder.d(), from, halfway))?;
    Ok((to.sigma > 0.0).then_some((x, halfway)))
}
