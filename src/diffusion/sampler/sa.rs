//! SA-Solver: stochastic Adams with predictor and corrector (Xue et al. 2023, algorithm 1).
//!
//! With noise share τ, the step from s to t is
//!
//! `x_t = e^{−τ²h} (σ_t/σ_s) x_s + (1 + τ²) σ_t e^{−τ² λ_t} Σ_j c_j D_j + σ_t √(1 − e^{−2τ²h}) z`, `c_j = ∫ e^{(1+τ²)λ} l_j(λ) dλ`.
//!
//! Conventions of diffusers' `SASolverScheduler`: τ = 1 while the timestep lies in 200 … 800, else 0; for order 2 the coefficients
//! are shifted so that the local error is that of the paper's remark 4; the corrector reuses the predictor's draw.

use super::error::PlanError;
use super::exponential::Held;
use super::expression::Expression;
use super::grid::Grid;
use super::lagrange;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};

type Answers = [(Level, Expression)];

/// The plan of SA-Solver; `solver_order` is the predictor's (2 unless said otherwise), `corrector_order` the corrector's.
pub(super) fn plan(mut recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
    let (predictor, corrector) = (options.solver_order.unwrap_or(2), options.corrector_order);
    if !(1..=4).contains(&predictor.max(corrector)) || predictor.min(corrector) == 0 {
        let value = format!("{predictor} and {corrector}");
        return Err(PlanError::Option { option: "solver_order", value, must: "SA-Solver has orders 1 to 4" });
    }
    let held = if options.predict_x0 { Held::Data } else { Held::Noise };
    let (steps, depth) = (grid.levels.len(), predictor.max(corrector - 1));
    let mut history: Vec<(Level, Expression)> = Vec::new();
    // Where the last step started, what it predicted, its corrector's order and its draw.
    let mut last: Option<(Expression, Expression, usize, Expression)> = None;
    for (index, from, to) in grid.pairs() {
        let answer = held.answer(recorder.x(), recorder.d(), from);
        let lower = history.len();
        let older = history.first().map(|(level, _)| *level);
        history.insert(0, (from, answer));
        let mut x = recorder.x();
        if let (Some((start, predicted, order, z)), Some(previous)) = (last.take(), older) {
            let step = Adams::new(held, previous, from, tau(options, previous));
            let order = order.min(history.len());
            let mut weights = step.weights(&history[..order]);
            if let (Held::Data, [newest, second]) = (held, &mut weights[..]) {
                let shift = step.corrector_shift();
                *newest += shift;
                *second -= shift;
            }
            x = x + (step.apply(start, &history, &weights, z) - predicted);
        }
        if to.sigma == 0.0 {
            // All that is left of a step to σ = 0 is the estimate; λ is infinite there.
            let update = recorder.d();
            recorder.evaluate(index, from, update)?;
            continue;
        }
        history.truncate(depth);
        let limit = |order: usize, left: usize| if options.lower_order_final { order.min(left) } else { order };
        let predictor_order = limit(predictor, steps - index).min(lower.min(depth) + 1);
        let corrector_order = limit(corrector, steps - index + 1).min(lower.min(depth) + 2);
        let step = Adams::new(held, from, to, tau(options, from));
        let mut weights = step.weights(&history[..predictor_order]);
        if let (Held::Data, [newest, second]) = (held, &mut weights[..]) {
            let shift = step.predictor_shift(from.lambda() - history[1].0.lambda());
            *newest += shift;
            *second -= shift;
        }
        let z = recorder.z();
        let predicted = step.apply(x.clone(), &history, &weights, z.clone());
        last = Some((x, predicted.clone(), corrector_order, z));
        recorder.evaluate(index, from, predicted)?;
    }
    Ok(grid.finish(recorder))
}

/// τ at a level: `sde_eta` inside diffusers' window of timesteps, 0 outside.
fn tau(options: &SamplerOptions, level: Level) -> f64 {
    if (200.0..=800.0).contains(&level.timestep) { options.sde_eta } else { 0.0 }
}

/// The numbers of one step.
struct Adams {
    held: Held,
    from: Level,
    to: Level,
    h: f64,
    /// 1 + τ², or −1 for noise (whose weight does not depend on τ).
    rate: f64,
    tau: f64,
}

impl Adams {
    fn new(held: Held, from: Level, to: Level, tau: f64) -> Self {
        let rate = if held == Held::Data { 1.0 + tau * tau } else { -1.0 };
        Self { held, from, to, h: to.lambda() - from.lambda(), rate, tau }
    }

    /// `∫ e^{rate (λ − λ_t)} l_j(λ) dλ` from λ_s to λ_t, with λ counted from λ_t.
    fn weights(&self, answers: &Answers) -> Vec<f64> {
        let nodes: Vec<f64> = answers.iter().map(|(level, _)| level.lambda() - self.to.lambda()).collect();
        // M_p = ∫_{−h}^0 u^p e^{rate u} du by parts: M_p = (−(−h)^p e^{−rate h} − p M_{p−1}) / rate, and M_0 = (1 − e^{−rate h}) / rate.
        let decay = math::exp(-self.rate * self.h);
        let mut moments = vec![-math::expm1(-self.rate * self.h) / self.rate];
        let mut edge = decay;
        for p in 1..nodes.len() {
            edge *= -self.h;
            moments.push((-edge - p as f64 * moments[p - 1]) / self.rate);
        }
        lagrange::weights(&nodes, &moments)
    }

    /// `∫ (λ_t − λ) …` part that both shifts share: `(rate h − 1 + e^{−rate h}) / rate²`.
    fn linear(&self) -> f64 {
        (self.rate * self.h + math::expm1(-self.rate * self.h)) / (self.rate * self.rate)
    }

    fn predictor_shift(&self, last_h: f64) -> f64 {
        (self.h * self.h / 2.0 - self.linear()) / last_h
    }

    fn corrector_shift(&self) -> f64 {
        if self.h == 0.0 { 0.0 } else { self.h / 2.0 - self.linear() / self.h }
    }

    fn apply(&self, x: Expression, answers: &Answers, weights: &[f64], z: Expression) -> Expression {
        let tau2 = self.tau * self.tau;
        let (carry, size, std_dev) = match self.held {
            Held::Data => (
                math::exp(-tau2 * self.h) * self.to.sigma / self.from.sigma,
                (1.0 + tau2) * self.to.alpha,
                self.to.sigma * math::sqrt(-math::expm1(-2.0 * tau2 * self.h)),
            ),
            Held::Noise => (
                self.to.alpha / self.from.alpha,
                -(1.0 + tau2) * self.to.sigma,
                self.tau * self.to.sigma * math::sqrt(math::expm1(2.0 * self.h)),
            ),
        };
        let mut update = x * carry + z * std_dev;
        for ((_, answer), weight) in answers.iter().zip(weights) {
            update = update + answer.clone() * (size * weight);
        }
        update
    }
}
