//! The command line's grammar and entry.

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use clap::{Args, Parser, Subcommand};

use super::attributes_command::{self, AttributesArgs};
use super::checkpoint::{Checkpoint, config_of};
use super::clip_command::{self, ClipArgs};
use super::config::TrainConfig;
use super::convert_command::{self, ConvertArgs};
use super::data_command::{self, DataCommand};
use super::eval_command::{self, EvalCommand};
use super::experiment::{self, ExperimentCommand};
use super::failure::{Context, Outcome};
use super::info_command::{self, InfoArgs};
use super::learner::Learner;
use super::noise_command::{self, NoiseArgs};
use super::record_command::{self, RecordArgs};
use super::run::{Run, checkpoint_path};
use super::sample::{self, SampleArgs};
use super::schedule_command::{self, PlanArgs, ScheduleCommandArgs};
use super::stop::stop_on_ctrl_c;
use super::verify_command::{self, VerifyArgs};
use super::{export, metrics_log, optimizer};
use crate::diffusion::convergence;

/// Train, sample and examine tiny diffusion models.
#[derive(Debug, Parser)]
#[command(name = "noisewalk", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train a model, or go on with a run
    Train(TrainArgs),
    /// Train a text encoder and an image encoder on captioned avatars
    TrainClip(ClipArgs),
    /// Train the classifier that judges what prompts achieve
    TrainAttributes(AttributesArgs),
    /// Print or draw a noise schedule
    Schedule(ScheduleCommandArgs),
    /// Print a sampler's plan: the coefficients of every step
    Plan(Box<PlanArgs>),
    /// Measure how fast each sampler converges where the truth is known: the table of docs/convergence.md
    Convergence,
    /// Sample pictures from a model folder
    Sample(Box<SampleArgs>),
    /// Draw avatars on their way into noise
    Noise(NoiseArgs),
    /// Look at, export or rebuild the data
    #[command(subcommand)]
    Data(DataCommand),
    /// Record a run for the page
    Record(RecordArgs),
    /// Write the model folder of a run's latest checkpoint
    Export(ExportArgs),
    /// Check that a model folder is whole and computes what it did when it was saved
    Verify(VerifyArgs),
    /// Print what a model folder holds and what it costs: parameters, FLOPs and memory by block and by batch
    Info(InfoArgs),
    /// Store a model folder as f16 or f32, or make safetensors of PyTorch's state dicts
    Convert(ConvertArgs),
    /// Measure samples against data
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Measure what a lesson plots: schedules, samplers
    #[command(subcommand)]
    Experiment(ExperimentCommand),
}

#[derive(Debug, Args)]
struct TrainArgs {
    /// The run's settings (TOML); the defaults where absent
    #[arg(long)]
    config: Option<PathBuf>,
    /// Folder of the run: checkpoint, metrics, samples and, at the end, model/
    #[arg(short, long, default_value = "runs/avatars")]
    output: PathBuf,
    /// Go on with the run in that folder
    #[arg(long)]
    resume: bool,
    /// Override one setting, for example --set optimizer.steps=2000 (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Override the seed
    #[arg(long)]
    seed: Option<u64>,
    /// Override the device: cpu, vulkan or cuda
    #[arg(long)]
    device: Option<String>,
    /// Override the number of updates
    #[arg(long)]
    steps: Option<u64>,
    /// Override the batch size
    #[arg(long)]
    batch_size: Option<usize>,
    /// Override the learning rate
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// Folder of the run
    #[arg(long)]
    run: PathBuf,
    /// The model folder to write
    #[arg(short, long)]
    output: PathBuf,
}

/// Parses the arguments, runs the command, prints a failure as one sentence.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Train(args) => train(args),
        Command::TrainAttributes(args) => attributes_command::run(&args),
        Command::TrainClip(args) => clip_command::run(&args),
        Command::Schedule(args) => schedule_command::schedule(&args),
        Command::Plan(args) => schedule_command::plan(&args),
        Command::Convergence => {
            convergence::measure().context("nothing could be measured").map(|table| say_line!("{table}"))
        }
        Command::Record(args) => record_command::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Noise(args) => noise_command::run(&args),
        Command::Data(command) => data_command::run(&command),
        Command::Export(args) => export(&args),
        Command::Verify(args) => verify_command::run(&args),
        Command::Info(args) => info_command::run(&args),
        Command::Convert(args) => convert_command::run(&args),
        Command::Eval(args) => eval_command::run(args),
        Command::Experiment(command) => experiment::run(&command),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn train(args: TrainArgs) -> Outcome<()> {
    let mut overrides = args.set;
    let mut push = |key: &str, value: Option<String>| overrides.extend(value.map(|value| format!("{key}={value}")));
    push("seed", args.seed.map(|v| v.to_string()));
    push("device", args.device);
    push("optimizer.steps", args.steps.map(|v| v.to_string()));
    push("optimizer.batch_size", args.batch_size.map(|v| v.to_string()));
    push("optimizer.learning_rate", args.learning_rate.map(|v| format!("{v:?}")));
    let config = TrainConfig::load(args.config.as_deref(), &overrides)?;
    let mut run = Run::open(config, &args.output, args.resume)?;
    run.train(&stop_on_ctrl_c()?, args.quiet)?;
    Ok(())
}

fn export(args: &ExportArgs) -> Outcome<()> {
    let path = checkpoint_path(&args.run);
    let context = format!("the settings in {} cannot be read", path.display());
    let config = TrainConfig::from_toml(&config_of(&path)?).context(context)?;
    let device = config.device.open()?.autodiff();
    let words = config.text.as_ref().map(|text| text.open(&Device::flex())).transpose()?;
    let fresh = Learner::new(&config, &device)?;
    let state = Checkpoint::load(&path, fresh, optimizer::adamw(&config.optimizer))?;
    export::write_folder(&args.output, &config, &state, words.as_ref(), metrics_log::last_loss(&args.run, state.step))
}
