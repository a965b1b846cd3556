//! How fast samplers converge, measured where the truth is known.
//!
//! The data is a mixture of two Gaussians on a line, whose best denoiser [`GaussianMixture`] gives exactly, so that nothing but the step size errs.
//! A run goes from σ/α = 10 to 0.1 in even steps of ln σ; halving the steps of a solver of order p divides its error by 2^p.

use std::fmt;

use super::math;
use super::mixture::{Component, GaussianMixture, MixtureError};
use super::plan::{Level, Plan, Threshold};
use super::sampler::SolverType::{Heun, Midpoint};
use super::sampler::{PlanError, Sampler, SamplerOptions, SigmaFamily, SolverType, Space};
use super::schedule::{NoiseSchedule, ScheduleError};
use super::simulate::{Inputs, simulate};

/// The numbers of steps compared.
pub const STEPS: [usize; 3] = [48, 96, 192];

/// Noise σ/α at the start and at the end.
const NOISE: [f64; 2] = [10.0, 0.1];

/// Where every run starts, in units of `x / α`.
const START: f64 = 7.0;

/// One less than the timesteps of the schedule; a multiple of every number of steps.
const LAST_TIMESTEP: usize = 30 * STEPS[2];

/// Steps of the reference, a solver of order 3: its error is below 10⁻¹¹.
const REFERENCE_STEPS: usize = 6000;

/// The solvers measured, with the order asked of those that have several and DPM-Solver's weights; those that must draw noise are left out.
const SOLVERS: [(Sampler, Option<usize>, SolverType); 44] = [
    (Sampler::Euler, None, Heun),
    (Sampler::EulerAncestral, None, Heun),
    (Sampler::FlowEuler, None, Heun),
    (Sampler::Ddim, None, Heun),
    (Sampler::AcceleratedDdim, None, Heun),
    (Sampler::DdimInverse, None, Heun),
    (Sampler::Deis, Some(1), Heun),
    (Sampler::Dpmpp2m, Some(1), Heun),
    (Sampler::Lms, Some(1), Heun),
    (Sampler::SaSolver, Some(1), Heun),
    (Sampler::Heun, None, Heun),
    (Sampler::FlowHeun, None, Heun),
    (Sampler::Dpm2, None, Heun),
    (Sampler::Dpm2Ancestral, None, Heun),
    (Sampler::DpmppSde, None, Heun),
    (Sampler::Dpmpp2sAncestral, None, Heun),
    (Sampler::Dpm2m, Some(2), Heun),
    (Sampler::Dpm2m, Some(2), Midpoint),
    (Sampler::Dpm2mSde, Some(2), Heun),
    (Sampler::Dpm2s, Some(2), Heun),
    (Sampler::Dpm2s, Some(2), Midpoint),
    (Sampler::Dpmpp2m, Some(2), Heun),
    (Sampler::Dpmpp2m, Some(2), Midpoint),
    (Sampler::Dpmpp2mSde, Some(2), Heun),
    (Sampler::Dpmpp2s, Some(2), Heun),
    (Sampler::Dpmpp2s, Some(2), Midpoint),
    (Sampler::Dpmpp2sSde, Some(2), Heun),
    (Sampler::SaSolver, Some(2), Heun),
    (Sampler::Lms, Some(2), Heun),
    (Sampler::Lms, Some(3), Heun),
    (Sampler::Lms, Some(4), Heun),
    (Sampler::Deis, Some(2), Heun),
    (Sampler::Deis, Some(3), Heun),
    (Sampler::Dpmpp3m, Some(3), Heun),
    (Sampler::Dpmpp3mSde, Some(3), Heun),
    (Sampler::Dpm2m, Some(3), Heun),
    (Sampler::Dpmpp3s, Some(3), Heun),
    (Sampler::Dpmpp3s, Some(3), Midpoint),
    (Sampler::Dpm2s, Some(3), Heun),
    (Sampler::DpmFast, None, Heun),
    (Sampler::Pndm, None, Heun),
    (Sampler::Unipc, Some(1), Heun),
    (Sampler::Unipc, Some(2), Heun),
    (Sampler::Unipc, Some(3), Heun),
];

