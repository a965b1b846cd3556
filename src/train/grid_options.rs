//! How a sampler walks the schedule, on the command line.

mod flags;

use std::path::PathBuf;

use clap::Args;

use super::failure::{Context, Failure, Outcome};
use super::files;
use super::schedule_options::named;
use super::sigma_options::SigmaArgs;
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{Sampler, SamplerOptions, SigmaFamily, TimeShift, TimestepSpacing};
use crate::diffusion::scheduler_config::{SchedulerConfig, SchedulerReading};

/// How a sampler walks the schedule; each sampler reads what concerns it.
#[derive(Debug, Args)]
pub struct GridArgs {
    /// Settings of a diffusers scheduler_config.json; the flags below override it
    #[arg(long)]
    scheduler_config: Option<PathBuf>,
    /// η of DDIM, TCD and RePaint: 0 is deterministic, 1 as random as DDPM
    #[arg(long, allow_negative_numbers = true)]
    pub eta: Option<f64>,
    /// Spread of the timesteps: leading, trailing or linspace
    #[arg(long)]
    spacing: Option<String>,
    /// Exactly these timesteps from high to low, for example 900,600,300,0; --steps is then ignored
    #[arg(long, value_name = "T,T,…", value_delimiter = ',')]
    timestep_list: Option<Vec<f64>>,
    /// Levels: training, karras, exponential, polyexponential, beta, lu_lambdas, log_linear, flow, flow_below_one or continuous_vp
    #[arg(long)]
    sigmas: Option<String>,
    /// Exactly these σ from high to low, the last being where the run ends, for example 10,3,1,0; --steps is then ignored
    #[arg(long, value_name = "σ,σ,…", value_delimiter = ',')]
    sigma_list: Option<Vec<f64>>,
    /// Variables of a sampler that works in σ: variance_exploding, variance_preserving or flow; its own where absent
    #[arg(long)]
    space: Option<String>,
    #[command(flatten)]
    sigma: SigmaArgs,
    /// μ of a shift that depends on the picture's size; exponential unless --scheduler-config says linear
    #[arg(long, conflicts_with = "shift", allow_negative_numbers = true)]
    mu: Option<f64>,
    /// Order of a multistep or single-step solver
    #[arg(long)]
    solver_order: Option<usize>,
    /// Where the last step ends: zero, sigma_min or repeat
    #[arg(long)]
    final_sigmas: Option<String>,
    /// Share of noise that ancestral and SDE samplers add back: 0 is deterministic
    #[arg(long)]
    sde_eta: Option<f64>,
    /// Churn of Euler and Heun (s_churn of Karras et al. 2022, algorithm 2)
    #[arg(long)]
    churn: Option<f64>,
    /// Variance of DDPM: fixed_small, fixed_large, learned or learned_range
    #[arg(long)]
    variance: Option<String>,
    /// RePaint: how many steps a jump goes back
    #[arg(long)]
    jump_length: Option<usize>,
    /// RePaint: how often each stretch is done
    #[arg(long)]
    jump_n_sample: Option<usize>,
    /// Clamp estimates to ±RANGE; 0 does not clamp
    #[arg(long, value_name = "RANGE", allow_negative_numbers = true)]
    clip: Option<f64>,
    /// Dynamic thresholding: scale each estimate so that this quantile of |x̂0| is at most 1, for example 0.995
    #[arg(long, value_name = "QUANTILE", allow_negative_numbers = true)]
    dynamic_threshold: Option<f64>,
    /// Dynamic thresholding: the quantile, or 1 where it is below, counts as this where it is larger; no limit where absent
    #[arg(long, value_name = "MAX", allow_negative_numbers = true)]
    sample_max_value: Option<f64>,
    /// Share of the steps that run, the last ones; 1 for all
    #[arg(long, allow_negative_numbers = true)]
    strength: Option<f64>,
}

impl GridArgs {
    /// What the settings file says, where one is given.
    ///
    /// # Errors
    /// Where the file cannot be read or has no meaning here.
    pub fn reading(&self) -> Outcome<Option<SchedulerReading>> {
        let Some(path) = &self.scheduler_config else { return Ok(None) };
        let context = format!("{} is no scheduler configuration", path.display());
        let config: SchedulerConfig = serde_json::from_slice(&files::read(path)?).context(&context)?;
        config.read().context(&context).map(Some)
    }

