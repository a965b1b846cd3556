//! DEIS: exponential integrator with polynomials in ln ρ through the last noises (Zhang and Chen 2023, the log-ρ variant).
//!
//! With ρ = σ/α the ODE is `d(x/α) = ε dρ`, so `x_t = α_t (x_s/α_s + Σ_j c_j ε_j)` with `c_j = ∫ l_j(ln ρ) dρ` from ρ_s to ρ_t.
//!
//! Conventions of diffusers' `DEISMultistepScheduler`: orders 1 to 3; with fewer than 15 steps the last two are of lower order.

use super::error::PlanError;
use super::exponential::{Held, check_order};
use super::expression::Expression;
use super::grid::Grid;
use super::lagrange;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use crate::diffusion::math;
use crate::diffusion::plan::Plan;

/// The plan of DEIS of order `solver_order` (2 unless said otherwise).
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    // Higher orders are read as 3, as there.
    let order = check_order(options.solver_order.unwrap_or(2))?.min(3);
    let steps = grid.levels.len();
    let careful = options.lower_order_final && steps < 15;
    let mut history: Vec<(f64, Expression)> = Vec::new();
    for (index, from, to) in grid.pairs() {
        let rho = from.sigma / from.alpha;
        history.insert(0, (rho, Held::Noise.answer(recorder.x(), recorder.d(), from)));
        history.truncate(order);
        let most = if careful { order.min(steps - index) } else { order };
        let used = &history[..history.len().min(most)];
        // Nodes and moments are taken relative to ρ_s, which keeps the logarithms small.
        let nodes: Vec<f64> = used.iter().map(|(node, _)| math::ln(node / rho)).collect();
        let mut update = recorder.x() / from.alpha;
        for ((_, eps), weight) in used.iter().zip(lagrange::weights(&nodes, &moments(to.sigma / to.alpha / rho))) {
            update = update + eps.clone() * (weight * rho);
        }
        recorder.evaluate(index, from, update * to.alpha)?;
    }
    Ok(grid.finish(recorder))
}

/// `∫ (ln u)^p du` from 1 to `end` for p = 0, 1, 2; the limit where `end` is 0.
fn moments(end: f64) -> [f64; 3] {
    if end <= 0.0 {
        return [-1.0, 1.0, -2.0];
    }
    let log = math::ln(end);
    [end - 1.0, end * (log - 1.0) + 1.0, end * (log * log - 2.0 * log + 2.0) - 2.0]
}