/// The errors of one solver and the order they show.
#[derive(Debug, Clone, PartialEq)]
pub struct Convergence {
    /// The solver.
    pub sampler: Sampler,
    /// The order asked for; the solver's own where `None`.
    pub solver_order: Option<usize>,
    /// How DPM-Solver weighs its first difference; of no effect on others.
    pub solver_type: SolverType,
    /// |error| of the last state at each of [`STEPS`].
    pub errors: [f64; STEPS.len()],
}

impl Convergence {
    /// The slope of the error over the step size from the fewest to the most steps: `log₂(first / last) / log₂(most / fewest)`.
    pub fn order(&self) -> f64 {
        let [fewest, .., most] = STEPS;
        let [first, .., last] = self.errors;
        math::ln(first / last) / math::ln(most as f64 / fewest as f64)
    }
}

/// Every solver's errors, as a Markdown table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table(pub Vec<Convergence>);

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [few, some, many] = STEPS;
        writeln!(out, "| sampler | order asked for | error at {few} steps | at {some} | at {many} | measured order |")?;
        write!(out, "| --- | --- | --- | --- | --- | --- |")?;
        for row in &self.0 {
            let asked = row.solver_order.map_or_else(|| "own".to_owned(), |order| order.to_string());
            let kind = if row.solver_type == Midpoint { ", midpoint" } else { "" };
            let [a, b, c] = row.errors;
            write!(
                out,
                "\n| {} | {asked}{kind} | {a:.1e} | {b:.1e} | {c:.1e} | {:.2} |",
                row.sampler.name(),
                row.order()
            )?;
        }
        Ok(())
    }
}

/// Why nothing could be measured.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConvergenceError {
    /// A sampler cannot run so.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The schedule is refused.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The data is refused.
    #[error(transparent)]
    Mixture(#[from] MixtureError),
}

/// Measures every solver.
///
/// # Errors
/// [`ConvergenceError`] where a sampler has no plan here; none of the present ones has.
pub fn measure() -> Result<Table, ConvergenceError> {
    let bench = Bench::new()?;
    let truth = bench.run(Sampler::Dpmpp3s, START, &options(Sampler::Dpmpp3s, Some(3), Heun, REFERENCE_STEPS))?;
    let row = |(sampler, solver_order, solver_type)| {
        // Inversion goes back the way that the others come.
        let (start, end) = if sampler == Sampler::DdimInverse { (truth, START) } else { (START, truth) };
        let mut errors = [0.0; STEPS.len()];
        for (error, steps) in errors.iter_mut().zip(STEPS) {
            *error = (bench.run(sampler, start, &options(sampler, solver_order, solver_type, steps))? - end).abs();
        }
        Ok(Convergence { sampler, solver_order, solver_type, errors })
    };
    SOLVERS.into_iter().map(row).collect::<Result<_, _>>().map(Table)
}

/// Data and schedule.
struct Bench {
    data: GaussianMixture,
    schedule: NoiseSchedule,
}

impl Bench {
    fn new() -> Result<Self, ConvergenceError> {
        let bump = |weight, mean, std_dev| Component { weight, mean: vec![mean], std_dev };
        let data = GaussianMixture::new(vec![bump(0.35, -0.7, 0.15), bump(0.65, 0.5, 0.25)])?;
        let alpha_cumprod = |t: usize| {
            let sigma = noise(1.0 - t as f64 / LAST_TIMESTEP as f64);
            1.0 / (1.0 + sigma * sigma)
        };
        let beta = |t: usize| 1.0 - alpha_cumprod(t) / t.checked_sub(1).map_or(1.0, alpha_cumprod);
        Ok(Self { data, schedule: NoiseSchedule::from_betas((0..=LAST_TIMESTEP).map(beta))? })
    }

