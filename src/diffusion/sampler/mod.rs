//! The registry of samplers: each makes a [`Plan`] from a schedule.
//!
//! A sampler lives in the file of its family as one function from a schedule and [`SamplerOptions`] to a plan;
//! adding one means a variant of [`Sampler`], a line in its name table and a line in [`Sampler::plan`].
//!
//! How fast the deterministic ones converge, measured on a mixture of two Gaussians whose best denoiser is known
//! (error at σ = 0.1 after log-linear steps from σ = 10; `cargo test --test samplers orders -- --nocapture` makes the table):
//!
//! | sampler | order asked for | error at 48 steps | at 96 | at 192 | measured order |
//! | --- | --- | --- | --- | --- | --- |
//! | euler | own | 6.9e-3 | 3.4e-3 | 1.7e-3 | 1.00 |
//! | euler-ancestral | own | 6.9e-3 | 3.4e-3 | 1.7e-3 | 1.00 |
//! | dpmpp-2m | 1 | 6.9e-3 | 3.4e-3 | 1.7e-3 | 1.00 |
//! | deis | 1 | 6.9e-3 | 3.4e-3 | 1.7e-3 | 1.00 |
//! | heun | own | 4.0e-4 | 9.8e-5 | 2.4e-5 | 2.02 |
//! | dpm2 | own | 2.2e-4 | 5.3e-5 | 1.3e-5 | 2.02 |
//! | dpmpp-sde | own | 1.2e-4 | 3.0e-5 | 7.6e-6 | 2.00 |
//! | dpmpp-2s-ancestral | own | 1.2e-4 | 3.0e-5 | 7.6e-6 | 2.00 |
//! | dpm-2m | 2 | 1.9e-4 | 4.9e-5 | 1.2e-5 | 1.99 |
//! | dpmpp-2m | 2 | 3.7e-4 | 9.0e-5 | 2.2e-5 | 2.02 |
//! | dpmpp-2s | 2 | 4.5e-5 | 1.1e-5 | 2.9e-6 | 1.98 |
//! | lms | 2 | 7.0e-4 | 1.8e-4 | 4.6e-5 | 1.96 |
//! | deis | 2 | 1.9e-4 | 4.9e-5 | 1.2e-5 | 1.99 |
//! | dpmpp-3m | 3 | 6.1e-5 | 1.6e-5 | 4.1e-6 | 1.95 |
//! | deis | 3 | 3.2e-6 | 8.7e-7 | 2.4e-7 | 1.87 |
//! | dpmpp-3s | 3 | 9.1e-6 | 1.1e-6 | 1.4e-7 | 3.04 |
//! | lms | 3 | 1.3e-4 | 1.8e-5 | 2.4e-6 | 2.86 |
//! | unipc | 2 | 1.9e-5 | 2.4e-6 | 2.9e-7 | 3.02 |
//! | unipc | 3 | 1.4e-6 | 8.2e-8 | 7.1e-9 | 3.80 |
//! | sa-solver | 2 | 1.8e-4 | 4.1e-5 | 9.8e-6 | 2.11 |
//!
//! 3M and DEIS of order 3 start with a step of order 1, whose error of h² no later step removes; UniPC's corrector does.

mod ancestral;
mod choices;
mod ddim;
mod deis;
mod error;
mod euler;
mod exponential;
mod expression;
mod few_step;
mod grid;
mod heun;
mod lagrange;
mod levels;
mod lms;
mod multistep;
mod options;
mod pndm;
mod recorder;
mod registry;
mod repaint;
mod sa;
mod sigmas;
mod singlestep;
mod step;
mod timesteps;
mod unipc;

pub use choices::{
    BhVariant, Churn, FinalSigmas, SigmaFamily, SolverType, Space, TimeShift, TimestepRounding, TimestepSpacing,
    VarianceType,
};
pub use error::PlanError;
pub use options::SamplerOptions;
pub use registry::{Sampler, UnknownSampler};

use self::exponential::Held;
use self::grid::{Grid, Listing};
use self::recorder::Recorder;
use super::plan::{Level, Plan};
use super::schedule::NoiseSchedule;

