//! `noisewalk experiment samplers`: one trained model, many ways to walk from noise to a picture.

use std::path::PathBuf;

use burn::tensor::Device;
use clap::Args;

use super::MeasureArgs;
use super::output::{self, Strip};
use super::quality::Quality;
use super::sampled::{Measurement, sample};
use crate::data::avatar::SIZE;
use crate::diffusion::parameterization::PredictionType;
use crate::diffusion::plan::Plan;
use crate::diffusion::sampler::Sampler;
use crate::diffusion::schedule::NoiseSchedule;
use crate::model::folder::Model;
use crate::protocol::{Experiment, GenerateSpec, Measured, Subject};
use crate::train::failure::{Context, Failure, Outcome};
use crate::train::files;
use crate::train::sample::open_model;

/// What is measured.
#[derive(Debug, Args)]
pub struct SamplersArgs {
    /// The model
    #[arg(long, default_value = "public/models/avatars")]
    model: PathBuf,
    /// The samplers
    #[arg(long, value_delimiter = ',', default_values = ["ddpm", "ddim", "euler-ancestral", "heun", "pndm", "dpmpp-2m", "unipc", "deis"])]
    samplers: Vec<String>,
    #[command(flatten)]
    measure: MeasureArgs,
    /// Folder of what is measured; an experiment that was stopped goes on from there
    #[arg(long, default_value = "runs/experiments/samplers")]
    runs: PathBuf,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
    /// Folder for the results
    #[arg(short, long, default_value = "public/experiments/samplers")]
    output: PathBuf,
}

const TITLE: &str = "The same trained model under several samplers";

/// Runs the experiment.
///
/// # Errors
/// Where the model, the settings or the files do not work.
pub fn run(args: &SamplersArgs) -> Outcome<()> {
    args.measure.check()?;
    let samplers =
        args.samplers.iter().map(|name| name.parse::<Sampler>().context("--samplers")).collect::<Outcome<Vec<_>>>()?;
    let model = open_model(&args.model, &Device::flex())?;
    if model.words.is_some() || model.summary.sample_size as usize != SIZE || model.summary.channels != 3 {
        return Err(Failure::new(format!("{} does not draw avatars without words", args.model.display())));
    }
    let quality = Quality::open(&args.measure)?;
    files::create_folder(&args.runs)?;
    let (mut subjects, mut strips) = (Vec::new(), Vec::new());
    for sampler in samplers {
        let measured = measure(args, &model, &quality, sampler)?;
        subjects.push(subject(&quality, sampler, &measured)?);
        strips.push(Strip::of(sampler.name(), &measured.sampled, &args.measure));
    }
    let fact = |name: &str, text: String| (name.to_owned(), text);
    let summary = &model.summary;
    let experiment = Experiment {
        command: output::command(),
        facts: vec![
            fact("model", format!("{} {}, {} parameters", summary.name, summary.short_hash, summary.parameters)),
            fact(
                "sampling",
                format!("each sampler with its own defaults, the same noise for all; {}", levels(Sampler::Heun)),
            ),
            fact("distance", output::judged_by(&args.measure)),
            fact("bands", "95 %: bootstrap over pictures".into()),
        ],
        floor: quality.floor,
        rows: args.measure.rows.clone(),
        columns: args.measure.columns as u32,
        subjects,
    };
    output::write(&args.output, TITLE, &experiment, &strips)
}

/// Samples of one sampler, drawn now or read from where they were stored.
fn measure(args: &SamplersArgs, model: &Model, quality: &Quality, sampler: Sampler) -> Outcome<Measurement> {
    let key = format!("{} {} {:?} {}", model.summary.short_hash, sampler.name(), args.measure, levels(sampler));
    let path = args.runs.join(format!("{}.bin", sampler.name()));
    if let Some(measured) = Measurement::stored(&path, &key) {
        return Ok(measured);
    }
    if !args.quiet {
        eprintln!("{}", sampler.name());
    }
    // A sampler whose first steps are several may have no plan for very few.
    let plan = |steps| plan(sampler, steps, &model.schedule, model.summary.prediction_type);
    let measured = Measurement::new(key, sample(&model.denoiser, quality, &args.measure, plan)?);
    measured.store(&path)?;
    Ok(measured)
}

/// How the levels of a sampler differ from its defaults.
fn levels(sampler: Sampler) -> &'static str {
    if sampler == Sampler::Heun { "heun on the levels of Karras et al. from σ = 80 on" } else { "" }
}

/// The plan of a run: a sampler as it comes, but Heun's method on the levels of its paper.
fn plan(sampler: Sampler, steps: u32, schedule: &NoiseSchedule, prediction: PredictionType) -> Option<Plan> {
    let options = GenerateSpec { sampler, steps, ..GenerateSpec::default() }.options(prediction);
    sampler.plan(schedule, &options.on_published_levels(sampler, schedule)).ok()
}

fn subject(quality: &Quality, sampler: Sampler, measured: &Measurement) -> Outcome<Subject> {
    let distances = measured.sampled.iter().map(|sampled| {
        let sets = [sampled.features()?];
        quality.distance(f64::from(sampled.steps), &sets)
    });
    Ok(Subject {
        name: sampler.name().to_owned(),
        loss: Vec::new(),
        distance: distances.collect::<Outcome<Vec<Measured>>>()?,
        evaluations: measured.sampled.iter().map(|sampled| sampled.evaluations).collect(),
    })
}
