//! A finished model as a diffusers folder.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

use super::checkpoint::Checkpoint;
use super::config::TrainConfig;
use super::failure::{Context, Outcome};
use super::files;
use crate::diffusion::noise::{Purpose, Stream};
use crate::model::denoiser::Denoiser;
use crate::model::folder::{Files, GOLDEN, MODEL_INDEX, SCHEDULER_CONFIG, UNET_CONFIG, UNET_WEIGHTS};
use crate::model::manifest::{FileEntry, MANIFEST, Manifest, SCHEMA_VERSION};
use crate::model::probe::Watch;
use crate::model::unet2d::UNet2DModel;
use crate::model::weights;

/// A network and what the run's configuration says its output means.
pub fn denoiser(config: &TrainConfig, unet: UNet2DModel) -> Denoiser {
    let device = unet.devices().into_iter().next().unwrap_or_else(Device::flex);
    Denoiser::new(unet, config.objective.prediction_type, device)
}

/// Writes the averaged weights as a folder that diffusers opens, with a manifest.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_folder(folder: &Path, config: &TrainConfig, state: &Checkpoint) -> Outcome<()> {
    let weights = weights::save(&state.ema, config.stored_as).context("the weights could not be saved")?;
    // The golden output is that of the stored weights, which half precision has rounded.
    let mut stored = UNet2DModel::new(&config.unet(), &Device::flex());
    weights::load(&mut stored, weights.clone()).context("the saved weights could not be read back")?;

    let mut contents = Files::new();
    contents.insert(MODEL_INDEX.into(), pretty(&model_index())?);
    contents.insert(UNET_CONFIG.into(), config.unet().to_json().context("config.json")?.into_bytes());
    contents.insert(UNET_WEIGHTS.into(), weights);
    contents.insert(SCHEDULER_CONFIG.into(), pretty(&scheduler_config(config))?);
    contents.insert(GOLDEN.into(), golden(config, &stored)?);

    let listed = contents.iter().map(|(path, bytes)| (path.clone(), FileEntry::of(bytes))).collect();
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        parameters: stored.num_params() as u64,
        files: listed,
        recipe: state.config.clone(),
        metrics: BTreeMap::from([("updates".into(), state.step as f64), ("seconds".into(), state.seconds.round())]),
        golden: Some(GOLDEN.into()),
    };
    for (path, bytes) in &contents {
        let path = folder.join(path);
        files::create_folder(path.parent().unwrap_or(folder))?;
        files::write(&path, bytes)?;
    }
    // Last, so that a folder with a manifest is a whole folder.
    files::write(&folder.join(MANIFEST), manifest.to_json().context("manifest.json")?.as_bytes())
}

fn model_index() -> serde_json::Value {
    json!({
        "_class_name": "DDPMPipeline",
        "_diffusers_version": "0.42.1",
        "scheduler": ["diffusers", "DDPMScheduler"],
        "unet": ["diffusers", "UNet2DModel"],
    })
}

fn scheduler_config(config: &TrainConfig) -> serde_json::Value {
    json!({
        "_class_name": "DDPMScheduler",
        "_diffusers_version": "0.42.1",
        "num_train_timesteps": config.schedule.num_train_timesteps,
        "beta_start": config.schedule.beta_start,
        "beta_end": config.schedule.beta_end,
        "beta_schedule": config.schedule.beta_schedule,
        "prediction_type": config.objective.prediction_type,
        "variance_type": "fixed_small",
        "clip_sample": true,
        "clip_sample_range": 1.0,
        "timestep_spacing": "leading",
        "steps_offset": 0,
    })
}

/// One input in the middle of the schedule and the network's answer.
fn golden(config: &TrainConfig, unet: &UNet2DModel) -> Outcome<Vec<u8>> {
    let size = config.unet.sample_size;
    let shape = [1, 3, size, size];
    let timestep = (config.schedule.num_train_timesteps / 2) as f64;
    let sample = Stream::new(0, Purpose::Sampling).normal(3 * size * size);
    let input = Tensor::from_data(TensorData::new(sample.clone(), shape), &Device::flex());
    let output = unet.forward(input, &[timestep], &mut Watch::none()).into_data();
    let output: Vec<f32> = output.try_to_vec().context("the golden output could not be read")?;
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let (sample, timestep, output) = (bytes(&sample), bytes(&[timestep as f32]), bytes(&output));
    let view = |shape: &[usize], data| TensorView::new(Dtype::F32, shape.to_vec(), data);
    let context = "the golden output could not be stored";
    let tensors = [
        ("sample", view(&shape, &sample).context(context)?),
        ("timestep", view(&[1], &timestep).context(context)?),
        ("sample_out", view(&shape, &output).context(context)?),
    ];
    safetensors::serialize(tensors, None).context(context)
}

fn pretty(value: &serde_json::Value) -> Outcome<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(value).context("a file could not be put together")?;
    text.push('\n');
    Ok(text.into_bytes())
}