    /// Options of `sampler` (or of the settings file's, where no name is given) over `base`.
    ///
    /// # Errors
    /// Where a name is not known or the file cannot be read.
    pub fn options(&self, sampler: Option<Sampler>, base: SamplerOptions) -> Outcome<(Sampler, SamplerOptions)> {
        let (mut chosen, mut options) = (sampler.unwrap_or(Sampler::Ddim), base);
        if let Some(reading) = self.reading()? {
            chosen = sampler.unwrap_or(reading.sampler);
            let SamplerOptions { steps, prediction_type, strength, .. } = options;
            options = SamplerOptions { steps, prediction_type, strength, ..reading.options };
        }
        options.eta = self.eta.unwrap_or(options.eta);
        if !(0.0..=1.0).contains(&options.eta) {
            return Err(Failure::new(format!("--eta is {}, but must lie between 0 and 1", options.eta)));
        }
        self.levels(&mut options)?;
        if let Some(name) = &self.variance {
            options.variance_type = named("--variance", name, "fixed_small, fixed_large, learned, learned_range")?;
        }
        options.sigma_min = self.sigma.sigma_min.or(options.sigma_min);
        options.sigma_max = self.sigma.sigma_max.or(options.sigma_max);
        options.rho = self.sigma.rho.unwrap_or(options.rho);
        options.shift = match (self.sigma.shift, self.mu, options.shift) {
            (Some(shift), ..) => TimeShift::Shift(shift),
            (None, Some(mu), TimeShift::Linear(_)) => TimeShift::Linear(mu),
            (None, Some(mu), _) => TimeShift::Exponential(mu),
            (None, None, shift) => shift,
        };
        options.solver_order = self.solver_order.or(options.solver_order);
        options.strength = self.strength.unwrap_or(options.strength);
        options.sde_eta = self.sde_eta.unwrap_or(options.sde_eta);
        options.churn.s_churn = self.churn.unwrap_or(options.churn.s_churn);
        options.jump_length = self.jump_length.unwrap_or(options.jump_length);
        options.jump_n_sample = self.jump_n_sample.unwrap_or(options.jump_n_sample);
        options.threshold = self.threshold(options.threshold)?;
        Ok((chosen, options))
    }

    /// The spread of the timesteps, where one is given.
    ///
    /// # Errors
    /// Where its name is not known.
    pub fn spacing(&self) -> Outcome<Option<TimestepSpacing>> {
        self.spacing.as_ref().map(|name| named("--spacing", name, "leading, trailing, linspace")).transpose()
    }

    /// Where the network is asked.
    fn levels(&self, options: &mut SamplerOptions) -> Outcome<()> {
        options.timestep_spacing = self.spacing()?.or(options.timestep_spacing);
        match (&self.sigmas, &self.sigma_list) {
            (Some(_), Some(_)) => return Err(Failure::new("--sigmas and --sigma-list exclude each other; choose one")),
            (Some(name), None) if name == "continuous_vp" => options.sigmas = CONTINUOUS_VP,
            (Some(name), None) => options.sigmas = named("--sigmas", name, SIGMAS)?,
            (None, Some(list)) => {
                options.steps = list.len().saturating_sub(1);
                options.sigmas = SigmaFamily::Custom(list.clone());
            }
            (None, None) => {}
        }
        if let Some(list) = &self.timestep_list {
            options.steps = list.len();
            options.timesteps = Some(list.clone());
        }
        if let Some(name) = &self.space {
            options.space = Some(named("--space", name, "variance_exploding, variance_preserving, flow")?);
        }
        if let Some(name) = &self.final_sigmas {
            options.final_sigmas = named("--final-sigmas", name, "zero, sigma_min, repeat")?;
        }
        Ok(())
    }

    /// The limit on estimates; that of the settings where nothing is said.
    fn threshold(&self, settings: Threshold) -> Outcome<Threshold> {
        let refused =
            |flag: &str, value: f64, must: &str| Err(Failure::new(format!("--{flag} is {value}, but must {must}")));
        match (self.clip, self.dynamic_threshold, self.sample_max_value) {
            (Some(_), Some(_), _) => Err(Failure::new("--clip and --dynamic-threshold exclude each other; choose one")),
            (_, None, Some(_)) => Err(Failure::new("--sample-max-value limits --dynamic-threshold; add that")),
            (_, Some(ratio), _) if !(ratio > 0.0 && ratio <= 1.0) => {
                refused("dynamic-threshold", ratio, "be a quantile above 0 and at most 1")
            }
            (_, Some(_), Some(max)) if !(max > 0.0 && max.is_finite()) => {
                refused("sample-max-value", max, "be above 0")
            }
            (_, Some(ratio), max) => Ok(Threshold::Dynamic { ratio, max: max.unwrap_or(f64::from(f32::MAX)) }),
            (Some(range), ..) if !(range >= 0.0 && range.is_finite()) => refused("clip", range, "be 0 or more"),
            (Some(0.0), ..) => Ok(Threshold::None),
            (Some(range), ..) => Ok(Threshold::Static { range }),
            (None, None, None) => Ok(settings),
        }
    }
}

/// The families of σ by name.
const SIGMAS: &str =
    "training, karras, exponential, polyexponential, beta, lu_lambdas, log_linear, flow, flow_below_one, continuous_vp";

/// The variance preserving SDE with the numbers of Song et al. (2021b), which k-diffusion has as defaults.
pub(super) const CONTINUOUS_VP: SigmaFamily = SigmaFamily::ContinuousVp { beta_d: 19.9, beta_min: 0.1, eps_s: 1e-3 };
