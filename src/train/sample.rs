//! Sampling on the command line.

use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Tensor};
use clap::Args;

use super::device::DeviceName;
use super::failure::{Context, Failure, Outcome};
use super::folder_files::{manifest_of, read_all};
use super::grid_options::GridArgs;
use super::guidance_options::GuidanceArgs;
use super::invert::{BothWays, invert, report};
use super::print_python::print_python;
use super::prompt_options::{PromptArgs, steer};
use super::start_options::{StartArgs, open_picture};
use super::{files, grid};
use crate::diffusion::plan::Threshold;
use crate::diffusion::sampler::{Sampler, SamplerOptions};
use crate::model::denoiser::Denoiser;
use crate::model::folder::{FILES, FolderError, GOLDEN, Model, compare_golden};
use crate::model::sample::{NoiseSource, Sampling};
use crate::protocol::{Branch, GenerateSpec, ModelSummary};

/// Samples pictures from a model folder.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// The model folder, as diffusers or `noisewalk train` writes it, or a zip of one
    #[arg(long)]
    model: PathBuf,
    /// Number of steps
    #[arg(long, default_value_t = 50)]
    steps: usize,
    /// The sampler; the settings file's, else ddim, where absent
    #[arg(long)]
    sampler: Option<String>,
    /// Seed of all noise
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many pictures
    #[arg(long, default_value_t = 16)]
    count: usize,
    /// Other noise from a step on, keeping what the network believed there: STEP:SEED (repeatable, in order)
    #[arg(long, value_name = "STEP:SEED", value_parser = parse_branch)]
    branch: Vec<Branch>,
    /// Leave out the noise that a stochastic sampler adds back: the classic mistake
    #[arg(long)]
    forget_noise: bool,
    #[command(flatten)]
    grid: GridArgs,
    #[command(flatten)]
    start: StartArgs,
    #[command(flatten)]
    prompt: PromptArgs,
    #[command(flatten)]
    guidance: GuidanceArgs,
    /// Where to compute
    #[arg(long, value_enum, default_value_t)]
    device: DeviceName,
    /// The grid to write
    #[arg(short, long, default_value = "grid.png")]
    output: PathBuf,
    /// Print Python of diffusers that makes the same picture, instead of drawing it
    #[arg(long)]
    print_python: bool,
    /// A folder for every state and every prediction on the way
    #[arg(long)]
    trajectory: Option<PathBuf>,
    /// Print how long a step takes, from the first to the last
    #[arg(long)]
    time: bool,
}

/// Reads a model folder, or a zip of one, from the disk, checks it against its manifest where there is one, and runs its golden input.
///
/// # Errors
/// One sentence naming the file and what is wrong with it.
pub fn open_model(folder: &Path, device: &Device) -> Outcome<Model> {
    let context = format!("{} cannot be used", folder.display());
    let mut contents = read_all(folder)?;
    let manifest = manifest_of(folder, &contents)?;
    let golden = contents.remove(GOLDEN);
    contents.retain(|path, _| FILES.iter().any(|known| known.contains(&path.as_str())));
    let model = Model::from_files(contents, manifest.as_ref(), device).context(&context)?;
    if manifest.is_some_and(|manifest| manifest.golden.is_some()) {
        let golden = golden.ok_or_else(|| FolderError::Missing(GOLDEN.into())).context(&context)?;
        let (got, expected) = model.run_golden(&golden).context(&context)?;
        compare_golden(&numbers(got)?, &expected).context(&context)?;
    }
    Ok(model)
}

/// Runs the command.
///
/// # Errors
/// Where the model, the settings or the files do not work.
pub fn run(args: &SampleArgs) -> Outcome<()> {
    let in_range = |name: &str, value: usize, most: usize| match value {
        0 => Err(Failure::new(format!("--{name} must be at least 1"))),
        value if value > most => Err(Failure::new(format!("--{name} is {value}, but may be {most} at most"))),
        _ => Ok(()),
    };
    in_range("count", args.count, 4096)?;
    in_range("steps", args.steps, 100_000)?;
    let refinement = args.guidance.refinement()?;
    let spec = GenerateSpec {
        sampler: args.sampler.as_deref().unwrap_or("ddim").parse().context("--sampler")?,
        steps: args.steps as u32,
        eta: 0.0,
        seed: args.seed,
        count: if args.start.invert.is_some() { 1 } else { args.count as u32 },
        add_noise: !args.forget_noise,
        branches: args.branch.clone(),
        words: args.prompt.words()?,
        ..GenerateSpec::default()
    };
    let model = open_model(&args.model, &args.device.open()?)?;
    if args.print_python {
        let (_, options) = args.grid.options(Some(spec.sampler), spec.options(model.summary.prediction_type))?;
        let spec = GenerateSpec { eta: options.eta, spacing: args.grid.spacing()?, ..spec };
        let unsaid = [args.grid.beyond_eta_and_spacing(), args.start.given()].concat();
        return print_python(&spec, &unsaid, refinement.is_some(), &model, &args.model);
    }
    let denoiser = match (steer(&model, &spec)?, &refinement) {
        (_, Some(_)) if model.words.is_none() => {
            let what = "hears no words, so there is nothing to guide; leave the flags of guidance out";
            return Err(Failure::new(format!("{} {what}", model.summary.name)));
        }
        (denoiser, Some(refinement)) => denoiser.refined(refinement),
        (denoiser, None) => denoiser,
    };
    let base =
        SamplerOptions { strength: args.start.default_strength(), ..spec.options(model.summary.prediction_type) };
    let (sampler, options) = args.grid.options(args.sampler.as_ref().map(|_| spec.sampler), base)?;
    if model.vae.is_some() && args.start.reads_pictures() {
        return Err(Failure::new(
            "this model draws latents, and --init, --mask and --invert work on pixels; leave them out",
        ));
    }
    let start = args.start.open(options.strength, &model.summary, model.denoiser.device())?;
    if let Some(path) = &args.start.invert {
        let picture = open_picture(path, &model.summary, model.denoiser.device())?;
        return invert_and_redraw(args, &model, &denoiser, picture, &spec);
    }
    let plan = start.plan(sampler.plan(&model.schedule, &options).context("this sampler cannot run so")?);
    if plan.stages.iter().any(|stage| stage.learned.is_some()) && !denoiser.learns_variance() {
        return Err(Failure::new(format!(
            "{} does not learn its variance; choose --variance fixed_small",
            model.summary.name
        )));
    }
    let sampling = start.apply(Sampling::new(&denoiser, &plan, noise_source(&spec, &model.summary)));
    let began = Instant::now();
    let x = finish(sampling, args.trajectory.as_deref())?;
    if args.time {
        // Reading the state waits for a device that still computes.
        numbers(x.clone())?;
        let millis = began.elapsed().as_secs_f64() * 1000.0 / plan.steps().max(1) as f64;
        say_line!("{millis:.2} ms a step ({} steps, {} pictures)", plan.steps(), spec.pictures());
    }
    let pictures = grid::pictures(model.pictures(x))?;
    // One row a prompt; without several, a square.
    let is_square = spec.pictures() == spec.count;
    let columns = if is_square { (args.count as f64).sqrt().ceil() as usize } else { args.count };
    grid::write_png(&args.output, &grid::grid(&pictures, columns, 4))
}

