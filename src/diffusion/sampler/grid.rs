//! Where a sampler asks the network: timesteps and the levels that go with them.

use super::choices::{Space, TimestepRounding, TimestepSpacing};
use super::error::PlanError;
use super::options::SamplerOptions;
use super::recorder::Recorder;
use super::timesteps::{check_custom, shortened};
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};
use crate::diffusion::schedule::{NoiseSchedule, SMALLEST_ALPHA_CUMPROD};

/// How a family of samplers lists its timesteps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listing {
    /// `steps` timesteps, fractions allowed (Euler, Heun, DPM2, LMS and other k-diffusion samplers).
    Points,
    /// `steps` whole timesteps, the last of `steps + 1` left out (DPM-Solver, DEIS, UniPC, SA-Solver).
    Intervals,
}

/// The levels of a σ-space sampler.
pub(super) struct Grid {
    /// Where the network is asked, from noise to picture.
    pub levels: Vec<Level>,
    /// Where the run ends.
    pub end: Level,
    /// What the starting noise is multiplied by.
    pub init_noise_sigma: f64,
    pub(super) space: Space,
    pub(super) total: usize,
    continuous: bool,
    log_sigmas: Vec<f64>,
}

impl Grid {
    /// The grid of `options` on `schedule`.
    pub fn new(
        schedule: &NoiseSchedule,
        options: &SamplerOptions,
        listing: Listing,
        space: Space,
    ) -> Result<Self, PlanError> {
        let total = schedule.num_train_timesteps();
        check_custom(total as i64 - i64::from(space != Space::Flow), options)?;
        let table = training_sigmas(schedule);
        let log_sigmas = table.iter().map(|sigma| math::ln(*sigma)).collect();
        let unit = Level { timestep: 0.0, alpha: 1.0, sigma: 0.0, input_scale: 1.0 };
        let continuous = options.continuous_timesteps || matches!(space, Space::Edm { .. });
        let mut grid =
            Self { levels: Vec::new(), end: unit, init_noise_sigma: 1.0, space, total, continuous, log_sigmas };
        let (sigmas, timesteps) = grid.sigmas(&table, options, listing)?;
        let Some((&last, sigmas)) = sigmas.split_last() else {
            return Err(PlanError::Steps { steps: options.steps, most: total });
        };
        let from_picture = options.invert_sigmas && space == Space::Flow;
        let is_level = |sigma: &f64| sigma.is_finite() && (*sigma > 0.0 || from_picture && *sigma == 0.0);
        if sigmas.is_empty() || !sigmas.iter().all(is_level) {
            let must = "every sigma but the last has to be positive";
            return Err(PlanError::Option { option: "sigmas", value: format!("{sigmas:?}"), must });
        }
        grid.levels = match timesteps {
            Some(timesteps) if !continuous => {
                sigmas.iter().zip(timesteps).map(|(s, t)| Level { timestep: t, ..grid.at(*s) }).collect()
            }
            _ => sigmas.iter().map(|sigma| grid.at(*sigma)).collect(),
        };
        if grid.levels.len() != sigmas.len() {
            return Err(PlanError::Steps { steps: options.steps, most: grid.levels.len() });
        }
        grid.levels.iter_mut().for_each(|level| level.timestep = round(level.timestep, options.timestep_rounding));
        grid.end = grid.at(last);
        grid.init_noise_sigma = grid.starting_scale(options, listing);
        grid.levels = shortened(grid.levels, options);
        Ok(grid)
    }

    /// The level of noise σ (σ/α for the variance preserving space), with the timestep that the network is told there.
    pub fn at(&self, sigma: f64) -> Level {
        let norm = math::sqrt(1.0 + sigma * sigma);
        let (alpha, of_sigma, input_scale) = match self.space {
            Space::VarianceExploding => (1.0, 1.0, 1.0 / norm),
            Space::VariancePreserving => (1.0 / norm, 1.0 / norm, 1.0),
            Space::Flow => (1.0 - sigma, 1.0, 1.0),
            Space::Edm { sigma_data } => (1.0, 1.0, 1.0 / math::sqrt(sigma * sigma + sigma_data * sigma_data)),
        };
        Level { timestep: self.timestep(sigma), alpha, sigma: sigma * of_sigma, input_scale }
    }

