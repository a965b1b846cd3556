//! Which schedule, on the command line; and values by their names.

use clap::Args;
use serde::de::DeserializeOwned;

use super::failure::{Context, Failure, Outcome};
use crate::diffusion::schedule::alpha_bar::AlphaBar;
use crate::diffusion::schedule::control_points::ControlPoints;
use crate::diffusion::schedule::{BetaSchedule, NoiseSchedule, ScheduleConfig};

/// The schedule.
#[derive(Debug, Clone, Default, Args)]
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
            let known = schedule_names();
            return Err(Failure::new(format!("there is no schedule {name}; the schedules are {known}, custom")));
        };
        self.over(ScheduleConfig { beta_schedule, ..ScheduleConfig::default() })
    }

    /// The schedule of `base`, such as a settings file's, with what these flags change in it.
    ///
    /// # Errors
    /// Where the numbers make no schedule.
    pub fn over(&self, base: ScheduleConfig) -> Outcome<NoiseSchedule> {
        if self.points.is_some() {
            return Err(Failure::new("--points draws the schedule custom; name that"));
        }
        let config = ScheduleConfig {
            num_train_timesteps: self.timesteps.unwrap_or(base.num_train_timesteps),
            beta_start: self.beta_start.unwrap_or(base.beta_start),
            beta_end: self.beta_end.unwrap_or(base.beta_end),
            rescale_betas_zero_snr: self.zero_snr || base.rescale_betas_zero_snr,
            ..base
        };
        NoiseSchedule::new(&config).context("these settings make no schedule")
    }

    /// A schedule for each name; `--points` is for the one called custom.
    ///
    /// # Errors
    /// As [`ScheduleArgs::open`].
    pub fn open_all(&self, names: &[String]) -> Outcome<Vec<NoiseSchedule>> {
        let is_custom = |name: &String| name.eq_ignore_ascii_case("custom");
        let without_points = Self { points: None, ..self.clone() };
        let has_custom = names.iter().any(is_custom);
        let settings = |name| if has_custom && !is_custom(name) { &without_points } else { self };
        names.iter().map(|name| settings(name).open(name)).collect()
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

/// The value of a flag by its name.
///
/// # Errors
/// The names, where there is none such.
pub fn named<T: DeserializeOwned>(flag: &str, name: &str, known: &str) -> Outcome<T> {
    by_name(name).ok_or_else(|| Failure::new(format!("{flag} is {name}, but must be one of {known}")))
}

/// A value by its name in configuration files.
fn by_name<T: DeserializeOwned>(name: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(name.to_lowercase())).ok()
}

/// The names of the curves, as a list for people.
pub fn schedule_names() -> String {
    let known: Vec<&str> = BetaSchedule::ALL.iter().map(|known| known.name()).collect();
    known.join(", ")
}
