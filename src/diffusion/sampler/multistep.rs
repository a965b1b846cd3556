//! Multistep DPM-Solver and DPM-Solver++ of orders 1 to 3, as ODE and as SDE (Lu et al. 2022a, 2022b; k-diffusion's 2M, 2M SDE and 3M SDE).
//!
//! Conventions of diffusers' `DPMSolverMultistepScheduler`: the first steps use lower orders until there is a history; with `lower_order_final`
//! and fewer than 15 steps the last two do as well; a last step to σ = 0 is always of order 1.
//! k-diffusion's functions are the case `lower_order_final: false`.

use super::error::PlanError;
use super::exponential::{Held, Step, check_order};
use super::expression::Expression;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use crate::diffusion::plan::{Level, Plan};

/// Below this many steps the last ones are of lower order.
const FEW_STEPS: usize = 15;

/// The plan of the multistep solver of order `order`, holding `held` constant, with noise share `eta`.
pub(super) fn plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
    (held, order, eta): (Held, usize, f64),
) -> Result<Plan, PlanError> {
    // Higher orders are read as 3, as there.
    let order = check_order(order)?.min(3);
    let steps = grid.levels.len();
    let careful = options.lower_order_final && steps < FEW_STEPS;
    let mut history: Vec<(Level, Expression)> = Vec::new();
    for (index, from, to) in grid.pairs() {
        history.insert(0, (from, held.answer(recorder.x(), recorder.d(), from)));
        history.truncate(order);
        let left = steps - index;
        let most = match left {
            1 if options.euler_at_final || careful || to.sigma == 0.0 => 1,
            2 if careful => 2,
            _ => order,
        };
        // A noise held constant has no SDE step to σ = 0: that one is the ODE's, which ends at D.
        let eta = if held == Held::Noise && to.sigma == 0.0 { 0.0 } else { eta };
        let step = Step::new(held, from, to, eta);
        let used = &history[..history.len().min(most)];
        if held == Held::Noise && eta != 0.0 && used.len() > 2 {
            let must = "the SDE of a held noise has no step of order 3; ask for order 2 or fewer steps";
            return Err(PlanError::Option { option: "solver_order", value: order.to_string(), must });
        }
        let mut update = recorder.x() * step.carry + correction(&step, used, options, eta);
        if eta != 0.0 {
            update = update + recorder.z() * (step.std_dev * options.churn.s_noise);
        }
        recorder.evaluate(index, from, update)?;
    }
    Ok(grid.finish(recorder))
}

/// `c_0 m + c_1 m' + c_2 m''` from the last one to three answers, newest first.
fn correction(step: &Step, history: &[(Level, Expression)], options: &SamplerOptions, eta: f64) -> Expression {
    let ratio = |newer: usize| (history[newer].0.lambda() - history[newer + 1].0.lambda()) / step.h();
    let difference = |newer: usize| (history[newer].1.clone() - history[newer + 1].1.clone()) / ratio(newer);
    let constant = history.first().map_or_else(Expression::default, |(_, m)| m.clone()) * step.constant;
    match history.len() {
        0 | 1 => constant,
        2 => constant + difference(0) * step.linear(options.solver_type),
        _ => {
            let (r0, r1, newer, older) = (ratio(0), ratio(1), difference(0), difference(1));
            let bend = (newer.clone() - older) / (r0 + r1);
            let first = newer + bend.clone() * r0;
            let as_diffusers = options.diffusers_third_order_sde && eta != 0.0;
            let exact = super::choices::SolverType::Heun;
            constant + first * step.linear(exact) + bend * step.quadratic(as_diffusers)
        }
    }
}
