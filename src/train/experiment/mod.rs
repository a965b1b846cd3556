//! `noisewalk experiment`: what a lesson plots, measured once and stored with the command that did it.

mod cell;
mod output;
mod quality;
mod sampled;
mod samplers;
mod schedules;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::failure::{Failure, Outcome};
use samplers::SamplersArgs;
use schedules::SchedulesArgs;

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentCommand {
    /// Train the same small model under several schedules; measure its loss by timestep and its samples
    Schedules(SchedulesArgs),
    /// Measure samples of one model against the number of steps, for several samplers
    Samplers(SamplersArgs),
}

/// What is sampled and how it is judged.
#[derive(Debug, Clone, Args)]
struct MeasureArgs {
    /// Numbers of steps
    #[arg(long, value_delimiter = ',', default_values_t = [3, 5, 10, 20, 50])]
    steps: Vec<u32>,
    /// Pictures for each number of steps
    #[arg(long, default_value_t = 256)]
    samples: usize,
    /// Numbers of steps of which pictures are stored; each must be among --steps
    #[arg(long, value_delimiter = ',', default_values_t = [5, 10, 50])]
    rows: Vec<u32>,
    /// Pictures that are stored of each
    #[arg(long, default_value_t = 5)]
    columns: usize,
    /// Replicates of the bootstrap
    #[arg(long, default_value_t = 100)]
    replicates: usize,
    /// Folder with clip/, whose image encoder makes the features
    #[arg(long, default_value = "public/models/clip")]
    clip: PathBuf,
}

impl MeasureArgs {
    fn check(&self) -> Outcome<()> {
        if !(2..=100_000).contains(&self.samples) || !(1..=self.samples).contains(&self.columns) {
            return Err(Failure::new(
                "--samples must lie between 2 and 100000, and --columns between 1 and that number",
            ));
        }
        match self.rows.iter().find(|row| !self.steps.contains(row)) {
            Some(row) => Err(Failure::new(format!("--rows has {row}, which is not among --steps; add it there"))),
            None => Ok(()),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// Where a folder cannot be used, or the settings do not work.
pub fn run(command: &ExperimentCommand) -> Outcome<()> {
    match command {
        ExperimentCommand::Schedules(args) => schedules::run(args),
        ExperimentCommand::Samplers(args) => samplers::run(args),
    }
}
