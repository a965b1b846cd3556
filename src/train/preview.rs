//! What a training run draws on the way, so that a person sees it learn.

use image::RgbImage;

use super::failure::{Context, Outcome};
use super::grid;
use super::sample::finish;
use crate::diffusion::schedule::NoiseSchedule;
use crate::model::denoiser::Denoiser;
use crate::model::sample::{NoiseSource, Sampling};
use crate::protocol::GenerateSpec;

/// Pictures for the grids of a training run: DDIM, 50 steps, seed 0; each noise is used for `repeats` prompts.
///
/// # Errors
/// Where the schedule has too few timesteps.
pub fn preview(
    denoiser: &Denoiser,
    schedule: &NoiseSchedule,
    size: usize,
    [count, repeats]: [usize; 2],
) -> Outcome<Vec<RgbImage>> {
    let spec = GenerateSpec { steps: 50.min(schedule.num_train_timesteps() as u32), ..GenerateSpec::default() };
    let plan = spec.plan(schedule, denoiser.prediction_type()).context("samples could not be drawn")?;
    let shape = [count, 3, size, size];
    let source = NoiseSource { seed: 0, branches: Vec::new(), add_noise: true, shape, repeats };
    grid::pictures(finish(Sampling::new(denoiser, &plan, source), None)?)
}
