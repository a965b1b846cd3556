//! The σ of a grid's levels, by family and space.

use super::choices::{FinalSigmas, SigmaFamily, Space, TimeShift, TimestepSpacing};
use super::error::PlanError;
use super::grid::{Grid, Listing};
use super::options::SamplerOptions;
use super::sigmas;
use super::timesteps::spread;
use crate::diffusion::math;

impl Grid {
    /// σ of every level and, where it is not a function of σ, the timestep.
    pub(super) fn sigmas(
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
            let own = options.timesteps.as_ref().filter(|_| listing == Listing::Points);
            let sigmas = self.flow_sigmas(table, options, listing, own.map(Vec::as_slice))?;
            if options.invert_sigmas {
                let (_, asked) = sigmas.split_last().unwrap_or((&0.0, &[]));
                return Ok((asked.iter().map(|sigma| 1.0 - sigma).chain([1.0]).collect(), None));
            }
            return Ok((sigmas, own.cloned()));
        }
        check_steps(steps)?;
        let (listed, from_table) = self.listed(table, options, listing)?;
        let (low, high) = match (listing, &from_table[..]) {
            (Listing::Points, [high, .., low]) if !options.whole_range => (*low, *high),
            (Listing::Points, [only]) if !options.whole_range => (*only, *only),
            _ => (table[0], table[table.len() - 1]),
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

    /// σ of flow matching, where the state is `(1 − σ) x0 + σ ε`; `timesteps` are σ T, before the shift like every σ here.
    fn flow_sigmas(
        &self,
        table: &[f64],
        options: &SamplerOptions,
        listing: Listing,
        timesteps: Option<&[f64]>,
    ) -> Result<Vec<f64>, PlanError> {
        let (total, smallest) = (self.total as f64, 1.0 / self.total as f64);
        let own = options.base_sigmas.clone().or(timesteps.map(|own| own.iter().map(|t| t / total).collect()));
        let steps = own.as_ref().map_or(options.steps, Vec::len);
        check_steps(steps)?;
        let shift = |sigma: f64| sigmas::shift(sigma, options.shift);
        let shifted = |base: Vec<f64>| {
            let moved = own.clone().unwrap_or(base).into_iter().map(shift).collect();
            sigmas::stretched(moved, options.shift_terminal)
        };
        let mut flow: Vec<f64> = match (listing, &options.sigmas) {
            (Listing::Intervals, SigmaFamily::Karras) => {
                let (low, high) =
                    (options.sigma_min.unwrap_or(table[0]), options.sigma_max.unwrap_or(table[table.len() - 1]));
                sigmas::karras(steps, low, high, options.rho).into_iter().map(|sigma| sigma / (1.0 + sigma)).collect()
            }
            (Listing::Intervals, SigmaFamily::FlowBelowOne) => {
                // One minus a grid that ends at 1/T, rounded as NumPy does: timesteps are cut to whole numbers from it.
                let part = |i: usize| 1.0 - ((steps - i) as f64 * ((smallest - 1.0) / steps as f64) + 1.0);
                (0..steps).map(|i| shift(part(i))).collect()
            }
            (Listing::Intervals, _) => {
                let part = |i: usize| 1.0 + (smallest - 1.0) * i as f64 / steps as f64;
                shifted((0..steps).map(part).collect())
            }
            (Listing::Points, family) => {
                // A fixed shift has already moved the ends of the training grid; both libraries of this kind apply it twice.
                let ends = |sigma: f64| if matches!(options.shift, TimeShift::Shift(_)) { shift(sigma) } else { sigma };
                let flow = shifted(sigmas::linear(steps, ends(smallest), ends(1.0)));
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
        Ok(flow)
    }

    /// The listed timesteps and the schedule's σ there.
    fn listed(
        &self,
        table: &[f64],
        options: &SamplerOptions,
        listing: Listing,
    ) -> Result<(Vec<f64>, Vec<f64>), PlanError> {
        let (steps, offset) = (options.steps, options.steps_offset);
        if let Some(own) = &options.timesteps {
            return Ok((own.clone(), own.iter().map(|t| interpolate(table, *t)).collect()));
        }
        let spacing = options.timestep_spacing.unwrap_or(TimestepSpacing::Linspace);
        let floor = options.lambda_min_clipped;
        let kept = table.iter().filter(|sigma| -math::ln(**sigma) >= floor).count();
        if kept == 0 {
            return Err(PlanError::Steps { steps, most: 0 });
        }
        let timesteps = match (listing, spacing) {
            (Listing::Points, _) => spread(options.num_train_timesteps.unwrap_or(self.total), steps, spacing, offset),
            (Listing::Intervals, TimestepSpacing::Trailing) => {
                let ratio = self.total as f64 / steps as f64;
                let timestep = |i: usize| (kept as f64 - i as f64 * ratio).round_ties_even() - 1.0;
                (0..steps).map(timestep).filter(|t| *t >= 0.0).collect()
            }
            (Listing::Intervals, _) => {
                let mut timesteps = spread(kept, steps + 1, spacing, offset);
                timesteps.truncate(steps);
                timesteps.into_iter().map(f64::round_ties_even).collect()
            }
        };
        let sigmas = timesteps.iter().map(|t| interpolate(table, *t)).collect();
        Ok((timesteps, sigmas))
    }
}

/// Refuses no step, and more than any run needs: a σ grid may be finer than the schedule, but not endless.
fn check_steps(steps: usize) -> Result<(), PlanError> {
    const MOST: usize = 100_000;
    if (1..=MOST).contains(&steps) { Ok(()) } else { Err(PlanError::Steps { steps, most: MOST }) }
}

/// `table[t]`, linear between two, clamped at the ends.
fn interpolate(table: &[f64], t: f64) -> f64 {
    let last = table.len() - 1;
    let t = t.clamp(0.0, last as f64);
    let low = t.floor() as usize;
    table[low] + (table[(low + 1).min(last)] - table[low]) * (t - low as f64)
}