    /// The last state of a run without noise from the state `start`, both in units of `x / α`.
    fn run(&self, sampler: Sampler, start: f64, options: &SamplerOptions) -> Result<f64, PlanError> {
        let plan = sampler.plan(&self.schedule, options)?;
        let Some(first) = plan.stages.first() else { return Ok(f64::NAN) };
        let denoise = |x: &[f64], level: &Level| self.data.denoised(x, level.alpha, level.sigma);
        let run = simulate(&plan, &[start * first.level.alpha], Inputs::default(), denoise);
        let Plan { end, .. } = plan;
        Ok(run.last().first().map_or(f64::NAN, |x| x / end.alpha))
    }
}

/// σ/α at the share `u` of a run.
fn noise(u: f64) -> f64 {
    let [high, low] = NOISE;
    high * math::powf(low / high, u)
}

/// The same levels for every sampler: as σ, or as timesteps for those that know nothing else.
fn options(sampler: Sampler, solver_order: Option<usize>, solver_type: SolverType, steps: usize) -> SamplerOptions {
    let shares = (0..=steps).map(|i| noise(i as f64 / steps as f64));
    let is_discrete = matches!(sampler, Sampler::Ddim | Sampler::DdimInverse | Sampler::Pndm);
    let is_flow = matches!(sampler, Sampler::FlowEuler | Sampler::FlowHeun);
    let sigmas = if is_flow { shares.map(|sigma| sigma / (1.0 + sigma)).collect() } else { shares.collect() };
    let timestep = |i: usize| (LAST_TIMESTEP - i * (LAST_TIMESTEP / steps)) as f64;
    SamplerOptions {
        steps,
        solver_order,
        threshold: Threshold::None,
        timesteps: is_discrete.then(|| (0..steps).map(timestep).collect()),
        set_alpha_to_one: false,
        sigmas: SigmaFamily::Custom(sigmas),
        space: Some(if is_flow { Space::Flow } else { Space::VarianceExploding }),
        sde_eta: 0.0,
        solver_type,
        corrector_order: solver_order.unwrap_or(2),
        lower_order_final: false,
        ..SamplerOptions::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order theory gives each solver.
    fn expected(sampler: Sampler, solver_order: Option<usize>) -> f64 {
        match (sampler, solver_order) {
            (Sampler::Euler | Sampler::EulerAncestral | Sampler::FlowEuler, _) => 1.0,
            (Sampler::Ddim | Sampler::DdimInverse | Sampler::AcceleratedDdim, _) => 1.0,
            (Sampler::Heun | Sampler::FlowHeun | Sampler::Dpm2 | Sampler::Dpm2Ancestral, _) => 2.0,
            (Sampler::DpmppSde | Sampler::Dpmpp2sAncestral, _) => 2.0,
            // Where 3 divides the steps, as here, its last one is of order 1.
            (Sampler::DpmFast, _) => 2.0,
            // As proved for it (Liu et al. 2022, section 3.3), although its pieces are of order 4.
            (Sampler::Pndm, _) => 2.0,
            // Its second step is of order 2, with an error of h³.
            (Sampler::Lms, Some(4)) => 3.0,
            // Their first step is of order 1, with an error of h² that no later step removes.
            (Sampler::Deis | Sampler::Dpm2m | Sampler::Dpmpp3m | Sampler::Dpmpp3mSde, Some(3)) => 2.0,
            // The corrector gains an order.
            (Sampler::Unipc, Some(order)) => order as f64 + 1.0,
            (_, order) => order.map_or(f64::NAN, |order| order as f64),
        }
    }

    #[test]
    fn every_solver_has_the_order_of_theory() {
        let table = measure().unwrap();
        println!("{table}");
        // At such steps the next term of the error moves a slope by up to a third.
        let fits = |row: &&Convergence| (row.order() - expected(row.sampler, row.solver_order)).abs() <= 0.35;
        let wrong: Vec<_> = table.0.iter().filter(|row| !fits(row)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
