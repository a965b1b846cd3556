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
use super::learner::Learner;
use super::network_config::TextConfig;
use crate::diffusion::noise::{Purpose, Stream};
use crate::model::denoiser::Denoiser;
use crate::model::folder::{
    Files, GOLDEN, MODEL_INDEX, SCHEDULER_CONFIG, TEXT_ENCODER_CONFIG, TEXT_ENCODER_WEIGHTS, TOKENIZER,
    TOKENIZER_CONFIG, UNET_CONFIG, UNET_WEIGHTS,
};
use crate::model::manifest::{FileEntry, MANIFEST, Manifest, SCHEMA_VERSION};
use crate::model::probe::Watch;
use crate::model::prompt::WordModel;
use crate::model::tokenizer_file;
use crate::model::unet2d::UNet2DModel;
use crate::model::weights::{self, StoredAs};
use crate::protocol::Term;

/// A network and what the run's configuration says its output means.
pub fn denoiser(config: &TrainConfig, unet: UNet2DModel) -> Denoiser {
    let device = unet.devices().into_iter().next().unwrap_or_else(Device::flex);
    Denoiser::new(unet, config.objective.prediction_type, device)
}

/// Writes the averaged weights as a folder that diffusers opens, with a manifest.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_folder(
    folder: &Path,
    config: &TrainConfig,
    state: &Checkpoint<Learner>,
    words: Option<&WordModel>,
) -> Outcome<()> {
    let weights = weights::save(&state.ema.unet, config.stored_as).context("the weights could not be saved")?;
    // The golden output is that of the stored weights, which half precision has rounded.
    let mut stored = UNet2DModel::new(&config.unet(), &Device::flex());
    weights::load(&mut stored, weights.clone()).context("the saved weights could not be read back")?;

    let words = state.ema.words(words).zip(config.text.as_ref());
    let words = words.map(|(words, text)| rounded(&words, text, config.stored_as)).transpose()?;
    let words = words.as_ref();
    let mut contents = Files::new();
    contents.insert(MODEL_INDEX.into(), pretty(&model_index(words.is_some()))?);
    contents.insert(UNET_CONFIG.into(), config.unet_json()?.into_bytes());
    contents.insert(UNET_WEIGHTS.into(), weights);
    contents.insert(SCHEDULER_CONFIG.into(), pretty(&scheduler_config(config))?);
    let mut parameters = stored.num_params();
    if let (Some(words), Some(text)) = (words, &config.text) {
        contents.extend(text_files(words, text, config.stored_as)?);
        parameters += words.text_model.num_params();
    }
    contents.insert(GOLDEN.into(), golden(config, &stored, words)?);
    write_contents(folder, &contents, |files| Manifest {
        schema_version: SCHEMA_VERSION,
        name: config.name.clone(),
        parameters: parameters as u64,
        files,
        recipe: state.config.clone(),
        metrics: BTreeMap::from([("updates".into(), state.step as f64), ("seconds".into(), state.seconds.round())]),
        golden: Some(GOLDEN.into()),
    })
}

/// Writes files and, last, a manifest that lists them, so that a folder with a manifest is a whole folder.
///
/// # Errors
/// Where a file cannot be written.
pub fn write_contents(
    folder: &Path,
    contents: &Files,
    manifest: impl FnOnce(BTreeMap<String, FileEntry>) -> Manifest,
) -> Outcome<()> {
    let manifest = manifest(contents.iter().map(|(path, bytes)| (path.clone(), FileEntry::of(bytes))).collect());
    for (path, bytes) in contents {
        let path = folder.join(path);
        files::create_folder(path.parent().unwrap_or(folder))?;
        files::write(&path, bytes)?;
    }
    files::write(&folder.join(MANIFEST), manifest.to_json().context("manifest.json")?.as_bytes())
}

/// The words with the encoder's weights as they will be stored, on the CPU wherever the run computed.
fn rounded(words: &WordModel, text: &TextConfig, stored_as: StoredAs) -> Outcome<WordModel> {
    let context = "the text encoder could not be saved";
    let bytes = weights::save(&words.text_model, stored_as).context(context)?;
    let mut stored = text.open(&Device::flex())?;
    weights::load(&mut stored.text_model, bytes).context(context)?;
    Ok(stored)
}

/// The text encoder and the tokenizer, as transformers opens them.
fn text_files(words: &WordModel, text: &TextConfig, stored_as: StoredAs) -> Outcome<Files> {
    let weights = weights::save(&words.text_model, stored_as).context("the text encoder could not be saved")?;
    let tokenizer = tokenizer_file::to_json(&words.tokenizer).context("the tokenizer could not be saved")?;
    let settings = tokenizer_file::config_json(&words.tokenizer).context("the tokenizer could not be saved")?;
    Ok(Files::from([
        (TEXT_ENCODER_CONFIG.into(), files::read(&text.encoder.join(TEXT_ENCODER_CONFIG))?),
        (TEXT_ENCODER_WEIGHTS.into(), weights),
        (TOKENIZER.into(), tokenizer.into_bytes()),
        (TOKENIZER_CONFIG.into(), settings.into_bytes()),
    ]))
}

fn model_index(with_words: bool) -> serde_json::Value {
    if with_words {
        // Diffusers has no pipeline for words without a VAE; the general one loads the parts.
        return json!({
            "_class_name": "DiffusionPipeline",
            "_diffusers_version": "0.42.1",
            "scheduler": ["diffusers", "DDPMScheduler"],
            "text_encoder": ["transformers", "CLIPTextModel"],
            "tokenizer": ["transformers", "PreTrainedTokenizerFast"],
            "unet": ["diffusers", "UNet2DConditionModel"],
        });
    }
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
fn golden(config: &TrainConfig, unet: &UNet2DModel, words: Option<&WordModel>) -> Outcome<Vec<u8>> {
    let size = config.unet.sample_size;
    let shape = [1, 3, size, size];
    let timestep = (config.schedule.num_train_timesteps / 2) as f64;
    let sample = Stream::new(0, Purpose::Sampling).normal(3 * size * size);
    let input = Tensor::from_data(TensorData::new(sample.clone(), shape), &Device::flex());
    let text = Term { weight: 1.0, text: "short brown hair, blue shirt".into() };
    let states = words.map(|words| words.encode(&[text], &Device::flex()));
    let output = unet.forward(input, &[timestep], states.as_ref(), &mut Watch::none()).into_data();
    let output: Vec<f32> = output.try_to_vec().context("the golden output could not be read")?;
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let (sample, timestep, output) = (bytes(&sample), bytes(&[timestep as f32]), bytes(&output));
    let view = |shape: &[usize], data| TensorView::new(Dtype::F32, shape.to_vec(), data);
    let context = "the golden output could not be stored";
    let states: Option<([usize; 3], Vec<f32>)> = match states {
        Some(states) => Some((states.dims(), states.into_data().try_to_vec().context(context)?)),
        None => None,
    };
    let states = states.map(|(shape, values)| (shape, bytes(&values)));
    let mut tensors = vec![
        ("sample", view(&shape, &sample).context(context)?),
        ("timestep", view(&[1], &timestep).context(context)?),
        ("sample_out", view(&shape, &output).context(context)?),
    ];
    if let Some((shape, states)) = &states {
        tensors.push(("encoder_hidden_states", view(shape, states).context(context)?));
    }
    safetensors::serialize(tensors, None).context(context)
}

fn pretty(value: &serde_json::Value) -> Outcome<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(value).context("a file could not be put together")?;
    text.push('\n');
    Ok(text.into_bytes())
}
