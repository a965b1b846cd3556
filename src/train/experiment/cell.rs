//! One cell of the experiment: a schedule and a seed, trained and measured in a folder of its own.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::MeasureArgs;
use super::output;
use super::quality::{HELD_OUT, Quality};
use super::sampled::{Measurement, sample};
use crate::diffusion::plan::Plan;
use crate::diffusion::sampler::{Sampler, SamplerOptions, TimestepSpacing};
use crate::diffusion::schedule::NoiseSchedule;
use crate::train::config::TrainConfig;
use crate::train::failure::{Context, Failure, Outcome};
use crate::train::objective::errors;
use crate::train::run::{Ended, Run};
use crate::train::{export, files};

/// Timesteps at which the error is measured, evenly spread.
const TIMESTEPS: usize = 25;

/// What a cell needs beside its settings.
pub struct Bench<'a> {
    /// The judge of samples.
    pub quality: &'a Quality,
    /// What is sampled.
    pub args: &'a MeasureArgs,
    /// Set from outside to stop.
    pub stop: &'a Arc<AtomicBool>,
    /// Say nothing.
    pub quiet: bool,
}

/// The timesteps at which the error is measured.
pub fn timesteps(total: usize) -> Vec<i64> {
    (0..TIMESTEPS).map(|index| ((2 * index + 1) * total / (2 * TIMESTEPS)) as i64).collect()
}

/// The plan that samples are drawn by: deterministic DDIM from the noisiest timestep on, whatever the schedule.
pub fn plan(schedule: &NoiseSchedule, config: &TrainConfig, steps: u32) -> Option<Plan> {
    let options = SamplerOptions {
        steps: steps as usize,
        prediction_type: config.objective.prediction_type,
        timestep_spacing: Some(TimestepSpacing::Trailing),
        use_clipped_model_output: true,
        ..SamplerOptions::default()
    };
    Sampler::Ddim.plan(schedule, &options).ok()
}

/// Trains the cell, or goes on with it, and measures it; `None` where it was stopped before its end.
///
/// # Errors
/// Where the folder holds a cell of other settings, or training or measuring fails.
pub fn measure(bench: &Bench<'_>, config: &TrainConfig, folder: &Path) -> Outcome<Option<Measurement>> {
    let recipe = config.to_toml()?;
    let known = folder.join("config.toml");
    if known.exists() && files::read(&known)? != recipe.as_bytes() {
        return Err(Failure::new(format!(
            "{} was begun with other settings; remove it, or choose another folder with --runs",
            folder.display()
        )));
    }
    let key = format!("{recipe}\n{:?}", bench.args);
    let path = folder.join("measured.bin");
    if let Some(measured) = Measurement::stored(&path, &key) {
        return Ok(Some(measured));
    }
    let mut run = Run::open(config.clone(), folder, true)?;
    if run.train(bench.stop, bench.quiet)? == Ended::Interrupted {
        return Ok(None);
    }
    let device = config.device.open()?;
    let held_out = run.batches(HELD_OUT);
    let at = |t: i64| -> Outcome<Vec<f32>> {
        let batch = held_out.batch_at(t, 0, bench.args.samples, &device);
        errors(run.average(), batch).into_data().try_to_vec().context("the errors could not be read")
    };
    let by_timestep = timesteps(run.schedule().num_train_timesteps()).into_iter().map(at).collect::<Outcome<_>>()?;
    let denoiser = export::denoiser(config, run.average().unet.clone());
    let sampled = sample(&denoiser, bench.quality, bench.args, |steps| plan(run.schedule(), config, steps))?;
    let machine = output::machine(config.device);
    let measured = Measurement::new(key, sampled).trained(by_timestep, run.seconds(), machine);
    measured.store(&path)?;
    Ok(Some(measured))
}
