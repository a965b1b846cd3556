//! The registry of samplers: each makes a [`Plan`] from a schedule.
//!
//! A sampler lives in the file of its family as one function from a schedule and [`SamplerOptions`] to a plan;
//! adding one means a variant of [`Sampler`], a line in its name table and a line in [`Sampler::plan`].
//!
//! How fast each converges, measured where the truth is known, is told by [`super::convergence`] and `docs/convergence.md`.

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
mod published;
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

pub(super) use self::step::ancestral;

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
