//! `noisewalk train-attributes`: the judge that tells hair, hats and shirts from pixels.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use clap::Args;

use super::config::Fit as PictureFit;
use super::dataset::{push_planes, read_picture};
use super::export::{run_metrics, write_contents};
use super::failure::{Context, Outcome};
use super::files;
use super::fit::Fit;
use super::metrics_log::last_loss;
use super::optimizer_config::{OptimizerConfig, ReportConfig};
use super::run::Ended;
use super::stop::stop_on_ctrl_c;
use crate::data::avatar::SIZE;
use crate::data::balanced;
use crate::data::look::{ATTRIBUTES, Attribute, Look};
use crate::diffusion::noise::{Purpose, Stream};
use crate::model::attribute_net::AttributeNet;
use crate::model::folder::Files;
use crate::model::manifest::{Manifest, SCHEMA_VERSION};
use crate::model::weights::{self, StoredAs};

/// The weights inside a classifier's folder.
pub const WEIGHTS: &str = "model.safetensors";

/// Trains the attribute classifier.
#[derive(Debug, Args)]
pub struct AttributesArgs {
    /// Folder of the run: checkpoint, metrics and, at the end, model/
    #[arg(short, long, default_value = "runs/attributes")]
    output: PathBuf,
    /// Number of updates of 64 pictures
    #[arg(long, default_value_t = 3000)]
    steps: u64,
    /// Go on with the run in that folder
    #[arg(long)]
    resume: bool,
    /// Say nothing but errors
    #[arg(long)]
    quiet: bool,
}

/// Largest standard deviation of the noise that is added to the pictures, so that a generator's small errors do not confuse the judge.
const MOST_NOISE: f32 = 0.15;

/// Runs the command and prints how often the judge is right on pictures it never saw.
///
/// # Errors
/// Where files cannot be written.
pub fn run(args: &AttributesArgs) -> Outcome<()> {
    let optimizer = OptimizerConfig { steps: args.steps, ..OptimizerConfig::default() };
    let report = ReportConfig { log_every: 50, checkpoint_every: 500, sample_every: 0 };
    let device = Device::flex().autodiff();
    device.seed(0);
    let stop = stop_on_ctrl_c()?;
    let fit = Fit {
        folder: &args.output,
        recipe: format!("noisewalk train-attributes --steps {}", args.steps),
        optimizer: &optimizer,
        report: &report,
        resume: args.resume,
        stop: &stop,
        quiet: args.quiet,
    };
    let batch = optimizer.batch_size as u64;
    let (state, ended) = fit.run(AttributeNet::new(&device), |net: &AttributeNet, step| {
        let (pictures, looks) = examples(0, step * batch..(step + 1) * batch, MOST_NOISE, &device);
        net.loss(pictures, &looks)
    })?;
    if ended == Ended::Interrupted {
        return Ok(());
    }
    let (table, accuracy) = report_accuracy(&state.ema)?;
    say!("{table}");
    let loss = last_loss(&args.output, state.step);
    let weights = weights::save(&state.ema, StoredAs::F16).context("the weights could not be saved")?;
    write_contents(&args.output.join("model"), &Files::from([(WEIGHTS.into(), weights)]), |files| Manifest {
        schema_version: SCHEMA_VERSION,
        name: "attributes".into(),
        parameters: state.ema.num_params() as u64,
        files,
        recipe: state.config.clone(),
        metrics: run_metrics(&state, loss).into_iter().chain([("accuracy".into(), accuracy)]).collect(),
        golden: None,
    })
}

/// Says what the classifier sees in a picture.
#[derive(Debug, Args)]
pub struct SeenArgs {
    /// A picture of 16 × 16 pixels, or a multiple of it
    picture: PathBuf,
    /// The classifier's folder
    #[arg(long, default_value = "public/models/attributes")]
    classifier: PathBuf,
}

/// Prints one line an attribute: name and value.
///
/// # Errors
/// Where the picture or the classifier cannot be read.
pub fn see(args: &SeenArgs) -> Outcome<()> {
    let net = open(&args.classifier)?;
    let planes = read_picture(&args.picture, SIZE, PictureFit::Stretch)?;
    let picture = Tensor::from_data(TensorData::new(planes, [1, 3, SIZE, SIZE]), &Device::flex());
    let told = net.predict(picture).context("the classifier's answer could not be read")?;
    for (attribute, value) in Attribute::ALL.iter().zip(told.first().into_iter().flatten()) {
        let words = attribute.values().get(usize::from(*value)).and_then(|words| words.first());
        say_line!("{}: {}", attribute.name(), words.unwrap_or(&"unknown"));
    }
    Ok(())
}

/// Reads a classifier's folder.
///
/// # Errors
/// Where the file is missing or damaged.
pub fn open(folder: &Path) -> Outcome<AttributeNet> {
    let context = format!("the classifier in {} cannot be used", folder.display());
    let mut net = AttributeNet::new(&Device::flex());
    weights::load(&mut net, files::read(&folder.join(WEIGHTS)).context(&context)?).context(&context)?;
    Ok(net)
}

/// Noisy pictures `[B, 3, 16, 16]` of every kind, held-out pairs included, and what can be seen in them.
fn examples(seed: u64, range: std::ops::Range<u64>, noise: f32, device: &Device) -> (Tensor<4>, Vec<Look>) {
    let mut planes = Vec::new();
    let mut looks = Vec::new();
    for index in range {
        let stream = Stream::new(seed, Purpose::Evaluation).sample((index >> 32) as u32).draw(index as u32);
        let avatar = balanced::avatar(stream.seed_at(0));
        let first = planes.len();
        push_planes(&avatar.rgb(), &mut planes);
        let sigma = stream.uniform(1) as f32 * noise;
        let draws = Stream { seed: !seed, ..stream }.normal(planes.len() - first);
        planes[first..].iter_mut().zip(draws).for_each(|(value, draw)| *value += sigma * draw);
        looks.push(Look::of(&avatar));
    }
    (Tensor::from_data(TensorData::new(planes, [looks.len(), 3, SIZE, SIZE]), device), looks)
}

/// How often each attribute is told right on 4000 fresh pictures with a little noise, and the mean of all.
fn report_accuracy(net: &AttributeNet) -> Outcome<(String, f64)> {
    let mut right = [[0u32; 2]; ATTRIBUTES];
    for part in 0..20 {
        let (pictures, looks) = examples(1, part * 200..(part + 1) * 200, 0.1, &Device::flex());
        let told = net.predict(pictures).context("the result could not be read")?;
        for (look, told) in looks.iter().zip(told) {
            for (attribute, value) in look.iter() {
                let counts = &mut right[attribute as usize];
                counts[0] += u32::from(told[attribute as usize] == value);
                counts[1] += 1;
            }
        }
    }
    let share = |[right, all]: [u32; 2]| f64::from(right) / f64::from(all.max(1));
    let rows = Attribute::ALL.iter().zip(right);
    let table =
        rows.map(|(attribute, counts)| format!("{:16} {:6.2} %\n", attribute.name(), 100.0 * share(counts))).collect();
    let total = right.iter().fold([0, 0], |sum, counts| [sum[0] + counts[0], sum[1] + counts[1]]);
    Ok((table, share(total)))
}
