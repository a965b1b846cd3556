//! Euler's method in σ, plain, with churn and ancestral (Karras et al. 2022; k-diffusion).

use super::error::PlanError;
use super::expression::Expression;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::step::{ancestral, churn_gamma, raise, straight};
use crate::diffusion::math;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::{Level, Plan};

/// Euler: `x' = x + (x − D)/σ · (σ' − σ)` (Karras et al. 2022, algorithm 2 without lines 7 to 9).
///
/// With churn the two libraries differ: k-diffusion asks the network at the raised σ̂ (the default here);
/// diffusers asks at σ with the state before the noise and re-reads that answer at σ̂ (`churn.after_network`).
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let churn = &options.churn;
    for (step, from, to) in grid.pairs() {
        let gamma = churn_gamma(churn, from, grid);
        if from.sigma == 0.0 && to.sigma > 0.0 {
            // A flow that starts at a clean picture, which is its own estimate whatever the answer v. Read where the step ends, v is in
            // D = x − σ' v, and the step to x + σ' v is one away from D.
            let level = Level { timestep: from.timestep, ..to };
            recorder.evaluate(step, level, recorder.x() * 2.0 - recorder.d_unclipped())?;
        } else if churn.after_network && gamma > 0.0 {
            let update = reread(&mut recorder, grid, options, from, to, gamma);
            recorder.evaluate(step, from, update)?;
        } else if churn.after_network {
            let update = straight(recorder.x(), recorder.d(), from, to);
            recorder.evaluate(step, from, update)?;
        } else {
            let from = raise(&mut recorder, step, from, churn, gamma, |sigma| grid.at(sigma))?;
            let update = straight(recorder.x(), recorder.d(), from, to);
            recorder.evaluate(step, from, update)?;
        }
    }
    Ok(grid.finish(recorder))
}

/// diffusers' churned step: the raw output at (x, σ) is read again as an output at (x̂, σ̂).
fn reread(
    recorder: &mut Recorder,
    grid: &Grid,
    options: &SamplerOptions,
    from: Level,
    to: Level,
    gamma: f64,
) -> Expression {
    let (sigma, raised) = (from.sigma, from.sigma * (1.0 + gamma));
    let added = options.churn.s_noise * math::sqrt(raised * raised - sigma * sigma);
    let (x, d) = (recorder.x(), recorder.d());
    let noised = x.clone() + recorder.z() * added;
    let estimate = match (grid.sigma_data(), options.prediction_type) {
        (Some(sigma_data), _) => {
            // D = c_skip(σ) x + c_out(σ) F, read with both at σ̂.
            let skip = |sigma: f64| sigma_data * sigma_data / (sigma * sigma + sigma_data * sigma_data);
            let out = |sigma: f64| sigma * sigma_data / math::sqrt(sigma * sigma + sigma_data * sigma_data);
            let raw = (d - x * skip(sigma)) / out(sigma);
            noised.clone() * skip(raised) + raw * out(raised)
        }
        (None, PredictionType::Epsilon) => noised.clone() - (x - d) * (raised / sigma),
        (None, PredictionType::Sample) => d,
        // diffusers reads v at σ, not at σ̂.
        (None, _) => d + (noised.clone() - x) / (sigma * sigma + 1.0),
    };
    noised.clone() + (noised - estimate) * ((to.sigma - raised) / raised)
}

/// Euler ancestral: a straight step to σ_down, then noise of size σ_up (k-diffusion's `sample_euler_ancestral`).
pub(super) fn ancestral_plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    for (step, from, to) in grid.pairs() {
        let (down, up) = ancestral(from.sigma, to.sigma, options.sde_eta);
        let moved = straight(recorder.x(), recorder.d(), from, Level { sigma: down, ..to });
        let update = if to.sigma > 0.0 { moved + recorder.z() * (options.churn.s_noise * up) } else { moved };
        recorder.evaluate(step, from, update)?;
    }
    Ok(grid.finish(recorder))
}

/// Accelerated DDIM (Permenter and Yuan 2024, algorithm 1): ε is extrapolated from the last two answers.
///
/// `x' = x − (σ − σ_p) · (γ ε_i + (1 − γ) ε_{i−1}) + η z`, `σ_p = (σ'^{1/μ} / σ)^…`; smalldiffusion's `samples` with its `gam` and `mu`:
/// `σ_p = (σ' / σ^μ)^{1/(1−μ)}` and `η = √(σ'² − σ_p²)`. gam = 1, mu = 0 is DDIM; gam = 1, mu = 1/2 is like DDPM; gam = 2, mu = 0 accelerates.
pub(super) fn accelerated_plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    let (gam, mu) = (options.gam, options.mu);
    let mut previous: Option<Expression> = None;
    for (step, from, to) in grid.pairs() {
        let eps = (recorder.x() - recorder.d()) / from.sigma;
        let extrapolated = match previous.take() {
            Some(previous) => eps.clone() * gam + previous * (1.0 - gam),
            None => eps.clone(),
        };
        previous = Some(eps);
        let down = math::powf(to.sigma / math::powf(from.sigma, mu), 1.0 / (1.0 - mu));
        let up = math::sqrt((to.sigma * to.sigma - down * down).max(0.0));
        let update = recorder.x() - extrapolated * (from.sigma - down) + recorder.z() * up;
        recorder.evaluate(step, from, update)?;
    }
    Ok(grid.finish(recorder))
}
