//! The exponential step of the DPM-Solver family: what is exact about one step in λ = ln(α/σ), and the factors of its corrections.
//!
//! Between levels s and t with `h = λ_t − λ_s`, the diffusion ODE and its SDE solve to
//!
//! `x_t = carry · x_s + c_0 m + c_1 m' + c_2 m'' + std · z`
//!
//! where m is the network's answer as estimate D (DPM-Solver++, Lu et al. 2022b) or as noise ε (DPM-Solver, Lu et al. 2022a),
//! and m', m'' are its finite differences in λ, scaled by h and h².

use super::choices::SolverType;
use super::error::PlanError;
use super::expression::Expression;
use crate::diffusion::math;
use crate::diffusion::plan::Level;

/// In which form the network's answer is held constant over a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The estimate D.
    Data,
    /// The noise ε.
    Noise,
}

impl Held {
    /// m, the answer of a stage in this form.
    pub fn answer(self, x: Expression, d: Expression, at: Level) -> Expression {
        match self {
            Self::Data => d,
            Self::Noise => (x - d * at.alpha) / at.sigma,
        }
    }
}

/// The factors of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    held: Held,
    h: f64,
    /// How far the weight of m decays: (1 + η) h for data, h for noise.
    reach: f64,
    /// Factor before every m: α_t for data, −(1 + η) σ_t for noise.
    size: f64,
    /// c_0: the exact integral of a constant answer.
    pub constant: f64,
    /// Factor of x_s.
    pub carry: f64,
    /// Standard deviation of the added noise.
    pub std_dev: f64,
}

impl Step {
    /// The step from `from` to `to` of the ODE (`eta` 0) or of the SDE that re-adds the share `eta` of the noise.
    pub fn new(held: Held, from: Level, to: Level, eta: f64) -> Self {
        let h = to.lambda() - from.lambda();
        let eta_h = if eta == 0.0 { 0.0 } else { eta * h };
        match held {
            Held::Data => Self {
                held,
                h,
                reach: h + eta_h,
                size: to.alpha,
                constant: -to.alpha * math::expm1(-(h + eta_h)),
                carry: to.sigma / from.sigma * math::exp(-eta_h),
                std_dev: to.sigma * spread(-math::expm1(-2.0 * eta_h)),
            },
            Held::Noise => Self {
                held,
                h,
                reach: h,
                size: -(1.0 + eta) * to.sigma,
                // −(1 + η) σ_t (eʰ − 1), in a form that is finite at σ_t = 0.
                constant: (1.0 + eta) * (to.sigma - to.alpha * from.sigma / from.alpha),
                carry: to.alpha / from.alpha,
                std_dev: if eta == 0.0 { 0.0 } else { eta * to.sigma * spread(math::expm1(2.0 * h)) },
            },
        }
    }

    /// h, the length of the step in λ.
    pub fn h(&self) -> f64 {
        self.h
    }

    /// c_1: of the first difference; exact for `heun`, `c_0 / 2` for `midpoint`.
    pub fn linear(&self, solver_type: SolverType) -> f64 {
        match (solver_type, self.held) {
            (SolverType::Midpoint, _) => 0.5 * self.constant,
            (SolverType::Heun, Held::Data) => self.size * (math::expm1(-self.reach) / self.reach + 1.0),
            (SolverType::Heun, Held::Noise) => self.size * (math::expm1(self.reach) / self.reach - 1.0),
        }
    }

    /// c_2: of the second difference.
    ///
    /// `as_diffusers` keeps a sign that diffusers' SDE solvers of order 3 have and that k-diffusion and the derivation do not:
    /// there `… + 1/2` stands for `… − 1/2`, which does not vanish with h.
    pub fn quadratic(&self, as_diffusers: bool) -> f64 {
        let (reach, half) = (self.reach, if as_diffusers { -0.5 } else { 0.5 });
        match self.held {
            Held::Data => -self.size * ((math::expm1(-reach) + reach) / (reach * reach) - half),
            Held::Noise => self.size * ((math::expm1(reach) - reach) / (reach * reach) - half),
        }
    }
}

/// The root of a variance; 0 where a level that is listed twice differs from itself by rounding.
fn spread(variance: f64) -> f64 {
    math::sqrt(if variance.abs() < 1e-12 { 0.0 } else { variance })
}

/// How many of the last answers a step may use; high orders only cost time, as rounding has long drowned what they add.
pub(super) fn check_order(order: usize) -> Result<usize, PlanError> {
    let must = "a solver has an order from 1 to 100";
    let refused = PlanError::Option { option: "solver_order", value: order.to_string(), must };
    if (1..=100).contains(&order) { Ok(order) } else { Err(refused) }
}
