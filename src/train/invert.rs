//! `noisewalk sample --invert`: the noise of a picture, and the picture drawn again from it.

use std::path::Path;

use burn::tensor::Tensor;

use super::failure::{Context, Outcome};
use super::sample::{finish, numbers};
use crate::diffusion::sampler::{Sampler, SamplerOptions};
use crate::diffusion::schedule::NoiseSchedule;
use crate::metrics::image::{Images, psnr};
use crate::model::denoiser::Denoiser;
use crate::model::sample::{NoiseSource, Sampling};

/// The networks of both ways: the way to the noise is never guided, the way back as the prompt says.
pub struct BothWays<'a> {
    /// Towards noise.
    pub there: &'a Denoiser,
    /// Towards the picture.
    pub back: &'a Denoiser,
}

/// DDIM inversion (Song et al. 2021, section 4.3) of `picture` `[1, C, H, W]` and the deterministic run back: the noise `[1, C, H, W]` and the
/// pictures drawn from it, `[variants, C, H, W]`.
///
/// States of the way back go to the folder `trajectory`, where there is one.
///
/// # Errors
/// Where the options make no plan, or the device does not answer.
pub fn invert(
    ways: &BothWays<'_>,
    schedule: &NoiseSchedule,
    options: &SamplerOptions,
    picture: Tensor<4>,
    variants: usize,
    trajectory: Option<&Path>,
) -> Outcome<[Tensor<4>; 2]> {
    let run = |denoiser: &Denoiser, sampler: Sampler, x: Tensor<4>, folder: Option<&Path>| {
        let plan = sampler.plan(schedule, options).context("this picture cannot be inverted so")?;
        // Both ways are deterministic: the source is only asked for a start that is then replaced.
        let source = NoiseSource { seed: 0, branches: Vec::new(), add_noise: false, shape: x.dims(), repeats: 1 };
        finish(Sampling::new(denoiser, &plan, source).from_state(x), folder)
    };
    let noise = run(ways.there, Sampler::DdimInverse, picture, None)?;
    let again = run(ways.back, Sampler::Ddim, noise.clone().repeat_dim(0, variants), trajectory)?;
    Ok([noise, again])
}

/// What a person is told: how near each picture is to the one it came from, and whether the noise found is normal.
///
/// # Errors
/// Where the numbers are not finite, or the device does not answer.
pub fn report(picture: &Tensor<4>, noise: &Tensor<4>, again: &Tensor<4>) -> Outcome<String> {
    let found = numbers(noise.clone())?;
    let count = found.len().max(1) as f64;
    let mean = found.iter().map(|z| f64::from(*z)).sum::<f64>() / count;
    let variance = found.iter().map(|z| (f64::from(*z) - mean) * (f64::from(*z) - mean)).sum::<f64>() / count;
    let mut out = format!("the noise found has mean {mean:.3} and standard deviation {:.3}\n", variance.sqrt());
    let original = unit(picture.clone())?;
    for index in 0..again.dims()[0] {
        let drawn = unit(again.clone().narrow(0, index, 1))?;
        let decibels = psnr(&drawn, &original, 1.0).context("PSNR")?;
        out += &format!("picture {index}: reconstruction PSNR {decibels:.2} dB\n");
    }
    Ok(out)
}

/// A picture in [0, 1], as it is written.
fn unit(x: Tensor<4>) -> Outcome<Images> {
    let shape = x.dims();
    let values = numbers(x)?.into_iter().map(|value| f64::from(value.clamp(-1.0, 1.0) + 1.0) / 2.0).collect();
    Images::new(values, shape).context("the picture drawn again")
}
