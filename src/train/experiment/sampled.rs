//! Samples of one network, for each number of steps: their features, and some of them as pictures.

use std::path::Path;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::MeasureArgs;
use super::quality::Quality;
use crate::data::avatar::SIZE;
use crate::diffusion::plan::Plan;
use crate::metrics::Features;
use crate::model::denoiser::Denoiser;
use crate::model::sample::{NoiseSource, Sampling};
use crate::train::failure::{Context, Outcome};
use crate::train::files;
use crate::train::parallel::side_by_side;
use crate::train::sample::{finish, numbers};

/// Pictures drawn in one batch.
const BATCH: usize = 32;

/// What a network was measured to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The settings that it belongs to.
    key: String,
    /// Squared error by timestep and by example; empty where it was not measured.
    pub errors: Vec<Vec<f32>>,
    /// Numbers of steps for which the sampler has a plan, with what was drawn.
    pub sampled: Vec<Sampled>,
    /// Seconds that the training took.
    pub seconds: f64,
    /// What trained.
    pub machine: String,
}

/// What was drawn in one number of steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampled {
    /// The number of steps.
    pub steps: u32,
    /// Evaluations of the network in a run.
    pub evaluations: u32,
    /// Features of all pictures, row-major.
    features: Vec<f64>,
    /// Numbers a picture has as features.
    dimensions: usize,
    /// The first pictures, planes `[3, 16, 16]` in [−1, 1]; empty unless they are stored.
    pub pictures: Vec<f32>,
}

impl Sampled {
    /// The features of all pictures.
    ///
    /// # Errors
    /// Where a stored number is not finite.
    pub fn features(&self) -> Outcome<Features> {
        Features::new(self.features.clone(), self.dimensions).context("the stored features")
    }
}

impl Measurement {
    /// A measurement of these settings.
    pub fn new(key: String, sampled: Vec<Sampled>) -> Self {
        Self { key, errors: Vec::new(), sampled, seconds: 0.0, machine: String::new() }
    }

    /// The same with what training cost and what it reached: squared errors by timestep and by example.
    #[must_use]
    pub fn trained(self, errors: Vec<Vec<f32>>, seconds: f64, machine: String) -> Self {
        Self { errors, seconds, machine, ..self }
    }

    /// The stored measurement of the same settings, if there is one.
    pub fn stored(path: &Path, key: &str) -> Option<Self> {
        let measured: Self = postcard::from_bytes(&std::fs::read(path).ok()?).ok()?;
        (measured.key == key).then_some(measured)
    }

    /// Stores it, so that an interrupted experiment goes on after it.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn store(&self, path: &Path) -> Outcome<()> {
        let bytes = postcard::to_allocvec(self).context("the measurement could not be stored")?;
        files::write(path, &bytes)
    }
}

/// Draws pictures for every number of steps that has a plan; `plan` says which.
///
/// # Errors
/// Where the device does not answer.
pub fn sample(
    denoiser: &Denoiser,
    quality: &Quality,
    args: &MeasureArgs,
    plan: impl Fn(u32) -> Option<Plan>,
) -> Outcome<Vec<Sampled>> {
    let planned = args.steps.iter().filter_map(|&steps| Some((steps, plan(steps)?)));
    let measure = |(steps, plan): (u32, Plan)| {
        let planes = draw(denoiser, &plan, args.samples)?;
        let features = quality.features(&planes)?;
        let kept = if args.rows.contains(&steps) { args.columns * 3 * SIZE * SIZE } else { 0 };
        Ok(Sampled {
            steps,
            evaluations: plan.evaluations() as u32,
            features: features.values().to_vec(),
            dimensions: features.dimensions(),
            pictures: planes[..kept.min(planes.len())].to_vec(),
        })
    };
    planned.map(measure).collect()
}

/// Pictures from noise that depends on nothing but their number, so that all networks and samplers start alike; planes in [−1, 1].
fn draw(denoiser: &Denoiser, plan: &Plan, count: usize) -> Outcome<Vec<f32>> {
    let batch = |batch: u64| {
        let first = batch as usize * BATCH;
        let shape = [BATCH.min(count - first), 3, SIZE, SIZE];
        let source = NoiseSource { seed: batch, branches: Vec::new(), add_noise: true, shape, repeats: 1 };
        numbers(finish(Sampling::new(denoiser, plan, source), None)?)
    };
    let on_cpu = *denoiser.device() == Device::flex();
    let drawn = side_by_side(count.div_ceil(BATCH) as u64, on_cpu, batch);
    let planes = drawn.into_iter().collect::<Outcome<Vec<_>>>()?.concat();
    Ok(planes.into_iter().map(|value| value.clamp(-1.0, 1.0)).collect())
}
