//! `noisewalk experiment schedules`: the same model, budget and seeds under several schedules.

use std::path::PathBuf;

use burn::module::Module;
use burn::tensor::Device;
use clap::Args;

use super::MeasureArgs;
use super::cell::{self, Bench, timesteps};
use super::output::{self, Strip};
use super::quality::Quality;
use super::sampled::{Measurement, Sampled};
use crate::diffusion::schedule::BetaSchedule;
use crate::model::unet2d::UNet2DModel;
use crate::protocol::{Experiment, Measured, Subject};
use crate::train::config::TrainConfig;
use crate::train::failure::{Failure, Outcome};
use crate::train::schedule_options::{named, schedule_names};
use crate::train::stop::stop_on_ctrl_c;

/// What is trained and measured.
#[derive(Debug, Args)]
pub struct SchedulesArgs {
    /// The schedules
    #[arg(long, value_delimiter = ',', default_values = ["linear", "quadratic", "cosine", "sigmoid"])]
    schedules: Vec<String>,
    /// How many seeds each is trained with
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Settings of the model and its budget (TOML)
    #[arg(long, default_value = "configs/schedules.toml")]
    config: PathBuf,
    /// Override one setting, for example --set optimizer.steps=2000 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    /// Folder of the runs, one a schedule and seed; an experiment that was stopped goes on from there
    #[arg(long, default_value = "runs/experiments/schedules")]
    runs: PathBuf,
    /// Train and measure no more than this, so that several processes can share the work; without it, what they stored is read
    #[arg(long, value_name = "SCHEDULE:SEED")]
    cell: Option<String>,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Folder for the results
    #[arg(short, long, default_value = "public/experiments/schedules")]
    output: PathBuf,
}

impl SchedulesArgs {
    fn config(&self, name: &str, seed: u64) -> Outcome<TrainConfig> {
        let own = [
            format!("name=schedules-{name}"),
            format!("schedule.beta_schedule={name}"),
            format!("seed={seed}"),
            "data.kind=avatars".to_owned(),
        ];
        TrainConfig::load(Some(&self.config), &[&self.set[..], &own].concat())
    }

    fn folder(&self, name: &str, seed: u64) -> PathBuf {
        self.runs.join(format!("{name}-{seed}"))
    }

    /// The schedule and the seed that `--cell` names.
    fn cell(&self) -> Outcome<Option<(&str, u64)>> {
        let Some(cell) = &self.cell else { return Ok(None) };
        let parts = cell.split_once(':').and_then(|(name, seed)| Some((name, seed.parse::<u64>().ok()?)));
        let among = |&(name, seed): &(&str, u64)| self.schedules.iter().any(|known| known == name) && seed < self.seeds;
        parts.filter(among).map(Some).ok_or_else(|| {
            Failure::new(format!(
                "--cell is {cell}, but must be one of --schedules and a seed below {}, for example {}:0",
                self.seeds, self.schedules[0]
            ))
        })
    }

    fn check(&self) -> Outcome<()> {
        self.measure.check()?;
        self.cell()?;
        if !(1..=100).contains(&self.seeds) {
            return Err(Failure::new(format!("--seeds is {}, but must lie between 1 and 100", self.seeds)));
        }
        let known = schedule_names();
        self.schedules.iter().try_for_each(|name| named::<BetaSchedule>("--schedules", name, &known).map(drop))
    }
}

