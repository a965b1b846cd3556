//! Pieces that many samplers share: one deterministic step, the split of an ancestral step, added churn.

use super::choices::Churn;
use super::error::PlanError;
use super::expression::Expression;
use super::grid::Grid;
use super::recorder::Recorder;
use crate::diffusion::math;
use crate::diffusion::plan::Level;

/// The straight step from `from` to `to` with the estimate `d`: Euler's method on dx/dσ = (x − D)/σ, DDIM with η = 0, DPM-Solver-1.
///
/// `x' = (σ'/σ) x + (α' − α σ'/σ) D`; the three are the same line in different variables.
pub(super) fn straight(x: Expression, d: Expression, from: Level, to: Level) -> Expression {
    let ratio = to.sigma / from.sigma;
    x * ratio + d * (to.alpha - from.alpha * ratio)
}

/// Splits a step from σ to σ' into a deterministic part down to σ_down and fresh noise of size σ_up (k-diffusion's `get_ancestral_step`).
///
/// `σ_up = min(σ', η σ' √(σ² − σ'²) / σ)`, `σ_down = √(σ'² − σ_up²)`; η = 1 is DDPM's variance, η = 0 adds nothing.
pub(in crate::diffusion) fn ancestral(from: f64, to: f64, eta: f64) -> (f64, f64) {
    let up = (eta * to * math::sqrt((from * from - to * to).max(0.0)) / from).min(to);
    (math::sqrt((to * to - up * up).max(0.0)), up)
}

/// How much a step at σ raises the noise first: γ of EDM's algorithm 2 (Karras et al. 2022), 0 outside `[s_tmin, s_tmax]` and for flows.
pub(super) fn churn_gamma(churn: &Churn, level: Level, grid: &Grid) -> f64 {
    let inside = level.alpha == 1.0 && (churn.s_tmin..=churn.s_tmax).contains(&level.sigma);
    if inside { (churn.s_churn / grid.levels.len() as f64).clamp(0.0, core::f64::consts::SQRT_2 - 1.0) } else { 0.0 }
}

/// Raises the noise of the state from σ to σ(1 + γ) before the network is asked, and returns the raised level (EDM algorithm 2, lines 4 to 6).
///
/// One draw is counted at every step of a churned run, as k-diffusion draws it whether or not γ is 0.
pub(super) fn raise(
    recorder: &mut Recorder,
    step: usize,
    level: Level,
    churn: &Churn,
    gamma: f64,
    at: impl Fn(f64) -> Level,
) -> Result<Level, PlanError> {
    if churn.s_churn <= 0.0 {
        return Ok(level);
    }
    let z = recorder.z();
    if gamma <= 0.0 {
        return Ok(level);
    }
    let raised = at(level.sigma * (1.0 + gamma));
    let added = churn.s_noise * math::sqrt(raised.sigma * raised.sigma - level.sigma * level.sigma);
    recorder.renoise(step, level, recorder.x() + z * added)?;
    Ok(raised)
}
