//! `noisewalk record`: a run as the page shows it before its own engine is ready.

use std::path::PathBuf;

use clap::Args;

use super::device::DeviceName;
use super::failure::{Context, Failure, Outcome};
use super::files;
use super::prompt_options::{PromptArgs, steer};
use super::sample::{noise_source, numbers, open_model};
use crate::model::frames::flatten;
use crate::model::sample::Sampling;
use crate::protocol::{Frame, FrameShape, GenerateSpec, RecordedRun, WordSpec, encode};

/// Records a run of a model for the page.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// The model folder
    #[arg(long)]
    model: PathBuf,
    /// Number of steps
    #[arg(long, default_value_t = 20)]
    steps: u32,
    /// The sampler
    #[arg(long, default_value = "ddim")]
    sampler: String,
    /// DDIM's η
    #[arg(long, default_value_t = 0.0)]
    eta: f64,
    /// Seed of all noise
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many samples
    #[arg(long, default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    prompt: PromptArgs,
    /// The file to write
    #[arg(short, long)]
    output: PathBuf,
}

/// Runs the command, on the CPU: a record must be the same wherever it is made.
///
/// # Errors
/// Where the model, the settings or the file do not work.
pub fn run(args: &RecordArgs) -> Outcome<()> {
    let words = args.prompt.words()?.map(|words| WordSpec { watch_attention: true, ..words });
    if !(1..=16).contains(&args.count) {
        return Err(Failure::new(format!("--count is {}, but a run of the page has 1 to 16 samples", args.count)));
    }
    let spec = GenerateSpec {
        sampler: args.sampler.parse().context("--sampler")?,
        steps: args.steps,
        eta: args.eta,
        seed: args.seed,
        count: args.count,
        words,
        ..GenerateSpec::default()
    };
    let model = open_model(&args.model, &DeviceName::Cpu.open()?)?;
    let plan = spec.plan(&model.schedule, model.summary.prediction_type).context("this sampler cannot run so")?;
    let shape = FrameShape {
        of: plan.evaluations() as u32,
        count: spec.pictures(),
        size: model.summary.sample_size,
        channels: model.summary.channels,
    };
    let denoiser = steer(&model, &spec)?;
    let mut sampling = Sampling::new(&denoiser, &plan, noise_source(&spec, &model.summary));
    let mut frames = Vec::new();
    while let Some(seen) = sampling.step() {
        let timestep = plan.stages[seen.stage].level.timestep;
        let (tensor, layout) = flatten(seen);
        let values = tensor.into_data().try_to_vec().context("the result could not be read from the device")?;
        frames.push(layout.frame(values, shape, frames.len() as u32, timestep));
    }
    if let Some(x) = sampling.x().cloned() {
        frames.push(Frame::finished(shape, &numbers(x)?));
    }
    let command = format!(
        "cargo noisewalk record --model {} --sampler {} --steps {} --eta {} --seed {} --count {}{} -o {}",
        args.model.display(),
        spec.sampler.name(),
        spec.steps,
        spec.eta,
        spec.seed,
        spec.count,
        args.prompt.as_flags(),
        args.output.display()
    );
    let record = RecordedRun { command, model: model.summary, spec, frames };
    let bytes = encode(&record).context("the run could not be stored")?;
    if let Some(folder) = args.output.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        files::create_folder(folder)?;
    }
    files::write(&args.output, &bytes)
}
