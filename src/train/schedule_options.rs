//! Which schedule, and how a sampler walks it, on the command line.

use std::path::PathBuf;

use clap::Args;
use serde::de::DeserializeOwned;

use super::failure::{Context, Failure, Outcome};
use super::files;
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{Sampler, SamplerOptions, TimeShift};
use crate::diffusion::schedule::alpha_bar::AlphaBar;
use crate::diffusion::schedule::control_points::ControlPoints;
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
    /// custom: ᾱ through these points, U:ALPHA_BAR with u = t/T from 0 to 1, scaled to start at 1, for example "0:1,0.5:0.4,1:0"
    #[arg(long, value_name = "POINTS", allow_hyphen_values = true)]
    points: Option<String>,
}

/// Largest β of a schedule given as ᾱ, as in improved-diffusion and diffusers.
const MAX_BETA: f64 = 0.999;

impl ScheduleArgs {
    /// The schedule of a name with these settings.
    ///
    /// # Errors
    /// Where there is no such schedule, or the numbers make none.
    pub fn open(&self, name: &str) -> Outcome<NoiseSchedule> {
        match (name.eq_ignore_ascii_case("custom"), &self.points) {
            (true, Some(points)) => return self.custom(points),
            (true, None) => {
                return Err(Failure::new(
                    "a custom schedule goes through points; add --points, for example \"0:1,0.5:0.4,1:0\"",
                ));
            }
            (false, Some(_)) => return Err(Failure::new(format!("--points draws the schedule custom, not {name}"))),
            (false, None) => {}
        }
        let Some(beta_schedule) = by_name::<BetaSchedule>(name) else {
            let known: Vec<String> = BetaSchedule::ALL.iter().map(name_of).collect();
            let known = known.join(", ");
            return Err(Failure::new(format!("there is no schedule {name}; the schedules are {known}, custom")));
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

    /// The monotone curve through points drawn by hand.
    fn custom(&self, points: &str) -> Outcome<NoiseSchedule> {
        if self.beta_start.or(self.beta_end).is_some() {
            return Err(Failure::new(
                "a custom schedule has its β from --points; leave --beta-start and --beta-end out",
            ));
        }
        let point = |text: &str| {
            let (u, alpha_cumprod) = text.split_once(':')?;
            Some((u.trim().parse().ok()?, alpha_cumprod.trim().parse().ok()?))
        };
        let read = |text: &str| {
            point(text)
                .ok_or_else(|| Failure::new(format!("\"{text}\" in --points is not U:ALPHA_BAR, such as 0.5:0.4")))
        };
        let points = points.split(',').map(read).collect::<Outcome<Vec<(f64, f64)>>>()?;
        let total = self.timesteps.unwrap_or(ScheduleConfig::default().num_train_timesteps);
        let curve = AlphaBar::Points(ControlPoints::new(points).context("--points")?);
        let schedule = curve.schedule(total, MAX_BETA).context("these points make no schedule")?;
        Ok(if self.zero_snr { schedule.rescaled_to_zero_snr() } else { schedule })
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
    /// Levels: training, karras, exponential, polyexponential, beta, lu_lambdas, log_linear, flow, flow_below_one
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
    /// Dynamic thresholding: the quantile counts as this where it is larger; no limit where absent
    #[arg(long, value_name = "MAX", allow_negative_numbers = true)]
    sample_max_value: Option<f64>,
    /// Share of the steps that run, the last ones; 1 for all
    #[arg(long, allow_negative_numbers = true)]
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
            let SamplerOptions { steps, eta, prediction_type, strength, .. } = options;
            options = SamplerOptions { steps, eta, prediction_type, strength, ..reading.options };
        }
        if let Some(name) = &self.spacing {
            options.timestep_spacing = Some(named("--spacing", name, "leading, trailing, linspace")?);
        }
        if let Some(name) = &self.sigmas {
            options.sigmas = named("--sigmas", name, SIGMAS)?;
        }
        if let Some(name) = &self.final_sigmas {
            options.final_sigmas = named("--final-sigmas", name, "zero, sigma_min, repeat")?;
        }
        if let Some(name) = &self.variance {
            options.variance_type = named("--variance", name, "fixed_small, fixed_large, learned, learned_range")?;
        }
        options.sigma_min = self.sigma_min.or(options.sigma_min);
        options.sigma_max = self.sigma_max.or(options.sigma_max);
        options.rho = self.rho.unwrap_or(options.rho);
        options.shift = self.shift.map_or(options.shift, TimeShift::Shift);
        options.solver_order = self.solver_order.or(options.solver_order);
        options.strength = self.strength.unwrap_or(options.strength);
        options.sde_eta = self.sde_eta.unwrap_or(options.sde_eta);
        options.churn.s_churn = self.churn.unwrap_or(options.churn.s_churn);
        options.jump_length = self.jump_length.unwrap_or(options.jump_length);
        options.jump_n_sample = self.jump_n_sample.unwrap_or(options.jump_n_sample);
        options.threshold = self.threshold(options.threshold)?;
        Ok((chosen, options))
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
            (_, Some(_), Some(max)) if !(max >= 1.0 && max.is_finite()) => {
                refused("sample-max-value", max, "be at least 1")
            }
            (_, Some(ratio), max) => Ok(Threshold::Dynamic { ratio, max: max.unwrap_or(f64::from(f32::MAX)) }),
            (Some(range), ..) if !(range >= 0.0 && range.is_finite()) => refused("clip", range, "be 0 or more"),
            (Some(0.0), ..) => Ok(Threshold::None),
            (Some(range), ..) => Ok(Threshold::Static { range }),
            (None, None, None) => Ok(settings),
        }
    }
}

/// The families of σ that a name alone chooses.
const SIGMAS: &str =
    "training, karras, exponential, polyexponential, beta, lu_lambdas, log_linear, flow, flow_below_one";

/// The value of a flag by its name; says the names where there is none.
fn named<T: DeserializeOwned>(flag: &str, name: &str, known: &str) -> Outcome<T> {
    by_name(name).ok_or_else(|| Failure::new(format!("{flag} is {name}, but must be one of {known}")))
}

/// A value by its name in configuration files.
fn by_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_lowercase())).ok()
}

fn name_of(schedule: &BetaSchedule) -> String {
    serde_json::to_value(schedule).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
