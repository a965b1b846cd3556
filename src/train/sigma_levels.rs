//! The levels of a run by family, for `noisewalk schedule`: Karras and others in σ, and flows with their shift.

use clap::Args;

use super::failure::{Context, Failure, Outcome};
use super::grid_options::CONTINUOUS_VP;
use super::schedule_options::ScheduleArgs;
use super::sigma_options::SigmaArgs;
use crate::diffusion::plan::Level;
use crate::diffusion::sampler::{Sampler, SamplerOptions, SigmaFamily, TimeShift};

/// Names of families that are no schedule of β.
const FAMILIES: [&str; 7] = ["karras", "exponential", "polyexponential", "beta", "lu_lambdas", "continuous_vp", "flow"];

/// Steps where none are asked for.
const STEPS: usize = 20;

/// True where `name` is a family of σ.
pub fn is_family(name: &str) -> bool {
    FAMILIES.contains(&name.to_lowercase().as_str())
}

/// What only a family of σ has.
#[derive(Debug, Args)]
pub struct LevelArgs {
    /// Levels of a run: number of steps; 20 where absent
    #[arg(long)]
    steps: Option<usize>,
    #[command(flatten)]
    sigma: SigmaArgs,
    /// Levels of a run: the schedule of β that gives the range of σ and the timesteps; scaled_linear where absent
    #[arg(long, value_name = "SCHEDULE")]
    base: Option<String>,
}

impl LevelArgs {
    /// Refuses these flags beside a schedule of β.
    ///
    /// # Errors
    /// Where one is given.
    pub fn refuse(&self, name: &str) -> Outcome<()> {
        if self.steps.is_none() && self.base.is_none() && self.sigma.is_empty() {
            return Ok(());
        }
        let families = FAMILIES.join(", ");
        Err(Failure::new(format!(
            "--steps, --sigma-min, --sigma-max, --rho, --shift and --base belong to {families}, not to {name}; leave them out"
        )))
    }

    /// The levels of a run, the last being where it ends.
    ///
    /// # Errors
    /// Where the numbers make no run.
    pub fn of(&self, name: &str, schedule: &ScheduleArgs) -> Outcome<Vec<Level>> {
        let schedule = schedule.open(self.base.as_deref().unwrap_or("scaled_linear"))?;
        let family = match name.to_lowercase().as_str() {
            "karras" => SigmaFamily::Karras,
            "exponential" => SigmaFamily::Exponential,
            "polyexponential" => SigmaFamily::Polyexponential,
            "beta" => SigmaFamily::Beta,
            "lu_lambdas" => SigmaFamily::LuLambdas,
            "continuous_vp" => CONTINUOUS_VP,
            _ => SigmaFamily::Flow,
        };
        let is_flow = family == SigmaFamily::Flow;
        if self.sigma.shift.is_some() && !is_flow {
            return Err(Failure::new(format!("--shift moves the levels of flow, not of {name}; leave it out")));
        }
        let rho = if family == SigmaFamily::Karras { 7.0 } else { 1.0 };
        let options = SamplerOptions {
            steps: self.steps.unwrap_or(STEPS),
            sigmas: family,
            sigma_min: self.sigma.sigma_min,
            sigma_max: self.sigma.sigma_max,
            rho: self.sigma.rho.unwrap_or(rho),
            shift: TimeShift::Shift(self.sigma.shift.unwrap_or(1.0)),
            ..SamplerOptions::default()
        };
        let sampler = if is_flow { Sampler::FlowEuler } else { Sampler::Euler };
        let plan = sampler.plan(&schedule, &options).context("these settings make no levels")?;
        Ok(plan.stages.iter().map(|stage| stage.level).chain([plan.end]).collect())
    }
}

/// σ of a level as a sampler lists it, and log-SNR.
pub fn numbers(level: &Level) -> [f64; 2] {
    [level.sigma, 2.0 * level.lambda()]
}

/// One line a level.
pub fn csv(levels: &[Level]) -> String {
    let row = |(step, level): (usize, &Level)| {
        let [sigma, log_snr] = numbers(level);
        format!("{step},{},{},{sigma},{log_snr}\n", level.timestep, level.alpha)
    };
    "step,timestep,alpha,sigma,log_snr\n".to_owned() + &levels.iter().enumerate().map(row).collect::<String>()
}

/// The same for eyes.
pub fn table(levels: &[Level]) -> String {
    let row = |(step, level): (usize, &Level)| {
        let [sigma, log_snr] = numbers(level);
        format!("{step:>5} {:>10.3} {:>10.6} {sigma:>12.6} {log_snr:>9.3}\n", level.timestep, level.alpha)
    };
    format!("{:>5} {:>10} {:>10} {:>12} {:>9}\n", "step", "timestep", "alpha", "sigma", "log-SNR")
        + &levels.iter().enumerate().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args() -> (LevelArgs, ScheduleArgs) {
        let sigma = SigmaArgs { sigma_min: Some(0.1), sigma_max: Some(10.0), ..SigmaArgs::default() };
        let levels = LevelArgs { steps: Some(5), sigma, base: None };
        (levels, ScheduleArgs::default())
    }

    #[test]
    fn every_family_runs_from_high_to_low() {
        let (levels, schedule) = args();
        for name in FAMILIES {
            let listed = levels.of(name, &schedule).unwrap();
            assert_eq!((listed.len(), listed[5].sigma), (6, 0.0), "{name}");
            assert!(listed.windows(2).all(|pair| pair[1].sigma < pair[0].sigma), "{name}");
            assert_eq!(csv(&listed).lines().count(), 7);
        }
        let listed = levels.of("karras", &schedule).unwrap();
        assert!((listed[0].sigma - 10.0).abs() < 1e-12 && (listed[4].sigma - 0.1).abs() < 1e-12);
    }

    #[test]
    fn flags_of_others_are_refused() {
        let (levels, schedule) = args();
        assert!(levels.refuse("linear").is_err());
        let sigma = SigmaArgs { shift: Some(3.0), ..levels.sigma.clone() };
        let shifted = LevelArgs { sigma, ..levels };
        assert!(shifted.of("karras", &schedule).is_err());
        // A shift towards noise lifts the second of five levels above its even place.
        assert!(shifted.of("flow", &schedule).unwrap()[1].sigma > 0.75);
    }
}
