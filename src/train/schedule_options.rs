//! Which schedule, and how a sampler walks it, on the command line.

use std::path::PathBuf;

use clap::Args;
use serde::de::DeserializeOwned;

use super::failure::{Context, Failure, Outcome};
use super::files;
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{Sampler, SamplerOptions, SigmaFamily, TimeShift};
use crate::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};
use crate::diffusion::scheduler_config::SchedulerConfig;

/// The schedule.
#[derive(Debug, Args)]
pub struct ScheduleArgs {
    /// Number of training timesteps T
    #[arg(long)]
    timesteps: Option<usize>,
    /// β at the first timestep
    #[arg(long)]
    beta_start: Option<f64>,
    /// β at the last timestep
    #[arg(long)]
    beta_end: Option<f64>,
    /// Rescale to zero terminal SNR
    #[arg(long)]
    zero_snr: bool,
}

impl ScheduleArgs {
    /// The schedule of a name with these settings.
    ///
    /// # Errors
    /// Where there is no such schedule, or the numbers make none.
    pub fn open(&self, name: &str) -> Outcome<NoiseSchedule> {
        let Some(beta_schedule) = by_name::<BetaSchedule>(name) else {
            let known: Vec<String> = BetaSchedule::ALL.iter().map(name_of).collect();
            return Err(Failure::new(format!("there is no schedule {name}; the schedules are {}", known.join(", "))));
        };
        let default = ScheduleConfig::default();
        let config = ScheduleConfig {
            num_train_timesteps: self.timesteps.unwrap_or(default.num_train_timesteps),
            beta_start: self.beta_start.unwrap_or(default.beta_start),
            beta_end: self.beta_end.unwrap_or(default.beta_end),
            beta_schedule,
            rescale_betas_zero_snr: self.zero_snr,
            ..default
        };
        NoiseSchedule::new(&config).context("these settings make no schedule")
    }
}

/// How a sampler walks the schedule; each sampler reads what concerns it.
#[derive(Debug, Args)]
pub struct GridArgs {
    /// Settings of a diffusers scheduler_config.json; the flags below override it
    #[arg(long)]
    scheduler_config: Option<PathBuf>,
    /// Spread of the timesteps: leading, trailing or linspace
    #[arg(long)]
    spacing: Option<String>,
    /// Levels: training, karras, exponential, polyexponential, beta, lu_lambdas, flow
    #[arg(long)]
    sigmas: Option<String>,
    /// Smallest σ of the levels
    #[arg(long)]
    sigma_min: Option<f64>,
    /// Largest σ of the levels
    #[arg(long)]
    sigma_max: Option<f64>,
    /// Karras' ρ
    #[arg(long)]
    rho: Option<f64>,
    /// Shift of flow matching towards noise
    #[arg(long)]
    shift: Option<f64>,
    /// Order of a multistep or single-step solver
    #[arg(long)]
    solver_order: Option<usize>,
    /// Clamp estimates to ±RANGE; 0 does not clamp
    #[arg(long, value_name = "RANGE")]
    clip: Option<f64>,
    /// Share of the steps that run, the last ones; 1 for all
    #[arg(long)]
    strength: Option<f64>,
}

impl GridArgs {
    /// Options of `sampler` (or of the settings file's, where no name is given) over `base`.
    ///
    /// # Errors
    /// Where a name is not known or the file cannot be read.
    pub fn options(&self, sampler: Option<Sampler>, base: SamplerOptions) -> Outcome<(Sampler, SamplerOptions)> {
        let (mut chosen, mut options) = (sampler.unwrap_or(Sampler::Ddim), base);
        if let Some(path) = &self.scheduler_config {
            let context = format!("{} is no scheduler configuration", path.display());
            let config: SchedulerConfig = serde_json::from_slice(&files::read(path)?).context(&context)?;
            let reading = config.read().context(&context)?;
            chosen = sampler.unwrap_or(reading.sampler);
            let SamplerOptions { steps, eta, prediction_type, .. } = options;
            options = SamplerOptions { steps, eta, prediction_type, ..reading.options };
        }
        if let Some(spacing) = &self.spacing {
            let known = "leading, trailing, linspace";
            options.timestep_spacing = Some(by_name(spacing).ok_or_else(|| unknown("--spacing", spacing, known))?);
        }
        if let Some(name) = &self.sigmas {
            let known = "training, karras, exponential, polyexponential, beta, lu_lambdas, log_linear, flow";
            options.sigmas = by_name::<SigmaFamily>(name).ok_or_else(|| unknown("--sigmas", name, known))?;
        }
        options.sigma_min = self.sigma_min.or(options.sigma_min);
        options.sigma_max = self.sigma_max.or(options.sigma_max);
        options.rho = self.rho.unwrap_or(options.rho);
        options.shift = self.shift.map_or(options.shift, TimeShift::Shift);
        options.solver_order = self.solver_order.or(options.solver_order);
        options.strength = self.strength.unwrap_or(options.strength);
        match self.clip {
            Some(0.0) => options.threshold = Threshold::None,
            Some(range) if range > 0.0 => options.threshold = Threshold::Static { range },
            Some(range) => return Err(Failure::new(format!("--clip is {range}, but must be 0 or more"))),
            None => {}
        }
        Ok((chosen, options))
    }
}

fn unknown(flag: &str, found: &str, known: &str) -> Failure {
    Failure::new(format!("{flag} is {found}, but must be one of {known}"))
}

/// A value by its name in configuration files.
fn by_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_lowercase())).ok()
}

fn name_of(schedule: &BetaSchedule) -> String {
    serde_json::to_value(schedule).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
