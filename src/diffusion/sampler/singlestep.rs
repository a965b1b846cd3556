//! Single-step solvers: extra evaluations inside a step instead of a history (Lu et al. 2022a, 2022b; k-diffusion).

use super::choices::SolverType;
use super::error::PlanError;
use super::exponential::{Held, Step};
use super::expression::Expression;
use super::grid::Grid;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::step::{ancestral, straight};
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};

/// Single-step DPM-Solver and DPM-Solver++ (diffusers' `DPMSolverSinglestepScheduler`).
///
/// Convention of diffusers: a listed step is one evaluation, so a step of order 3 spans three of the list,
/// and each evaluation moves on from where its group began.
pub(super) fn plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
    (held, order, eta): (Held, usize, f64),
) -> Result<Plan, PlanError> {
    if !(1..=3).contains(&order) {
        let must = "single-step solvers have orders 1 to 3";
        return Err(PlanError::Option { option: "solver_order", value: order.to_string(), must });
    }
    let orders = order_list(order, options.lower_order_final, grid);
    let mut group: Vec<(Level, Expression)> = Vec::new();
    let mut start = recorder.x();
    for ((index, from, to), wanted) in grid.pairs().zip(orders) {
        if wanted == 1 || group.is_empty() {
            group.clear();
            start = recorder.x();
        }
        group.push((from, held.answer(recorder.x(), recorder.d(), from)));
        let base = group[0].0;
        let step = Step::new(held, base, to, eta);
        let mut update = start.clone() * step.carry + correction(&step, &group, options, eta);
        if eta != 0.0 {
            update = update + recorder.z() * step.std_dev;
        }
        recorder.evaluate(index, from, update)?;
    }
    Ok(grid.finish(recorder))
}

/// Which order each evaluation has: 1, 2, 3, 1, 2, 3, …, cut so that the end is of lower order.
fn order_list(order: usize, lower_order_final: bool, grid: &Grid) -> Vec<usize> {
    let steps = grid.levels.len();
    let to_zero = grid.end.sigma == 0.0;
    let mut orders: Vec<usize> = (0..steps).map(|i| i % order + 1).collect();
    if (lower_order_final || to_zero) && steps.is_multiple_of(order) {
        // The last whole group would reach the end: it is broken up.
        match order {
            3 => orders.splice(steps - 3.., [1, 2, 1]).for_each(drop),
            2 => orders.splice(steps - 2.., [1, 1]).for_each(drop),
            _ => {}
        }
    }
    if let (true, Some(last)) = (to_zero, orders.last_mut()) {
        *last = 1;
    }
    orders
}

/// `c_0 m + …` from the answers of the group so far, oldest first; differences are taken from the oldest.
fn correction(step: &Step, group: &[(Level, Expression)], options: &SamplerOptions, eta: f64) -> Expression {
    let (base, oldest) = &group[0];
    let ratio = |i: usize| (group[i].0.lambda() - base.lambda()) / step.h();
    let difference = |i: usize| (group[i].1.clone() - oldest.clone()) / ratio(i);
    let constant = oldest.clone() * step.constant;
    match (group.len(), options.solver_type) {
        (1, _) => constant,
        (2, solver_type) => constant + difference(1) * step.linear(solver_type),
        (_, SolverType::Midpoint) => constant + difference(2) * step.linear(SolverType::Heun),
        (_, SolverType::Heun) => {
            let (r1, r0) = (ratio(1), ratio(2));
            let (inner, outer) = (difference(1), difference(2));
            let first = (inner.clone() * r0 - outer.clone() * r1) / (r0 - r1);
            let bend = (outer - inner) * (2.0 / (r0 - r1));
            let as_diffusers = options.diffusers_third_order_sde && eta != 0.0;
            constant + first * step.linear(SolverType::Heun) + bend * step.quadratic(as_diffusers)
        }
    }
}

/// DPM-Solver++(2S) ancestral: midpoint steps in λ to σ_down, then noise of size σ_up (k-diffusion's `sample_dpmpp_2s_ancestral`).
pub(super) fn ancestral_2s_plan(
    mut recorder: Recorder,
    grid: &Grid,
    options: &SamplerOptions,
) -> Result<Plan, PlanError> {
    for (step, from, to) in grid.pairs() {
        let (down, up) = ancestral(from.sigma, to.sigma, options.sde_eta);
        let target = Level { sigma: down, ..to };
        let (x, mut level) = (recorder.x(), from);
        if down > 0.0 {
            level = grid.at(math::sqrt(from.sigma * down));
            recorder.evaluate(step, from, straight(recorder.x(), recorder.d(), from, level))?;
        }
        let moved = straight(x, recorder.d(), from, target);
        let update = if to.sigma > 0.0 { moved + recorder.z() * (options.churn.s_noise * up) } else { moved };
        recorder.evaluate(step, level, update)?;
    }
    Ok(grid.finish(recorder))
}