/// Runs the experiment.
///
/// # Errors
/// Where settings, folders or files do not work.
pub fn run(args: &SchedulesArgs) -> Outcome<()> {
    args.check()?;
    let quality = Quality::open(&args.measure)?;
    let stop = stop_on_ctrl_c()?;
    let bench = Bench { quality: &quality, args: &args.measure, stop: &stop, quiet: args.quiet };
    if let Some((name, seed)) = args.cell()? {
        return cell::measure(&bench, &args.config(name, seed)?, &args.folder(name, seed)).map(drop);
    }
    let mut cells: Vec<Vec<Measurement>> = vec![Vec::new(); args.schedules.len()];
    for seed in 0..args.seeds {
        for (name, cells) in args.schedules.iter().zip(&mut cells) {
            if !args.quiet {
                eprintln!("{name}, seed {seed}");
            }
            match cell::measure(&bench, &args.config(name, seed)?, &args.folder(name, seed))? {
                Some(measured) => cells.push(measured),
                None => return Ok(()),
            }
        }
    }
    let total = args.config("linear", 0)?.schedule.num_train_timesteps;
    let judged = args.schedules.iter().zip(&cells).map(|(name, cells)| subject(&quality, name, cells, total));
    let experiment = Experiment {
        command: output::command(),
        facts: facts(args, &cells)?,
        floor: quality.floor,
        rows: args.measure.rows.clone(),
        columns: args.measure.columns as u32,
        subjects: judged.collect::<Outcome<_>>()?,
    };
    let strip = |(name, cells): (&String, &Vec<Measurement>)| Strip::of(name, &cells[0].sampled, &args.measure);
    let strips: Vec<Strip> = args.schedules.iter().zip(&cells).map(strip).collect();
    output::write(&args.output, TITLE, &experiment, &strips)
}

const TITLE: &str = "The same small model under several noise schedules";

/// What the seeds of one schedule say together.
fn subject(quality: &Quality, name: &str, cells: &[Measurement], total: usize) -> Outcome<Subject> {
    let loss = |(index, t): (usize, i64)| {
        let errors: Vec<&[f32]> = cells.iter().map(|cell| cell.errors[index].as_slice()).collect();
        quality.mean(t as f64, &errors)
    };
    let loss = timesteps(total).into_iter().enumerate().map(loss).collect::<Outcome<Vec<Measured>>>()?;
    let distance = |(index, first): (usize, &Sampled)| {
        let sets = cells.iter().map(|cell| cell.sampled[index].features()).collect::<Outcome<Vec<_>>>()?;
        quality.distance(f64::from(first.steps), &sets)
    };
    let sampled = &cells[0].sampled;
    let distance = sampled.iter().enumerate().map(distance).collect::<Outcome<Vec<Measured>>>()?;
    let evaluations = sampled.iter().map(|sampled| sampled.evaluations).collect();
    Ok(Subject { name: name.to_owned(), loss, distance, evaluations })
}

/// Settings and costs for the card.
fn facts(args: &SchedulesArgs, cells: &[Vec<Measurement>]) -> Outcome<Vec<(String, String)>> {
    let config = args.config("linear", 0)?;
    let parameters = UNet2DModel::new(&config.unet(), &Device::flex()).num_params();
    let seconds: f64 = cells.iter().flatten().map(|cell| cell.seconds).sum();
    let optimizer = &config.optimizer;
    let fact = |name: &str, text: String| (name.to_owned(), text);
    Ok(vec![
        fact("network", format!("{parameters} parameters, channels {:?}", config.unet.block_out_channels)),
        fact(
            "training",
            format!(
                "{} updates of {} avatars each, {} seeds a schedule, averaged weights",
                optimizer.steps, optimizer.batch_size, args.seeds
            ),
        ),
        fact("sampling", "ddim, trailing timesteps, the same noise for all".into()),
        fact("loss", format!("squared error of v on {} avatars that training never drew", args.measure.samples)),
        fact("distance", output::judged_by(&args.measure)),
        fact("bands", "95 %: bootstrap over pictures and Student's t over seeds".into()),
        fact("training time", format!("{:.0} min in all, {}", seconds / 60.0, machines(cells))),
    ])
}

/// The machines that trained, each once.
fn machines(cells: &[Vec<Measurement>]) -> String {
    let mut machines: Vec<&str> = cells.iter().flatten().map(|cell| cell.machine.as_str()).collect();
    machines.sort_unstable();
    machines.dedup();
    machines.join(" and ")
}