impl Sampler {
    /// The plan of this sampler on `schedule`.
    ///
    /// # Errors
    /// [`PlanError`] where the number of steps does not fit the schedule, options contradict one another or a coefficient is not finite.
    pub fn plan(self, schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Plan, PlanError> {
        options.check()?;
        let recorder = Recorder::new(self.name(), options);
        let plan = match self {
            Self::Ddpm => ancestral::plan(recorder, schedule, options),
            Self::Ddim => ddim::plan(recorder, schedule, options),
            Self::DdimInverse => ddim::inverse_plan(recorder, schedule, options),
            Self::Pndm => pndm::plan(recorder, schedule, options),
            Self::Lcm => few_step::lcm_plan(recorder, schedule, options),
            Self::Tcd => few_step::tcd_plan(recorder, schedule, options),
            Self::Repaint => repaint::plan(recorder, schedule, options),
            _ => self.sigma_plan(recorder, &self.grid(schedule, options)?, options),
        }?;
        let Level { timestep, alpha, sigma, input_scale } = plan.end;
        let ends = [plan.init_noise_sigma, timestep, alpha, sigma, input_scale];
        let last = PlanError::NotFinite { sampler: self.name(), step: plan.steps().saturating_sub(1) };
        if ends.iter().all(|number| number.is_finite()) { Ok(plan) } else { Err(last) }
    }

    /// The levels of a sampler that works in σ.
    fn grid(self, schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Grid, PlanError> {
        let (listing, space) = match self {
            Self::FlowEuler | Self::FlowHeun | Self::FlowStochastic => (Listing::Points, Space::Flow),
            Self::Euler
            | Self::EulerAncestral
            | Self::Heun
            | Self::Dpm2
            | Self::Dpm2Ancestral
            | Self::Lms
            | Self::DpmFast
            | Self::Dpmpp2sAncestral
            | Self::DpmppSde
            | Self::AcceleratedDdim
            | Self::Consistency => (Listing::Points, Space::VarianceExploding),
            _ => (Listing::Intervals, Space::VariancePreserving),
        };
        Grid::new(schedule, options, listing, options.space.unwrap_or(space))
    }

    fn sigma_plan(self, recorder: Recorder, grid: &Grid, options: &SamplerOptions) -> Result<Plan, PlanError> {
        let order = |own: usize| options.solver_order.unwrap_or(own);
        let eta = options.sde_eta;
        match self {
            Self::EulerAncestral => euler::ancestral_plan(recorder, grid, options),
            Self::Heun | Self::FlowHeun => heun::plan(recorder, grid, options),
            Self::Dpm2 => heun::midpoint_plan(recorder, grid, options),
            Self::Dpm2Ancestral => heun::midpoint_ancestral_plan(recorder, grid, options),
            Self::Lms => lms::plan(recorder, grid, options),
            Self::Dpm2m => multistep::plan(recorder, grid, options, (Held::Noise, order(2), 0.0)),
            Self::Dpm2mSde => multistep::plan(recorder, grid, options, (Held::Noise, order(2), eta)),
            Self::Dpm2s => singlestep::plan(recorder, grid, options, (Held::Noise, order(2), 0.0)),
            Self::DpmFast => singlestep::fast_plan(recorder, grid, options),
            Self::Dpmpp2m => multistep::plan(recorder, grid, options, (Held::Data, order(2), 0.0)),
            Self::Dpmpp3m => multistep::plan(recorder, grid, options, (Held::Data, order(3), 0.0)),
            Self::Dpmpp2mSde => multistep::plan(recorder, grid, options, (Held::Data, order(2), eta)),
            Self::Dpmpp3mSde => multistep::plan(recorder, grid, options, (Held::Data, order(3), eta)),
            Self::Dpmpp2s => singlestep::plan(recorder, grid, options, (Held::Data, order(2), 0.0)),
            Self::Dpmpp3s => singlestep::plan(recorder, grid, options, (Held::Data, order(3), 0.0)),
            Self::Dpmpp2sSde => singlestep::plan(recorder, grid, options, (Held::Data, order(2), eta)),
            Self::Dpmpp2sAncestral => singlestep::ancestral_2s_plan(recorder, grid, options),
            Self::DpmppSde => singlestep::sde_plan(recorder, grid, options),
            Self::Deis => deis::plan(recorder, grid, options),
            Self::Unipc => unipc::plan(recorder, grid, options),
            Self::SaSolver => sa::plan(recorder, grid, options),
            Self::AcceleratedDdim => euler::accelerated_plan(recorder, grid, options),
            Self::FlowStochastic | Self::Consistency => few_step::consistency_plan(recorder, grid, options),
            _ => euler::plan(recorder, grid, options),
        }
    }
}
