//! How networks are told levels, timesteps and positions.

use noisewalk::model::layers::Activation;
use noisewalk::model::layers::fourier::{GaussianFourierProjection, fourier_features};
use noisewalk::model::layers::magnitude_preserving::mp_fourier;
use noisewalk::model::layers::position::{RotaryEmbedding, sincos_2d};
use noisewalk::model::layers::time::{SinusoidalFeatures, TimestepEmbedding};
use serde_json::{Value, json};

use crate::golden::{Case, Outcome, Settings, number, numbers};
use crate::tensors::{device, load, read, size, tensor, wide};
use crate::{named, named_f32};

fn count(settings: &Settings, key: &str) -> Result<usize, String> {
    Ok(number(settings.need(key)?)? as usize)
}

fn widened(values: Vec<f32>) -> Result<Vec<f64>, String> {
    Ok(values.into_iter().map(f64::from).collect())
}

/// `get_timestep_embedding` of diffusers.
pub fn timesteps(case: &Case, settings: &Settings) -> Outcome {
    let features = SinusoidalFeatures {
        dim: count(settings, "dim")?,
        flip_sin_to_cos: settings.flag("flip_sin_to_cos", false)?,
        downscale_freq_shift: settings.number("downscale_freq_shift", 1.0)?,
        scale: settings.number("scale", 1.0)?,
        max_period: settings.number("max_period", 10_000.0)?,
    };
    let t = settings.numbers("t")?;
    named(&case.expected, |name| (name == "emb").then(|| widened(features.of(&t))))
}

/// `SinusoidalPosEmb` of denoising-diffusion-pytorch, which has no column for an odd width.
pub fn lucidrains(case: &Case, settings: &Settings) -> Outcome {
    let features = SinusoidalFeatures {
        dim: count(settings, "dim")? / 2 * 2,
        flip_sin_to_cos: false,
        downscale_freq_shift: 1.0,
        scale: 1.0,
        max_period: settings.number("theta", 10_000.0)?,
    };
    let t = settings.numbers("t")?;
    named(&case.expected, |name| (name == "emb").then(|| widened(features.of(&t))))
}

pub fn fourier(case: &Case, settings: &Settings) -> Outcome {
    let (log, flip) = (settings.flag("log", true)?, settings.flag("flip_sin_to_cos", false)?);
    let (x, weight) = (settings.need("x")?, settings.need("weight")?);
    let mut layer = GaussianFourierProjection::new(numbers(weight)?.len(), 1.0, log, flip, &device());
    load(&mut layer, &json!({ "weight": { "shape": [numbers(weight)?.len()], "data": weight } }), str::to_owned)?;
    let exact = || -> Result<Vec<f64>, String> {
        let levels = wide::<1>(x)?;
        read(fourier_features(if log { levels.log() } else { levels }, wide(weight)?, flip))
    };
    let mut comparisons = named(&case.expected, |name| match name {
        "projection" => Some(exact()),
        "mp_fourier" => Some(wide(x).and_then(|x| read(mp_fourier(x, wide(weight)?)))),
        _ => None,
    })?;
    comparisons.extend(named_f32(case, |name| match name {
        "projection" => Some(tensor(x).and_then(|x| read(layer.forward(x)))),
        "mp_fourier" => Some(tensor(x).and_then(|x| read(mp_fourier(x, tensor(weight)?)))),
        _ => None,
    })?);
    Ok(comparisons)
}

pub fn activation(name: &Value) -> Result<Activation, String> {
    serde_json::from_value(name.clone()).map_err(|error| error.to_string())
}

pub fn time_mlp(case: &Case, settings: &Settings) -> Outcome {
    let weights = settings.need("weights")?;
    let (from, to) = (size(weights, "linear_1.weight", 1)?, size(weights, "linear_1.weight", 0)?);
    let act_fn = settings.get("act_fn").map_or(Ok(Activation::Silu), activation)?;
    let mut layer = TimestepEmbedding::new(from, to, act_fn, &device());
    load(&mut layer, weights, str::to_owned)?;
    let x = tensor(settings.need("x")?)?;
    named_f32(case, |name| (name == "y").then(|| read(layer.forward(x.clone()))))
}

/// Position embeddings of grids and rotary ones.
pub fn positions(case: &Case, settings: &Settings) -> Outcome {
    let dim = count(settings, "dim")?;
    let grid: Vec<usize> = settings.numbers("grid")?.into_iter().map(|size| size as usize).collect();
    let grid = [grid[0], grid[grid.len() - 1]];
    // 16 is the default of the peer's function.
    let (base_size, scale) = (settings.number("base_size", 16.0)?, settings.number("interpolation_scale", 1.0)?);
    let theta = settings.number("theta", 10_000.0)?;
    let rotary = settings.get("rope_len").map(number).transpose()?;
    let rotary = rotary.map(|length| RotaryEmbedding::new(dim, length as usize, theta, &device()));
    let x = settings.get("rope_x").map(tensor::<4>).transpose()?;
    named(&case.expected, |name| match name {
        "pos2d" => Some(widened(sincos_2d(dim, grid, base_size, scale))),
        "rope_y" => Some(read(rotary.as_ref()?.apply(x.clone()?))),
        _ => None,
    })
}
