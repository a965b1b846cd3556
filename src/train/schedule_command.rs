//! `noisewalk schedule` and `noisewalk plan`: the numbers behind a run.

use std::path::PathBuf;

use clap::Args;

use super::failure::{Context, Failure, Outcome};
use super::files;
use super::grid_options::GridArgs;
use super::schedule_options::ScheduleArgs;
use super::schedule_plot;
use super::sigma_levels::{self, LevelArgs};
use crate::diffusion::sampler::SamplerOptions;
use crate::diffusion::schedule::NoiseSchedule;

/// Prints or draws a noise schedule.
#[derive(Debug, Args)]
pub struct ScheduleCommandArgs {
    /// The schedule: linear, scaled_linear, squaredcos_cap_v2, sigmoid, exp, laplace, sigmoid_alphas_cumprod, or custom with --points;
    /// or the levels of a run: karras, exponential, polyexponential, beta, lu_lambdas, continuous_vp or flow
    name: String,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    levels: LevelArgs,
    /// Draw it to an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Every timestep as CSV on the standard output
    #[arg(long)]
    csv: bool,
}

/// Runs `noisewalk schedule`.
///
/// # Errors
/// Where there is no such schedule, or the file cannot be written.
pub fn schedule(args: &ScheduleCommandArgs) -> Outcome<()> {
    if sigma_levels::is_family(&args.name) {
        let levels = args.levels.of(&args.name, &args.schedule)?;
        if let Some(path) = &args.plot {
            files::write(path, schedule_plot::levels_svg(&args.name, &levels).as_bytes())?;
        }
        if args.csv || args.plot.is_none() {
            say!("{}", if args.csv { sigma_levels::csv(&levels) } else { sigma_levels::table(&levels) });
        }
        return Ok(());
    }
    args.levels.refuse(&args.name)?;
    let schedule = args.schedule.open(&args.name)?;
    if let Some(warning) = schedule.terminal_snr_warning() {
        eprintln!("warning: {warning}");
    }
    if let Some(path) = &args.plot {
        files::write(path, schedule_plot::svg(&args.name, &schedule).as_bytes())?;
    }
    if args.csv {
        say!("{}", csv(&schedule));
    } else if args.plot.is_none() {
        say!("{}", table(&schedule));
    }
    Ok(())
}

/// One timestep: t, β, ᾱ, α, σ, SNR and log-SNR.
fn row(schedule: &NoiseSchedule, t: i64) -> [f64; 6] {
    [
        schedule.beta(t),
        schedule.alpha_cumprod(t),
        schedule.alpha(t),
        schedule.sigma(t),
        schedule.snr(t),
        schedule.log_snr(t),
    ]
}

fn csv(schedule: &NoiseSchedule) -> String {
    let mut out = String::from("timestep,beta,alpha_cumprod,alpha,sigma,snr,log_snr\n");
    for t in 0..schedule.num_train_timesteps() as i64 {
        let numbers: Vec<String> = row(schedule, t).iter().map(f64::to_string).collect();
        out += &format!("{t},{}\n", numbers.join(","));
    }
    out
}

/// About twenty timesteps, the first and the last among them.
fn table(schedule: &NoiseSchedule) -> String {
    const ROWS: i64 = 20;
    let last = schedule.num_train_timesteps() as i64 - 1;
    let mut out = format!(
        "{:>8} {:>11} {:>11} {:>11} {:>11} {:>11} {:>9}\n",
        "timestep", "beta", "alpha_cum", "alpha", "sigma", "SNR", "log-SNR"
    );
    let mut before = -1;
    for t in (0..=ROWS).map(|index| last * index / ROWS) {
        if t == before {
            continue;
        }
        before = t;
        let [beta, alpha_cumprod, alpha, sigma, snr, log_snr] = row(schedule, t);
        out += &format!(
            "{t:>8} {beta:>11.4e} {alpha_cumprod:>11.4e} {alpha:>11.6} {sigma:>11.6} {snr:>11.4e} {log_snr:>9.3}\n"
        );
    }
    out
}

/// Prints the plan of a sampler.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The sampler; the settings file's, else DDIM, where absent
    sampler: Option<String>,
    /// Number of steps
    #[arg(long, default_value_t = 20)]
    steps: usize,
    /// The schedule; the settings file's, else squaredcos_cap_v2, where absent
    #[arg(long)]
    schedule: Option<String>,
    #[command(flatten)]
    settings: ScheduleArgs,
    #[command(flatten)]
    grid: GridArgs,
}

/// Runs `noisewalk plan`.
///
/// # Errors
/// Where a name is not known, or the sampler cannot run so.
pub fn plan(args: &PlanArgs) -> Outcome<()> {
    if !(1..=100_000).contains(&args.steps) {
        return Err(Failure::new(format!("--steps is {}, but must lie between 1 and 100000", args.steps)));
    }
    let reading = args.grid.reading()?;
    let schedule = match (&args.schedule, &reading) {
        (None, Some(reading)) => args.settings.over(reading.schedule.clone())?,
        (name, _) => args.settings.open(name.as_deref().unwrap_or("squaredcos_cap_v2"))?,
    };
    let named = args.sampler.as_ref().map(|name| name.parse().context("the sampler")).transpose()?;
    let prediction_type = reading.map(|reading| reading.options.prediction_type).unwrap_or_default();
    let base = SamplerOptions { steps: args.steps, prediction_type, ..SamplerOptions::default() };
    let (sampler, options) = args.grid.options(named, base)?;
    let plan = sampler.plan(&schedule, &options).context("this sampler cannot run so")?;
    say_line!("{} in {} steps, {} evaluations of the network", sampler.name(), plan.steps(), plan.evaluations());
    say_line!("{plan}");
    Ok(())
}