    /// The timestep at noise σ: σ T for a flow, ln(σ)/4 for a continuous network, else where the schedule has that noise,
    /// linear in ln σ between two timesteps (k-diffusion's `sigma_to_t`).
    fn timestep(&self, sigma: f64) -> f64 {
        let log = math::ln(sigma.max(1e-10));
        if self.space == Space::Flow {
            return sigma * self.total as f64;
        }
        if self.continuous {
            return 0.25 * log;
        }
        let last = self.log_sigmas.len() - 1;
        // Not a binary search: with zero terminal SNR the stand-in for σ = ∞ may lie below the σ of timesteps before it.
        // The slack lets a grid that starts at the last σ find it whatever its rounding.
        let low =
            self.log_sigmas.iter().rposition(|known| *known <= log + 1e-9).unwrap_or(0).min(last.saturating_sub(1));
        let high = (low + 1).min(last);
        let (below, above) = (self.log_sigmas[low], self.log_sigmas[high]);
        let share = if above == below { 0.0 } else { ((log - below) / (above - below)).clamp(0.0, 1.0) };
        low as f64 + share * (high - low) as f64
    }

    /// σ_max for grids that start at the noisiest timestep, √(σ_max² + 1) for `leading` ones and EDM, 1 where the variance is preserved.
    fn starting_scale(&self, options: &SamplerOptions, listing: Listing) -> f64 {
        let largest = self.levels.iter().map(|level| level.sigma).fold(0.0, f64::max);
        match self.space {
            Space::VariancePreserving | Space::Flow => 1.0,
            Space::Edm { .. } => {
                let largest = options.sigma_max.unwrap_or(largest);
                math::sqrt(largest * largest + 1.0)
            }
            Space::VarianceExploding => {
                let leading = options.timestep_spacing == Some(TimestepSpacing::Leading) && listing == Listing::Points;
                if leading { math::sqrt(largest * largest + 1.0) } else { largest }
            }
        }
    }

    /// σ_data, where the network is preconditioned.
    pub fn sigma_data(&self) -> Option<f64> {
        match self.space {
            Space::Edm { sigma_data } => Some(sigma_data),
            _ => None,
        }
    }

    /// Each step: its number, its level and the next.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, Level, Level)> + '_ {
        let next = self.levels.iter().skip(1).chain([&self.end]);
        self.levels.iter().zip(next).enumerate().map(|(step, (from, to))| (step, *from, *to))
    }

    /// The largest and the smallest positive σ.
    pub fn range(&self) -> (f64, f64) {
        let positive = self.levels.iter().chain([&self.end]).map(|level| level.sigma).filter(|sigma| *sigma > 0.0);
        positive.fold((0.0, f64::INFINITY), |(high, low), sigma| (sigma.max(high), sigma.min(low)))
    }

    /// The plan that `recorder` has written on this grid.
    pub fn finish(&self, recorder: Recorder) -> Plan {
        recorder.finish(self.init_noise_sigma, self.end)
    }
}

/// σ_t = √((1 − ᾱ_t)/ᾱ_t) of every training timestep.
fn training_sigmas(schedule: &NoiseSchedule) -> Vec<f64> {
    let sigma = |abar: &f64| {
        let abar = if *abar > 0.0 { *abar } else { SMALLEST_ALPHA_CUMPROD };
        math::sqrt((1.0 - abar) / abar)
    };
    schedule.alphas_cumprod().iter().map(sigma).collect()
}

fn round(timestep: f64, rounding: TimestepRounding) -> f64 {
    match rounding {
        TimestepRounding::Exact => timestep,
        TimestepRounding::Nearest => timestep.round_ties_even(),
        TimestepRounding::Truncate => timestep.trunc(),
    }
}
