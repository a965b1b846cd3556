//! LMS: Adams–Bashforth steps in σ (k-diffusion's `sample_lms`, diffusers' LMSDiscrete).
//!
//! `x' = x + Σ_j c_j d_{i−j}`, where d = (x − D)/σ and `c_j = ∫_σ^{σ'} l_j(τ) dτ` integrates the Lagrange polynomial through the last slopes.
//! The libraries integrate by adaptive quadrature; here the polynomial is integrated exactly.

use super::error::PlanError;
use super::exponential::check_order;
use super::expression::Expression;
use super::grid::Grid;
use super::lagrange;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use crate::diffusion::plan::Plan;

/// The order where none is asked for, that of the libraries.
const USUAL_ORDER: usize = 4;

/// The plan of LMS, of order `solver_order` (4 unless said otherwise).
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let order = check_order(options.solver_order.unwrap_or(USUAL_ORDER))?;
    let mut slopes: Vec<(f64, Expression)> = Vec::new();
    for (step, from, to) in grid.pairs() {
        slopes.insert(0, (from.sigma, (recorder.x() - recorder.d()) / from.sigma));
        slopes.truncate(order);
        let nodes: Vec<f64> = slopes.iter().map(|(sigma, _)| sigma - from.sigma).collect();
        let length = to.sigma - from.sigma;
        // ∫ u^{p−1} du over the step.
        let powers = std::iter::successors(Some(length), |power| Some(power * length));
        let moments: Vec<f64> = powers.zip(1..=nodes.len()).map(|(power, p)| power / p as f64).collect();
        let mut update = recorder.x();
        for ((_, slope), weight) in slopes.iter().zip(lagrange::weights(&nodes, &moments)) {
            update = update + slope.clone() * weight;
        }
        recorder.evaluate(step, from, update)?;
    }
    Ok(grid.finish(recorder))
}