/// DPM-Solver++ SDE with an inner evaluation at the share r of the step in λ (k-diffusion's `sample_dpmpp_sde`; r = 1/2 is diffusers' DPMSolverSDE).
///
/// The outer step uses `(1 − 1/(2r)) D + 1/(2r) D̃`.
pub(super) fn sde_plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let (s_noise, r) = (options.churn.s_noise, options.midpoint_ratio);
    let weight = 0.5 / r;
    for (step, from, to) in grid.pairs() {
        let (x, d) = (recorder.x(), recorder.d());
        if to.sigma == 0.0 {
            let update = straight(x, recorder.d(), from, to);
            recorder.evaluate(step, from, update)?;
            continue;
        }
        let middle = grid.at(from.sigma * math::powf(to.sigma / from.sigma, r));
        let (down, up) = ancestral(from.sigma, middle.sigma, options.sde_eta);
        let inner = straight(recorder.x(), recorder.d(), from, Level { sigma: down, ..middle });
        let noise = recorder.z() * (s_noise * up);
        recorder.evaluate(step, from, inner + noise)?;
        let (down, up) = ancestral(from.sigma, to.sigma, options.sde_eta);
        let mixed = d * (1.0 - weight) + recorder.d() * weight;
        let outer = straight(x, mixed, from, Level { sigma: down, ..to });
        let noise = recorder.z() * (s_noise * up);
        recorder.evaluate(step, middle, outer + noise)?;
    }
    Ok(grid.finish(recorder))
}

/// DPM-Solver-fast: `steps` evaluations spread over steps of order 3, the last one or two of lower order (Lu et al. 2022a, section 3.4; k-diffusion).
///
/// The grid is log-linear from the largest to the smallest positive σ, whatever sigma family was asked for, and ends there, not at 0.
pub(super) fn fast_plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let evaluations = options.steps;
    if evaluations > grid.total {
        return Err(PlanError::Steps { steps: evaluations, most: grid.total });
    }
    let (largest, smallest) = grid.range();
    let groups = evaluations / 3 + 1;
    let mut orders = vec![3; groups];
    match evaluations % 3 {
        0 => orders.splice(groups.saturating_sub(2).., [2, 1]).for_each(drop),
        rest => orders[groups - 1] = rest,
    }
    let ratio = math::ln(smallest / largest);
    let sigma = |i: usize| if i == groups { smallest } else { largest * math::exp(ratio * i as f64 / groups as f64) };
    for (step, order) in orders.into_iter().enumerate() {
        let (from, next) = (grid.at(sigma(step)), sigma(step + 1));
        let (down, _) = ancestral(from.sigma, next, options.sde_eta);
        let to = grid.at(down.max(smallest));
        let up = math::sqrt((next * next - to.sigma * to.sigma).max(0.0)) * options.churn.s_noise;
        fast_step(&mut recorder, grid, (step, order), from, to, up)?;
    }
    Ok(recorder.finish(grid.init_noise_sigma, grid.at(smallest)))
}

/// One step of DPM-Solver of order 1, 2 (r = 1/2) or 3 (r = 1/3, 2/3), plus noise.
fn fast_step(
    recorder: &mut Recorder,
    grid: &Grid,
    (step, order): (usize, usize),
    from: Level,
    to: Level,
    up: f64,
) -> Result<(), PlanError> {
    let h = math::ln(from.sigma / to.sigma);
    let x = recorder.x();
    let eps = |recorder: &Recorder, at: Level| Held::Noise.answer(recorder.x(), recorder.d(), at);
    let part = |r: f64| grid.at(from.sigma * math::exp(-r * h));
    let first = eps(recorder, from);
    let moved = |to: Level| x.clone() - first.clone() * (from.sigma - to.sigma);
    let (level, update) = match order {
        1 => (from, moved(to)),
        2 => {
            let middle = part(0.5);
            recorder.evaluate(step, from, moved(middle))?;
            let change = eps(recorder, middle) - first.clone();
            (middle, moved(to) - change * (from.sigma - to.sigma))
        }
        _ => {
            let (one, two) = (part(1.0 / 3.0), part(2.0 / 3.0));
            let bend = |r: f64| math::expm1(r * h) / (r * h) - 1.0;
            recorder.evaluate(step, from, moved(one))?;
            let change = eps(recorder, one) - first.clone();
            recorder.evaluate(step, one, moved(two) - change * (two.sigma * 2.0 * bend(2.0 / 3.0)))?;
            let change = eps(recorder, two) - first.clone();
            (two, moved(to) - change * (to.sigma * 1.5 * bend(1.0)))
        }
    };
    let noise = recorder.z() * up;
    recorder.evaluate(step, level, update + noise)
}
