//! Where a sampler asks the network: timesteps and the levels that go with them.

use super::options::{
    FinalSigmas, PlanError, SamplerOptions, SigmaFamily, Space, TimeShift, TimestepRounding, TimestepSpacing,
};
use super::recorder::Recorder;
use super::sigmas;
use crate::diffusion::math;
use crate::diffusion::plan::{Level, Plan};
use crate::diffusion::schedule::NoiseSchedule;

/// Stands in for ᾱ = 0 in σ-space, where it would be σ = ∞ (diffusers uses the same with `rescale_betas_zero_snr`).
const SMALLEST_ALPHA_CUMPROD: f64 = 1.0 / (1 << 24) as f64;

/// The level of timestep `t` of the schedule, variance preserving; the clean picture where `t` is negative.
pub(super) fn discrete_level(schedule: &NoiseSchedule, t: i64) -> Level {
    Level { timestep: t as f64, alpha: schedule.alpha(t), sigma: schedule.sigma(t), input_scale: 1.0 }
}

/// The timesteps from high to low, whole numbers below T (diffusers' DDPM, DDIM, PNDM).
pub(super) fn timesteps(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Vec<i64>, PlanError> {
    let last = schedule.num_train_timesteps() as i64 - 1;
    if let Some(custom) = custom_timesteps(schedule, options)? {
        return Ok(shortened(custom, options));
    }
    let spacing = options.timestep_spacing.unwrap_or(TimestepSpacing::Leading);
    let timesteps = spread(schedule.num_train_timesteps(), options.steps, spacing, options.steps_offset)?;
    let timesteps = timesteps.into_iter().map(|t| (t.round_ties_even() as i64).clamp(0, last)).collect();
    Ok(shortened(timesteps, options))
}

/// The timesteps of the caller's own, checked.
pub(super) fn custom_timesteps(
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
) -> Result<Option<Vec<i64>>, PlanError> {
    let last = schedule.num_train_timesteps() as i64 - 1;
    let Some(custom) = &options.timesteps else { return Ok(None) };
    let falling = custom.windows(2).all(|pair| pair[1] < pair[0]);
    let inside = custom.iter().all(|t| (0..=last).contains(t));
    let fine = falling && inside && !custom.is_empty();
    if fine { Ok(Some(custom.clone())) } else { Err(PlanError::Timesteps { last, found: custom.clone() }) }
}

/// The timesteps of LCM and TCD: every k-th of the grid that was distilled.
pub(super) fn distilled_timesteps(schedule: &NoiseSchedule, options: &SamplerOptions) -> Result<Vec<i64>, PlanError> {
    if let Some(custom) = custom_timesteps(schedule, options)? {
        return Ok(shortened(custom, options));
    }
    let (total, steps, original) = (schedule.num_train_timesteps(), options.steps, options.original_inference_steps);
    if !(1..=total).contains(&original) {
        let must = "it has to lie between 1 and the number of training timesteps";
        return Err(PlanError::Option { option: "original_inference_steps", value: original.to_string(), must });
    }
    let count = (original as f64 * options.strength.clamp(0.0, 1.0)) as usize;
    if !(1..=count).contains(&steps) {
        return Err(PlanError::Steps { steps, most: count });
    }
    let stride = (total / original) as i64;
    let nth = |i: usize| (count - i * count / steps) as i64 * stride - 1;
    Ok((0..steps).map(nth).collect())
}

/// `steps` timesteps from high to low, not yet rounded (see [`TimestepSpacing`]).
fn spread(total: usize, steps: usize, spacing: TimestepSpacing, offset: i64) -> Result<Vec<f64>, PlanError> {
    if !(1..=total).contains(&steps) {
        return Err(PlanError::Steps { steps, most: total });
    }
    let ratio = total as f64 / steps as f64;
    let timestep = |i: usize| match spacing {
        TimestepSpacing::Leading => ((steps - 1 - i) * (total / steps)) as f64 + offset as f64,
        TimestepSpacing::Trailing => (total as f64 - i as f64 * ratio).round_ties_even() - 1.0,
        TimestepSpacing::Linspace if steps == 1 => 0.0,
        TimestepSpacing::Linspace => (steps - 1 - i) as f64 * ((total - 1) as f64 / (steps - 1) as f64),
    };
    Ok((0..steps).map(timestep).collect())
}

/// The last `strength` share of a list, as an image-to-image run takes it.
fn shortened<T>(mut list: Vec<T>, options: &SamplerOptions) -> Vec<T> {
    let kept = (list.len() as f64 * options.strength.clamp(0.0, 1.0)) as usize;
    list.drain(..list.len() - kept.max(1).min(list.len()));
    list
}

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
    space: Space,
    total: usize,
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
        custom_timesteps(schedule, options)?;
        let table = training_sigmas(schedule);
        let log_sigmas = table.iter().map(|sigma| math::ln(*sigma)).collect();
        let unit = Level { timestep: 0.0, alpha: 1.0, sigma: 0.0, input_scale: 1.0 };
        let total = schedule.num_train_timesteps();
        let mut grid = Self { levels: Vec::new(), end: unit, init_noise_sigma: 1.0, space, total, log_sigmas };
        let (sigmas, timesteps) = grid.sigmas(&table, options, listing)?;
        let Some((&last, sigmas)) = sigmas.split_last() else {
            return Err(PlanError::Steps { steps: options.steps, most: total });
        };
        if sigmas.is_empty() || sigmas.iter().any(|sigma| !(sigma.is_finite() && *sigma > 0.0)) {
            let must = "every sigma but the last has to be positive";
            return Err(PlanError::Option { option: "sigmas", value: format!("{sigmas:?}"), must });
        }
        grid.levels = match timesteps {
            Some(timesteps) => {
                sigmas.iter().zip(timesteps).map(|(s, t)| Level { timestep: t, ..grid.at(*s) }).collect()
            }
            None => sigmas.iter().map(|sigma| grid.at(*sigma)).collect(),
        };
        grid.levels.iter_mut().for_each(|level| level.timestep = round(level.timestep, options.timestep_rounding));
        grid.end = grid.at(last);
        grid.init_noise_sigma = grid.starting_scale(options, listing);
        grid.levels = shortened(grid.levels, options);
        Ok(grid)
    }

    /// σ of every level and, where it is not a function of σ, the timestep.
    fn sigmas(
        &self,
        table: &[f64],
        options: &SamplerOptions,
        listing: Listing,
    ) -> Result<(Vec<f64>, Option<Vec<f64>>), PlanError> {
        let steps = options.steps;
        if let SigmaFamily::Custom(sigmas) = &options.sigmas {
            return Ok((sigmas.clone(), None));
        }
        if self.space == Space::Flow {
            return Ok((self.flow_sigmas(table, options, listing), None));
        }
        let (listed, from_table) = self.listed(table, options, listing)?;
        let (low, high) = match listing {
            Listing::Points => (*from_table.last().unwrap_or(&1.0), from_table[0]),
            Listing::Intervals => (table[0], table[table.len() - 1]),
        };
        let (low, high) = (options.sigma_min.unwrap_or(low), options.sigma_max.unwrap_or(high));
        let mut timesteps = None;
        let mut sigmas = match options.sigmas {
            SigmaFamily::Karras => sigmas::karras(steps, low, high, options.rho),
            SigmaFamily::Exponential | SigmaFamily::LuLambdas => sigmas::polyexponential(steps, low, high, 1.0),
            SigmaFamily::Polyexponential => sigmas::polyexponential(steps, low, high, options.rho),
            SigmaFamily::Beta => sigmas::beta(steps, low, high),
            SigmaFamily::ContinuousVp { beta_d, beta_min, eps_s } => {
                sigmas::continuous_vp(steps, beta_d, beta_min, eps_s)
            }
            SigmaFamily::LogLinear => {
                let sigmas = sigmas::polyexponential(steps + 1, table[0], table[table.len() - 1], 1.0);
                return Ok((sigmas, Some(listed)));
            }
            SigmaFamily::Training | SigmaFamily::Flow | SigmaFamily::FlowBelowOne | SigmaFamily::Custom(_) => {
                timesteps = Some(listed);
                from_table
            }
        };
        sigmas.push(match options.final_sigmas {
            FinalSigmas::Zero => 0.0,
            FinalSigmas::SigmaMin if matches!(self.space, Space::Edm { .. }) => low,
            FinalSigmas::SigmaMin => table[0],
            FinalSigmas::Repeat => *sigmas.last().unwrap_or(&low),
        });
        Ok((sigmas, timesteps))
    }

    /// σ of flow matching, where the state is `(1 − σ) x0 + σ ε`.
    fn flow_sigmas(&self, table: &[f64], options: &SamplerOptions, listing: Listing) -> Vec<f64> {
        let (steps, smallest) = (options.steps, 1.0 / self.total as f64);
        let shift = |sigma: f64| sigmas::shift(sigma, options.shift);
        let mut flow: Vec<f64> = match (listing, &options.sigmas) {
            (Listing::Intervals, SigmaFamily::Karras) => {
                let (low, high) =
                    (options.sigma_min.unwrap_or(table[0]), options.sigma_max.unwrap_or(table[table.len() - 1]));
                sigmas::karras(steps, low, high, options.rho).into_iter().map(|sigma| sigma / (1.0 + sigma)).collect()
            }
            (Listing::Intervals, SigmaFamily::FlowBelowOne) => {
                let part = |i: usize| (1.0 - smallest) * (steps - i) as f64 / steps as f64;
                (0..steps).map(|i| shift(part(i))).collect()
            }
            (Listing::Intervals, _) => {
                let part = |i: usize| 1.0 + (smallest - 1.0) * i as f64 / steps as f64;
                sigmas::stretched((0..steps).map(|i| shift(part(i))).collect(), options.shift_terminal)
            }
            (Listing::Points, family) => {
                // A fixed shift has already moved the ends of the training grid; both libraries of this kind apply it twice.
                let ends = |sigma: f64| if matches!(options.shift, TimeShift::Shift(_)) { shift(sigma) } else { sigma };
                let even = sigmas::linear(steps, ends(smallest), ends(1.0)).into_iter().map(shift).collect();
                let flow = sigmas::stretched(even, options.shift_terminal);
                let (low, high) = (flow.last().copied().unwrap_or(smallest), flow.first().copied().unwrap_or(1.0));
                match family {
                    SigmaFamily::Karras => sigmas::karras(steps, low, high, options.rho),
                    SigmaFamily::Exponential => sigmas::polyexponential(steps, low, high, 1.0),
                    SigmaFamily::Beta => sigmas::beta(steps, low, high),
                    _ => flow,
                }
            }
        };
        if let (Listing::Intervals, Some(first)) = (listing, flow.first_mut()) {
            // λ is infinite at σ = 1.
            *first = first.min(1.0 - 1e-6);
        }
        flow.push(match options.final_sigmas {
            FinalSigmas::Zero => 0.0,
            FinalSigmas::SigmaMin => table[0],
            FinalSigmas::Repeat => flow.last().copied().unwrap_or(smallest),
        });
        flow
    }

    /// The listed timesteps and the schedule's σ there.
    fn listed(
        &self,
        table: &[f64],
        options: &SamplerOptions,
        listing: Listing,
    ) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
        let (steps, offset) = (options.steps, options.steps_offset);
        if let Some(custom) = &options.timesteps {
            let timesteps: Vec<f64> = custom.iter().map(|t| *t as f64).collect();
            let sigmas = timesteps.iter().map(|t| interpolate(table, *t)).collect();
            return Ok((timesteps, sigmas));
        }
        let spacing = options.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
        let floor = options.lambda_min_clipped;
        let kept = table.iter().filter(|sigma| -math::ln(**sigma) >= floor).count();
        let timesteps = match (listing, spacing) {
            (Listing::Points, _) => spread(self.total, steps, spacing, offset)?,
            (Listing::Intervals, TimestepSpacing::Trailing) => {
                let ratio = self.total as f64 / steps as f64;
                let timestep = |i: usize| (kept as f64 - i as f64 * ratio).round_ties_even() - 1.0;
                (0..steps).map(timestep).filter(|t| *t >= 0.0).collect()
            }
            (Listing::Intervals, _) => {
                let mut timesteps = spread(kept, steps + 1, spacing, offset)?;
                timesteps.truncate(steps);
                timesteps.into_iter().map(f64::round_ties_even).collect()
            }
        };
        let sigmas = timesteps.iter().map(|t| interpolate(table, *t)).collect();
        Ok((timesteps, sigmas))
    }

    /// The level of noise σ (σ/α for the variance preserving space), with the timestep that the schedule has there.
    pub fn at(&self, sigma: f64) -> Level {
        let norm = math::sqrt(1.0 + sigma * sigma);
        match self.space {
            Space::VarianceExploding => {
                Level { timestep: self.timestep(sigma), alpha: 1.0, sigma, input_scale: 1.0 / norm }
            }
            Space::VariancePreserving => {
                Level { timestep: self.timestep(sigma), alpha: 1.0 / norm, sigma: sigma / norm, input_scale: 1.0 }
            }
            Space::Flow => Level { timestep: sigma * self.total as f64, alpha: 1.0 - sigma, sigma, input_scale: 1.0 },
            Space::Edm { sigma_data } => {
                let input_scale = 1.0 / math::sqrt(sigma * sigma + sigma_data * sigma_data);
                let timestep = if sigma > 0.0 { 0.25 * math::ln(sigma) } else { 0.0 };
                Level { timestep, alpha: 1.0, sigma, input_scale }
            }
        }
    }

    /// The timestep at which the schedule has noise σ, linear in ln σ between two (k-diffusion's `sigma_to_t`).
    fn timestep(&self, sigma: f64) -> f64 {
        let log = math::ln(sigma.max(1e-10));
        let last = self.log_sigmas.len() - 1;
        let high = self.log_sigmas.partition_point(|known| *known <= log).clamp(1, last.max(1)).min(last);
        let low = high.saturating_sub(1);
        let (below, above) = (self.log_sigmas[low], self.log_sigmas[high]);
        let share = if above > below { ((log - below) / (above - below)).clamp(0.0, 1.0) } else { 0.0 };
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

/// `table[t]`, linear between two, clamped at the ends.
fn interpolate(table: &[f64], t: f64) -> f64 {
    let last = table.len() - 1;
    let t = t.clamp(0.0, last as f64);
    let low = t.floor() as usize;
    table[low] + (table[(low + 1).min(last)] - table[low]) * (t - low as f64)
}

fn round(timestep: f64, rounding: TimestepRounding) -> f64 {
    match rounding {
        TimestepRounding::Exact => timestep,
        TimestepRounding::Nearest => timestep.round_ties_even(),
        TimestepRounding::Truncate => timestep.trunc(),
    }
}