/// `--invert`: writes the picture, its noise and what is drawn from that side by side, and reports how near they are.
fn invert_and_redraw(
    args: &SampleArgs,
    model: &Model,
    denoiser: &Denoiser,
    picture: Tensor<4>,
    spec: &GenerateSpec,
) -> Outcome<()> {
    if args.sampler.is_some() && spec.sampler != Sampler::Ddim || args.grid.eta.is_some_and(|eta| eta != 0.0) {
        return Err(Failure::new("--invert walks DDIM's deterministic path; leave --sampler and --eta out"));
    }
    // Limits on the estimate would break the path that the way back retraces.
    let base = SamplerOptions { threshold: Threshold::None, ..spec.options(model.summary.prediction_type) };
    let (_, options) = args.grid.options(Some(Sampler::Ddim), base)?;
    let options = SamplerOptions { eta: 0.0, ..options };
    let there = steer(model, &GenerateSpec { words: None, ..spec.clone() })?;
    let ways = BothWays { there: &there, back: denoiser };
    let (variants, folder) = (spec.pictures() as usize, args.trajectory.as_deref());
    let [noise, again] = invert(&ways, &model.schedule, &options, picture.clone(), variants, folder)?;
    say!("{}", report(&picture, &noise, &again)?);
    let sheet = grid::pictures(Tensor::cat(vec![picture, noise, again], 0))?;
    grid::write_png(&args.output, &grid::grid(&sheet, sheet.len(), 4))
}

/// The noise of a run.
pub fn noise_source(spec: &GenerateSpec, model: &ModelSummary) -> NoiseSource {
    let [count, channels, size] = [spec.count, model.channels, model.sample_size].map(|number| number as usize);
    NoiseSource {
        seed: spec.seed,
        branches: spec.branches.clone(),
        add_noise: spec.add_noise,
        shape: [count, channels, size, size],
        repeats: spec.words.as_ref().map_or(1, |words| words.variants.len()),
    }
}

fn parse_branch(text: &str) -> Result<Branch, String> {
    let parts = text.split_once(':').and_then(|(step, seed)| Some((step.parse().ok()?, seed.parse().ok()?)));
    let (step, seed) = parts.ok_or_else(|| format!("{text} is not STEP:SEED, for example 8:42"))?;
    Ok(Branch { step, seed })
}

/// Runs to the end of the plan and returns the last state, writing each state on the way into a folder where asked.
///
/// # Errors
/// Where a picture cannot be written or the device does not answer.
pub fn finish(mut sampling: Sampling<'_>, trajectory: Option<&Path>) -> Outcome<Tensor<4>> {
    if let Some(folder) = trajectory {
        files::create_folder(folder)?;
    }
    while let Some(seen) = sampling.step() {
        let Some(folder) = trajectory else { continue };
        for (name, tensor) in [("x", seen.x), ("denoised", seen.denoised), ("noise", seen.noise)] {
            let columns = (tensor.dims()[0] as f64).sqrt().ceil() as usize;
            let sheet = grid::grid(&grid::pictures(tensor)?, columns, 4);
            grid::write_png(&folder.join(format!("{:04}-{name}.png", seen.stage)), &sheet)?;
        }
    }
    sampling.x().cloned().ok_or_else(|| Failure::new("the run has no steps; raise --steps"))
}

/// The numbers of a tensor, row-major.
///
/// # Errors
/// Where the device does not answer.
pub fn numbers(tensor: Tensor<4>) -> Outcome<Vec<f32>> {
    tensor.into_data().try_to_vec().context("the result could not be read from the device")
}
